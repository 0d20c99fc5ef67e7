"""The measures that `[expect]` names: `P(X)`, `P(X | Y)` and `loss`."""

import re
from dataclasses import dataclass

_MEASURE = re.compile(r"P\(\s*(?P<of>[A-Za-z_]\w*)\s*(?:\|\s*(?P<given>[A-Za-z_][\w() ]*?)\s*)?\)", re.ASCII)
_TRUTH = re.compile(r"(?P<which>violated|holds)\s*\(\s*(?P<name>\w+)\s*\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Measure:
    """`P(of | given)`; `P(of)` if nothing is given; the expected loss without `of`.

    `given` may be about an assumption: then `assumption` names it and `given` is `violated` or `holds`.
    """

    of: str | None
    given: str | None = None
    assumption: str | None = None


def parse_measure(text: str) -> Measure | None:
    """The measure that a text names, or None if it is not one."""
    if text.strip() == "loss":
        return Measure(None)
    match = _MEASURE.fullmatch(text.strip())
    if match is None:
        return None
    given = match["given"]
    truth = None if given is None else _TRUTH.fullmatch(given)
    if truth is not None:
        return Measure(match["of"], truth["which"], truth["name"])
    return Measure(match["of"], given)

"""How the page writes numbers, names and kinds of outcomes."""

import math
import re
from collections.abc import Sequence

from sensa.reports import number_format
from sensa.reports.layout import MARKS
from sensa.reports.number_format import SMALLEST_PERCENT, defined
from sensa.reports.page.markup import Html, authored, join, tag
from sensa.reports.result.answers import Measure, Number
from sensa.stories.schema.document import Document

KINDS = ("catastrophic", "fail_safe", "success")
TONES = {"catastrophic": "bad", "fail_safe": "safe", "success": "good"}  # of colours, see page.css
NAMES = {"catastrophic": "catastrophe", "fail_safe": "safe failure", "success": "success"}
SPACE = "\N{NO-BREAK SPACE}"
_BREAKS = re.compile(r"(?<=[_.+])")
FREQUENCY_BASE = 100


def percent(p: Number) -> str:
    """A probability as every report prints it, with a space that does not break."""
    return number_format.percent(p).replace(" ", SPACE)


def mean_of(measure: Measure) -> str:
    """The mean of a probability; `not seen` if no sampled world met what may be possible."""
    return number_format.UNSEEN.replace(" ", SPACE) if measure.unseen else percent(measure.mean)


def between(measure: Measure) -> str:
    """The 90 % interval of a measure, empty if both ends print alike; the upper limit of what is not seen."""
    low, high = measure.between()
    if measure.unseen and measure.bounds is not None:
        return f"at most {percent(measure.bounds[1])} (95{SPACE}%)"
    if not defined(low) or not defined(high):
        return ""
    return number_format.between(percent(low), percent(high))


def with_interval(measure: Measure) -> str:
    """A mean with its 90 % interval."""
    ends = between(measure)
    return mean_of(measure) + (f" ({ends})" if ends else "")


def limit(p: float) -> str:
    """A limit as its author states it, without digits that say nothing; a power of ten where results are."""
    if 0 < p < SMALLEST_PERCENT:
        return f"{p:.6g}".replace("e-0", "e-")
    return f"{100 * p:.6g}{SPACE}%"


def share(x: Number) -> str:
    """A share of a variance or of the risk."""
    return number_format.share(x).replace(" ", SPACE) if defined(x) else "–"


def frequent(values: Sequence[Number]) -> bool:
    """Whether probabilities can be said as so many times in 100, all of them with the same base."""
    return all(defined(p) and (p == 0 or p * FREQUENCY_BASE >= 1.95) for p in values)


def often(p: float) -> str:
    """`16`: how many times in 100."""
    return f"{FREQUENCY_BASE * p:.0f}"


def spaced(name: str) -> str:
    """A name in words."""
    return name.replace("_", " ")


def identifier(name: str) -> Html:
    """A name as it is in the file, which may break after its underscores and dots."""
    parts = [part for part in _BREAKS.split(name) if part]
    broken = join([Html(""), *parts], between="<wbr>") if len(parts) > 1 else join(parts)
    return tag("span", Html(broken.removeprefix("<wbr>")), class_="id")


def key(path: str) -> Html:
    """A key of a story, whose parts may be any text."""
    return tag("bdi", identifier(path))


def kind_mark(kind: str) -> Html:
    """The sign of a kind of outcome, which stands beside its colour."""
    return tag("span", MARKS[kind], class_=f"t-{TONES[kind]}", role="img", aria_label=NAMES[kind])


def claim(text: str) -> Html:
    """An author's sentence within one of ours: its first letter small, unless it begins with a name."""
    first, rest = text[:1], text[1:]
    return authored(first.lower() + rest if rest[:1].islower() or text.startswith("A ") else text)


def multiple(changed: Number, base: Number) -> str:
    """How many times as likely: `×2.7`."""
    return number_format.times(changed, base).replace(" ", SPACE)


def decade(p: float) -> int:
    """The power of ten at or below a probability."""
    return math.floor(math.log10(p) + 1e-9)


def authored_claim(document: Document | None, assumption: str) -> Html | None:
    """The claim of an assumption, if the story is at hand."""
    return None if document is None else authored(document.assumptions[assumption].claim)

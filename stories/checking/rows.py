"""Tables of chances: each case of the nodes that their rows name is in one row, and each row sums to 1.

Names that do not exist or cannot be read there are problems of expressions (`texts`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.expressions import RESERVED
from sensa.stories.problems import Path, Problem, listed, quoted
from sensa.stories.schema.choices import Choice, Row

SUM_TOLERANCE = 1e-6  # of plain chances: what six decimals leave

Value = bool | str
Domains = Mapping[str, tuple[Value, ...]]  # the values of each node that rows name
Cases = tuple[int, ...]  # those of a row: of each node, the values in its domain as bits


def problems(view: View) -> Iterator[Problem]:
    """Problems of rows, but for names that are unknown or out of reach."""
    for name, choice in view.document.choices.items():
        path: Path = ("choices", name)
        if not choice.rows:
            continue
        wrong = [*_alone(view, path, choice), *_without_if(view, path, choice)]
        yield from wrong
        for index, row in enumerate(choice.rows):
            yield from _values(view, (*path, "rows", index, "if"), row)
            yield from _sum(view, (*path, "rows", index), row)
        domains = _domains(view, choice)
        if domains is not None and not wrong:
            yield from _cases(view, path, choice, domains)


def _alone(view: View, path: Path, choice: Choice) -> Iterator[Problem]:
    """Weights, constraints and nudges, which a choice with rows does not have."""
    for key in ("constraints", "nudges"):
        if getattr(choice, key):
            message = f"a choice has either `rows` or `{key}`; this one has both"
            yield view.error("bad-rows", (*path, key), message, "put what shifts the chances into the rows")


def _without_if(view: View, path: Path, choice: Choice) -> Iterator[Problem]:
    """More than one row without `if`."""
    rest = [index for index, row in enumerate(choice.rows) if row.condition is None]
    for index in rest[1:]:
        message = f"`rows[{rest[0]}]` has no `if` and covers the same cases"
        yield view.error("overlapping-rows", (*path, "rows", index), message, "give one of them an `if`")


def _values(view: View, path: Path, row: Row) -> Iterator[Problem]:
    """Values that a node does not have, and names of what is no node."""
    for name, value in (row.condition or {}).items():
        if name in view.document.choices:
            if isinstance(value, bool):
                options = listed(tuple(view.document.choices[name].options))
                message = f"{quoted(name)} is a choice: expected {options}, got {quoted(value)}"
                yield view.error("bad-rows", (*path, name), message)
        elif _is_truth(view, name):
            if not isinstance(value, bool):
                message = f"{quoted(name)} is true or false, and has no options"
                yield view.error("bad-rows", (*path, name), message)
        elif name in view.tables or name in RESERVED:
            message = f"a row lists values of nodes, and {quoted(name)} is none"
            yield view.error("bad-rows", (*path, name), message, "make an event of what it tests")


def _is_truth(view: View, name: str) -> bool:
    return name == "halted" or view.tables.get(name) in traversal.NODE_TABLES


def _sum(view: View, path: Path, row: Row) -> Iterator[Problem]:
    """Plain chances that do not sum to 1; where one is uncertain, a row is scaled."""
    chances = [view.number((*path, "chances", option)) for option in row.chances]
    plain = [chance for chance in chances if isinstance(chance, float)]
    total = math.fsum(plain)
    if len(plain) == len(chances) and abs(total - 1) > SUM_TOLERANCE:
        yield view.error("bad-rows", (*path, "chances"), f"the chances sum to {total:g}, not to 1")


def _domains(view: View, choice: Choice) -> Domains | None:
    """The values of each node that rows name, in the order of the rows; None if a name or value is wrong."""
    domains: dict[str, tuple[Value, ...]] = {}
    for row in choice.rows:
        for name, value in (row.condition or {}).items():
            if name in view.document.choices:
                domains[name] = tuple(view.document.choices[name].options)
            elif _is_truth(view, name):
                domains[name] = (True, False)
            if name not in domains or not set(_listed(value)) <= set(domains[name]):
                return None
    return domains


def _listed(value: Value | tuple[str, ...]) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _cases(view: View, path: Path, choice: Choice, domains: Domains) -> Iterator[Problem]:
    """The first case in two rows; or, if there is none, the first in no row."""
    rows = {i: _bits(row, domains) for i, row in enumerate(choice.rows) if row.condition is not None}
    rest = [index for index in range(len(choice.rows)) if index not in rows]
    pair = _overlap(rows)
    if pair is not None:
        first, second = pair
        common = [a & b for a, b in zip(rows[first], rows[second], strict=True)]
        message = f"`rows[{first}]` covers the case {_described(common, domains)} too"
        fix = "leave it out of one of them: rows exclude each other, whatever their order"
        yield view.error("overlapping-rows", (*path, "rows", second, "if"), message, fix)
        return
    missing = _missing(list(rows.values()), [len(domain) for domain in domains.values()])
    if missing is None and rest:
        message = "is never used: every case has another row"
        yield view.error("bad-rows", (*path, "rows", rest[0]), message, "leave it out")
    if missing is not None and not rest:
        message = f"no row covers the case {_described(missing, domains)}"
        fix = "add a row for it, or a row without `if` for all other cases"
        yield view.error("missing-row", (*path, "rows"), message, fix)


def _bits(row: Row, domains: Domains) -> Cases:
    """The values that a row allows each node, as bits in the order of its domain."""
    allowed = {name: _listed(value) for name, value in (row.condition or {}).items()}
    return tuple(
        sum(1 << i for i, value in enumerate(domain) if value in allowed.get(name, domain))
        for name, domain in domains.items()
    )


def _overlap(rows: Mapping[int, Cases]) -> tuple[int, int] | None:
    """The first row that has a case of one before it, after that one.

    Rows are compared where they agree in the nodes of which each of them has one value, so that a full table
    takes one look at each row.
    """
    single = [at for at, bits in enumerate(zip(*rows.values(), strict=True)) if all(map(_one, bits))]
    alike: dict[tuple[int, ...], list[int]] = {}
    for second, cases in rows.items():
        group = alike.setdefault(tuple(cases[at] for at in single), [])
        for first in group:
            if all(a & b for a, b in zip(rows[first], cases, strict=True)):
                return first, second
        group.append(second)
    return None


def _one(bits: int) -> bool:
    return bits.bit_count() == 1


def _missing(rows: Sequence[Cases], sizes: Sequence[int]) -> Cases | None:
    """The first case that none of these rows covers, by one value of each node.

    Rows exclude each other, so the cases that they cover within some values are a sum over rows.
    """
    if _covered(rows, 0) == math.prod(sizes):
        return None
    case: list[int] = []
    for at, size in enumerate(sizes):
        wanted = math.prod(sizes[at + 1 :])
        for value in range(size):
            here = [cases for cases in rows if cases[at] >> value & 1]
            if _covered(here, at + 1) < wanted:
                case.append(1 << value)
                rows = here
                break
    return tuple(case)


def _covered(rows: Sequence[Cases], start: int) -> int:
    """How many cases of the nodes from `start` on the rows cover together."""
    return sum(math.prod(bits.bit_count() for bits in cases[start:]) for cases in rows)


def _described(cases: Sequence[int], domains: Domains) -> str:
    """The first of some cases as a row writes it."""
    first = (
        f"{name} = {_written(domain[(bits & -bits).bit_length() - 1])}"
        for (name, domain), bits in zip(domains.items(), cases, strict=True)
    )
    return f"`{{ {', '.join(first)} }}`"


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'

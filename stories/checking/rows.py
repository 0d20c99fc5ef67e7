"""Tables of chances: each case of the nodes that their rows name is in one row, and each row sums to 1.

Names that do not exist or cannot be read there are problems of expressions (`texts`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from sensa.stories import traversal
from sensa.stories.checking.view import View
from sensa.stories.expressions import RESERVED
from sensa.stories.problems import Path, Problem, listed, quoted
from sensa.stories.schema import Choice, Row

SUM_TOLERANCE = 1e-6  # of plain chances: what six decimals leave

Value = bool | str
Values = dict[str, tuple[Value, ...]]  # of each node, those that a row is about


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


def _domains(view: View, choice: Choice) -> dict[str, tuple[Value, ...]] | None:
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


def _cases(
    view: View, path: Path, choice: Choice, domains: Mapping[str, tuple[Value, ...]]
) -> Iterator[Problem]:
    """The first case in two rows; or, if there is none, the first in no row."""
    rows = {
        index: {name: _listed(value) for name, value in row.condition.items()}
        for index, row in enumerate(choice.rows)
        if row.condition is not None
    }
    rest = [index for index in range(len(choice.rows)) if index not in rows]
    common = _overlap(rows, domains)
    if common is not None:
        first, second, case = common
        message = f"`rows[{first}]` covers the case {case} too"
        fix = "leave it out of one of them: rows exclude each other, whatever their order"
        yield view.error("overlapping-rows", (*path, "rows", second, "if"), message, fix)
        return
    missing = _missing(list(rows.values()), domains)
    if missing is None and rest:
        message = "is never used: every case has another row"
        yield view.error("bad-rows", (*path, "rows", rest[0]), message, "leave it out")
    if missing is not None and not rest:
        message = f"no row covers the case {missing}"
        fix = "add a row for it, or a row without `if` for all other cases"
        yield view.error("missing-row", (*path, "rows"), message, fix)


def _overlap(
    rows: Mapping[int, Values], domains: Mapping[str, tuple[Value, ...]]
) -> tuple[int, int, str] | None:
    """Two rows that cover the same case, and the first such case.

    Rows are compared where they agree in what all of them say one value of, so that a full table takes
    one look at each row.
    """
    single = [name for name in domains if all(len(values.get(name, ())) == 1 for values in rows.values())]
    alike: dict[tuple[Value, ...], list[int]] = {}
    for index, values in rows.items():
        alike.setdefault(tuple(values[name][0] for name in single), []).append(index)
    pairs = (pair for group in alike.values() for pair in combinations(group, 2))
    for first, second in sorted(pairs, key=lambda pair: pair[::-1]):
        common = {
            name: [value for value in domain if value in _allowed(rows[first], name, domain)
                   and value in _allowed(rows[second], name, domain)]
            for name, domain in domains.items()
        }  # fmt: skip
        if all(common.values()):
            return first, second, _described({name: values[0] for name, values in common.items()})
    return None


def _missing(rows: Sequence[Values], domains: Mapping[str, tuple[Value, ...]]) -> str | None:
    """The first case that none of these rows covers, which exclude each other.

    So the cases within some values that rows cover are a sum over rows.
    """
    case: dict[str, Value] = {}
    left = list(domains)
    if _covered(rows, left, domains) == math.prod(map(len, domains.values())):
        return None
    while left:
        name = left.pop(0)
        wanted = math.prod(len(domains[other]) for other in left)
        for value in domains[name]:
            here = [values for values in rows if value in _allowed(values, name, domains[name])]
            if _covered(here, left, domains) < wanted:
                case[name], rows = value, here
                break
    return _described(case)


def _covered(rows: Sequence[Values], names: Sequence[str], domains: Mapping[str, tuple[Value, ...]]) -> int:
    """How many cases of these nodes the rows cover together."""
    return sum(math.prod(len(_allowed(values, name, domains[name])) for name in names) for values in rows)


def _allowed(values: Values, name: str, domain: tuple[Value, ...]) -> tuple[Value, ...]:
    return values.get(name, domain)


def _described(case: Mapping[str, Value]) -> str:
    """A case as a row writes it."""
    return f"`{{ {', '.join(f'{name} = {_written(value)}' for name, value in case.items())} }}`"


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'

"""Tables about a name: what it does to how the story ends, and how much depends on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sensa.reports.explain.statements import ENDS
from sensa.reports.explain.subject import About, labels
from sensa.reports.result import ranking
from sensa.reports.result.answers import Number
from sensa.reports.result.from_tree import number

MAX_ROWS = 8
OWNERS = (
    "assumption",
    "challenge",
    "choice",
    "event",
    "safeguard",
    "quantity",
    "outcome",
    "number",
    "numbers",
    "axis",
    "option",
)
CHANGE, ERROR = "change", "± of it"  # columns of their own style: points, and the standard error
SET = "violated, holding: set from outside"
INDICES = "total Sobol' index: its share of the variance, interactions included; alone: first order"
NODES = {
    "event": "always: set to happen if it can; never: set not to; seen to happen: P(outcome | it happens)",
    "challenge": "standing, not: set from outside; seen to stand: P(outcome | it stands)",
    "safeguard": "perfect: catches all it is against, no false alarm; seen to fire: P(outcome | it fires)",
    "choice": "",
    "option": "",
}
SEEN = "seen violated: P(outcome | violated); violated then: P(violated | outcome)"
WORTH = "the loss saved by knowing it before deciding to stop, at no cost or at that of going on"
Style = Literal["percent", "share", "plain", "points", "error"]


@dataclass(frozen=True)
class Table:
    """Rows of numbers under a header."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Number]]]
    style: Style = "percent"  # of every column except changes and their errors
    more: int = 0  # rows left out
    note: str = ""  # on the meaning of the columns


def tables(about: About) -> Iterator[Table]:
    """The tables that apply to the name."""
    yield from _outcome(about)
    yield from _kind(about)
    yield from _phase(about)
    yield from _violations(about)
    yield from _node(about)
    yield from _importance(about)
    yield from _indices(about)
    yield from _tipping(about)
    yield from _pairs(about)
    yield from _worth(about)


def _violations(about: About) -> Iterator[Table]:
    found, name = about.found, about.name
    violations = found.violations
    if violations is None or about.kind != "assumption" or name not in violations.violated:
        return
    parts = (violations.holds, violations.observed_violated, violations.violated_given)
    change, error = violations.change[name], violations.change_error[name]
    sampled = any(error.values())
    rows = [
        (
            outcome,
            (
                answer.probability.mean,
                violations.violated[name].get(outcome),
                change.get(outcome),
                *([error.get(outcome)] if sampled else []),
                *(part[name].get(outcome) for part in parts),
            ),
        )
        for outcome, answer in found.outcomes.items()
    ]
    columns = ("now", "violated", CHANGE, *([ERROR] * sampled), "holding", "seen violated", "violated then")
    yield Table("outcome", columns, rows, note=f"{SET}; change: what setting it violated adds; {SEEN}")


def _outcome(about: About) -> Iterator[Table]:
    """What each violation does to an outcome, the largest probability first."""
    violations, name = about.found.violations, about.name
    if violations is None or about.kind != "outcome":
        return
    sampled = any(row.get(name) for row in violations.change_error.values())
    parts = [violations.violated, violations.change, *([violations.change_error] * sampled)]
    parts += [violations.holds, violations.observed_violated, violations.violated_given]
    rows = [(a, tuple(part[a].get(name) for part in parts)) for a in violations.violated]
    rows = ranking.largest_first(rows, lambda row: row[1][:1], lambda row: row[0])
    if rows:
        columns = ("violated", CHANGE, *([ERROR] * sampled), "holding", "seen violated", "violated then")
        yield Table(
            "with", columns, rows[:MAX_ROWS], more=max(len(rows) - MAX_ROWS, 0), note=f"{SET}; {SEEN}"
        )


def _kind(about: About) -> Iterator[Table]:
    """What each violation does to a kind of outcome, the largest change first; which numbers move it."""
    if about.kind != "kind":
        return
    found, name = about.found, about.name
    ends = [
        n for n, o in found.outcomes.items() if name == o.kind or (name == "failure" and o.kind != "success")
    ]
    violations = found.violations
    if violations is not None and violations.violated:
        rows = [
            (
                a,
                (
                    *(
                        ranking.total(part[a], ends)
                        for part in (violations.violated, violations.change, violations.holds)
                    ),
                ),
            )
            for a in violations.violated
        ]
        rows = ranking.largest_first(rows, lambda row: (abs(row[1][1] or 0.0),), lambda row: row[0])
        more = max(len(rows) - MAX_ROWS, 0)
        yield Table("with", ("violated", CHANGE, "holding"), rows[:MAX_ROWS], more=more, note=SET)
    of = "success" if name == "failure" else name
    moved = [
        (
            ranking.short(path),
            (ranking.index(found, factor, of), *_firsts(about, factor.first, factor.kind_first, (of,))),
        )
        for path, factor in found.sobol_credence.items()
    ]
    moved = ranking.largest_first(moved, lambda row: row[1][:1], lambda row: row[0])
    if moved:
        more = max(len(moved) - MAX_ROWS, 0)
        yield Table("uncertain number", ("total", "alone"), moved[:MAX_ROWS], "share", more, note=INDICES)


def _phase(about: About) -> Iterator[Table]:
    """How likely each outcome is in a phase."""
    here = [i for i, phase in enumerate(about.found.phases) if phase == about.name]
    if about.kind != "phase" or not here:
        return
    rows = []
    for name, outcome in about.found.outcomes.items():
        steps = [outcome.by_step[i] for i in here]
        rows.append((name, (sum(step or 0.0 for step in steps), outcome.probability.mean)))
    yield Table("outcome", ("in this phase", "in total"), rows)


def _node(about: About) -> Iterator[Table]:
    """How the story ends with and without an event, challenge or safeguard; with each option of a choice."""
    data = about.dataset("nodes")
    name = about.name.split(": ")[0] if about.kind == "option" else about.name
    if data is None or about.kind not in NODES or name not in labels(data, "of"):
        return
    here = data.isel(node=[i for i, of in enumerate(data["of"].values) if of == name])
    outcomes = about.found.outcomes
    if about.kind in ("choice", "option"):
        rows = []
        for label in here["node"].values:
            row = here.sel(node=label)
            seen = {o: number(row["seen"].sel(outcome=o)) for o in outcomes}
            ends = [ranking.total(seen, names) for names in (_catastrophic(about), _failing(about))]
            rows.append((str(label).removeprefix(f"{name}: "), (number(row["chance"]), *ends)))
        note = "then: given that it is picked (an observation; a choice is never set)"
        yield Table("option", ("picked", "catastrophic then", "failing then"), rows, note=note)
        return
    row = here.isel(node=0)
    columns = {
        "event": ("always", "never", "seen to happen"),
        "challenge": ("standing", "not", "seen to stand"),
    }
    rows = [
        (o, (answer.probability.mean, *(number(row[v].sel(outcome=o)) for v in ("always", "never", "seen"))))
        for o, answer in outcomes.items()
    ]
    yield Table(
        "outcome",
        ("now", *columns.get(about.kind, ("perfect", "without", "seen to fire"))),
        rows,
        note=NODES[about.kind],
    )


def _importance(about: About) -> Iterator[Table]:
    measures = about.found.importance
    if all(about.name in table for table in measures.values()):
        outputs = [o for o in ENDS if any(o in table[about.name] for table in measures.values())]
        rows = [(m, tuple(table[about.name].get(o) for o in outputs)) for m, table in measures.items()]
        if rows and outputs:
            yield Table("importance", outputs, rows, style="plain")


def _indices(about: About) -> Iterator[Table]:
    """Total and first-order Sobol' indices of its numbers and as a fact; for an outcome, of what moves it."""
    found, name = about.found, about.name
    if about.kind not in OWNERS:
        return
    if about.kind == "outcome":
        moved = [(path, (f.total.get(name), f.first.get(name))) for path, f in found.sobol_credence.items()]
        moved = ranking.largest_first(moved, lambda row: row[1][:1], lambda row: row[0])
        rows = [(ranking.short(path), values) for path, values in moved]
        if rows:
            yield Table(
                "uncertain number",
                ("total", "alone"),
                rows[:MAX_ROWS],
                "share",
                max(len(rows) - MAX_ROWS, 0),
                INDICES,
            )
        return
    rows4: list[tuple[str, Sequence[Number]]] = []
    for path, factor in found.sobol_credence.items():
        if any(member in about.numbers for member in factor.members):
            totals = [ranking.index(found, factor, kind) for kind in ("catastrophic", "success")]
            rows4.append((ranking.short(path), (*totals, *_firsts(about, factor.first, factor.kind_first))))
    data = about.dataset("sobol_truth")
    if data is not None and name in labels(data, "factor"):
        row = data.isel(factor=labels(data, "factor").index(name))
        kinds = [str(kind) for kind in data["kind"].values]
        values = [
            number(row[part].sel(kind=kind)) if kind in kinds else None
            for part in ("kind_total", "kind_first")
            for kind in ("catastrophic", "success")
        ]
        rows4.append(("as a fact", values))
    if rows4:
        columns = ("the risk", "failing", "risk, alone", "failing, alone")
        yield Table("share of the variance", columns, rows4, "share", note=INDICES)


def _firsts(
    about: About,
    first: Mapping[str, Number],
    kind_first: Mapping[str, Number],
    kinds: Sequence[str] = ("catastrophic", "success"),
) -> list[Number]:
    values = []
    for kind in kinds:
        names = ranking.of_kind(about.found, kind)
        alone = first.get(names[0]) if len(names) == 1 else None
        values.append(kind_first.get(kind, alone))
    return values


def _tipping(about: About) -> Iterator[Table]:
    here = [one for one in about.found.tipping if (about.kind, about.name) == ("assumption", one.assumption)]
    if here:
        rows = [(f"P(catastrophic) = {100 * one.limit:g} %", (one.credence, one.now)) for one in here]
        yield Table("tipping point", ("credence", "now"), rows)


def _pairs(about: About) -> Iterator[Table]:
    ends = (_catastrophic(about), _failing(about))
    rows = [
        (other, tuple(ranking.total(row, names) for names in ends))
        for other, row in about.found.both_violated.get(about.name, {}).items()
        if other != about.name
    ]
    rows = ranking.largest_first(rows, lambda row: row[1], lambda row: row[0])
    if rows:
        yield Table(
            "violated with", ("catastrophic", "failing"), rows[:MAX_ROWS], more=max(len(rows) - MAX_ROWS, 0)
        )


def _worth(about: About) -> Iterator[Table]:
    """The value of knowing its truth or its numbers before deciding to go on or stop, in units of loss."""
    rows: list[tuple[str, Sequence[Number]]] = []
    truth, unknown = about.dataset("value_of_facts"), about.dataset("value_of_information")
    if truth is not None and about.name in labels(truth, "fact"):
        rows.append(("whether it is true", list(map(number, truth["value"].sel(fact=about.name).values))))
    if unknown is not None:
        for factor in labels(unknown, "factor"):
            if any(member in about.numbers for member in factor.split(" + ")):
                values = unknown["evppi"].sel(factor=factor).values
                rows.append((ranking.short(factor), list(map(number, values))))
    if rows:
        yield Table("worth knowing", ("stopping free", "break even"), rows, style="plain", note=WORTH)


def _catastrophic(about: About) -> list[str]:
    return ranking.of_kind(about.found, "catastrophic")


def _failing(about: About) -> list[str]:
    return [name for name, outcome in about.found.outcomes.items() if outcome.kind != "success"]

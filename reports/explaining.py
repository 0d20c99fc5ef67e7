"""Everything that is known of one name of a story: an assumption, another node, a number, an outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sensa.reports import ranking
from sensa.reports.answers import Answers, Number, answers
from sensa.reports.breaking import nearest
from sensa.reports.layout import Paper, left, right, shown, wrapped
from sensa.reports.numbers import UNDEFINED, compact, defined, percent
from sensa.stories import contents
from sensa.stories.dependencies import edges, halting_safeguards, reads
from sensa.stories.problems import Place, path_text
from sensa.stories.reading import Story

if TYPE_CHECKING:
    import xarray as xr

LABEL = 14
NAME = 30
MOST = 6


@dataclass(frozen=True)
class Explanation:
    """What is told of a name: facts in words, and tables."""

    name: str
    kind: str
    place: Place
    facts: Sequence[tuple[str, str]]
    tables: Sequence["Table"] = field(default_factory=tuple)


@dataclass(frozen=True)
class Table:
    """Rows of numbers under a header."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Number]]]
    as_percent: bool = True


def names(story: Story) -> dict[str, str]:
    """Every name that can be explained, and what it is."""
    found = {name: table[:-1] for table, name, _ in contents.nodes(story.document)}
    found |= dict.fromkeys(story.document.quantities, "quantity")
    found |= dict.fromkeys(story.document.outcomes, "outcome")
    found |= {path_text(n.path): "number" for n in contents.numbers(story.document)}
    return found


def explanation(story: Story, tree: "xr.DataTree", name: str) -> Explanation:
    """What a story and its result say of one of its `names`."""
    kind = names(story)[name]
    found = answers(tree)
    path = name if kind == "number" else f"{_table(kind)}.{name}"
    facts = [
        *_written(story, kind, name),
        *_around(story, kind, name),
        *_numbers(story, tree, found, kind, name),
    ]
    return Explanation(name, kind, story.key_place(path), facts, tuple(_tables(tree, found, kind, name)))


def _table(kind: str) -> str:
    return "quantities" if kind == "quantity" else f"{kind}s"


def _written(story: Story, kind: str, name: str) -> Iterator[tuple[str, str]]:
    """What the author says of it."""
    if kind == "number":
        for number in contents.numbers(story.document):
            if path_text(number.path) == name:
                yield "of", number.owner
        return
    written: Any = getattr(story.document, _table(kind))[name]
    for key in ("claim", "part", "criterion", "kind", "mode", "status", "because", "falsified_by", "owner"):
        value = getattr(written, key, None)
        if value:
            yield key.replace("_", " "), str(value)
    for evidence in getattr(written, "evidence", ()):
        yield "evidence", ": ".join(filter(None, (evidence.source, evidence.note)))
    if getattr(written, "expires", None):
        yield "expires", written.expires.isoformat()


def _around(story: Story, kind: str, name: str) -> Iterator[tuple[str, str]]:
    """Who reads it, what it reads, what speaks against it."""
    if kind == "number":
        return
    document = story.document
    halting = halting_safeguards(document)
    pairs = {(owner, read): None for owner, read, _, _ in edges(document)}
    for text in contents.texts(document):
        if text.role in ("outcome", "loss", "criterion"):
            for read, _ in sorted(reads(text)):
                pairs |= {(text.owner, one): None for one in (halting if read == "halted" else (read,))}
    challenges = {c: written.against for c, written in document.challenges.items()}
    for label, these in (
        ("reads", [read for owner, read in pairs if owner == name and challenges.get(read) != name]),
        ("read by", [owner for owner, read in pairs if read == name and challenges.get(name) != owner]),
        ("challenged", [c for c, against in challenges.items() if against == name]),
        ("against", [challenges[name]] if name in challenges else []),
    ):
        if these:
            yield label, ", ".join(these)


def _numbers(
    story: Story, tree: "xr.DataTree", found: Answers, kind: str, name: str
) -> Iterator[tuple[str, str]]:
    """What was computed of it, in words."""
    if found.violations is not None and name in found.violations.probability:
        yield "violated", f"with probability {percent(found.violations.probability[name])}"
    if kind == "outcome" and name in found.outcomes:
        outcome = found.outcomes[name].probability
        yield (
            "likely",
            f"{percent(outcome.mean)} ({percent(outcome.between()[0])} to {percent(outcome.between()[1])})",
        )
    crossing = [one for one in nearest(found) if one.assumption == name]
    for one in crossing:
        risk, limit = percent(found.risk), percent(one.limit)
        said = f"the catastrophic risk ({risk}) reaches {limit} at {percent(one.credence)}"
        yield "tips", f"{said}, from {percent(one.now)} now"
    for output, ways in found.minimal.items():
        if output not in ("catastrophic", "failure"):
            continue
        for way, sets in ways.items():
            mine = [members for members in sets.sets if name in members]
            if mine:
                told = "; ".join(" and ".join(members) for members in mine[:3])
                yield (
                    "sets",
                    f"{output} {way} with {told}" + (f"; {len(mine) - 3} more" if len(mine) > 3 else ""),
                )
    outcome_name = ranking.riskiest(found)
    for path, factor in found.sobol_credence.items():
        if outcome_name is not None and any(_belongs(member, kind, name) for member in factor.members):
            total, first = factor.total.get(outcome_name), factor.first.get(outcome_name)
            said = f"{_share(total)} of the variance of the risk ({_share(first)} alone)"
            yield "uncertainty", f"{ranking.short(path)} has {said}"
    yield from _truth(tree, name, outcome_name)


def _belongs(member: str, kind: str, name: str) -> bool:
    return member == name or (kind != "number" and member.startswith(f"{_table(kind)}.{name}."))


def _truth(tree: "xr.DataTree", name: str, outcome: str | None) -> Iterator[tuple[str, str]]:
    if "sobol_truth" not in tree.children or outcome is None:
        return
    data = tree["sobol_truth"].to_dataset()
    here = [i for i, factor in enumerate(data["factor"].values) if str(factor) == name]
    if here:
        row = data.isel(factor=here[0]).sel(outcome=outcome)
        total, first = (_number(row[key]) for key in ("total", "first"))
        yield "matters", f"as a fact, {_share(total)} of whether it ends in {outcome} ({_share(first)} alone)"


def _share(value: Number) -> str:
    if not defined(value):
        return UNDEFINED
    return "<1 %" if value < 0.005 else f"{100 * value:.0f} %"


def _number(value: Any) -> Number:
    x = float(value)
    return None if np.isnan(x) else x


def _tables(tree: "xr.DataTree", found: Answers, kind: str, name: str) -> Iterator[Table]:
    violations = found.violations
    if violations is None or name not in violations.violated:
        return
    rows = [
        (
            outcome,
            (
                found.outcomes[outcome].probability.mean,
                violations.violated[name].get(outcome),
                violations.holds[name].get(outcome),
                violations.observed_violated[name].get(outcome),
                violations.violated_given[name].get(outcome),
            ),
        )
        for outcome in found.outcomes
    ]
    yield Table("outcome", ("now", "violated", "holding", "seen violated", "violated then"), rows)
    if "importance" in tree.children:
        yield _importance(tree["importance"].to_dataset(), name)
    others = found.both_violated.get(name, {})
    catastrophic = ranking.of_kind(found, "catastrophic")
    pairs = [
        (other, (ranking.total(row, catastrophic), ranking.total(row, _failing(found))))
        for other, row in others.items()
        if other != name
    ]
    pairs.sort(key=lambda pair: (-(pair[1][0] or 0.0), pair[0]))
    if pairs:
        yield Table("violated with", ("catastrophic", "failing"), pairs[:MOST])


def _failing(found: Answers) -> list[str]:
    return [name for name, outcome in found.outcomes.items() if outcome.kind != "success"]


def _importance(data: "xr.Dataset", name: str) -> Table:
    here = data.sel(assumption=name)
    measures = [
        str(m) for m, values in data.data_vars.items() if set(values.dims) == {"assumption", "output"}
    ]
    outputs = [str(output) for output in data["output"].values if output in ("catastrophic", "failure")]
    rows = [(m, tuple(_number(here[m].sel(output=output)) for output in outputs)) for m in measures]
    return Table("importance", outputs, rows, as_percent=False)


def render(found: Explanation, paper: Paper) -> str:
    """An explanation for a terminal."""
    lines = [
        paper.paint(f"{found.kind} {shown(found.name, paper.width - 20)}", "head"),
        f"  {found.place}",
        "",
    ]
    for label, text in found.facts:
        lines += wrapped(shown(text, 600), paper.width, " " * LABEL, left(label, LABEL))
    for table in found.tables:
        lines += ["", *_rows(table, paper)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _rows(table: Table, paper: Paper) -> Iterator[str]:
    width = max(13, *(len(column) + 2 for column in table.columns))
    yield paper.paint(
        left(table.title, NAME) + "".join(right(column, width) for column in table.columns), "head"
    )
    for name, values in table.rows:
        written = [percent(v) if table.as_percent else compact(v, 3) for v in values]
        yield left(shown(name, NAME - 2), NAME) + "".join(right(text, width) for text in written)


def plain(found: Explanation) -> Mapping[str, Any]:
    """An explanation for machines."""
    return {
        "format": "sensa-explanation/1",
        "name": found.name,
        "kind": found.kind,
        "file": found.place.file,
        "line": found.place.line,
        "facts": [{"label": label, "text": text} for label, text in found.facts],
        "tables": [
            {
                "title": table.title,
                "columns": list(table.columns),
                "rows": [{"name": name, "values": list(map(_finite, values))} for name, values in table.rows],
            }
            for table in found.tables
        ],
    }


def _finite(value: Number) -> Number | str:
    if value is not None and np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value

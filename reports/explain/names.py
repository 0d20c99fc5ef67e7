"""The names that reports of a story print, and what each one names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from sensa.reports.layout import MARKS
from sensa.reports.result.ranking import short
from sensa.stories import traversal
from sensa.stories.codes import CODES
from sensa.stories.numbers.pooled_experts import drawn_together, of_several
from sensa.stories.problems import path_text
from sensa.stories.schema.document import Document
from sensa.stories.schema.vocabulary import Criterion, Kind, Mode, Part
from sensa.stories.story import Story

SAFELY, LOSS = "safe, if it fails", "expected loss"  # as the report calls them


@dataclass(frozen=True)
class Named:
    """Something with a name: its kind, its canonical name, and the path where it is declared."""

    kind: str
    name: str
    path: str = ""  # "" if the story does not declare it


def names(story: Story) -> dict[str, Named]:
    """Everything that can be explained, by each of its names.

    Where several things share a name, the first one has it; the others go by the path where they are
    declared, such as `phases.deploy`.
    """
    found: dict[str, Named] = {}
    for spellings, named in _all(story.document):
        for spelling in (*spellings, named.path):
            if spelling:
                found.setdefault(spelling, named)
    return found


def find(known: dict[str, Named], text: str) -> Named | None:
    """Look up a name: as written, as a report shows it, or as several numbers that count as one."""
    bare = text.strip().lstrip("".join(MARKS.values())).strip()
    for spelling in (text, bare):
        if spelling in known:
            return known[spelling]
    members = bare.split(" + ")
    if len(members) > 1:
        return _together(known, members)
    if bare.endswith("…"):
        completions = [spelling for spelling in known if spelling.startswith(bare[:-1])]
        shortest = min(completions, key=len, default=None)
        if shortest is not None and all(spelling.startswith(shortest) for spelling in completions):
            return known[shortest]
    return None


def _together(known: dict[str, Named], members: list[str]) -> Named | None:
    """Look up several numbers by their short names: an assumption's name means its credence."""
    paths = []
    for member in members:
        named = find(known, member)
        usual = () if named is None else (named.path, f"{named.path}.credence", f"{named.path}.value")
        found = [known[path] for path in usual if path in known and known[path].kind == "number"]
        if not found:
            return None
        paths.append(found[0].path)
    return Named("numbers", " + ".join(paths), paths[0])


def also(known: dict[str, Named], named: Named) -> list[Named]:
    """Other things with this name."""
    others = (one for one in known.values() if one.name == named.name and one != named)
    return list(dict.fromkeys(others))


def _all(document: Document) -> Iterator[tuple[tuple[str, ...], Named]]:
    """Pairs (other names, thing named), the most likely meaning first."""
    for table, name, _ in traversal.nodes(document):
        yield (name,), Named(table[:-1], name, f"{table}.{name}")
    for name in document.quantities:
        yield (name,), Named("quantity", name, f"quantities.{name}")
    for name in document.outcomes:
        yield (name,), Named("outcome", name, f"outcomes.{name}")
    numbers = [path_text(number.path) for number in traversal.numbers(document)]
    for name in document.properties:
        yield (name,), Named("property", name, f"properties.{name}")
    for choice, of in document.choices.items():
        for option in of.options:
            label = f"{choice}: {option}"
            yield (label, f"{choice}.{option}"), Named("option", label, f"choices.{choice}.options.{option}")
    for path in numbers:
        yield (short(path),), Named("number", path, path)
    yield from _drawn_together(document)
    for i, phase in enumerate(document.phases):
        yield (phase.name, f"phases.{phase.name}"), Named("phase", phase.name, f"phases[{i}]")
    for i, phase in enumerate(document.phases):
        for axis in phase.axes:
            yield (axis, f"axes.{axis}"), Named("axis", axis, f"phases[{i}].axes.{axis}")
    yield from _words(document)


def _drawn_together(document: Document) -> Iterator[tuple[tuple[str, ...], Named]]:
    """Who is right, of experts drawn for all numbers, and each expert's own answer."""
    pools = [n for n in traversal.numbers(document) if drawn_together(document, n.form)]
    for number in pools:
        path = path_text(number.path)
        answers = [f"{path}.experts[{i}].credence" for i in range(len(of_several(number.form)))]
        yield (*answers, *map(short, answers)), Named("number", path, path)
    experts = {name for number in pools for name in of_several(number.form)}
    draws = range(len(experts) * len({frozenset(of_several(number.form)) for number in pools}))
    if pools:
        yield (
            ("experts.draw", *(f"experts.draw[{i}]" for i in draws)),
            Named("experts", "experts.draw", "experts"),
        )


def _words(document: Document) -> Iterator[tuple[tuple[str, ...], Named]]:
    """The words of the format, and the author's own."""
    for kind in get_args(Kind):
        yield (kind, f"kinds.{kind}"), Named("kind", kind)
    yield ("failure", "kinds.failure", "failing"), Named("kind", "failure")
    yield (SAFELY, "fail_safe_given_failure", "failing_safely"), Named("measure", SAFELY)
    yield (LOSS, "loss"), Named("measure", LOSS)
    for criterion in get_args(Criterion):
        stated = f"criteria.{criterion}" if criterion in document.criteria else ""
        yield (criterion, criterion.replace("_", " ")), Named("criterion", criterion, stated)
    for part in get_args(Part):
        yield (part,), Named("part", part, part)
    for mode in get_args(Mode):
        yield (mode,), Named("mode", mode)
    yield ("your own placeholder",), Named("mode", "unmodelled")
    for measure in document.expect:
        yield (measure,), Named("expectation", measure, path_text(("expect", measure)))
    for measure in document.stated:
        yield (measure,), Named("stated result", measure, path_text(("stated", measure)))
    for choice, of in document.choices.items():
        for tag in dict.fromkeys(tag for option in of.options.values() for tag in option.tags):
            yield (f"{choice}.{tag}", f"{choice}: {tag}"), Named("tag", tag)
    for tag in _tags(document):
        yield (tag, f"tags.{tag}"), Named("tag", tag)
    for code in CODES:
        yield (code, f"codes.{code}"), Named("code", code)


def _tags(document: Document) -> list[str]:
    on_nodes = (tag for _, _, node in traversal.nodes(document) for tag in getattr(node, "tags", ()))
    on_options = (
        tag
        for choice in document.choices.values()
        for option in choice.options.values()
        for tag in option.tags
    )
    return list(dict.fromkeys([*on_nodes, *on_options]))

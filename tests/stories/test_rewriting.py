"""A text that is rewritten reads as it should, and what is not changed stays as it was."""

import re
import tomllib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.stories.editing import Draft
from sensa.stories.positions import scan
from sensa.stories.problems import Path
from sensa.stories.rewriting import rewritten
from sensa.stories.writing import value_text, written
from tests.strategies import NOTED, stories

Draw = Callable[[st.SearchStrategy[Any]], Any]


def ordered(value: Any) -> Any:
    """Values as what compares the order of keys too, and tells truths from numbers."""
    if isinstance(value, dict):
        return [(key, ordered(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [ordered(item) for item in value]
    return ("truth", value) if isinstance(value, bool) else value


def by_table(values: dict[str, Any]) -> Any:
    """The order of entries matters, that of the tables of the format and of their keys does not."""
    tables = {
        key: {name: dict(sorted(entry.items())) for name, entry in table.items()}
        if isinstance(table, dict) and all(isinstance(entry, dict) for entry in table.values())
        else [dict(sorted(entry.items())) for entry in table]
        if isinstance(table, list)
        else table
        for key, table in values.items()
    }
    return ordered(dict(sorted(tables.items())))


class Stylist:
    """Writes values as TOML in all the ways there are, each line with a comment of its own."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.comments = 0

    def one_of(self, *ways: str) -> str:
        return self.random.choice(ways)

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}."

    def key(self, path: list[str]) -> str:
        """A key, dotted if it has several names; each name in quotes where it must be, and sometimes else."""
        return ".".join(
            name if re.fullmatch(r"\w+", name, re.ASCII) and self.random.random() < 0.9 else f"{q}{name}{q}"
            for name in path
            for q in self.one_of('"', "'")
        )

    def document(self, doc: dict[str, Any]) -> str:
        plain = {key: value for key, value in doc.items() if not isinstance(value, dict | list)}
        lines = [f"{self.key([key])} = {value_text(value)} {self.comment()}" for key, value in plain.items()]
        apart = []
        for key, value in doc.items():
            if key in plain:
                continue
            way = self.one_of("headers", "headers", "headers", "dotted", "inline")
            if way == "headers":
                apart.append(self.headed([key], value))
            else:
                lines += self.lines([key], value, way)
        return "\n".join([*lines, *apart]) + "\n"

    def headed(self, path: list[str], value: Any) -> str:
        if isinstance(value, list):
            if not all(isinstance(item, dict) for item in value):
                return "\n".join(self.lines(path, value, "inline"))
            return "\n".join(self.table(f"[[{self.key(path)}]]", path, item) for item in value)
        if len(path) == 1 and value and all(isinstance(item, dict) for item in value.values()):
            return "\n".join(self.headed([*path, name], item) for name, item in value.items())
        return self.table(f"[{self.key(path)}]", path, value)

    def table(self, header: str, path: list[str], value: dict[str, Any]) -> str:
        lines, apart = [self.comment(), f"{header} {self.comment()}"], []
        for key, item in value.items():
            tables = isinstance(item, dict) or (isinstance(item, list) and item and isinstance(item[0], dict))
            way = self.one_of("inline", "inline", "dotted", "headers") if tables else "inline"
            if way == "headers":
                apart.append(self.headed([*path, key], item))
            else:
                lines += self.lines([key], item, way)
        return "\n".join([*lines, "", *apart])

    def lines(self, key: list[str], value: Any, way: str) -> list[str]:
        if way == "dotted" and isinstance(value, dict) and value:
            inner = [self.one_of("dotted", "inline") for _ in value]
            return [
                line
                for (name, item), how in zip(value.items(), inner, strict=True)
                for line in self.lines([*key, name], item, how)
            ]
        return [f"{self.key(key)} = {self.inline(value)} {self.comment()}"]

    def inline(self, value: Any) -> str:
        if isinstance(value, list) and value:
            way = self.one_of("one line", "lines", "comma first", "no last comma")
            items = [self.flat(item) for item in value]
            if way == "lines":
                return "[\n" + "".join(f"  {item}, {self.comment()}\n" for item in items) + "]"
            if way == "comma first":
                return "[\n  " + "\n  , ".join(f"{item} {self.comment()}" for item in items) + "\n]"
            if way == "no last comma":
                every = [f"  {item}, {self.comment()}\n" for item in items[:-1]]
                return "[\n" + "".join(every) + f"  {items[-1]} {self.comment()}\n]"
        return self.flat(value)

    def flat(self, value: Any) -> str:
        if isinstance(value, dict) and len(value) and self.one_of("dotted", "plain", "plain") == "dotted":
            pairs = []
            for key, item in value.items():
                if isinstance(item, dict) and item:
                    pairs += [f"{self.key([key, inner])} = {value_text(it)}" for inner, it in item.items()]
                else:
                    pairs.append(f"{self.key([key])} = {value_text(item)}")
            return "{ " + ", ".join(pairs) + " }"
        return value_text(value)


def paths_in(value: Any, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in [(*path, key), *paths_in(item, (*path, key))]]


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


NUMBERS = st.one_of(
    st.floats(0, 1),
    st.sampled_from(
        [1, "a # b", 'a "q" \\ é', {"beta": [1, 2]}, {"experts": [{"name": "x", "credence": 1}]}]
    ),
)


def edited(draft: Draft, draw: Draw) -> Draft:
    """One edit as authors make them: a value in an entry set, or something in a table taken out or added."""
    tables = [path for path in paths_in(draft.values) if len(path) == 1 and len(path[0]) > 6]
    inner = [
        path for path in paths_in(draft.values) if len(path) > 2 and path[0] not in ("goal", "rationale")
    ]
    match draw(st.sampled_from(["put", "cut", "cut entry", "add entry", "add key", "add element"])):
        case "put" if inner:
            return draft.put(draw(st.sampled_from(inner)), draw(NUMBERS))
        case "cut" if inner:
            return draft.cut(draw(st.sampled_from(inner)))
        case "cut entry":
            entries = [path for path in paths_in(draft.values) if path[:-1] in (*tables, ("dependence",))]
            return draft.cut(draw(st.sampled_from(entries)))
        case "add entry":
            table = draw(st.sampled_from(["assumptions", "events", "outcomes"]))
            return draft.put(
                (table, f"new{len(draft.values.get(table, {}))}"), {"claim": "New", "chance": 0.5}
            )
        case "add key" if inner:
            path = draw(st.sampled_from([path for path in inner if len(path) == 3]))
            return draft.put((*path[:2], "new"), draw(NUMBERS)) if isinstance(path[2], str) else draft
        case "add element":
            arrays = [path for path in paths_in(draft.values) if isinstance(at(draft.values, path), list)]
            path = draw(st.sampled_from([*arrays, ("waivers",)]))
            here = at(draft.values, path) if path in arrays else None
            new = {"claim": "New"} if here is None or (here and isinstance(here[0], dict)) else "new"
            return draft.put(path, [new]) if here is None else draft.put((*path, len(here)), new)
    return draft


@settings(deadline=None)
@given(stories(NOTED), st.integers(0, 2**32), st.data())
def test_changed_values_read_as_they_should(story: str, seed: int, data: st.DataObject) -> None:
    """However the text is laid out."""
    text = Stylist(seed).document(tomllib.loads(story))
    values = tomli.loads(text)
    assert values == tomllib.loads(story)
    draft = Draft(values, scan(text))
    for _ in range(data.draw(st.integers(1, 3))):
        draft = edited(draft, data.draw)
    again = tomli.loads(rewritten(text, values, draft.values))
    assert again == draft.values
    assert by_table(again) == by_table(draft.values)


@settings(deadline=None)
@given(stories(NOTED), st.integers(0, 2**32), st.data())
def test_what_is_not_changed_keeps_its_comments_and_its_layout(
    story: str, seed: int, data: st.DataObject
) -> None:
    """Another number in place of a number: the rest is the same to the letter, comments too."""
    doc = tomllib.loads(story)
    stylist = Stylist(seed)
    text = stylist.document(doc)
    numbers = [path for path in paths_in(doc) if isinstance(at(doc, path), float)]
    path = data.draw(st.sampled_from(numbers)) if numbers else ("story", "title")
    draft = Draft(doc, scan(text)).put(path, 0.123456789)
    result = rewritten(text, doc, draft.values)
    assert tomli.loads(result) == draft.values
    assert sorted(re.findall(r"# c\d+\.", result)) == sorted(f"# c{i + 1}." for i in range(stylist.comments))
    before, after = result.split("0.123456789")
    if path in scan(text).ends:
        assert text.startswith(before)
        assert text.endswith(after)


@given(stories(NOTED))
def test_a_story_written_from_its_values_reads_the_same(story: str) -> None:
    doc = tomllib.loads(story)
    again = tomli.loads(written(doc))
    assert again == doc
    assert by_table(again) == by_table(doc)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_as_toml(text: str) -> None:
    assert tomli.loads(f"a = {value_text(text)}") == {"a": text}


def test_what_nobody_sees_is_written_as_an_escape() -> None:
    """Changes of direction, spaces of no width, private characters; signs of all scripts stay."""
    text = "a\u202eb\u200bc\u2066d\ue000e\U000e0001f\x7fg\u2028 \u00a0\u732b\u00e9\U0001f600"
    shown = value_text(text)
    assert shown == (
        '"a\\u202eb\\u200bc\\u2066d\\ue000e\\U000e0001f\\u007fg\\u2028 \u00a0\u732b\u00e9\U0001f600"'
    )
    assert tomli.loads(f"x = {shown}")["x"] == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_as_toml(number: float) -> None:
    assert tomli.loads(f"a = {value_text(number)}") == {"a": number}


@pytest.mark.parametrize("element", [0.0, [1], "x"])
@pytest.mark.parametrize(("path", "at"), [(("choices", "m", "nudges"), 0), (("phases",), 1)])
def test_a_table_of_an_array_becomes_another_value(path: Path, at: int, element: object) -> None:
    text = (
        'format = "training-story/1"\n\n[choices.m]\nclaim = "M"\n[[choices.m.nudges]]\nif = "a"\n'
        '[[choices.m.nudges]]\nif = "b"\n\n[[phases]]\nname = "one"\n[[phases]]\nname = "two"\n'
    )
    values = tomli.loads(text)
    draft = Draft(values, scan(text)).put((*path, at), element)
    assert tomli.loads(rewritten(text, values, draft.values)) == draft.values


PLAN = """\
# A plan.
[assumptions.a]  # the first
claim = "A"
credence = { beta = [98, 2] }  # judged
given = [
  # where it matters
  { if = "x", credence = 0.4 },  # rarely
  { if = "y", credence = 0.5 }  # often
]

# About b.
[assumptions.b]
claim = "B"

[events.e]
given = [
  { when.it = { beta = [1, 2] } },  # dotted
]
when = "a"
"""


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (lambda d: d.put(("assumptions", "a", "credence"), 0.9), "{ beta = [98, 2] }", "0.9"),
        (lambda d: d.put(("assumptions", "a", "credence", "beta", 0), 9), "[98, 2]", "[9, 2]"),
        (lambda d: d.put(("assumptions", "a", "given", 1, "if"), "z"), 'if = "y"', 'if = "z"'),
        (
            lambda d: d.cut(("assumptions", "a", "given", 0)),
            '  { if = "x", credence = 0.4 },  # rarely\n',
            "",
        ),
        (lambda d: d.cut(("assumptions", "a", "given", 1)), '  { if = "y", credence = 0.5 }  # often\n', ""),
        (
            lambda d: d.put(("assumptions", "a", "given", 2), {"credence": 0.6}),
            "0.5 }  # often\n",
            "0.5 },  # often\n  { credence = 0.6 },\n",
        ),
        (
            lambda d: d.cut(("events", "e", "given")),
            "given = [\n  { when.it = { beta = [1, 2] } },  # dotted\n]\n",
            "",
        ),
        (lambda d: d.cut(("assumptions", "b")), '# About b.\n[assumptions.b]\nclaim = "B"\n\n', ""),
        (lambda d: d.cut(("assumptions", "a", "credence")), "credence = { beta = [98, 2] }  # judged\n", ""),
        (
            lambda d: d.put(("assumptions", "b", "credence"), {"low": 0.1, "high": 0.2}),
            'claim = "B"\n',
            'claim = "B"\ncredence = { low = 0.1, high = 0.2 }\n',
        ),
        (
            lambda d: d.put(("assumptions", "c"), {"claim": "C", "tags": ["x"]}),
            'claim = "B"\n\n',
            'claim = "B"\n\n[assumptions.c]\nclaim = "C"\ntags = ["x"]\n\n',
        ),
        (
            lambda d: d.put(("waivers",), [{"property": "p"}]),
            'when = "a"\n',
            'when = "a"\n\n[[waivers]]\nproperty = "p"\n',
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_one_change_is_one_change_of_the_text(
    edit: Callable[[Draft], Draft], old: str, new: str, end: str
) -> None:
    text, old, new = (part.replace("\n", end) for part in (PLAN, old, new))
    assert text.count(old) == 1
    values = tomli.loads(text)
    assert rewritten(text, values, edit(Draft(values, scan(text))).values) == text.replace(old, new)

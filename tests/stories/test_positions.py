"""Positions against the text itself: what stands where a value is said to stand parses to that value."""

import math
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.stories.positions import MAX_DEPTH, MAX_VALUES, Positions, scan

STORY = """\
# a comment
title = "A \\"story\\"" # another = "comment"
[a.b]
"quoted key".c = [1, [2, 3], { x = 'y', z.w = true }]
text = '''
two
lines'''
plain = 'not a and b'
[[a.list]]
if = "one"
[a.list.below]
n = 1
[[a.list]]
if = "two"
"""


def at(text: str, line: int, column: int) -> str:
    return text.split("\n")[line - 1][column - 1 :]


def test_a_text_with_all_that_toml_has() -> None:
    found = scan(STORY)
    assert not found.remarks
    places = {
        ("title",): (2, 9),
        ("a", "b", "quoted key", "c"): (4, 18),
        ("a", "b", "quoted key", "c", 1, 0): (4, 23),
        ("a", "b", "quoted key", "c", 2, "z", "w"): (4, 47),
        ("a", "b", "text"): (5, 8),
        ("a", "list", 0, "if"): (10, 6),
        ("a", "list", 0, "below", "n"): (12, 5),
        ("a", "list", 1, "if"): (14, 6),
    }
    assert {path: found.value(path) for path in places} == places
    assert found.key(("a", "list", 1)) == (13, 5)
    assert found.key(("a", "b")) == (3, 4)


def test_what_is_not_there_is_placed_at_its_table() -> None:
    found = scan(STORY)
    assert found.value(("a", "list", 0, "below", "missing", "too")) == (11, 9)
    assert found.value(("nowhere",)) == (1, 1)


def test_characters_inside_strings() -> None:
    found = scan(STORY)
    assert found.inside(("a", "b", "plain"), 4) == (8, 14)
    assert at(STORY, *found.inside(("a", "b", "plain"), 4)).startswith("a and b")
    assert found.inside(("title",), 3) == (2, 9), "escapes: the start of the value"
    assert found.inside(("a", "b", "text"), 3) == (5, 8), "several lines: the start of the value"
    assert found.inside(("a", "b", "plain"), 10**9) == (8, 21), "never beyond the closing quote"


def test_crlf_and_characters_beyond_ascii() -> None:
    found = scan('é = "ü"\r\n"日本" = 1\r\nb = [\r\n  2,\r\n]\r\n'.replace("é", '"é"'))
    assert found.value(("é",)) == (1, 7)
    assert found.value(("日本",)) == (2, 8)
    assert found.value(("b", 0)) == (4, 3)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("a = { b = 1, }", 13, "comma"),
        ("a = { b = 1,\n c = 2 }", 12, "line break"),
        ('a = "\\e"', 5, r"\e"),
        ('"\\x41" = 1', 1, r"\x"),
        ("a = 07:32", 4, "seconds"),
        ("a = [2027-01-01T07:32]", 5, "seconds"),
    ],
)
def test_what_toml_1_0_does_not_have(text: str, place: int, what: str) -> None:
    assert tomli.loads(text), "tomli takes it"
    (remark,) = scan(text).remarks
    assert (remark.kind, remark.at) == ("newer-toml", place)
    assert what in remark.message


def test_what_toml_1_0_does_have() -> None:
    lines = ["a = [", "1, # one", "2,", "]", r'b = "\\e \\x41"', r"c = '\e'", "d = 07:32:00", "e = {}"]
    text = "\n".join([*lines, "f = [ { g = 1 },", "]", ""])
    assert tomli.loads(text)
    assert scan(text).remarks == ()


HOSTILE = {
    "open brackets": "[" * 500_000,
    "open arrays": "a = " + "[" * 500_000,
    "open tables": "a = " + "{a=" * 300_000,
    "dotted keys": "a." * 500_000,
    "dotted headers": ("[" + "a." * 15 + "a]\n") * 20_000,
    "arrays of tables": "[[a]]\n" * 150_000,
    "numbers": "a = [" + "1," * 500_000 + "]",
    "quotes": '"' * 1_000_000,
    "open string": 'a = """' + '\\"' * 500_000,
    "backslashes": 'a = "' + "\\" * 1_000_000,
    "comments": "#" * 1_000_000,
    "blank": " " * 1_000_000,
    "line breaks": "a = [" + "\n" * 1_000_000,
    "keys": "".join(f"k{i}=1\n" for i in range(110_000)),
    "nul": "\x00" * 1_000_000,
    "commas": "a = [" + "," * 1_000_000,
    "one scalar": "a = " + "1" * 1_000_000,
}


SLOW = ("arrays of tables", "numbers", "keys", "dotted headers")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=[pytest.mark.slow] * (name in SLOW))
        for name, text in HOSTILE.items()
    ],
)
def test_hostile_texts_end_soon(text: str) -> None:
    start = time.perf_counter()
    found = scan(text)
    assert time.perf_counter() - start < 15
    assert len(found.values) <= 2 * MAX_VALUES + 1
    assert all(len(path) <= MAX_DEPTH + 1 for path in found.values)


@given(st.text(alphabet="[]{}=.,#\"'\\ \n\rab1", max_size=60))
def test_any_text_is_scanned(text: str) -> None:
    found = scan(text)
    for path in found.values:
        line, column = found.value(path)
        assert 1 <= line <= text.count("\n") + 1
        assert column >= 1


NAMES = st.text(alphabet="ab_-9", min_size=1, max_size=3) | st.text(max_size=4)
STRINGS = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = (
    STRINGS
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.dates(date(1000, 1, 1))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), max_size=4)


def basic(text: str) -> str:
    body = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{body}"'


def write_key(draw: st.DrawFn, key: str) -> str:
    if key and all(c in "ab_-9" for c in key) and draw(st.booleans()):
        return key
    literal = key.isprintable() and "'" not in key
    return f"'{key}'" if literal and draw(st.booleans()) else basic(key)


def write(draw: st.DrawFn, value: Any) -> str:
    gap = draw(st.sampled_from(["", " ", "\t"]))
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            lines = all(c.isprintable() or c == "\n" for c in value) and "'" not in value
            if lines and draw(st.booleans()):
                return f"'''\n{value}'''" if "\n" in value else f"'{value}'"
            return basic(value)
        case float():
            return str(value) if math.isfinite(value) else ("inf" if value > 0 else "-inf")
        case list():
            space = draw(st.sampled_from(["", " ", "\n", " # [1,\n", "\r\n"]))
            inner = f"{space},{space}".join(write(draw, item) for item in value)
            return f"[{space}{inner}{space}]"
        case dict():
            inner = f"{gap},{gap}".join(
                f"{write_key(draw, k)}{gap}={gap}{write(draw, v)}" for k, v in value.items()
            )
            return f"{{{gap}{inner}{gap}}}"
    return str(value)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A text and its values: keys, inline tables, headers, dotted keys, arrays of tables."""
    values = draw(TABLES)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    plain, headed = [], []
    for key, value in values.items():
        shape = draw(st.integers(0, 3))
        written = write_key(draw, key)
        if isinstance(value, dict) and value and shape == 1:
            lines = [f"{write_key(draw, k)} = {write(draw, v)}" for k, v in value.items()]
            headed.append(end.join([f"[ {written} ]", *lines]))
        elif isinstance(value, dict) and value and shape == 2:
            plain += [
                f"{written} . {write_key(draw, k)} = {write(draw, v)} # {key!a}" for k, v in value.items()
            ]
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value) and shape:
            for item in value:
                lines = [f"{write_key(draw, k)}={write(draw, v)}" for k, v in item.items()]
                headed.append(end.join([f"[[{written}]]", *lines]))
        else:
            plain.append(f"{written} = {write(draw, value)}")
    return end.join([*plain, *headed]) + end, values


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value but those of tables that may have a header."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), item
        yield from leaves(item, (*path, key))


def parses_to(text: str, value: Any) -> bool:
    """Whether some beginning of the text is this value."""
    ends = [i for i in range(1, len(text)) if text[i] in ",]} \t\r\n"]
    for end in ends:
        try:
            found = tomli.loads("v = " + text[:end] + "\n")["v"]
        except tomli.TOMLDecodeError:
            continue
        if found == value and type(found) is type(value):
            return True
    return False


def check_values(text: str, values: dict[str, Any], found: Positions) -> None:
    for path, value in leaves(values):
        assert path in found.values or path in found.keys
        if path in found.values:
            line, column = found.value(path)
            offset = sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
            assert offset == found.values[path]
            assert parses_to(text[offset:], value), (path, text[offset:])


@settings(max_examples=60, deadline=None)
@given(documents())
def test_every_value_stands_where_it_is_said_to_stand(document: tuple[str, dict[str, Any]]) -> None:
    text, values = document
    parsed = tomli.loads(text)
    assert parsed == values
    found = scan(text)
    assert not found.remarks
    check_values(text, values, found)

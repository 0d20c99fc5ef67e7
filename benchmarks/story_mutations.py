"""Broken stories and expressions, made from right ones: what `fuzz_stories.py` feeds to the reader."""

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sensa.stories.expressions import RESERVED, ExpressionError, parse
from sensa.stories.problems import StoryError
from sensa.stories.reading import parse as read

WORDS = [
    "a", "b", "x", "model", "planner", "failed", "unknown", "halted", "step", "round", "é", "9" * 50,
    "(", ")", "(", ")", ",", ".", "+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=", "in (",
    "=", "&&", "||", "!", "[", "]", "{", "}", ":", ";", "@", "#", "\\", "%", '"', "\x00", "\ud800", "\n",
    "0", "1", "0.5", ".5", "1.", "1e308", "1e999", "1e-400", "1_0", "0x1", "1j", "at_least(1,", "clip(",
    '"planner"', "'texture'", "prev.b", "axis.shift", "model.agentic", 'phase == "pretraining"',
    *sorted(RESERVED),
]  # fmt: skip
VALUES = [
    "nan", "inf", "-inf", "-1", "0", "1", "1.5", "1e5", "1e308", "1e-320", str(10**30), str(10**400), "true",
    '""', '"a"', "[]", "{}", "[[]]", "[1, 2]", '["a", "a"]', "2027-06-30", "07:00:00", "2027-06-30T00:00:00Z",
    "{ low = 0.2, high = 0.1 }", "{ low = 0, high = 0 }", "{ low = 0.1, high = 0.9, level = 1 }",
    "{ beta = [0, 0] }", "{ beta = [1e300, 1e-300] }", "{ beta = [8, 2] }", "{ uniform = [1, 0] }",
    "{ interval = [0, 1] }", "{ interval = [0.2, 0.9] }", "{ normal = [0, 1e308] }", "{ normal = [0, 1] }",
    "{ held = 5, trials = 3 }", "{ held = 3, trials = 5 }", "{ mean = 0.8, concentration = 10 }",
    "{ quantiles = [[0.5, 0.5]] }", "{ quantiles = [[0.1, 0.1], [0.9, 0.9]] }", "{ gamma = [1, 1] }",
    "{ likelihood = 'likely' }", "{ bits = 2000 }", "{ weight = 0 }", "{ triangular = [0, 2, 1] }",
    "{ extrapolate = { scale = [1e6, 1e7], trials = [10, 10], held = [9, 8], at = 1e12 } }",
    "{ experts = [] }", "{ exponential = [1e-300] }", "{ loguniform = [1e-300, 1e300] }",
    "{ experts = [{ name = 'A', credence = 0.5 }, { name = 'B', weight = 3, credence = { beta = [1, 1] }}]}",
    '"clip(1 / 0, 0, 1)"', '"' + "a or " * 1500 + 'a"', '"' + "(" * 400 + '"', '"\\u0000"', '"\\u202e"',
    '"\\ud800"', "'''\n\n'''", "[" * 60 + "]" * 60, "{ a = " * 60 + "1" + " }" * 60,
]  # fmt: skip
_PARTS = re.compile(r"\w+|\s+|\"[^\"]*\"|[^\w\s]")
_HEADER = re.compile(r"\[+(assumptions|events|choices|safeguards|challenges|quantities|outcomes)\.(\w+)")
_EXPRESSION_KEYS = (
    "when", "if", "requires", "chance", "credence", "value", "power", "loss", "leak", "false_alarm", "stands",
    "leaves", "axes", "odds", "against", "between", "excludes", "rank_correlation", "initial", "causes",
    "miss",
)  # fmt: skip


class Fuzzed(NamedTuple):
    """One input: of which kind, and its text."""

    kind: str
    text: str


class Corpus(NamedTuple):
    """What inputs are made from: stories, those that can be read, their expressions and values by key."""

    stories: list[str]
    readable: list[str]
    snippets: list[str]
    values: dict[str, list[str]]

    def input(self, seed: int, number: int) -> Fuzzed:
        """The input of this number: three in four are expressions, as they are many times as fast."""
        chance = random.Random(f"{seed} {number}")
        if chance.random() < 0.75:
            text, other = chance.choice(self.snippets), chance.choice(self.snippets)
            if chance.random() < 0.15:
                return Fuzzed("expression", mutated_bytes(text, chance))
            if chance.random() < 0.1:
                size = chance.choice((3, 8, 40, 3000))
                return Fuzzed("expression", " ".join(chance.choices(WORDS, k=size)))
            return Fuzzed("expression", mutated_words(text, other, chance))
        base = self.readable if self.readable and chance.random() < 0.8 else self.stories
        text, other = max(chance.choices(base, k=2), key=len), chance.choice(self.stories)
        if chance.random() < 0.1:
            return Fuzzed("story", mutated_bytes(text, chance))
        if chance.random() < 0.6:
            return Fuzzed("story", self.bent_story(text, other, chance))
        return Fuzzed("story", self.mutated_story(text, other, chance))

    def bent_story(self, text: str, other: str, chance: random.Random) -> str:
        """A story whose shape stays right: other expressions and numbers, more tables, more steps."""
        lines = text.split("\n")
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            keyed = [i for i, line in enumerate(lines) if line.startswith(_EXPRESSION_KEYS) and " = " in line]
            headed = [i for i, line in enumerate(lines) if _HEADER.match(line)]
            match chance.randrange(8):
                case 0:
                    lines += _grafted(text, other, chance)
                case 1 if headed:
                    at = chance.choice(headed)
                    lines[at + 1 : at + 1] = ["every_step = true"] * (
                        "every_step" not in "".join(lines[at : at + 9])
                    )
                case 2:
                    lines += [
                        "[[phases]]",
                        f'name = "p{chance.randrange(9)}"',
                        f"repeat = {chance.randrange(1, 20)}",
                    ]
                case 3:
                    lines = _renamed(lines, chance)
                case _ if keyed:
                    self.revalue(lines, chance, chance.choice(keyed))
        return "\n".join(lines)

    def mutated_story(self, text: str, other: str, chance: random.Random) -> str:
        """Lines of a story given other values, moved, doubled, left out or borrowed."""
        lines, spare = text.split("\n"), other.split("\n")
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            at = chance.randrange(len(lines) + 1)
            match chance.randrange(16):
                case 0:
                    del lines[at : at + chance.choice((1, 1, 3))]
                case 1:
                    lines[at:at] = lines[max(0, at - chance.randrange(1, 6)) : at]
                case 2:
                    start = chance.randrange(len(spare))
                    lines[at:at] = spare[start : start + chance.choice((1, 5, 12))]
                case 3:
                    lines[at:at] = [f"{chance.choice(('every_step', 'otherwise'))} = true"]
                case 4:
                    lines[at:at] = [f"repeat = {chance.choice((0, -1, 3, 100, 10**6, 10**30))}"]
                case 5:
                    lines = _renamed(lines, chance)
                case _:
                    at = chance.choice([i for i, line in enumerate(lines) if " = " in line] or [0])
                    self.revalue(lines, chance, at)
        return "\n".join(lines)

    def revalue(self, lines: list[str], chance: random.Random, at: int) -> None:
        """Another value for a key: one that it has elsewhere, a strange one, or a broken expression."""
        key, _, value = lines[at].partition(" = ")
        kind = chance.random()
        if kind < 0.3:
            value = chance.choice(self.values.get(key, VALUES))
        elif kind < 0.45:
            value = chance.choice(VALUES)
        elif kind < 0.6:
            sizes = ("0", "1", "-1", "0.5", "2", "1e9", "1e-9", "1e400")
            value = re.sub(r"-?\d+(\.\d+)?", lambda _: chance.choice(sizes), value)
        elif key in _EXPRESSION_KEYS:
            near = [
                line.partition(" = ")[2].strip('"') for line in lines if line.startswith(_EXPRESSION_KEYS)
            ]
            own = value.strip('"') if value.startswith('"') else chance.choice(self.snippets)
            value = _in_quotes(mutated_words(own, chance.choice(near or self.snippets), chance))
        else:
            key = chance.choice(list(self.values))
        lines[at] = f"{key} = {value}"


def _grafted(text: str, other: str, chance: random.Random) -> list[str]:
    """One table of another story, under a name that this one does not have."""
    tables = re.split(r"^(?=\[)", other, flags=re.MULTILINE)
    table = chance.choice([table for table in tables if _HEADER.match(table)] or [""])
    found = _HEADER.match(table)
    if found and re.search(rf"^{re.escape(found[0])}\]", text, re.MULTILINE):
        table = table.replace(f"{found[1]}.{found[2]}", f"{found[1]}.grafted{chance.randrange(3)}", 1)
    return table.split("\n")


def _renamed(lines: list[str], chance: random.Random) -> list[str]:
    """One name of the story in place of another, everywhere or once."""
    names = re.findall(r"^\[\w+\.(\w+)\]", "\n".join(lines), re.MULTILINE) or ["a"]
    old, new = chance.choice(names), chance.choice([*names, "true", "min", "x" * 300, "A", "a-b", '""'])
    count = chance.choice((0, 1, 2))
    return re.sub(rf"\b{re.escape(old)}\b", new, "\n".join(lines), count=count).split("\n")


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\x00", "\\u0000")
    return f'"{escaped}"'


def mutated_bytes(text: str, chance: random.Random) -> str:
    """A few bytes changed, left out, doubled or moved; what is no UTF-8 may stay as lone surrogates."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    odd = (b"\x00", b"\xff", b"\xc3\xa9", b'"', b"'", b"[", b"]", b"=", b"\n", b"\r", b"\xe2\x80\xae", b"#")
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice((1, 3, 30, 300)))
        match chance.randrange(5):
            case 0:
                data[at:at] = chance.choice(odd)
            case 1:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                del data[at:to]
            case 3:
                data[at:at] = data[at:to] * chance.choice((1, 2, 50))
            case 4:
                data[at:at] = data[to : to + 40]
    return data.decode("utf-8", chance.choice(("replace", "surrogateescape")))


def mutated_words(text: str, other: str, chance: random.Random) -> str:
    """Words and signs of an expression changed, left out, added, or taken from another one."""
    words, spare = _PARTS.findall(text), [part for part in _PARTS.findall(other) if part.strip()] or ["a"]
    for _ in range(chance.choice((0, 1, 1, 2, 4, 10))):
        at = chance.randrange(len(words) + 1)
        match chance.randrange(7):
            case 0:
                words[at : at + 1] = [" ", chance.choice(WORDS), " "]
            case 1:
                words[at:at] = [" ", chance.choice(WORDS), " "]
            case 2:
                del words[at : at + chance.choice((1, 1, 4))]
            case 3:
                words[at : at + 1] = [" ", chance.choice(spare), " "]
            case 4:
                words[at:at] = words[:at][-chance.randrange(1, 8) :] * chance.choice((1, 2, 30, 400))
            case 5:
                count = chance.choice((1, 2, 40, 60))
                words = [*["("] * count, *words, *[")"] * count]
            case 6:
                joint = chance.choice((" and ", " or ", " + ", " < ", " if a else ", ", "))
                words = ["(", *words, ")", joint, "(", *_PARTS.findall(other), ")"]
    return "".join(words[:20_000])


def corpus(folders: list[Path]) -> Corpus:
    """The stories below the folders, in the order of their text."""
    paths = {path for folder in folders for path in folder.rglob("*.toml")}
    stories = sorted(path.read_bytes().decode("utf-8", "replace") for path in paths)
    stories = [text for text in stories if "training-story" in text]
    snippets = {'at_least(2, a, b, x > 1) and model == "planner"', 'prev.b if phase == "pretraining" else a'}
    values: dict[str, set[str]] = defaultdict(set)
    for text in stories:
        for line in text.split("\n"):
            key, _, value = line.partition(" = ")
            if value and len(value) < 2000:
                values[key].add(value)
        try:
            snippets.update(string for string in _strings(tomllib.loads(text)) if _is_expression(string))
        except ValueError:
            continue  # one of the stories that are not TOML
    readable = [text for text in stories if _is_readable(text)]
    return Corpus(
        stories, readable, sorted(snippets), {key: sorted(found) for key, found in sorted(values.items())}
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _is_readable(text: str) -> bool:
    try:
        read(text)
    except StoryError:
        return False
    return True


def _is_expression(text: str) -> bool:
    try:
        parse(text)
    except ExpressionError:
        return False
    return len(text) < 1000

"""BIF, the interchange format of Bayesian networks (version 0.15), as bnlearn's repository has them."""

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sensa.exchange.errors import ExchangeError
from sensa.exchange.networks import MAX_ALL_CASES, MAX_CASES, Network, Variable, require_sound
from sensa.exchange.read_numbers import read_number

MAX_TOKENS = 1_000_000  # words, numbers and signs; bnlearn's largest network has 631,168
_TOKEN = re.compile(
    r"""[\s,]+ | //[^\n]* | /\*.*?\*/ | (?P<text> "[^"\n]*" ) | (?P<sign> [{}()\[\]|;] )
    | (?P<word> [^\s{}()\[\]|;,"]+ )""",
    re.VERBOSE | re.DOTALL,
)


def read(text: str) -> Network:
    """The network in a BIF file; raises `ExchangeError` with the line."""
    return require_sound(_Reader(_tokens(text)).network())


class _Token(NamedTuple):
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    at, line, count = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExchangeError(f"line {line}: `{text[at]}` cannot be read")
        count += match.lastgroup is not None
        if count > MAX_TOKENS:
            raise ExchangeError(f"line {line}: more than {MAX_TOKENS:,} words, numbers and signs")
        if match.lastgroup == "word" and match[0].startswith("/*"):
            raise ExchangeError(f"line {line}: a comment that does not end")
        if match.lastgroup is not None:
            yield _Token(match[0].strip('"') if match.lastgroup == "text" else match[0], line)
        line += match[0].count("\n")
        at = match.end()


@dataclass
class _Table:
    """The rows of one `probability` block, by case of the parents."""

    parents: tuple[str, ...]
    rows: dict[tuple[str, ...], tuple[float, ...]] = field(default_factory=dict)
    default: tuple[float, ...] | None = None
    whole: tuple[float, ...] | None = None  # `table`: all numbers, the child's states slowest
    line: int = 0


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self.tokens = tokens
        self.name = "network"
        self.states: dict[str, tuple[str, ...]] = {}
        self.tables: dict[str, _Table] = {}
        self.cases = 0

    def network(self) -> Network:
        for token in self.tokens:
            match token.text:
                case "network":
                    self.name = self.next().text
                    self.skip_block()
                case "variable":
                    self.variable()
                case "probability":
                    self.probability()
                case _:
                    self.fail(token, f"expected `variable` or `probability`, not `{token.text}`")
        missing = [name for name in self.states if name not in self.tables]
        if missing:
            raise ExchangeError(f"variable `{missing[0]}` has no `probability`")
        return Network(self.name, {name: self.made(name) for name in self.states})

    def next(self) -> _Token:
        token = next(self.tokens, None)
        if token is None:
            raise ExchangeError("the file ends within a block")
        return token

    def fail(self, token: _Token, message: str) -> None:
        raise ExchangeError(f"line {token.line}: {message}")

    def expect(self, text: str) -> _Token:
        token = self.next()
        if token.text != text:
            self.fail(token, f"expected `{text}`, not `{token.text}`")
        return token

    def until(self, end: str) -> list[_Token]:
        found = []
        while (token := self.next()).text != end:
            found.append(token)
        return found

    def skip_block(self) -> None:
        self.expect("{")
        self.until("}")

    def variable(self) -> None:
        name = self.next()
        if name.text in self.states:
            self.fail(name, f"variable `{name.text}` is there twice")
        self.expect("{")
        while (token := self.next()).text != "}":
            if token.text == "type":
                kind = self.next()
                if kind.text != "discrete":
                    self.fail(kind, f"`{name.text}` is `{kind.text}`; only `discrete` can be carried")
                self.expect("[")
                count = self.until("]")
                self.expect("{")
                self.states[name.text] = tuple(state.text for state in self.until("}"))
                if [part.text for part in count] != [str(len(self.states[name.text]))]:
                    self.fail(kind, f"`{name.text}` does not have as many states as it says")
            elif token.text == "property":
                self.until(";")
            elif token.text != ";":
                self.fail(token, f"expected `type` or `property`, not `{token.text}`")
        if name.text not in self.states:
            self.fail(name, f"variable `{name.text}` has no `type`")

    def probability(self) -> None:
        start = self.expect("(")
        names = [token.text for token in self.until(")")]
        child, parents = names[0] if names else "", tuple(name for name in names[1:] if name != "|")
        if child not in self.states:
            self.fail(start, f"`probability` is of `{child}`, which is no variable")
        if child in self.tables:
            self.fail(start, f"variable `{child}` has two tables")
        table = _Table(parents, line=start.line)
        self.expect("{")
        while (token := self.next()).text != "}":
            if token.text == "table":
                table.whole = self.numbers()
            elif token.text == "default":
                table.default = self.numbers()
            elif token.text == "(":
                case = tuple(state.text for state in self.until(")"))
                if case in table.rows:
                    self.fail(token, f"variable `{child}` has two rows for ({', '.join(case)})")
                table.rows[case] = self.numbers()
            elif token.text == "property":
                self.until(";")
            else:
                self.fail(token, f"expected a row of probabilities, not `{token.text}`")
        self.tables[child] = table

    def numbers(self) -> tuple[float, ...]:
        found = []
        for token in self.until(";"):
            try:
                found.append(read_number(token.text))
            except ValueError as error:
                self.fail(token, f"`{token.text}` {error}")
        return tuple(found)

    def made(self, name: str) -> Variable:
        table, states = self.tables[name], self.states[name]
        unknown = [parent for parent in table.parents if parent not in self.states]
        if unknown:
            raise ExchangeError(f"line {table.line}: `{unknown[0]}`, a parent of `{name}`, is no variable")
        sizes = [self.states[parent] for parent in table.parents]
        count = math.prod(map(len, sizes))
        if count > MAX_CASES:
            raise ExchangeError(
                f"line {table.line}: `{name}` has {count:,} cases; at most {MAX_CASES:,} are read"
            )
        self.cases += count  # a line of `default` has any number of them
        if self.cases > MAX_ALL_CASES:
            raise ExchangeError(f"the network has more than {MAX_ALL_CASES:,} cases")
        if table.whole is not None:
            if len(table.whole) != count * len(states):
                raise ExchangeError(
                    f"line {table.line}: `table` of `{name}` has {len(table.whole)} numbers, "
                    f"not {count * len(states)}"
                )
            return Variable(name, states, table.parents, tuple(table.whole[i::count] for i in range(count)))
        rows = []
        for case in itertools.product(*sizes):
            row = table.rows.pop(case, table.default)
            if row is None:
                raise ExchangeError(f"line {table.line}: `{name}` has no row for ({', '.join(case)})")
            rows.append(row)
        if table.rows:
            case = next(iter(table.rows))
            raise ExchangeError(
                f"line {table.line}: ({', '.join(case)}) is no case of the parents of `{name}`"
            )
        return Variable(name, states, table.parents, tuple(rows))

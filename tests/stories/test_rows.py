"""Rows of a choice: what covers a case twice or not at all is found, as by looking at each case."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sensa.stories.checking.all_checks import check
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, story

DOMAINS: dict[str, list[Any]] = {"m": ["x", "y", "z"], "a": [True, False], "b": [True, False]}
NODES = (
    "[choices.m]\noptions = { x = { weight = 1 }, y = { weight = 1 }, z = { weight = 1 } }\n"
    + ASSUMPTION.format(name="a", credence=0.5)
    + ASSUMPTION.format(name="b", credence=0.5)
)


def written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["[choices.c]", "options = { o = {}, p = {} }"]
    for row in rows:
        lines.append("[[choices.c.rows]]")
        if row:
            lines.append(
                f"if = {{ {', '.join(f'{name} = {written(value)}' for name, value in row.items())} }}"
            )
        lines.append("chances = { o = 0.25, p = 0.75 }")
    return story(NODES + "\n".join(lines) + "\n", "c == 'o'")


def row() -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(DOMAINS["m"]), min_size=1, unique=True)
    value = {"m": st.one_of(st.sampled_from(DOMAINS["m"]), some), "a": st.booleans(), "b": st.booleans()}
    return st.fixed_dictionaries({}, optional=value).filter(bool)


@settings(deadline=None, max_examples=60)
@given(st.lists(row(), min_size=1, max_size=6), st.booleans())
def test_each_case_is_looked_at(rows: list[dict[str, Any]], rest: bool) -> None:
    named = list(dict.fromkeys(itertools.chain(*rows)))
    cases = [dict(zip(named, case, strict=True)) for case in itertools.product(*(DOMAINS[n] for n in named))]
    covering = {
        f"{{ {', '.join(f'{n} = {written(v)}' for n, v in case.items())} }}": [
            i
            for i, one in enumerate(rows)
            if all(case[n] in (v if isinstance(v, list) else [v]) for n, v in one.items())
        ]
        for case in cases
    }
    twice = {text for text, found in covering.items() if len(found) > 1}
    missing = [text for text, found in covering.items() if not found]
    problems = check(parse(table([*rows, {}] if rest else rows)))
    errors = {problem.code: problem.message for problem in problems if problem.severity == "error"}
    if twice:
        (message,) = errors.values()
        assert list(errors) == ["overlapping-rows"]
        assert message.split("`")[3] in twice
    elif missing and not rest:
        assert errors == {"missing-row": f"no row covers the case `{missing[0]}`"}
    elif rest and not missing:
        assert errors == {"bad-rows": "is never used: every case has another row"}
    else:
        assert errors == {}

"""The page of the public API: its examples run, and it has one of every name."""

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import sensa
from sensa import testing

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "python.md").read_text("utf-8")
PAGE = doctest.DocTestParser().get_doctest(TEXT, {}, "python.md", "docs/python.md", 0)


def used(source: str) -> set[tuple[str, str]]:
    """The names that a program uses, by module: attributes of `sensa`, and what it imports and reads."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    imported = {
        (str(node.module), alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    attributes = {
        ("sensa", node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "sensa"
    }
    return {(module, name) for module, name in imported if name in read} | attributes


def test_an_example_uses_every_public_name() -> None:
    found = used("".join(example.source for example in PAGE.examples))
    every = {("sensa", name) for name in dir(sensa)} | {("sensa.testing", name) for name in dir(testing)}
    assert sorted(every - found) == []


def test_a_newcomer_s_tasks_take_at_most_three_lines() -> None:
    """But for the Hypothesis test, whose three lines follow the imports and the story that it is about."""
    tasks = TEXT.partition("## Five tasks")[2].partition("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", tasks, flags=re.DOTALL)[1:]
    assert len(blocks) == 5
    for block in blocks:
        lines = re.findall(r"^(?:>>>|\.\.\.) (?!from |import |session = )(?!test_)(.+)$", block, re.MULTILINE)
        assert len(lines) <= 3


@pytest.fixture
def _unhurried() -> Iterator[None]:
    """Hypothesis with few examples, always the same, and no deadline."""
    before = settings.default
    settings.register_profile("page", max_examples=20, deadline=None, derandomize=True, database=None)
    settings.load_profile("page")
    yield
    settings.register_profile("before", before)
    settings.load_profile("before")


@pytest.mark.slow  # half a minute
@pytest.mark.usefixtures("_unhurried")
def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory of their own, since some write files."""
    (tmp_path / "stories").symlink_to(ROOT / "stories")
    monkeypatch.chdir(tmp_path)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(PAGE).failed == 0

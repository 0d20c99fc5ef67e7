"""Patterns of files: as `glob` of the standard library has them, but through no links at `**`."""

import glob
import os
from pathlib import Path

import pytest

from sensa.cli.patterns import matches

FILES = (
    "a.toml", "b.txt", ".hidden.toml", "plans/a.toml", "plans/deep/b.toml", "plans/deep/er/c.toml",
    ".venv/x.toml", "plans/[odd].toml", "other/plans/a.toml",
)  # fmt: skip
PATTERNS = (
    "a.toml", "./a.toml", "*.toml", "**/*.toml", "plans/**/*.toml", "plans/*/*.toml", "**/plans/*.toml",
    "**/deep/**/*.toml", "**/**/c.toml", "pl?ns/[ab].toml", ".*.toml", "plans/../a.toml", "none", "*/none",
    "plans/[[]odd].toml", "**", "a.toml/x", "plans/**/",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    for name in FILES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()
    return top


@pytest.mark.parametrize("pattern", [*PATTERNS, "../top/*.toml", "{top}/**/a.toml"])
def test_without_links_it_is_as_of_the_standard_library(tree: Path, pattern: str) -> None:
    pattern = pattern.format(top=tree) if "{" in pattern else pattern
    usual = glob.glob(pattern, root_dir=tree, recursive=True)
    files = {os.path.realpath(tree / name) for name in usual if (tree / name).is_file()}
    found = matches(pattern, tree)
    assert {os.path.realpath(tree / name) for name in found} == files
    assert len(found) == len(files)


def test_links_that_lead_upwards_do_not_multiply(tree: Path) -> None:
    """`glob` would go on for 2^40 paths."""
    for name in ("x", "y"):
        (tree / name).symlink_to(".")
    (tree / "plans" / "up").symlink_to("..")
    assert matches("**/a.toml", tree) == ["a.toml", "other/plans/a.toml", "plans/a.toml"]
    assert matches("x/a.toml", tree) == ["x/a.toml"]  # named, it is followed


def test_many_stars_and_deep_directories_take_no_time(tree: Path) -> None:
    """Deeper than Python recurses; taken down at once, since pytest could not."""
    deep = tree.joinpath(*["d"] * 1100)
    made = [deep, *deep.parents][:1100]
    for part in reversed(made):
        part.mkdir()
    try:
        assert matches("**/" * 40 + "*.toml", tree) == matches("**/*.toml", tree)
    finally:
        for part in made:
            part.rmdir()

"""Sweeps as they are written: on the command line, in TOML and in CSV."""

from pathlib import Path

import pytest

from sensa.portfolios.dimensions import (
    Dimension,
    SweepError,
    from_file,
    of_number,
    parsed,
    require_apart,
    variants,
)

A = "assumptions.a.credence"


def test_equally_spaced_with_both_ends() -> None:
    assert parsed(f"{A}=0:1:5") == Dimension(A, {A: (0.0, 0.25, 0.5, 0.75, 1.0)}, (0.0, 0.25, 0.5, 0.75, 1.0))
    assert parsed(f"{A}=1:-1:2").labels == (1.0, -1.0)


def test_values_one_by_one() -> None:
    assert parsed(f" {A} = 0.5, 1e-3").labels == (0.5, 0.001)
    assert parsed("quantities.q.value=7").labels == (7.0,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.1:0.9:9", "expected `PATH=VALUES`, got `0.1:0.9:9`"),
        ("=0.5", "expected `PATH=VALUES`, got `=0.5`"),
        ("a=0:1", "`a`: expected `LOW:HIGH:COUNT` or numbers with commas between them, got `0:1`"),
        ("a=0:1:1", "`a`: a COUNT is 2 or more, for both ends; one value is `0`"),
        ("a=0:1:0", "`a`: expected `LOW:HIGH:COUNT` or numbers with commas between them, got `0:1:0`"),
        ("a=0:inf:3", "`a`: expected `LOW:HIGH:COUNT` or numbers with commas between them, got `0:inf:3`"),
        ("a=0:1:2.5", "`a`: expected `LOW:HIGH:COUNT` or numbers with commas between them, got `0:1:2.5`"),
        ("a=", "`a`: expected `LOW:HIGH:COUNT` or numbers with commas between them, got ``"),
        ("a=0.5,nan", "`a`: expected finite numbers"),
        ("a=0.5,0.5", "`a`: expected different values, got `0.5` twice"),
        ("a=1:1:3", "`a`: expected different values, got `1` twice"),
        ("a=0:1:999999999", "`a`: at most 2,097,152 values, not 999,999,999"),
    ],
)
def test_what_is_no_sweep(text: str, said: str) -> None:
    with pytest.raises(SweepError) as error:
        parsed(text)
    assert str(error.value) == said


def test_a_file_of_sweeps(tmp_path: Path) -> None:
    """Paths as quoted keys or with dots; values as on the command line or as an array."""
    file = tmp_path / "sweep.toml"
    file.write_text(f'"{A}" = "0:1:3"\nquantities.q.value = [1, 2.5]\n"events.e.chance" = 0.25\n')
    found = from_file(str(file))
    assert [one.name for one in found] == [A, "quantities.q.value", "events.e.chance"]
    assert [one.labels for one in found] == [(0.0, 0.5, 1.0), (1.0, 2.5), (0.25,)]
    assert [one.origin for one in found] == [f"{file}:{line}" for line in (1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "\na = [true]",
            "sweep.toml:2: `a`: expected `LOW:HIGH:COUNT` or numbers with commas between them as text",
        ),
        ("a = []", "sweep.toml:1: `a`: expected at least one value"),
        ("[a]\r\nb = 1\r\nc = '1:2'\r\n", "sweep.toml:3: `a.c`: expected `LOW:HIGH:COUNT` or numbers"),
        ("", "expected at least one path with its values"),
        ("a = = 1", "not TOML: "),
    ],
)
def test_what_is_no_file_of_sweeps(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(text)
    with pytest.raises(SweepError, match=r".") as error:
        from_file(str(file))
    assert said in str(error.value)


def test_variants_in_csv(tmp_path: Path) -> None:
    file = tmp_path / "variants.csv"
    file.write_text(f"variant,{A},events.e.chance\nlow,0.1,0.2\nhigh,0.9,1e-3\n\n")
    assert variants(str(file)) == Dimension(
        "variant", {A: (0.1, 0.9), "events.e.chance": (0.2, 0.001)}, ("low", "high")
    )
    file.write_text(f"\ufeff{A}\n0.1\n0.9\n")  # as a spreadsheet writes it
    assert variants(str(file)).labels == ("0", "1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n", "expected a line of paths and at least one variant"),
        ("a,a\n1,2\n", "expected a different path above each column"),
        ("a,b\n1,2\n1\n", ":3: expected 2 values, got 1"),
        ("a,b\n\n1,2\n\n1\n", ":5: expected 2 values, got 1"),  # empty lines are lines
        ("a\n1,5\n", ":2: expected 1 value, got 2"),
        ("a;b\n0,5;1\n", ":1: expected commas between columns, and points in numbers"),
        ("a,b\n1,x\n", ":2: `b`: expected a finite number, got `x`"),
        ("a,b\n1,\n", ":2: `b`: expected a finite number, got ``"),
        ("a\n1\ninf\n", ":3: `a`: expected a finite number, got `inf`"),
        ("variant,a\nx,1\ny,3\nx,2\n", "two variants are named `x`"),
        ("variant\nx\n", "expected at least one column that is a path"),
    ],
)
def test_what_are_no_variants(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "variants.csv"
    file.write_text(text)
    with pytest.raises(SweepError) as error:
        variants(str(file))
    assert str(error.value) == f"{file}{said}" if said.startswith(":") else f"{file}: {said}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for reader in (from_file, variants):
        with pytest.raises(SweepError, match="no such file or directory"):
            reader(str(tmp_path / "nothing"))
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        with pytest.raises(SweepError, match="not UTF-8"):
            reader(str(tmp_path / "binary"))


def test_dimensions_are_apart_and_not_too_many() -> None:
    one = of_number("a", [0.1, 0.2])
    with pytest.raises(SweepError, match="`a`: swept twice"):
        require_apart([one, Dimension("variant", {"b": (1.0,), "a": (2.0,)}, ("0",))])
    many = [Dimension(name, {name: tuple(range(5000))}, tuple(range(5000))) for name in "ab"]
    with pytest.raises(SweepError, match="at most 2,097,152 variants, not 25,000,000"):
        require_apart(many)

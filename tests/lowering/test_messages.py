"""What is said of a node of too many cases."""

from sensa.lowering.expressions import MAX_NAMED, TooManyCases


def test_of_many_names_some_are_told_and_the_others_counted() -> None:
    for extra, end in ((0, f"`n{MAX_NAMED - 1}`"), (1, " and 1 more"), (5, " and 5 more")):
        said = str(TooManyCases(70_000, "the choice", (f"n{i}" for i in range(MAX_NAMED + extra))))
        assert said.startswith("the choice has 70,000 cases by `n0`, ")
        assert f"{end}; at most " in said
        assert f"`n{MAX_NAMED}`" not in said

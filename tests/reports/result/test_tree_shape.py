"""A stored result that was changed is refused, with what is wrong: by name, and to the letter."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from sensa.analyses import ANALYSES
from sensa.reports.result.from_tree import answers
from sensa.reports.result.group_shapes import GROUPS, shapes
from sensa.reports.result.tree_shape import in_order, misfit
from tests.reports.trees import hand_made
from tests.short_stories import beta, losing, result, story

EVENT = '[events.e]\nclaim = "c"\nmode = "mesa-optimization"\nwhen = "not a"\nchance = 0.5\n'
TWO = losing(story(beta("a", 8, 2) + beta("b", 6, 4) + EVENT, "e and not b", "not b"), bad="2.0")
WANTED = (
    "outcomes", "kinds", "violations", "pairs", "sobol_credence", "minimal_sets", "modes", "exceedance",
)  # fmt: skip
SOME_KIND = "one of `success`, `fail_safe` or `catastrophic`"
Edit = Callable[[xr.Dataset], xr.Dataset]


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    return result(TWO, *WANTED, points=64, replicates=4)


def changed(tree: xr.DataTree, group: str, edit: Edit) -> xr.DataTree:
    groups = {name: node.to_dataset() for name, node in tree.children.items()}
    groups[group] = edit(groups[group])
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups})


def valued(name: str, at: int, value: object) -> Edit:
    """With this value in the place of one."""

    def edit(data: xr.Dataset) -> xr.Dataset:
        values = np.array(data[name].values, dtype=object if isinstance(value, str) else None)
        values.flat[at] = value
        new = {name: (data[name].dims, values)}
        return data.assign_coords(new) if name in data.coords else data.assign(new)

    return edit


def test_results_as_they_are_written_fit(tree: xr.DataTree) -> None:
    assert misfit(tree) is None
    assert misfit(hand_made()) is None
    assert misfit(result(TWO, points=64, replicates=4, engine="montecarlo", samples=4096)) is None


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "montecarlo"])
def test_all_analyses_fit(engine: str) -> None:
    found = result(TWO, *ANALYSES, points=64, replicates=4, engine=engine, samples=20_000)
    assert misfit(found) is None


@pytest.mark.parametrize(
    ("group", "edit", "said"),
    [
        ("outcomes", valued("mean", 0, 2.0), "`mean` is 2, not a probability"),
        ("outcomes", valued("mean", 0, -0.1), "`mean` is -0.1, not a probability"),
        ("outcomes", valued("mean", 0, np.nan), "`mean` has undefined values"),
        ("outcomes", valued("error", 0, -1.0), "`error` is -1, not 0 or more"),
        ("outcomes", valued("sd", 0, np.inf), "`sd` is inf, not 0 or more"),
        ("outcomes", valued("loss", 0, 1e301), "`loss` is 1e+301, not a finite number"),
        ("outcomes", valued("quantiles", 0, 1.0), "`quantiles` do not rise with their level"),
        ("outcomes", valued("kind", 0, "x"), f"`kind` is `x`, not {SOME_KIND}"),
        ("outcomes", valued("outcome", 0, ""), "a name of `outcome` is empty, or no text"),
        ("outcomes", valued("outcome", 0, "good"), "a name of `outcome` is there twice"),
        ("outcomes", valued("quantile", 0, 0.5), "the numbers of `quantile` do not increase"),
        ("outcomes", valued("quantile", 0, -0.5), "a level of `quantile` is not within 0 and 1"),
        ("outcomes", lambda data: data.isel(quantile=[0, 2]), "the level 0.25 of `quantile` is missing"),
        ("outcomes", lambda data: data.isel(step=[]), "its dimension `step` has no entries"),
        ("outcomes", lambda data: data.drop_vars("outcome"), "its dimension `outcome` has no names"),
        ("outcomes", lambda data: data.drop_vars("by_step"), "it has no `by_step`"),
        ("outcomes", lambda data: data.isel(step=0, drop=True), "it has no dimension `step`"),
        ("outcomes", lambda data: data.assign(mean=data["mean"].astype(str)),
         "`mean` has other values than numbers"),
        ("outcomes", lambda data: data.assign(mean=data["mean"].isel(outcome=0, drop=True)),
         "`mean` is not along `outcome`"),
        ("kinds", valued("kind", 0, "worse"), "there is no kind `worse`"),
        ("violations", valued("outcome", 0, "worse"), "there is no outcome `worse`"),
        ("violations", lambda data: data.isel(outcome=[0, 1]), "the outcome `good` is missing"),
        ("pairs", lambda data: data.isel(other=[0]), "the names of `other` are not those of `assumption`"),
        ("minimal_sets", valued("way", 0, "x"), "the names of `way` are not `certain` and `possible`"),
        ("minimal_sets", lambda data: data.assign(single=data["single"].astype(float)),
         "`single` has other values than true and false"),
        ("modes", lambda data: data.isel(mode=slice(None, None, -1)),
         "the last name of `mode` is not `none`"),
        ("sobol_credence", lambda data: data.drop_vars("first_error"), "it has no `first_error`"),
        ("exceedance", lambda data: data.drop_vars("error"), "it has no `error`"),
    ],
)  # fmt: skip
def test_what_was_changed_is_said(tree: xr.DataTree, group: str, edit: Edit, said: str) -> None:
    assert misfit(changed(tree, group, edit)) == f"`{group}`: {said}"


def test_probabilities_add_up_to_1(tree: xr.DataTree) -> None:
    """0.2 x 0.5 x 0.4 = 0.04 and 0.4 - 0.04 = 0.36: without the others, 0.4 in all."""
    names = tree["outcomes"]["outcome"].values.tolist()
    found = misfit(changed(tree, "outcomes", valued("mean", names.index("good"), 0.0)))
    assert found == "the probabilities of the outcomes add up to 0.4, not 1"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("points", [None], "the attribute `points` is `[None]`, not a count"),
        ("circuit_products", -1, "the attribute `circuit_products` is `-1`, not a count"),
        ("story", 1, "the attribute `story` is `1`, not a text"),
        ("seed", None, "it has no attribute `seed`"),
    ],
)
def test_attributes_are_looked_at(tree: xr.DataTree, name: str, value: object, said: str) -> None:
    edited = tree.copy()
    edited.attrs = {key: one for key, one in tree.attrs.items() if key != name}
    if value is not None:
        edited.attrs[name] = value
    assert misfit(edited) == said


def test_how_a_group_was_computed_is_known(tree: xr.DataTree) -> None:
    found = misfit(changed(tree, "pairs", lambda data: data.assign_attrs(how="somehow")))
    assert found == "`pairs` does not say how it was computed (`somehow`)"


def test_dimensions_in_another_order_are_put_right(tree: xr.DataTree) -> None:
    """They are the same result, but not all that shows it looks at the names of dimensions."""
    turned = changed(tree, "minimal_sets", lambda data: data.transpose(*list(data.dims)[::-1]))
    turned = changed(turned, "pairs", lambda data: data.transpose("outcome", "other", "assumption"))
    assert misfit(turned) is None
    assert answers(in_order(turned)) == answers(tree)
    for group in ("minimal_sets", "pairs"):
        xr.testing.assert_identical(in_order(turned)[group].to_dataset(), tree[group].to_dataset())


def test_what_is_not_known_is_left_to_what_reads_it(tree: xr.DataTree) -> None:
    """Of a newer version: further variables and groups."""
    newer = changed(tree, "outcomes", lambda data: data.assign(more=("outcome", [1.0, 2.0, 3.0])))
    newer["new"] = xr.Dataset({"x": 1.0}, attrs={"how": "exact"})
    assert misfit(newer) is None


def test_groups_are_those_of_the_analyses() -> None:
    assert set(GROUPS) >= set(ANALYSES)
    assert all(shapes(group) for group in GROUPS)

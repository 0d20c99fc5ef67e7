"""Importance measures and tipping points against their definitions, by hand and by enumeration."""

import itertools
import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings

from sensa.analyses import DEFAULT
from sensa.analyses.importance import MEASURES, _measures, importance
from sensa.analyses.tipping_points import tipping_points
from sensa.pipeline import analyse, prepare
from sensa.reports.layout import Paper
from sensa.reports.page.document import page
from sensa.reports.result.from_tree import answers
from sensa.reports.result.plain_tables import tables
from sensa.reports.result.story_result import StoryResult
from sensa.sampling.parameters import RunError
from sensa.sampling.settings import Settings
from sensa.session import Session
from sensa.stories.loading import load
from sensa.stories.reading import parse
from tests import strategies
from tests.properties.verdicts import EVENT
from tests.short_stories import ASSUMPTION, story


def model(text: str, **settings: object) -> Session:
    return prepare(load(parse(text)), Settings(**settings))  # type: ignore[arg-type]


def claims(**credences: float) -> str:
    return "".join(ASSUMPTION.format(name=name, credence=credence) for name, credence in credences.items())


CREDENCES = {"a": 0.9, "b": 0.8, "c": 0.7}
SHAPES = {
    "not a and not b or not c": lambda a, b, c: (not a and not b) or not c,
    "(not a and b) or (a and not b and not c)": lambda a, b, c: (not a and b) or (a and not b and not c),
    "not a and not b and not c": lambda a, b, c: not (a or b or c),
}


def enumerated(shape, **held: float) -> float:  # type: ignore[no-untyped-def]
    """P(bad), with some credences set."""
    credences = CREDENCES | held
    total = 0.0
    for world in itertools.product((True, False), repeat=3):
        weight = math.prod(p if x else 1 - p for p, x in zip(credences.values(), world, strict=True))
        total += weight * shape(*world)
    return total


@pytest.mark.parametrize("expression", SHAPES)
def test_measures_are_their_definitions(expression: str) -> None:
    """By enumeration, for coherent and other outcomes; Birnbaum also as a difference quotient."""
    shape = SHAPES[expression]
    found = importance(model(story(claims(**CREDENCES), expression))).sel(output="bad")
    q = enumerated(shape)
    moved = {
        name: (enumerated(shape, **{name: 0.0}) - enumerated(shape, **{name: 1.0})) * (1 - p)
        for name, p in CREDENCES.items()
    }
    for name, credence in CREDENCES.items():
        q1, q0 = enumerated(shape, **{name: 0.0}), enumerated(shape, **{name: 1.0})
        row = found.sel(node=name)
        wanted = {
            "violated": 1 - credence,
            "birnbaum": q1 - q0,
            "criticality": moved[name] / q,
            "raw": q1 / q,
            "rrw": q / q0 if q0 else math.inf,
            "fussell_vesely": (q - q0) / q,
            "differential": moved[name] / sum(moved.values()),
        }
        for measure, value in wanted.items():
            assert float(row[measure]) == pytest.approx(value, abs=1e-12), (name, measure)
        less = enumerated(shape, **{name: credence - 1e-6})
        assert float(row["birnbaum"]) == pytest.approx((less - q) / 1e-6, rel=1e-6, abs=1e-6)


def test_kinds_and_failure_add_up_their_outcomes() -> None:
    """poor is a fail-safe end: catastrophic is bad alone, failure is both."""
    found = importance(model(story(claims(a=0.9, b=0.8), "not a and not b", "not a")))
    assert found["birnbaum"].sel(node="b", output="catastrophic").item() == pytest.approx(0.1)
    assert found["birnbaum"].sel(node="b", output="failure").item() == pytest.approx(0.0, abs=1e-15)
    assert found["birnbaum"].sel(node="b", output="poor").item() == pytest.approx(-0.1)
    assert found["raw"].sel(node="a", output="failure").item() == pytest.approx(10.0)


def test_shares_of_what_never_happens_are_not_defined() -> None:
    found = importance(model(story(claims(a=1.0), "not a")))
    assert math.isnan(found["criticality"].sel(node="a", output="bad").item())
    assert math.isnan(found["raw"].sel(node="a", output="bad").item())
    assert found["birnbaum"].sel(node="a", output="bad").item() == 1.0
    assert "of probability 0" in found.attrs["note"]


def test_tipping_points_are_where_a_dense_search_finds_them() -> None:
    """Risk as the credence goes from 0 to 1 in steps of 1e-4."""
    shape = SHAPES["not a and not b or not c"]
    limits = (0.05, 0.2, 0.31, 0.5, 0.99)
    found = tipping_points(model(story(claims(**CREDENCES), "not a and not b or not c")), limits)
    assert float(found["risk"]) == pytest.approx(enumerated(shape), abs=1e-12)
    levels = np.linspace(0, 1, 10_001)
    for name, credence in CREDENCES.items():
        risks = np.array([enumerated(shape, **{name: level}) for level in levels])
        assert found["now"].sel(assumption=name).item() == pytest.approx(credence)
        for limit in limits:
            crossing = np.flatnonzero(np.diff(np.sign(risks - limit)))
            had = found["credence"].sel(assumption=name, limit=limit).item()
            if len(crossing):
                assert had == pytest.approx(levels[crossing[0]], abs=1.1e-4)
            else:
                assert math.isnan(had)


def test_what_moves_nothing_tips_nothing() -> None:
    found = tipping_points(model(story(claims(a=0.9, b=0.8), "not a")))
    assert np.isnan(found["credence"].sel(assumption="b")).all()
    at = found["credence"].sel(assumption="a", limit=0.05).item()
    assert at == pytest.approx(0.95)


def test_worlds_give_them_too() -> None:
    """Within .01 where the errors are some 1e-4."""
    text = story(claims(**CREDENCES), "not a and not b or not c")
    exact, found = (
        importance(model(text, engine=engine, samples=1 << 24)).sel(output="bad")
        for engine in ("exact", "montecarlo")
    )
    assert found.attrs["how"] == "worlds-sampled"
    for measure in ("birnbaum", "criticality", "fussell_vesely"):
        np.testing.assert_allclose(found[measure], exact[measure], atol=0.01)


def test_sampled_measures_are_within_their_errors() -> None:
    """Against enumeration, 18 numbers: P(|t| > 8) = 9e-7 for each, with 15 degrees of freedom."""
    expression = "(not a and b) or (a and not b and not c)"
    shape = SHAPES[expression]
    settings = {"engine": "montecarlo", "samples": 1 << 18}
    found = importance(model(story(claims(**CREDENCES), expression), **settings)).sel(output="bad")
    q = enumerated(shape)
    one, none = ({n: enumerated(shape, **{n: value}) for n in CREDENCES} for value in (0.0, 1.0))
    moved = {n: (one[n] - none[n]) * (1 - p) for n, p in CREDENCES.items()}
    for name in CREDENCES:
        wanted = {
            "birnbaum": one[name] - none[name],
            "criticality": moved[name] / q,
            "raw": one[name] / q,
            "rrw": q / none[name],
            "fussell_vesely": (q - none[name]) / q,
            "differential": moved[name] / sum(moved.values()),
        }
        row = found.sel(node=name)
        for measure, value in wanted.items():
            error = float(row[f"{measure}_error"])
            assert 0 < error < 0.1 * abs(value), (name, measure, error)
            assert abs(float(row[measure]) - value) <= 8 * error, (name, measure)


def test_what_no_sampled_world_met_has_no_shares() -> None:
    """P(bad) is 1e-9: not defined from worlds, rather than a share of another estimate."""
    rare = story(claims(a=1 - 1e-5, b=1 - 1e-4), "not a and not b")
    found = importance(model(rare, engine="montecarlo", samples=1 << 14)).sel(output="bad")
    assert np.isnan(found["fussell_vesely"].values).all()
    assert np.isnan(found["fussell_vesely_error"].values).all()
    assert found.attrs["note"] == (
        "in no sampled world, so shares of it are not defined: bad, poor, catastrophic, fail_safe, failure; "
        "a measure that no sampled world shows is not seen"
    )


def test_rounding_has_no_share_of_the_differences() -> None:
    """Whether `a` holds changes nothing, in worlds told apart by b, whose parts may add up inexactly."""
    text = story(claims(a=0.3, b=0.7) + claims(c=0.1), "(not a and b or a and b) and not c")
    for engine in ("exact", "elimination"):
        found = importance(model(text, engine=engine)).sel(node="a")
        assert (found["criticality"].sel(output="bad") == 0).all()
        assert (found["differential"].sel(output=["bad", "failure"]) == 0).all()


@pytest.mark.parametrize(("rest", "worth"), [(2e-17, math.inf), (2e-13, 7e11)])
def test_what_rounding_leaves_of_a_risk_is_nothing(rest: float, worth: float) -> None:
    """The risk is .2 where the assumption is violated, with probability .7, and `rest` where it holds."""
    q = 0.7 * 0.2 + 0.3 * rest
    assumed = np.array([[[0.2]], [[rest]], [[0.14]], [[0.2 - q]]])
    found = _measures(np.eye(1), np.array(["assumption"]), assumed, np.empty((3, 0, 1)))
    assert found[MEASURES.index("rrw"), 0, 0] == pytest.approx(worth, rel=1e-3)


RARE = story(
    claims(a=0.9, c=0.5, sure=1.0)
    + EVENT.format(name="x", chance=0.25, when="")
    + EVENT.format(name="u", chance=1e-9, when=""),
    "not a and (x or u) or not sure and not a",
    "not c",
)


@pytest.fixture(scope="module")
def rare() -> xr.DataTree:
    """P(bad) is .025: a must be violated, and x happen, or u, which no sampled world meets."""
    return analyse(model(RARE, engine="montecarlo", samples=1 << 18), [*DEFAULT, "importance"])


def test_what_no_sampled_world_shows_is_not_seen(rare: xr.DataTree) -> None:
    """Without x, bad is still possible, by u; without u, bad is less likely by a share of 3e-9."""
    bad = rare["importance"].to_dataset().sel(output="bad")
    for name in ("x", "u"):
        for measure in ("criticality", "rrw", "fussell_vesely", "differential"):
            assert math.isnan(bad[measure].sel(node=name).item()), (name, measure)
            assert math.isnan(bad[f"{measure}_error"].sel(node=name).item()), (name, measure)
        assert bad["birnbaum"].sel(node=name).item() == pytest.approx(0.1, abs=0.03)  # more than 7 errors
    assert bad.attrs["note"] == "a measure that no sampled world shows is not seen"


def test_what_the_circuit_shows_is_exact_in_sampled_worlds(rare: xr.DataTree) -> None:
    """Bad does not depend on c, and `sure` is never violated."""
    found = rare["importance"].to_dataset().sel(output="bad")
    wanted = {
        "c": {"birnbaum": 0, "criticality": 0, "raw": 1, "rrw": 1, "fussell_vesely": 0, "differential": 0},
        "sure": {"criticality": 0, "rrw": 1, "fussell_vesely": 0, "differential": 0},
    }
    for name, measures in wanted.items():
        for measure, value in measures.items():
            for part, number in ((measure, value), (f"{measure}_error", 0)):
                assert found[part].sel(node=name).item() == pytest.approx(number, abs=1e-14), (name, part)


def test_not_seen_is_said_in_text_and_page_and_null_in_json(rare: xr.DataTree) -> None:
    found = answers(rare)
    lines = [line.split("  ") for line in tables("importance", found.others["importance"], Paper(120))]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert ["u", *["not seen"] * 6] in rows  # a measure of three outcomes and their kinds
    assert "not seen" in page([StoryResult("t.toml", 0, found)])
    assert found.importance["fussell_vesely"]["u"]["bad"] is None


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=8, deadline=None, suppress_health_check=CHECKS)
@given(strategies.stories())
def test_what_has_no_error_is_exact(text: str) -> None:
    """Of sampled worlds, against the exact engine, within the rounding of many sums."""
    try:
        exact, sampled = (
            importance(model(text, engine=engine, samples=1 << 12)) for engine in ("exact", "montecarlo")
        )
    except RunError:
        return  # a number leaves its bounds
    if sampled.attrs["how"] != "worlds-sampled" or exact.attrs["how"] != "exact":
        return
    for measure in MEASURES:
        sure = (sampled[f"{measure}_error"].values == 0.0) & np.isin(sampled[measure].values, (0.0, 1.0))
        np.testing.assert_allclose(sampled[measure].values[sure], exact[measure].values[sure], atol=1e-9)

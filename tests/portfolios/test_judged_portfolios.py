"""Properties of portfolios and sweeps: by hand, and as of the story that states the swept values itself."""

import json
from csv import DictReader
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import sensa
from sensa import pipeline
from sensa.portfolios.cells import Found, packed, unpacked
from sensa.portfolios.dimensions import of_number
from sensa.portfolios.plan import Judging, Options, plan
from sensa.portfolios.running import run
from sensa.properties.judge import judge
from sensa.reports import formats
from sensa.reports.layout import Paper
from sensa.sampling.journal import Stored
from sensa.sampling.settings import Settings
from sensa.stories.loading import loads
from sensa.stories.reading import Contents
from tests.short_stories import ASSUMPTION, beta, story

A, B = "assumptions.a.credence", "assumptions.b.credence"
DAY = date(2026, 11, 28)
PROPERTIES = """
[properties.rare]
require = "P(catastrophic) <= 0.5"

[properties.mostly]
require = "P(catastrophic) <= 0.5"
quantile = 0.8

[properties.warned]
require = "P(success) >= 0.9"
severity = "warning"

[properties.whatever_fails]
require = "P(success) <= 0.7"
forall = { violate = { max = 1 } }

[properties.given_b]
require = "P(catastrophic | not b) <= 0.5"
"""
TWO = story(beta("a", 8, 2) + beta("b", 6, 4), "not a", "not b") + PROPERTIES
FEW = Settings(points=256)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(TWO)
    (tmp_path / "none.toml").write_text(TWO.removesuffix(PROPERTIES))
    return tmp_path


def swept(files: list[str], **values: list[float]) -> xr.Dataset:
    dimensions = tuple(of_number({"a": A, "b": B}[name], numbers) for name, numbers in values.items())
    return run(plan(files, dimensions, Options(FEW, judging=Judging(DAY))))


def test_verdicts_by_hand(files: Path) -> None:
    """P(catastrophic) = 1 - a, whatever b is, so `rare` and `given_b` have the margin a - 1/2."""
    a = np.array([0.25, 0.5, 0.75])
    found = swept(["two.toml", "none.toml"], a=a.tolist())
    for name in ("rare", "mostly", "given_b"):
        one = found.sel(story="two.toml", property=name)
        assert one["verdict"].values.tolist() == ["fail", "pass", "pass"]
        if name != "mostly":
            assert one["margin"].values == pytest.approx(a - 0.5, abs=1e-12)
    # P(success) = a b with b = 0.6, and 0 if either is violated: largest where none is
    one = found.sel(story="two.toml", property="whatever_fails")
    assert one["margin"].values == pytest.approx(0.7 - 0.6 * a, abs=1e-12)
    one = found.sel(story="two.toml", property="warned")
    assert one["verdict"].values.tolist() == ["fail"] * 3
    assert found["state"].sel(story="two.toml").values.tolist() == ["failed", "passed", "passed"]
    assert found["state"].sel(story="none.toml").values.tolist() == [""] * 3
    assert set(found["verdict"].sel(story="none.toml").values.ravel()) == {""}
    assert np.isnan(found["margin"].sel(story="none.toml").values).all()


@pytest.mark.parametrize(("a", "b"), [(0.3, None), (None, 0.9), (0.45, 0.2)])
def test_as_of_the_story_that_states_the_values(files: Path, a: float | None, b: float | None) -> None:
    text = TWO
    for value, stated in ((a, "beta = [8, 2]"), (b, "beta = [6, 4]")):
        if value is not None:
            text = text.replace(f"{{ {stated} }}", str(value))
    assert text != TWO
    edited = judge(pipeline.prepare(loads(text), FEW), today=DAY)
    given = {name: [value] for name, value in (("a", a), ("b", b)) if value is not None}
    found = swept(["two.toml"], **given).squeeze()
    for verdict in edited.verdicts:
        one = found.sel(property=verdict.name)
        assert str(one["verdict"].values) == verdict.status
        assert float(one["margin"]) == pytest.approx(verdict.margin, abs=1e-12)


def test_a_number_that_is_no_parameter_can_be_swept(files: Path) -> None:
    """A credence that is an expression of a quantity, and one that is a point."""
    text = "[quantities.q]\nvalue = 0.5\n" + ASSUMPTION.format(name="a", credence='"q"') + beta("b", 6, 4)
    (files / "points.toml").write_text(story(text, "not a", "not b") + PROPERTIES)
    for path in (A, "quantities.q.value"):
        dimension = of_number(path, [0.25, 0.75])
        found = run(plan(["points.toml"], (dimension,), Options(FEW, judging=Judging(DAY))))
        rare = found.sel(story="points.toml", property="rare")
        assert rare["margin"].values == pytest.approx([-0.25, 0.25], abs=1e-12)


def test_rules_of_an_organisation_are_judged_too(files: Path) -> None:
    """1 - E a = 0.2 in both stories; one of them has a property of the rule's name, which is wrong."""
    rules = Contents("rules.toml", b'[properties.low]\nrequire = "P(catastrophic) <= 0.1"\n')
    found = run(plan(["two.toml", "none.toml"], (), Options(FEW, judging=Judging(DAY, rules=rules))))
    low = found.sel(property="low")
    assert low["verdict"].values.tolist() == ["fail", "fail"]
    assert low["margin"].values == pytest.approx([-0.1, -0.1], abs=1e-12)
    assert found["state"].values.tolist() == ["failed", "failed"]


def test_what_fails_a_story_is_as_of_one(files: Path) -> None:
    (files / "two.toml").write_text(TWO.replace("<= 0.7", "<= 0.8"))
    for fail_on, state in (("error", "passed"), ("warning", "failed"), ("never", "passed")):
        judging = Judging(DAY, fail_on)  # type: ignore[arg-type]
        found = run(plan(["two.toml"], (), Options(FEW, judging=judging)))
        assert found["state"].values.tolist() == [state]


def test_waivers_depend_on_the_day_which_then_decides_the_run(files: Path) -> None:
    waiver = '\n[[waivers]]\nproperty = "low"\nreason = "Known."\nexpires = 2026-12-31\n'
    low = '\n[properties.low]\nrequire = "P(catastrophic) <= 0.1"\n'
    (files / "two.toml").write_text(TWO + low + waiver)
    for day, status in ((DAY, "waived"), (date(2027, 1, 1), "fail")):
        wanted = plan(["two.toml"], (), Options(FEW, judging=Judging(day)))
        assert wanted.decided_by["today"] == day.isoformat()
        assert str(run(wanted)["verdict"].sel(property="low").values[0]) == status
    assert "today" not in plan(["none.toml"], (), Options(FEW, judging=Judging(DAY))).decided_by


def test_in_python(files: Path) -> None:
    found = sensa.portfolio(["two.toml"], points=256, today=DAY)
    assert found["state"].values.tolist() == ["passed"]
    assert "state" not in sensa.portfolio(["two.toml"], points=256, means_only=True)


def test_what_neither_passes_nor_fails_has_its_reason(files: Path) -> None:
    """With sampled worlds a probability of exactly 1/2 is on neither side, and a quantile is not judged.

    `whatever_fails` with its limit far away passes, without a reason. Text, JSON, CSV and the page say so.
    """
    text = TWO.replace("beta = [8, 2]", "beta = [5, 5]").replace("P(success) <= 0.7", "P(success) <= 1")
    (files / "two.toml").write_text(text)
    few = Settings(engine="montecarlo", points=64, samples=4096)
    wanted = plan(["two.toml", "none.toml"], (), Options(few, judging=Judging(DAY)))
    data = run(wanted)
    reasons = dict(zip(data["property"].values, data["reason"].values[0], strict=True))
    assert reasons["rare"].startswith("too close to the limit for the samples")
    assert reasons["mostly"].startswith("a quantile needs diagrams")
    assert reasons["whatever_fails"] == ""
    assert set(data["reason"].values[1]) == {""}
    printed = {
        kind: "".join(
            formats.module("portfolio", formats.found("portfolio", kind)).render(data, Paper(100), 3)
        )
        for kind in ("text", "json", "html", "csv")
    }
    assert "  rare: undecided: too close to the limit" in printed["text"]
    for one in printed.values():
        assert "a quantile needs diagrams" in " ".join(one.split())
    (cell, _) = json.loads(printed["json"])["cells"]
    assert cell["properties"]["mostly"]["reason"] == reasons["mostly"]
    assert "reason" not in cell["properties"]["whatever_fails"]
    rows = list(DictReader(StringIO(printed["csv"])))
    assert [row["reason.mostly"] for row in rows] == [reasons["mostly"], ""]


@pytest.mark.parametrize(
    "note",
    [
        "{}",
        '{"0": "a message"}',
        '{"messages": {}, "reasons": {"9": {"rare": "x"}}}',
        '{"messages": {}, "reasons": {"0": {"none such": "x"}}}',
        '{"messages": {}, "reasons": {"0": "x"}}',
        '{"messages": {"7": "x"}, "reasons": {}}',
    ],
)
def test_a_block_whose_words_belong_nowhere_is_refused(files: Path, note: str) -> None:
    options = plan(["two.toml"], (), Options(FEW, judging=Judging(DAY))).options
    values = np.full((1, options.width), np.nan)
    assert unpacked(options, Stored(values, packed(Found(values, {0: "x"}, {0: {"rare": "y"}})).note))
    with pytest.raises(ValueError, match=r"cell|block|property"):
        unpacked(options, Stored(values, note))

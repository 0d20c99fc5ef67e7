"""Portfolios and sweeps: against closed forms, and against the edited story run by itself."""

import time
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import sensa
from sensa.engines import cache
from sensa.portfolios import cells, plan, running
from sensa.portfolios.dimensions import from_file, of_number, parsed, variants
from sensa.results import QUANTILES
from tests.short_stories import ASSUMPTION, beta, losing, story

A, B, Q = "assumptions.a.credence", "assumptions.b.credence", "quantities.q.value"
TWO = losing(story(beta("a", 8, 2) + beta("b", 6, 4), "not a", "not b"), bad="10.0", poor="1.0")
# one number moves two draws
SHARED = story(
    "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
    + ASSUMPTION.format(name="a", credence='"q"')
    + ASSUMPTION.format(name="b", credence='"q"')
    + beta("c", 2, 3),
    "not a and not b",
    "not c",
)
FEW = {"points": 256}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(TWO)
    (tmp_path / "shared.toml").write_text(SHARED)
    (tmp_path / "wrong.toml").write_text(TWO.replace("not a", "not nobody"))
    return tmp_path


def of(data: xr.Dataset, output: str) -> np.ndarray:
    return data["mean"].sel(output=output).values


@pytest.mark.parametrize("means_only", [False, True])
def test_a_grid_of_two_numbers_by_hand(files: Path, means_only: bool) -> None:
    """P(bad) = 1 - a, P(poor) = a (1 - b), loss = 10 (1 - a) + a (1 - b)."""
    a, b = np.linspace(0, 1, 5), np.array([0.25, 0.75])
    found = sensa.portfolio("two.toml", sweep={A: a, B: b}, means_only=means_only, **FEW).sel(
        story="two.toml"
    )
    assert found["mean"].dims == (A, B, "output")
    a, b = a[:, None], b[None, :]
    assert of(found, "catastrophic") == pytest.approx(1 - a + 0 * b, abs=1e-12)
    assert of(found, "fail_safe") == pytest.approx(a * (1 - b), abs=1e-12)
    assert of(found, "success") == pytest.approx(a * b, abs=1e-12)
    assert of(found, "failure") == pytest.approx(1 - a * b, abs=1e-12)
    assert of(found, "loss") == pytest.approx(10 * (1 - a) + a * (1 - b), abs=1e-12)
    assert found["outcome_mean"].sel(outcome="poor").values == pytest.approx(a * (1 - b), abs=1e-12)
    safe = found["fail_safe_given_failure"].values
    assert safe == pytest.approx(a * (1 - b) / (1 - a * b), abs=1e-12)
    assert (found["error"].values == 0).all()
    assert set(found["how"].values.ravel()) == {"exact"}
    assert found.sel({A: 0.5, B: 0.25})["mean"].sel(output="success") == pytest.approx(0.125)
    assert ("quantiles" in found) != means_only


def test_quantiles_are_over_the_numbers_that_are_not_swept(files: Path) -> None:
    """With a = 0.5 success is b / 2, b ~ Beta(6, 4); 4,096 Sobol' points give its quantiles to 1e-3."""
    found = sensa.portfolio("two.toml", sweep={A: [0.5]}, points=4096).squeeze()
    expected = stats.beta(6, 4).ppf(QUANTILES) / 2
    assert found["quantiles"].sel(output="success").values == pytest.approx(expected, abs=1e-3)
    assert found["quantiles"].sel(output="catastrophic").values == pytest.approx(0.5, abs=1e-12)
    loss = 5 + (1 - stats.beta(6, 4).ppf(1 - np.array(QUANTILES))) / 2
    assert found["quantiles"].sel(output="loss").values == pytest.approx(loss, abs=1e-3)


@pytest.mark.parametrize("means_only", [False, True])
def test_a_number_that_moves_several_draws_is_exact_once_it_is_given(files: Path, means_only: bool) -> None:
    """P(bad) = (1 - q)^2, P(poor) = (1 - (1 - q)^2) 3/5."""
    q = np.array([0.0, 0.3, 1.0])
    found = sensa.portfolio("shared.toml", sweep={Q: q}, means_only=means_only, **FEW).squeeze()
    assert of(found, "catastrophic") == pytest.approx((1 - q) ** 2, abs=1e-12)
    assert of(found, "fail_safe") == pytest.approx((1 - (1 - q) ** 2) * 0.6, abs=1e-12)
    assert set(found["how"].values) == {"exact"}


def test_a_story_by_itself_is_what_run_gives(files: Path) -> None:
    """To the last bit."""
    data = sensa.portfolio(["two.toml", "shared.toml"], points=512, seed=3)
    for file in ("two.toml", "shared.toml"):
        found, alone = data.sel(story=file), sensa.run(file, points=512, seed=3)
        for kind in ("success", "fail_safe", "catastrophic"):
            row = alone["kinds"].sel(kind=kind)
            for name in ("mean", "error", "quantiles"):
                assert (found[name].sel(output=kind).values == row[name].values).all()
        for outcome in alone["outcomes"]["outcome"].values:
            assert found["outcome_mean"].sel(outcome=outcome) == alone["outcomes"]["mean"].sel(
                outcome=outcome
            )
        safe = float(alone["failing_safely"]["fail_safe_given_failure"])
        assert float(found["fail_safe_given_failure"]) == pytest.approx(safe, rel=1e-14)


def test_a_variant_is_the_edited_story(files: Path) -> None:
    """What is exact agrees to 1e-12; what is sampled, to six of both standard errors."""
    variants = pd.DataFrame({A: [0.2, 0.9], B: [0.5, 0.1]}, index=["low", "high"])
    found = sensa.portfolio("two.toml", variants=variants, **FEW).squeeze("story")
    assert found["variant"].values.tolist() == ["low", "high"]
    assert found[A].values.tolist() == [0.2, 0.9]
    for name, row in variants.iterrows():
        alone = sensa.run(sensa.load("two.toml").with_values(dict(row)), analyses=["kinds"])["kinds"]
        for kind in ("success", "fail_safe", "catastrophic"):
            mean = float(alone["mean"].sel(kind=kind))
            assert float(found["mean"].sel(variant=name, output=kind)) == pytest.approx(mean, abs=1e-12)
    swept = sensa.portfolio("shared.toml", sweep={"assumptions.c.credence": [0.3]}, **FEW).squeeze()
    edited = sensa.load("shared.toml").with_value("assumptions.c.credence", 0.3)
    alone = sensa.run(edited, analyses=["kinds"], **FEW)["kinds"].sel(kind="catastrophic")
    error = np.hypot(float(alone["error"]), float(swept["error"].sel(output="catastrophic")))
    assert error > 0
    assert abs(float(alone["mean"]) - float(swept["mean"].sel(output="catastrophic"))) < 6 * error


def test_sampled_worlds_sweep_too(files: Path) -> None:
    """Without a diagram: P(poor) = a (1 - E b) = 0.4 a within six standard errors."""
    found = sensa.portfolio("two.toml", sweep={A: [0.25, 0.5]}, engine="montecarlo", **FEW).squeeze()
    assert set(found["how"].values) == {"worlds-sampled"}
    error = found["error"].sel(output="fail_safe").values
    assert (error > 0).all()
    assert (np.abs(of(found, "fail_safe") - [0.1, 0.2]) < 6 * error).all()


@pytest.mark.parametrize("means_only", [False, True])
def test_a_value_that_breaks_the_story_loses_no_other(files: Path, means_only: bool) -> None:
    found = sensa.portfolio("two.toml", sweep={A: [0.25, 1.5, 0.75]}, means_only=means_only, **FEW).squeeze()
    assert found["status"].values.tolist() == ["answered", "wrong", "answered"]
    assert of(found, "catastrophic")[[0, 2]] == pytest.approx([0.75, 0.25])
    assert np.isnan(of(found, "catastrophic")[1])
    assert f"sweep: `{A}`: `1.5` is not a probability (from 0 to 1)" in str(found["message"].values[1])


def test_a_story_that_fails_loses_no_other(files: Path) -> None:
    found = sensa.portfolio(["wrong.toml", "missing.toml", "two.toml"], **FEW)
    assert found["status"].values.tolist() == ["wrong", "wrong", "answered"]
    assert "wrong.toml:" in str(found["message"].values[0])
    assert "unknown name `nobody`" in str(found["message"].values[0])
    assert "no such file" in str(found["message"].values[1])
    assert of(found, "catastrophic")[2] == pytest.approx(0.2)
    assert found["digest"].values[1] == ""


def test_a_number_that_only_some_stories_have(files: Path) -> None:
    found = sensa.portfolio(["two.toml", "shared.toml"], sweep={B: [0.5]}, **FEW).squeeze(B)
    assert found["status"].values.tolist() == ["answered", "answered"]  # an expression can be swept too
    found = sensa.portfolio(["two.toml", "shared.toml"], sweep={Q: [0.5]}, **FEW).squeeze(Q)
    assert found["status"].values.tolist() == ["wrong", "answered"]
    assert "unknown number `quantities.q.value`" in str(found["message"].values[0])


def test_our_own_error_is_in_the_result(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cells, "row", broken)
    found = sensa.portfolio("two.toml", **FEW)
    assert found["status"].values.tolist() == ["internal"]
    assert found["message"].values.tolist() == ["ZeroDivisionError: division by zero"]


def test_diagrams_are_built_once_for_all_values_and_for_stories_that_differ_in_numbers(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def counting(*args: object, **options: object) -> object:
        built.append(args)
        return choose(*args, **options)  # type: ignore[arg-type]

    choose = cache.choose
    monkeypatch.setattr(cache, "choose", counting)
    for i in range(6):
        (files / f"s{i}.toml").write_text(TWO.replace("beta = [8, 2]", f"beta = [8, {i + 1}]"))
    found = sensa.portfolio([f"s{i}.toml" for i in range(6)], sweep={B: [0.1, 0.5, 0.9]}, **FEW)
    expected = [(i + 1) / (9 + i) for i in range(6)]  # 1 - E a
    assert of(found, "catastrophic") == pytest.approx(np.tile(expected, (3, 1)).T, abs=1e-12)
    assert len(built) == 1


def test_outcomes_of_other_stories_are_undefined_and_too_many_are_left_out(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "other.toml").write_text(TWO.replace("outcomes.poor", "outcomes.meagre"))
    found = sensa.portfolio(["two.toml", "other.toml"], **FEW)
    assert found["outcome"].values.tolist() == ["bad", "poor", "good", "meagre"]
    assert np.isnan(found["outcome_mean"].values).tolist() == [
        [False, False, False, True],
        [False, True, False, False],
    ]
    monkeypatch.setattr(plan, "MAX_NAMES", 3)
    few = sensa.portfolio(["two.toml", "other.toml"], **FEW)
    assert "outcome_mean" not in few
    assert (few["mean"].values == found["mean"].values).all()


def test_an_interrupt_keeps_the_blocks_that_are_done(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "CELLS", 2)
    done = []

    def interrupting(*args: object) -> object:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(args)
        return row(*args)  # type: ignore[arg-type]

    row = cells.row
    monkeypatch.setattr(cells, "row", interrupting)
    found = sensa.portfolio("two.toml", sweep={A: np.linspace(0, 1, 8)}, **FEW).squeeze()
    assert found.attrs["stopped"] == "interrupted"
    assert found["status"].values.tolist() == ["answered"] * 4 + ["not run"] * 4
    assert of(found, "catastrophic")[:4] == pytest.approx(1 - np.linspace(0, 1, 8)[:4])


def test_a_story_that_changes_during_the_run_is_an_error(files: Path) -> None:
    wanted = plan.plan(["two.toml"], (), plan.Options())
    (files / "two.toml").write_text(SHARED)
    found = running.run(wanted)
    assert found["status"].values.tolist() == ["wrong"]
    assert "changed during the run" in str(found["message"].values[0])


@pytest.mark.parametrize("sizes", [(1,), (3,), (2, 5), (7, 3, 2)])
@pytest.mark.parametrize("size", [1, 4, 16])
def test_blocks_cover_every_cell_once_in_order(sizes: tuple[int, ...], size: int) -> None:
    """Against numpy's own order of indices, over the stories and all dimensions."""
    stories, *swept = sizes
    entries = tuple(plan.Entry(f"s{i}", "") for i in range(stories))
    dimensions = tuple(of_number(f"p{i}", range(count)) for i, count in enumerate(swept))
    wanted = plan.Plan(entries, dimensions, plan.Options(), size=size)
    tasks = list(wanted.tasks())
    assert [task.cells for task in tasks[:-1]] == [size] * (wanted.blocks - 1)
    found = [
        (int(part.entry.file[1:]), *map(int, row))
        for task in tasks
        for part in task.parts
        for row in part.rows
    ]
    assert found == list(np.ndindex(*sizes))


def test_the_blocks_of_a_large_sweep_cost_what_is_in_them(files: Path) -> None:
    """2,000 blocks of 100,000 values within 3 seconds of the processor; to look at all for each takes 10."""
    values = np.linspace(0, 1, 100_000)
    wanted = plan.plan(["two.toml"], (of_number(A, values),), plan.Options())
    start = time.process_time()
    rows = np.concatenate([task.parts[0].rows for task in islice(wanted.tasks(), 2000)])
    assert time.process_time() - start < 3
    assert rows[:, 0] == pytest.approx(values[:16_000])


def test_a_value_that_a_story_refuses_is_blamed_on_where_it_is_written(files: Path) -> None:
    """Not on a line of the story, which is right."""
    (files / "v.csv").write_text(f"{A}\n0.5\n\n1.5\n")
    (files / "v.toml").write_text(f'# values\n"{A}" = [0.5, 1.5]\n')
    for dimension, place in (
        (parsed(f"{A}=0.5,1.5"), "--sweep"),
        (variants(str(files / "v.csv")), f"{files}/v.csv:4"),
        (from_file(str(files / "v.toml"))[0], f"{files}/v.toml:2"),
    ):
        found = running.run(plan.plan(["two.toml"], (dimension,), plan.Options()))
        said = f"{place}: `{A}`: `1.5` is not a probability (from 0 to 1)"
        assert found["message"].values.tolist() == [["", said]]


def test_a_number_that_swept_values_break_is_named_with_them(files: Path) -> None:
    """The credence `q` of the story, where q is 2."""
    found = running.run(plan.plan(["shared.toml"], (parsed(f"{Q}=0.5,2"),), plan.Options()))
    ((_, said),) = found["message"].values.tolist()
    assert said.startswith("shared.toml:")
    assert f"{A}: `2` is not a probability (from 0 to 1; `clip` would keep it there) where {Q} = 2" in said


def test_an_unknown_path_is_blamed_on_the_sweep(files: Path) -> None:
    found = running.run(plan.plan(["two.toml"], (parsed("assumptions.c.credence=0.5"),), plan.Options()))
    assert str(found["message"].values[0, 0]).startswith("--sweep: unknown number `assumptions.c.credence`")

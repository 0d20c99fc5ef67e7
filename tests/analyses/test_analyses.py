"""Each analysis against values worked out by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from sensa import circuit_diagnostics
from sensa.engines.choice import Choice
from sensa.pipeline import check, contradictions, late_warnings, prepare
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, beta, model, result, story

CHAIN = beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1)  # means .8, .6, .9


def test_means_of_independent_credences_are_exact() -> None:
    """E of a product of independent credences is the product of their means: .8 x .6 x .9 = .432."""
    outcomes = result(story(CHAIN, "a and b and c"), "outcomes")["outcomes"]
    assert outcomes.attrs["how"] == "exact"
    assert float(outcomes["mean"].sel(outcome="bad")) == pytest.approx(0.432, abs=1e-15)
    assert float(outcomes["error"].sel(outcome="bad")) == 0.0


def test_the_spread_of_a_product_of_independent_credences() -> None:
    """Var of a product is E[p^2] products less the mean squared; E[p^2] of Beta(a, b) is a(a+1)/(n(n+1))."""
    second = (8 * 9 / 110) * (6 * 7 / 110) * (9 * 10 / 110)
    sd = math.sqrt(second - 0.432**2)
    outcomes = result(story(CHAIN, "a and b and c"), "outcomes")["outcomes"]
    assert float(outcomes["sd"].sel(outcome="bad")) == pytest.approx(sd, rel=2e-3)


def test_quantiles_of_one_credence_are_the_quantiles_of_its_distribution() -> None:
    """Of Uniform(0.2, 0.6) they are 0.2 + 0.4 u, to the spacing of the points."""
    text = story(ASSUMPTION.format(name="a", credence="{ uniform = [0.2, 0.6] }"), "a")
    quantiles = result(text, "outcomes")["outcomes"]["quantiles"].sel(outcome="bad")
    for level in quantiles["quantile"].values:
        assert float(quantiles.sel(quantile=level)) == pytest.approx(0.2 + 0.4 * level, abs=1e-4)


def test_losses_are_weighed_by_how_the_story_ends() -> None:
    """P(bad) = .432 costs 10, P(poor) = P(not a) x (1 - 0) = .2 costs 1: 4.52 in all."""
    text = story(CHAIN, "a and b and c", "not a")
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 10')
    text = text.replace('kind = "fail_safe"', 'kind = "fail_safe"\nloss = 1')
    outcomes = result(text, "outcomes")["outcomes"]
    assert float(outcomes["loss"]) == pytest.approx(4.52, rel=1e-3)
    assert (
        abs(float(outcomes["loss"]) - 4.52) < 5 * float(outcomes["loss_error"]) + 1e-9
    )  # 5 errors of 8: < 1e-2


def test_a_loss_may_depend_on_the_step_it_falls_at() -> None:
    """The story ends badly at step t with probability .5^(t+1), and costs t + 1: .5 + 2(.25) + 3(.125)."""
    body = (
        '[[phases]]\nname = "p"\nrepeat = 3\naxes = { mistake_cost = "1 + round" }\n'
        "[events.e]\nevery_step = true\nchance = 0.5\n"
    )
    text = story(body, "e").replace(
        'kind = "catastrophic"', 'kind = "catastrophic"\nloss = "axis.mistake_cost"'
    )
    outcomes = result(text, "outcomes")["outcomes"]
    assert float(outcomes["loss"]) == pytest.approx(1.375, abs=1e-12)
    assert outcomes["by_step"].sel(outcome="bad").values.tolist() == pytest.approx(
        [0.5, 0.25, 0.125], abs=1e-15
    )
    assert outcomes["by_step"].sel(outcome="good").values.tolist() == [0.0, 0.0, 0.125]


def test_outcomes_of_one_kind_are_taken_together() -> None:
    """bad = a and b = .48 and poor = a and not b = .32, both catastrophic: .8, which is P(a) ~ Beta(8, 2)."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "a and b", "a")
    text = text.replace(
        'kind = "success"', 'kind = "success"\n[outcomes.safe]\nkind = "fail_safe"\nwhen = "b"'
    )
    text = text.replace('kind = "fail_safe"', 'kind = "catastrophic"', 1)
    text = text.replace('[outcomes.good]\nkind = "success"\n', "", 1)
    text = text.replace("otherwise = true", "", 1) + '[outcomes.good]\nkind = "success"\notherwise = true\n'
    found = result(text, "kinds")["kinds"].sel(kind="catastrophic")
    assert float(found["mean"]) == pytest.approx(0.8, abs=1e-15)
    sd = math.sqrt(8 * 2 / (10 * 10 * 11))
    assert float(found["sd"]) == pytest.approx(sd, rel=2e-3)


def test_failing_safely_is_a_ratio_of_means() -> None:
    """bad = a and b = .48; poor = a and not b = .32; fail-safe share .32 / .8 = .4."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "a and b", "a")
    safely = result(text, "failing_safely")["failing_safely"]
    assert float(safely["fail_safe_given_failure"]) == pytest.approx(0.4, abs=1e-15)
    assert float(safely["error"]) == 0.0


def test_how_safe_failing_is_varies_within_its_errors() -> None:
    """The share is 1 - b at each value, of Beta(4, 6): within 10 errors, P(|t| > 10) < 3e-5 of 7 degrees.

    Ten quantiles and two deviations, so one false alarm in 3,000.
    """
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "a and b", "a")
    law = stats.beta(4, 6)
    for options in ({"points": 2048}, {"engine": "montecarlo", "points": 256, "samples": 1 << 20}):
        safely = result(text, "failing_safely", **options)["failing_safely"]
        assert 0 < float(safely["sd_error"]) < 0.02
        assert abs(float(safely["sd"]) - law.std()) < 10 * float(safely["sd_error"])
        off = np.abs(safely["quantiles"] - law.ppf(safely["quantile"])) / safely["quantiles_error"]
        assert (off < 10).all()


def test_a_story_that_never_fails_says_so() -> None:
    safely = result(story(beta("a", 8, 2), "false and a"), "failing_safely")["failing_safely"]
    assert math.isnan(float(safely["fail_safe_given_failure"]))
    assert "never fails" in safely.attrs["note"]


def test_doing_is_not_observing() -> None:
    """A common cause c makes a and b fail together; violating a by force leaves b as it was.

    P(c) = .5; P(a violated | c) = .5, | not c) = .1; the same for b. Bad: b is violated.
    Forced: P(bad | do(a violated)) = P(bad) = .3. Observed: P(c | a violated) = .25 / .3 = 5/6, and
    P(b violated | a violated) = 5/6 x .5 + 1/6 x .1 = 13/30. P(a violated | bad) is 13/30 by symmetry.
    """
    given = '[[assumptions.{name}.given]]\nif = "c"\ncredence = 0.5\n'
    body = "[events.c]\nchance = 0.5\n" + "".join(
        ASSUMPTION.format(name=name, credence=0.9) + given.format(name=name) for name in "ab"
    )
    found = result(story(body, "not b"), "violations")["violations"].sel(assumption="a", outcome="bad")
    assert float(found["do_violated"]) == pytest.approx(0.3, abs=1e-15)
    assert float(found["do_holds"]) == pytest.approx(0.3, abs=1e-15)
    assert float(found["observed_violated"]) == pytest.approx(13 / 30, abs=1e-15)
    assert float(found["violated_given"]) == pytest.approx(13 / 30, abs=1e-15)
    assert float(found["violated"]) == pytest.approx(0.3, abs=1e-15)


def test_an_intervention_overrides_what_challenges_the_assumption() -> None:
    body = ASSUMPTION.format(name="a", credence=0.9) + (
        '[challenges.r]\nagainst = "a"\nkind = "rebut"\nclaim = "c"\nstands = 0.5\n'
    )
    found = result(story(body, "not a"), "violations")["violations"].sel(assumption="a", outcome="bad")
    assert float(found["violated"]) == pytest.approx(0.55, abs=1e-15)  # .5 rebutted, else .1
    assert float(found["do_holds"]) == 0.0
    assert float(found["do_violated"]) == 1.0


def test_an_assumption_that_cannot_be_violated_is_not_observed_to_be() -> None:
    data = result(
        story(ASSUMPTION.format(name="a", credence=1.0) + beta("b", 1, 1), "not a or not b"), "violations"
    )
    found = data["violations"].sel(assumption="a", outcome="bad")
    assert math.isnan(float(found["observed_violated"]))
    assert float(found["do_violated"]) == 1.0
    assert "never violated, so violations are not observed: a" in data["violations"].attrs["note"]


def test_pairs_do_what_neither_does_alone() -> None:
    """Bad when both are violated: .2 x .4 = .08 alone; one forced leaves the other's .4 or .2; both: 1."""
    pairs = result(story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b"), "pairs")["pairs"]
    both = pairs["do_both_violated"].sel(outcome="bad")
    np.testing.assert_allclose(both.values, [[0.4, 1.0], [1.0, 0.2]], rtol=0, atol=1e-15)
    change, joint = (pairs[name].sel(outcome="bad").values for name in ("change", "joint_change"))
    np.testing.assert_allclose(change, [[0.32, 0.92], [0.92, 0.12]], rtol=0, atol=1e-15)
    np.testing.assert_allclose(joint, [[-0.32, 0.48], [0.48, -0.12]], rtol=0, atol=1e-15)


def test_differences_of_pairs_have_the_error_of_the_difference() -> None:
    """`a` and `b` move 1e-3 of a risk of one half: Var q = 0.25 / n, Var of the change at most 0.001 / n.

    So their errors are in a ratio of at most sqrt(0.004) = 0.063, and 0.12 for joint changes, of four values
    that differ in these worlds. Errors from 16 batches are within a factor 2 of theirs, and the exact values,
    0.5 × 0.001 × (1 - 0.2 × 0.4) for both, within 5 errors (Student's t with 15: 2e-4).
    """
    body = "".join(ASSUMPTION.format(name=n, credence=p) for n, p in (("c", 0.5), ("a", 0.8), ("b", 0.6)))
    body += "[events.e]\nchance = 0.001\n"
    text = story(body, "not c or e and not a and not b")
    pairs = result(text, "pairs", engine="montecarlo", samples=1 << 20)["pairs"].sel(outcome="bad")
    one = pairs.sel(assumption="a", other="b")
    exact = 0.5 * 0.001 * np.array([1 - 0.08, 1 - 0.4 - 0.2 + 0.08])
    for name, value, ratio in zip(("change", "joint_change"), exact, (0.063, 0.12), strict=True):
        assert abs(float(one[name]) - value) < 5 * float(one[f"{name}_error"])
        assert float(one[f"{name}_error"]) < 4 * ratio * float(one["error"])


def test_criteria_are_conjunctions_of_their_assumptions_or_what_is_written() -> None:
    body = CHAIN.replace('part = "goal.desirability"', 'part = "rationale.nudges"', 1)
    body += '[criteria]\nrationale_competitiveness = "b or c"\n'
    criteria = result(story(body, "not a or not b or not c"), "criteria")["criteria"]
    means = dict(zip(criteria["criterion"].values.tolist(), criteria["mean"].values.tolist(), strict=True))
    assert means == pytest.approx(
        {"goal_alignment": 0.6 * 0.9, "rationale_alignment": 0.8, "rationale_competitiveness": 1 - 0.4 * 0.1},
        abs=1e-15,
    )


def test_sobol_indices_of_a_product_and_a_sum() -> None:
    """f = x1 x2 + x3 of U(0, 1): first 3/19, 3/19, 12/19; total 4/19, 4/19, 12/19 (halved: a chance)."""
    uniform = "[quantities.x{}]\nvalue = {{ uniform = [0, 1] }}\n"
    body = "".join(uniform.format(i) for i in (1, 2, 3)) + '[events.e]\nchance = "(x1 * x2 + x3) / 2"\n'
    indices = result(story(body, "e"), "sobol_credence")["sobol_credence"].sel(outcome="bad")
    factors = [f"quantities.x{i}.value" for i in (1, 2, 3)]
    for name, want in (("first", [3, 3, 12]), ("total", [4, 4, 12])):
        got = indices[name].sel(factor=factors).values
        error = indices[f"{name}_error"].sel(factor=factors).values
        np.testing.assert_allclose(got, np.array(want) / 19, rtol=0, atol=0.01)
        assert (error < 0.01).all()


def test_tied_parameters_are_one_factor() -> None:
    body = beta("a", 8, 2) + beta("b", 6, 4) + beta("c", 9, 1)
    tied = '["assumptions.a.credence", "assumptions.c.credence"]'
    body += f"[[dependence]]\nbetween = {tied}\nrank_correlation = 0.5\n"
    data = result(story(body, "not a or not b or not c"), "sobol_credence", points=1024)["sobol_credence"]
    assert data["factor"].values.tolist() == [
        "assumptions.a.credence + assumptions.c.credence",
        "assumptions.b.credence",
    ]


def test_a_constant_outcome_has_no_indices() -> None:
    data = result(story(beta("a", 8, 2), "not a", "false"), "sobol_credence", points=1024)["sobol_credence"]
    assert np.isnan(data["total"].sel(outcome="poor").values).all()
    assert np.isfinite(data["total"].sel(outcome="bad").values).all()
    assert "poor" in data.attrs["note"]


def test_a_story_without_parameters_is_exact_everywhere() -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.25), "not a")
    tree = result(text)
    assert float(tree["outcomes"]["mean"].sel(outcome="bad")) == 0.75
    assert float(tree["outcomes"]["sd"].sel(outcome="bad")) == 0.0
    assert "factor" not in tree["sobol_credence"].sizes
    assert tree.attrs["points"] == 1


def test_a_loss_without_parameters_has_no_error() -> None:
    text = story(ASSUMPTION.format(name="a", credence=0.25), "not a")
    outcomes = result(text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 8'))["outcomes"]
    assert (float(outcomes["loss"]), float(outcomes["loss_error"])) == (6.0, 0.0)


@pytest.mark.parametrize(("points", "replicates"), [(16384, 1), (8, 8), (0, 2)])
def test_a_design_without_an_error_is_refused(points: int, replicates: int) -> None:
    with pytest.raises(ValueError, match="at least 2 replicates of 2 points"):
        Settings(points=points, replicates=replicates)


def test_the_result_depends_on_story_and_seed_alone() -> None:
    text = story(CHAIN + '[events.e]\nchance = "0.5 if a else 0.1"\n', "e and b and c")
    first, again, other = (result(text, seed=seed, points=1024) for seed in (1, 1, 2))
    assert first.identical(again)
    assert not first["outcomes"].to_dataset().equals(other["outcomes"].to_dataset())


def test_expectations_say_whether_they_are_met() -> None:
    text = story(CHAIN, "a and b and c", "not a") + (
        '[expect]\n"P(bad)" = { value = 0.432, within = 1e-9 }\n'
        '"P(fail_safe | failure)" = { value = 0.5, within = 0.01 }\n'
        '"P(bad | holds(a))" = { value = 0.54, within = 1e-9 }\n'
        '"P(goal_alignment)" = { value = 0.432, within = 1e-9 }\n'
    )
    data = result(text, "expectations")["expectations"]
    assert data["met"].values.tolist() == [True, False, True, True]
    assert float(data["value"].sel(measure="P(fail_safe | failure)")) == pytest.approx(0.2 / 0.632)
    codes = [problem.code for problem in check(parse(text))]
    assert codes.count("contradicted-total") == 1


def test_an_outcome_that_can_never_happen_is_a_warning() -> None:
    found = [
        p
        for p in check(parse(story(beta("a", 8, 2), "not a", "not a and a")))
        if p.code == "impossible-outcome"
    ]
    assert [p.path for p in found] == ["outcomes.poor"]


@pytest.mark.parametrize("engine", ["auto", "elimination"])
def test_outcomes_that_never_happen_are_read_off_the_engine_of_the_run(
    engine: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No diagram is made for them."""
    never = "(a or b) and (a or not b) and (b or not a) and not (a and b)"
    text = story(beta("a", 8, 2) + beta("b", 8, 2), "a and not b", never)
    session = prepare(parse(text), Settings(engine=engine))
    apart = late_warnings(session)
    assert [p.path for p in apart] == ["outcomes.poor"]
    assert session.ends.way == "exact"
    monkeypatch.setattr(circuit_diagnostics, "compile_exact", None)
    assert late_warnings(session) == apart


def test_a_choice_without_an_option_left_is_an_error_where_it_can_happen() -> None:
    """Both rules together leave nothing: fine where they exclude each other, refused where they need not."""
    choice = (
        "[choices.m.options]\nx = {{ weight = 1 }}\ny = {{ weight = 1 }}\n"
        '[[choices.m.constraints]]\npart = "rationale.constraints"\nif = "{first}"\nexcludes = ["x"]\n'
        '[[choices.m.constraints]]\npart = "rationale.constraints"\nif = "{second}"\nexcludes = ["y"]\n'
    )
    body = beta("a", 8, 2) + beta("b", 6, 4)
    fine = story(body + choice.format(first="a and b", second="not a or not b"), r"m == \"x\"")
    assert [p for p in check(parse(fine)) if p.severity == "error"] == []
    wrong = story(body + choice.format(first="a", second="b"), r"m == \"x\"")
    (problem,) = [p for p in check(parse(wrong)) if p.severity == "error"]
    assert problem.code == "no-option-left"
    assert "constraints[0], constraints[1]" in problem.message


def test_an_expectation_of_what_is_impossible_is_not_defined() -> None:
    text = story(ASSUMPTION.format(name="a", credence=1.0), "false")
    text += '\n[expect]\n"P(bad | violated(a))" = { value = 0.3, within = 0.01 }\n'
    (told,) = contradictions(model(text))
    assert told.message == "not defined in this story, so not 0.3"

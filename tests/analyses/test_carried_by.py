"""What carries the risk, and what it takes to meet a limit of the story's own, by hand."""

from datetime import date

import pytest

from sensa.pipeline import analyse
from sensa.properties.judge import judge
from sensa.reports.layout import Paper
from sensa.reports.result.carried_by import carrying
from sensa.reports.result.from_tree import answers
from sensa.reports.result.next_steps import advice
from sensa.reports.result.text import render
from tests.short_stories import ASSUMPTION, beta, model, result, story

LEADS = '[events.leads]\nwhen = "not a"\nchance = 0.5\nmode = "other"\n'
UNSEEN = '[events.unseen]\nmode = "unmodelled"\nchance = { beta = [1, 9] }\n'
BODY = beta("a", 8, 2) + LEADS + UNSEEN


def test_shares_of_the_risk_are_what_goes_without_each_mode() -> None:
    """P(bad) = 1 - .9 x .9 = .19; without leads .1, without the unmodelled .1, without both 0."""
    data = result(story(BODY, "leads or unseen"), "carried_by")["carried_by"].to_dataset()
    for mode in ("other", "unmodelled"):
        assert float(data["mode_share"].sel(mode=mode)) == pytest.approx(0.09 / 0.19, abs=1e-12)
    assert float(data["share"].sel(event="leads")) == pytest.approx(0.09 / 0.19, abs=1e-12)
    assert float(data["rest"]) == pytest.approx(0.0, abs=1e-12)


def test_the_placeholder_is_said_and_not_looked_into() -> None:
    found = answers(result(story(BODY, "leads or unseen")))
    ((label, text),) = carrying(found)
    assert (label, text) == ("Carried by", "47 % other (leads); 47 % your own placeholder (unseen)")
    assert not any("unseen" in step for step in advice(found, (), ()))


NONE = "no failure mode: all of it comes about without an event that states one"


def test_a_part_without_failure_modes_is_said() -> None:
    """P(bad) = .2 + .8 x .5: of .6, a mode alone takes .4 away; .2 needs no event."""
    body = ASSUMPTION.format(name="a", credence=0.8) + '[events.e]\nmode = "other"\nchance = 0.5\n'
    ((_, text),) = carrying(answers(result(story(body, "e or not a"))))
    assert text == "67 % other (e); 33 % without any event that states a failure mode"


@pytest.mark.parametrize(("bad", "said"), [("not a", NONE), ("false", None)])
def test_a_risk_without_failure_modes_is_carried_by_none_of_them(bad: str, said: str | None) -> None:
    found = answers(result(story(ASSUMPTION.format(name="a", credence=0.8), bad)))
    assert list(carrying(found)) == ([("Carried by", said)] if said else [])


def test_the_nearest_joint_move_meets_a_limit_of_its_own() -> None:
    """P(bad) = not a, .2 now; .05 where a holds with .95."""
    text = story(ASSUMPTION.format(name="a", credence=0.8), "not a")
    text += '[properties.low]\nrequire = "0.05 >= P(catastrophic)"\n'
    (move,) = answers(result(text)).meeting
    assert list(move.properties) == ["low"]
    assert move.credences["a"] == pytest.approx((0.8, 0.95), abs=1e-9)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (0.105, "a from 80 % to 98.9 %; with every assumption holding, the risk is still 10 %."),
        (0.09, "alone was found to be enough; with every assumption holding, the risk is still 10 %."),
        (0.15, "a from 80 % to 89 %."),
    ],
)
def test_what_no_assumption_can_take_away_is_said(limit: float, said: str) -> None:
    """P(bad) = 1 - .9 (1 - .5 (1 - a)): .1 where a holds, .105 at a = .9889 (98.9 %), .15 at a = .8889."""
    body = f'{BODY}[properties.low]\nrequire = "P(catastrophic) <= {limit}"\n'
    made = model(story(body, "leads or unseen"))
    found = answers(analyse(made))
    (move,) = found.meeting
    assert move.all_hold == pytest.approx(0.1, abs=1e-12)
    step = advice(found, (), (), judge(made, today=date(2026, 1, 1)))[0]
    assert step.startswith("Meet low")
    assert step.endswith(said)


def test_numbers_that_pay_only_together_are_named_together() -> None:
    """P(bad) = a + b - 2 a b at means of 1/2: knowing a or b alone changes nothing."""
    text = story(beta("a", 10, 10) + beta("b", 10, 10), "exactly(1, a, b)")
    found = answers(result(text))
    (pair,) = found.pairs_of_numbers
    assert pair.both == pytest.approx(1.0, abs=1e-9)
    (step,) = [step for step in advice(found, (), ()) if "evidence" in step]
    assert step.startswith("Look for evidence on a and b together first: knowing both would remove 100 %")


def test_what_varies_by_rounding_alone_gives_no_advice() -> None:
    text = story(ASSUMPTION.format(name="a", credence="{ uniform = [0.5, 0.50000000000001] }"), "a")
    found = answers(result(text))
    assert not any("evidence" in step for step in advice(found, (), ()))
    assert "not defined: every outcome is constant" in render(found, Paper(100))


def test_a_defeated_claim_needs_no_number() -> None:
    body = '[assumptions.a]\nclaim = "c"\npart = "goal.desirability"\n'
    body += '[challenges.c]\nagainst = "a"\nkind = "rebut"\nclaim = "c"\nstands = 1\n'
    found = answers(result(story(body, "not a")))
    assert advice(found, (), ["assumptions.a.credence"]) == []


def test_shares_from_sampled_worlds_have_an_error_that_covers() -> None:
    """The share of the first test, .09 / .19, over 40 seeds: z has the variance 1.

    The sum of 40 squares of z (Student's t of 7 degrees and more) is beyond 100 less than once in 10,000.
    """
    squares, truth = 0.0, 0.09 / 0.19
    for seed in range(40):
        found = result(
            story(BODY, "leads or unseen"), "carried_by", engine="montecarlo", samples=4096, seed=seed
        )
        data = found["carried_by"].to_dataset()
        error = float(data["mode_share_error"].sel(mode="other"))
        assert 0.0 < error < 0.1
        squares += ((float(data["mode_share"].sel(mode="other")) - truth) / error) ** 2
    assert 5.0 < squares < 100.0
    told = answers(result(story(BODY, "leads or unseen"), engine="montecarlo", samples=4096))
    ((_, text),) = carrying(told)
    assert "% ±" in text

"""What decides at the edges of judging: shares of alpha, waivers of what is not all known, small margins."""

from dataclasses import replace

import pytest

from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.margins import Asked
from sensa.properties.quantile_and_worst import linear
from sensa.properties.verdicts import Judgement, Verdict
from sensa.reviewing.review import state_of
from sensa.sampling.settings import Settings
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.reading import parse
from tests.compiling.test_graph import story
from tests.properties.test_judge import AB, TODAY, point, verdict
from tests.reports import reviews

EVERY = "forall = { violate = { max = 1 } }"
WAIVER = '[[waivers]]\nproperty = "p"\n{about}reason = "drill"\nexpires = 2026-12-31\n'


def judged(text: str, prop: str, about: str = "", seconds: float = 20.0) -> Verdict:
    made = prepare(parse(f"{text}\n[properties.p]\n{prop}\n{WAIVER.format(about=about)}"))
    return judge(made, today=TODAY, seconds=seconds).verdicts[0]


def test_alpha_is_split_over_properties_measures_and_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 0.08: 2 properties, 2 measures, 3 cases (nothing, a, b): 1 - .08 / 12 each, by Bonferroni."""
    levels = []

    def spied(*args: object) -> Asked:
        levels.append(args[4])
        return Asked(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("sensa.properties.judge.Asked", spied)
    text = f'{AB}\n[properties.p]\nrequire = "P(bad) <= P(good)"\n{EVERY}\n'
    text += '[properties.q]\nrequire = "P(bad) <= 1"\n'
    judge(prepare(parse(text), Settings(seed=1)), today=TODAY, alpha=0.08)
    assert levels == pytest.approx([1 - 0.08 / 12, 1 - 0.08 / 2], abs=1e-15)


def test_breaking_cases_beyond_what_is_kept_are_not_waived(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 7 cases break it and 2 are kept: of the others nobody can say that the waiver is meant for them."""
    names = "abcdef"
    text = story("".join(point(name, 0.5) for name in names), " or ".join(f"not {n}" for n in names), "false")
    prop = f'require = "P(bad) <= 0.01"\n{EVERY}'
    assert judged(text, prop).status == "waived"
    monkeypatch.setattr("sensa.properties.case_search.MOST_KEPT", 2)
    assert judged(text, prop).status == "fail"


def test_what_is_waived_is_undecided_while_cases_are_left() -> None:
    """Without time only the story as it is was looked at."""
    found = judged(AB, f'require = "P(bad) <= 0.05"\n{EVERY}', seconds=0.0)
    assert (found.status, found.complete) == ("undecided", False)
    assert found.reason == "all that was found is waived, but not all cases were decided"


def test_a_waiver_is_for_a_witness_that_breaks_the_property_by_itself() -> None:
    """P(bad) is .5 with a violated, 1 with both: at .6 only both break it, which `a` alone does not cover."""
    prop = 'require = "P(bad) <= 0.6"\nforall = { violate = { max = 2 } }'
    alone = judged(AB, prop, 'witness = ["a"]\n')
    assert (alone.status, alone.waivers[0].standing) == ("fail", "unused")
    both = judged(AB, prop, 'witness = ["a", "b"]\n')
    assert (both.status, both.waivers[0].standing) == ("waived", "used")


@pytest.mark.parametrize("off", [1e-8, 1e-10])
def test_a_margin_of_eight_or_ten_digits_is_no_rounding(off: float) -> None:
    """P(bad) is .1."""
    for require, status in (
        (f"P(bad) <= {0.1 - off:.12g}", "fail"),
        (f"P(bad) < {0.1 + off:.12g}", "pass"),
        (f"P(bad) >= {0.1 + off:.12g}", "fail"),
    ):
        assert verdict(AB, f'require = "{require}"').status == status


@pytest.mark.parametrize(
    ("require", "plain"),
    [
        ("P(bad) + 2 * P(good) <= 1", True),
        ("P(bad | violated(a)) <= 0.5 * P(good | violated(a))", True),
        ("P(bad | violated(a)) <= 0.5", True),
        ("P(bad | violated(a)) <= P(good)", False),  # one of them is divided
        ("P(bad | violated(a)) <= P(bad | violated(b))", False),  # by other things
        ("sobol_total(assumptions.a.credence) <= 0.5", False),
        ("P(bad) * P(good) <= 0.1", False),
    ],
)
def test_a_margin_is_linear_where_all_is_divided_by_the_same(require: str, plain: bool) -> None:
    assert linear(parse_requirement(require)) is plain


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("pass", "waived", "inactive"), "passed"),
        (("pass", "vacuous"), "undecided"),
        (("undecided", "pass"), "undecided"),
        (("vacuous", "fail"), "failed"),
    ],
)
def test_what_is_vacuous_or_undecided_is_no_pass(statuses: tuple[str, ...], state: str) -> None:
    found = Judgement(tuple(reviews.verdict(status) for status in statuses))
    assert state_of(found, (), "error") == state
    mild = Judgement(tuple(replace(one, severity="warning") for one in found.verdicts))
    assert state_of(mild, (), "error") == "passed"
    assert state_of(mild, (), "warning") == state

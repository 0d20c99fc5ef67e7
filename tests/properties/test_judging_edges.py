"""What decides at the edges of judging: shares of alpha, waivers of what is not all known, small margins."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sensa.engines.protocol import FIRST_DRAWS, Draws
from sensa.kernels.program import Floats
from sensa.pipeline import prepare
from sensa.properties.cases import Case
from sensa.properties.evaluate import Meter
from sensa.properties.judge import judge
from sensa.properties.margins import MeteredRequirement
from sensa.properties.meters import measures
from sensa.properties.quantile_and_worst import linear
from sensa.properties.verdicts import Judgement, Verdict
from sensa.reviewing.review import state_of
from sensa.sampling.estimates import Worlds
from sensa.sampling.settings import Settings
from sensa.stories.properties.requirements import parse_requirement
from sensa.stories.reading import parse
from tests.properties.verdicts import AB, TODAY, point, verdict
from tests.reports import reviews
from tests.short_stories import ASSUMPTION, story

EVERY = "forall = { violate = { max = 1 } }"
WAIVER = '[[waivers]]\nproperty = "p"\n{about}reason = "drill"\nexpires = 2026-12-31\n'


def judged(text: str, prop: str, about: str = "", seconds: float = 20.0) -> Verdict:
    made = prepare(parse(f"{text}\n[properties.p]\n{prop}\n{WAIVER.format(about=about)}"))
    return judge(made, today=TODAY, seconds=seconds).verdicts[0]


def test_alpha_is_split_over_properties_measures_and_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 0.08: 2 properties, 2 measures, 3 cases (nothing, a, b): 1 - .08 / 12 each, by Bonferroni."""
    levels = []

    def spied(*args: object) -> MeteredRequirement:
        levels.append(args[4])
        return MeteredRequirement(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("sensa.properties.property_verdict.MeteredRequirement", spied)
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
    monkeypatch.setattr("sensa.properties.case_search.MAX_KEPT", 2)
    assert judged(text, prop).status == "fail"


def test_what_is_waived_is_undecided_while_cases_are_left() -> None:
    """Without time only the story as it is was looked at."""
    found = judged(AB, f'require = "P(bad) <= 0.05"\n{EVERY}', seconds=0.0)
    assert (found.status, found.complete) == ("undecided", False)
    assert found.reason == "all breaking cases found are waived, but not all cases were decided"


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


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
def test_what_is_told_of_a_quantile_is_at_it(share: float) -> None:
    """P(bad) = 1 - q is uniform on [0, 1/2]: share / 2 at each quantile, with 256 points or more."""
    text = story(ASSUMPTION.format(name="a", credence="{ uniform = [0.5, 1] }"), "not a")
    found = verdict(text, f'require = "P(bad) <= 0.48"\nquantile = {share}', points=1024, replicates=4)
    assert found.status == "pass"
    assert found.left is not None
    assert found.left.high == pytest.approx(share / 2, abs=1 / 256)
    assert found.share is not None
    assert found.share.low < 0.96 < found.share.high


def test_a_worst_case_moves_all_that_matters() -> None:
    """P(bad) = (1 - a)(1 - b), uniform: worst where both are at their 5 % quantiles, though one would do."""
    a, b = (
        ASSUMPTION.format(name=name, credence=f"{{ uniform = [{low}, 1] }}")
        for name, low in (("a", 0.5), ("b", 0.8))
    )
    found = verdict(story(a + b, "not a and not b"), 'require = "P(bad) <= 0.02"\nat = "worst"')
    assert found.nearest is not None
    assert {move.parameter: move.to for move in found.nearest.moves} == pytest.approx(
        {"assumptions.a.credence": 0.525, "assumptions.b.credence": 0.81}
    )
    assert found.nearest.left == pytest.approx(0.475 * 0.19, abs=1e-12)


@pytest.mark.parametrize("credence", ["0.8", "q"])
def test_the_worlds_behind_a_mean_are_those_that_were_drawn(
    credence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted where they are asked for; those with one value of q, which moves two draws, are a cluster."""
    drawn: list[tuple[int, int]] = []
    results = Meter.of

    def counted(
        self: Meter, cases: Sequence[Case], p: Floats, theta: Floats, draws: Draws = FIRST_DRAWS
    ) -> Floats:
        drawn.append((len(theta), draws.words * 64))
        return results(self, cases, p, theta, draws)

    monkeypatch.setattr(Meter, "of", counted)
    monkeypatch.setattr(Meter, "_unsampled", lambda self, held, cases, plan, means: 0.0)
    body = "[quantities.q]\nvalue = { uniform = [0.5, 1] }\n" + "".join(
        ASSUMPTION.format(name=name, credence=f'"{credence}"') for name in "ab"
    )
    settings = Settings(engine="montecarlo", points=8, replicates=4, samples=4096)
    model = prepare(parse(story(body, "not a and not b")), settings)
    (bad,) = parse_requirement("P(bad) <= 1").measured
    asked = [bad.measure]
    had = measures(model, asked).meter(asked).means([Case()])  # type: ignore[arg-type]
    worlds, samples = sum(n * each for n, each in drawn), sum(n for n, _ in drawn)
    assert had.worlds == Worlds(worlds, worlds if credence == "0.8" else samples, counted=credence == "0.8")
    assert samples > 4


@pytest.mark.parametrize(("sign", "status"), [("<=", "fail"), (">=", "pass")])
def test_a_side_that_overflows_is_beyond_every_limit(sign: str, status: str) -> None:
    """The expected loss is 5e9, so the side is 5e309: the margin is the largest number, not 0."""
    text = story(point("a", 0.5), "not a", "false")
    text = text.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 1e10')
    found = verdict(text, f'require = "loss * 1e300 {sign} 1"')
    assert (found.status, abs(found.margin or 0.0)) == (status, sys.float_info.max)

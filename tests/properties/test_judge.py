"""Each kind of verdict on stories whose answers are plain, statistical ones over many runs."""

import sys
from itertools import product

import numpy as np
import pytest
from scipy.stats import beta, binom

from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.properties.verdicts import Verdict
from sensa.sampling.estimates import Interval
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from sensa.variance.credence_indices import total_interval
from sensa.variance.moments import EntangledError
from tests.properties.verdicts import AB, EVENT, TODAY, point, verdict
from tests.short_stories import ASSUMPTION, story
from tests.short_stories import beta as credence

GUARD = '[safeguards.{name}]\nagainst = ["{against}"]\npower = {power}\n'


@pytest.mark.parametrize(
    ("require", "status", "left"),
    [
        ("P(bad) <= 0.1", "pass", 0.1),  # equal: rounding breaks nothing
        ("P(bad) < 0.1", "fail", 0.1),
        ("P(catastrophic) <= 0.09", "fail", 0.1),
        ("P(failure) <= 0.2", "pass", 0.2),
        ("P(fail_safe | failure) >= 0.5", "pass", 0.5),
        ("P(bad | violated(a)) <= 0.5", "pass", 0.5),
        ("P(bad | holds(a)) <= 0", "pass", 0.0),
        ("2 * P(bad) + P(poor) / 2 <= 0.25", "pass", 0.25),
        ("-P(bad) >= -0.1 - 0", "pass", -0.1),
        ("1 - P(good) <= 0.19", "fail", 0.2),
    ],
)
def test_arithmetic_of_measures(require: str, status: str, left: float) -> None:
    """P(bad) = .2 x .5 = .1, P(poor) = .1, P(good) = .8."""
    found = verdict(AB, f'require = "{require}"')
    assert (found.status, found.certainty) == (status, "exact")
    assert found.left is not None
    assert found.left.low == found.left.high == pytest.approx(left, abs=1e-12)


def test_a_condition_that_is_impossible_is_vacuous() -> None:
    never = story(point("a", 0.8) + EVENT.format(name="e", chance=0.5, when='when = "false"\n'), "e", "not a")
    found = verdict(never, 'require = "P(fail_safe | bad) >= 0.9"')
    assert (found.status, found.reason) == ("vacuous", "its condition is impossible")
    part = verdict(AB, 'require = "P(bad | violated(a)) <= 0.9"\nforall = { violate = { max = 0 } }')
    assert part.status == "pass"


def test_losses_are_measures() -> None:
    text = AB.replace('kind = "catastrophic"', 'kind = "catastrophic"\nloss = 10')
    assert verdict(text, 'require = "loss <= 1"').status == "pass"
    assert verdict(text, 'require = "loss <= 0.99"').status == "fail"


def test_a_mend_is_the_nearest_one() -> None:
    """P(bad) = (1 - a)(1 - b) <= .05 needs a at .9 (from .8) or b at .75 (from .5): log-odds .81 or 1.1."""
    found = verdict(AB, 'require = "P(bad) <= 0.05"').nearest
    assert found is not None
    assert found.fix is not None
    assert found.fix.parameter == "assumptions.a.credence"
    assert (found.fix.stated, found.fix.to) == pytest.approx((0.8, 0.9), abs=1e-6)
    fixed = AB.replace("credence = 0.8", f"credence = {found.fix.to!r}")
    assert verdict(fixed, 'require = "P(bad) <= 0.05"').status == "pass"


def test_no_fix_raises_a_false_alarm() -> None:
    """A guard without power halts by false alarms f alone: P(bad) = 1 - f, P(poor) = f.

    P(bad) <= .5 has no fix but f >= .5: with power 1, P(bad) = .9 (1 - f) = .882. P(poor) <= .1 has f at .1.
    """
    text = story(
        EVENT.format(name="x", chance=0.1, when="") + GUARD.format(name="g", against="x", power=0.0)
        + "false_alarm = {alarm}\n",
        "not halted",
        "halted",
    )  # fmt: skip
    raised = verdict(text.replace("{alarm}", "0.02"), 'require = "P(bad) <= 0.5"').nearest
    assert raised is not None
    assert raised.fix is None
    lowered = verdict(text.replace("{alarm}", "0.3"), 'require = "P(poor) <= 0.1"').nearest
    assert lowered is not None
    assert lowered.fix is not None
    assert lowered.fix.parameter == "safeguards.g.false_alarm"
    assert (lowered.fix.stated, lowered.fix.to) == pytest.approx((0.3, 0.1), abs=1e-6)


def test_raising_a_safeguard_helps_here_and_hurts_there() -> None:
    """A check that halts before harm helps; one that only keeps the story from a safe end does not."""
    helps = story(
        EVENT.format(name="e", chance=0.5, when="") + GUARD.format(name="g", against="e", power=0.6),
        "e and not halted",
        "halted",
    )
    prop = (
        'require = "after.P(catastrophic) <= before.P(catastrophic)"\nforall = { raise = ["safeguards.*"] }'
    )
    assert verdict(helps, prop).status == "pass"
    hurts = helps.replace("e and not halted", "e and halted").replace('when = "halted"', 'when = "e"')
    found = verdict(hurts, prop)
    assert found.status == "fail"
    assert found.nearest is not None
    (move,) = found.nearest.moves
    assert (move.parameter, move.stated, move.to) == ("safeguards.g.power", 0.6, 1.0)
    lower = prop.replace("raise", "lower")
    assert verdict(helps, lower).status == "fail"
    omit = 'require = "after.P(catastrophic) >= before.P(catastrophic)"\nforall = { omit = ["g"] }'
    assert verdict(helps, omit).status == "pass"
    assert verdict(hurts, omit).nearest.omitted == ("g",)  # type: ignore[union-attr]


def test_an_uncertain_number_goes_to_the_end_of_its_interval() -> None:
    """Beta(6, 4)'s 95 % point for a, bad where a fails: 1 - that."""
    text = story(credence("a", 6, 4), "not a")
    prop = 'require = "after.P(bad) <= 0.2"\nforall = { raise = ["assumptions.a.*"] }'
    found = verdict(text, prop)
    assert found.left is not None
    assert found.left.low == pytest.approx(1 - beta(6, 4).ppf(0.95), abs=1e-9)


def test_kinds_tags_and_parts_choose_what_is_violated() -> None:
    text = story(
        point("a", 0.8).replace('claim = "', 'tags = ["x"]\nclaim = "', 1)
        + point("b", 0.5)
        + EVENT.format(name="e", chance=0.1, when="")
        + GUARD.format(name="g", against="e", power=0.9),
        "e and not halted",
        "not a and not b",
    )
    prop = 'require = "P(failure) <= 0.999"\nforall = {{ violate = {{ max = 4, {} }} }}'

    def names(scope: str) -> set[str]:
        found = verdict(text, prop.format(scope))
        return {name for one in found.minimal for name in one.violated}

    assert names('tags = ["x"]') == set()
    assert names('kinds = ["assumption"]') == {"a", "b"}
    assert names('kinds = ["event", "safeguard"]') == {"e", "g"}
    assert verdict(text, prop.format('among = ["a"]')).examined == 2
    assert verdict(text, prop.format('parts = ["goal.specification"]')).examined in (1, 2, 4)


def test_a_cause_named_leak_is_set_with_its_event() -> None:
    """e comes of the event `leak` (1/2) with 1/4; where e happens wherever it can, P(bad) = 1/2."""
    text = story("[events.leak]\nchance = 0.5\n[events.e]\ncauses = { leak = 0.25 }\n", "e")
    prop = 'require = "P(bad) <= 0.4"\nforall = { violate = { max = 1, kinds = ["event"], among = ["e"] } }'
    found = verdict(text, prop)
    assert found.status == "fail"
    assert found.left is not None
    assert (found.left.low, found.left.high) == pytest.approx((0.5, 0.5), abs=1e-12)


def test_the_base_is_read_and_without_one_it_is_inactive() -> None:
    base = AB.replace("credence = 0.8", "credence = 0.9")
    prop = 'require = "P(catastrophic) <= base.P(catastrophic) + {}"'
    assert verdict(AB, prop.format(0.06), base).status == "pass"  # .1 against .05 + .06
    assert verdict(AB, prop.format(0.04), base).status == "fail"
    found = verdict(AB, prop.format(0.06))
    assert (found.status, found.reason) == ("inactive", "there is no base to compare with")
    gone = verdict(AB, 'require = "P(bad) <= base.P(bad)"', AB.replace("outcomes.bad", "outcomes.worse"))
    assert (gone.status, gone.reason) == ("inactive", "the base has no `P(bad)`")


def test_a_quantile_asks_for_a_share_of_the_distribution() -> None:
    """P(bad) = 1 - a with a from Beta(6, 4): at most x for the share 1 - F(1 - x)."""
    text = story(credence("a", 6, 4), "not a")
    limit = 1 - beta(6, 4).ppf(0.1)  # kept by 90 %
    assert verdict(text, f'require = "P(bad) <= {limit}"\nquantile = 0.85').status == "pass"
    assert verdict(text, f'require = "P(bad) <= {limit}"\nquantile = 0.95').status == "fail"
    close = verdict(text, f'require = "P(bad) <= {limit}"\nquantile = 0.9', points=64, replicates=2)
    assert close.status == "undecided"
    assert close.share is not None
    assert close.share.low < 0.9 < close.share.high


def test_the_worst_is_that_of_a_dense_grid() -> None:
    """Over the intervals of three numbers, with and without a condition: the least margin of a grid."""
    text = story(
        "".join(
            ASSUMPTION.format(name=name, credence=f"{{ interval = [{low}, {high}] }}")
            for name, low, high in (("a", 0.6, 0.9), ("b", 0.3, 0.7), ("c", 0.5, 0.95))
        ),
        "not a and (not b or c)",
        "not a",
    )
    ends = ((0.6, 0.9), (0.3, 0.7), (0.5, 0.95))
    a, b, c = np.array(list(product(*(np.linspace(low, high, 21) for low, high in ends)))).T
    bad, failing = (1 - a) * (1 - b * (1 - c)), 1 - a
    plain = verdict(text, 'require = "P(bad) <= 0.5"\nat = "worst"')
    assert (plain.status, plain.certainty) == ("pass", "exact")
    assert plain.margin == pytest.approx(0.5 - bad.max(), abs=1e-12)
    share = verdict(text, 'require = "P(fail_safe | failure) >= 0.01"\nat = "worst"')
    assert share.margin == pytest.approx((1 - bad / failing).min() - 0.01, abs=1e-12)
    broken = verdict(text, 'require = "P(bad) <= 0.3"\nat = "worst"')
    assert broken.status == "fail"
    assert broken.nearest is not None
    moves = {move.parameter: move.to for move in broken.nearest.moves}
    assert moves["assumptions.a.credence"] == 0.6
    squared = verdict(text, 'require = "P(bad) * P(bad) <= 0.5"\nat = "worst"')
    assert (squared.status, squared.certainty) == ("pass", "exact")  # a polynomial all the same
    assert squared.margin == pytest.approx(0.5 - bad.max() ** 2, abs=1e-9)
    assert verdict(text, 'require = "P(bad) * P(bad) <= 0.05"\nat = "worst"').status == "fail"


def test_a_search_out_of_time_is_undecided_and_what_it_found_counts() -> None:
    """4,096 sets of twelve; there is time for the first batch alone."""
    many = "".join(point(f"x{i}", 0.9) for i in range(12))
    text = story(many, " and ".join(f"not x{i}" for i in range(12)))
    prop = "\n[properties.p]\n{}\nforall = {{ violate = {{ max = 12 }} }}\n"

    def hurried(require: str) -> Verdict:
        made = prepare(parse(text + prop.format(f'require = "{require}"')))
        return judge(made, today=TODAY, seconds=0.0).verdicts[0]

    found = hurried("P(bad) <= 0.5")
    assert (found.status, found.complete, found.certainty) == ("undecided", False, None)
    assert "1 of 4096 cases" in found.reason
    assert hurried("P(bad) <= 1e-13").status == "fail"


def test_sampled_worlds_never_pass_what_they_cannot_tell() -> None:
    """P(bad) is .1: too close to .1001 for 65,536 worlds, far from .2 and .05."""
    worlds = {"engine": "montecarlo", "samples": 65536, "work": 1e6}
    assert verdict(AB, 'require = "P(bad) <= 0.1001"', **worlds).status == "undecided"
    sure = verdict(AB, 'require = "P(bad) <= 0.2"', **worlds)
    assert (sure.status, sure.certainty, sure.alpha) == ("pass", "statistical", 1e-3)
    assert verdict(AB, 'require = "P(bad) <= 0.05"', **worlds).status == "fail"
    rare = story(point("a", 0.8) + EVENT.format(name="e", chance=1e-9, when=""), "e", "not a")
    assert verdict(rare, 'require = "P(bad) <= 1e-10"', **worlds).status == "undecided"
    assert verdict(AB, 'require = "P(bad) <= 0.2"\nquantile = 0.9', **worlds).status == "undecided"
    assert verdict(AB, 'require = "P(bad) <= 0.2"\nat = "worst"', **worlds).status == "undecided"


@pytest.mark.parametrize("loss", [5.0, -5.0, 0.1, 1e149])
def test_a_limit_on_the_loss_is_judged_by_worlds(loss: float) -> None:
    """P(bad) is .2 x .5 = .1, so the mean loss is a tenth of what bad costs; 65,536 worlds tell it to 5 %."""
    worlds = {"engine": "montecarlo", "samples": 65536, "work": 1e6}
    text = AB.replace("[outcomes.bad]", f"[outcomes.bad]\nloss = {loss}")
    for limit, status in ((0.05, "fail"), (0.2, "pass")) if loss > 0 else ((0.2, "fail"), (0.05, "pass")):
        assert verdict(text, f'require = "loss <= {limit * loss}"', **worlds).status == status


@pytest.mark.parametrize("runs", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_false_passes_are_as_rare_as_alpha_says(runs: int) -> None:
    """The truth just on the wrong side, many runs at alpha = .05: passes at most as often, but for a chance
    of 1e-4 that this test fails though all is well."""
    text = story(point("a", 0.9) + point("b", 0.5), "not a and not b") + (
        '\n[properties.p]\nrequire = "P(bad) < 0.05"\n'
    )
    passes = 0
    for seed in range(runs):
        made = prepare(parse(text), Settings(engine="montecarlo", samples=4096, seed=seed, work=1e3))
        passes += judge(made, today=TODAY, alpha=0.05).verdicts[0].status == "pass"
    assert passes <= binom(runs, 0.05).isf(1e-4)


def test_sobol_indices_are_measures() -> None:
    """Var of (1-a)(1-b): with alike numbers each total index is the same, above one half."""
    text = story(credence("a", 8, 2) + credence("b", 8, 2), "not a and not b")
    prop = 'require = "sobol_total(assumptions.a.credence) <= {}"'
    assert verdict(text, prop.format(0.99)).status == "pass"
    found = verdict(text, prop.format(0.5))
    assert (found.status, found.certainty) == ("fail", "exact")


LIGHT = ("{ uniform = [0.2, 0.7] }", "{ uniform = [0.1, 0.9] }", "{ uniform = [0.3, 0.5] }")
HEAVY = (
    "{ low = 0.9, high = 0.9999999 }",
    "{ low = 0.99, high = 0.999999 }",
    "{ low = 0.99, high = 0.999999 }",
)


@pytest.mark.slow
@pytest.mark.parametrize("credences", [LIGHT, HEAVY])
def test_intervals_of_sampled_indices_miss_as_rarely_as_they_say(
    credences: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indices that are exact, sampled all the same, in 300 runs.

    At 95 % each of three intervals misses at most 15 + 4 sd = 30 times, at 99 % 3 + 4 sd = 10: false alarms
    of a right interval are below 2e-3 in all.
    """
    text = story(
        "".join(ASSUMPTION.format(name=n, credence=c) for n, c in zip("abc", credences, strict=True)),
        "not a and (not b or not c)",
    )
    written = parse(text)
    truth = [float(total_interval(prepare(written), f, "catastrophic", level=0.95).low) for f in range(3)]

    def refused(model: object) -> None:
        raise EntangledError("sampled all the same")

    monkeypatch.setattr(sys.modules["sensa.variance.credence_indices"], "_exact", refused)
    missed = np.zeros((2, 3))
    for seed in range(300):
        model = prepare(written, Settings(seed=seed))
        for i, level in enumerate((0.95, 0.99)):
            found = [total_interval(model, f, "catastrophic", level=level) for f in range(3)]
            missed[i] += [not one.low <= t <= one.high for one, t in zip(found, truth, strict=True)]
    assert (missed <= [[30], [10]]).all(), missed


def test_alpha_is_split_over_the_indices_of_a_requirement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two indices each has half the chance to be wrong."""
    levels: list[float] = []

    def asked(*_: object, level: float) -> Interval:
        levels.append(level)
        return Interval(np.array(0.5), np.array(0.5))

    monkeypatch.setattr(sys.modules["sensa.variance.credence_indices"], "total_interval", asked)
    text = story(credence("a", 8, 2) + credence("b", 8, 2), "not a and not b")
    sides = "sobol_total(assumptions.a.credence) <= sobol_total(assumptions.b.credence)"
    verdict(text, f'require = "{sides}"')
    assert levels == pytest.approx([1 - 1e-3 / 2] * 2, abs=1e-12)

"""Reviews made by hand: one of every status, and hostile words."""

from datetime import date

from sensa.comparing.changes import Change, Comparison, Effect, Moved, MovedLoss
from sensa.properties.verdicts import Counterexample, Judgement, Move, Part, Range, Verdict, WaiverUse
from sensa.reviewing.review import Ending, Review, Violated
from sensa.stories.problems import Place, Problem

HOSTILE = (
    'x|<script>alert(1)</script> @team [a](http://evil.example) `b` **c** ::error::d %0A "q" \x1b[31m\n# e'
)


def counterexample(name: str = "cx-0a1b2c3d", **changes: object) -> Counterexample:
    values: dict[str, object] = {
        "name": name,
        "violated": ("narrow",),
        "omitted": (),
        "moves": (),
        "left": 0.35,
        "right": 0.2,
        "margin": -0.15,
        "parts": (Part("narrow", 0.13),),
        "path": ("narrow", "plans", "harm"),
        "fix": Move("events.plans.chance", 0.5, 0.28),
    }
    return Counterexample(**{**values, **changes})  # type: ignore[arg-type]


def use(standing: str, **changes: object) -> WaiverUse:
    values: dict[str, object] = {
        "property": "waived",
        "witness": ("narrow",),
        "ceiling": 0.4,
        "reason": "drill booked",
        "owner": "ops",
        "expires": date(2026, 12, 31),
        "standing": standing,
        "days_left": 40,
        "place": Place("plans/story.toml", 60, 3),
    }
    return WaiverUse(**{**values, **changes})  # type: ignore[arg-type]


def verdict(status: str, **changes: object) -> Verdict:
    values: dict[str, object] = {
        "name": status,
        "claim": f"A property that is {status}",
        "require": "P(catastrophic) <= 0.2",
        "at": "mean",
        "severity": "error",
        "place": Place("plans/story.toml", 40, 2),
        "status": status,
    }
    return Verdict(**{**values, **changes})  # type: ignore[arg-type]


VERDICTS = (
    verdict("pass", certainty="exact", left=Range(0.07, 0.07), right=Range(0.2, 0.2), margin=0.13),
    verdict(
        "fail", certainty="exact", left=Range(0.35, 0.35), right=Range(0.2, 0.2), margin=-0.15, examined=4,
        nearest=counterexample(),
        worst=counterexample("cx-ffffffff", violated=("narrow", "seen"), margin=-0.3, left=0.5),
        minimal=(counterexample(),), reason="2 of 4 cases break it",
    ),
    verdict("undecided", left=Range(0.19, 0.21), right=Range(0.2, 0.2), reason="too close to the limit"),
    verdict("vacuous", certainty="exact", reason="its condition is impossible"),
    verdict(
        "waived", certainty="exact", nearest=counterexample(), worst=counterexample(), waivers=(use("used"),)
    ),
    verdict("inactive", reason="there is no base to compare with"),
)  # fmt: skip
COMPARISON = Comparison(
    base="main (1a2b3c4)",
    changes=(
        Change("events.plans.chance", "changed", "0.1", "0.5", Place("plans/story.toml", 30, 10), False,
               (Effect("harm", 0.06), Effect("works", -0.06))),
        Change("events.plans.claim", "changed", "old", "new", Place("plans/story.toml", 29, 9), True),
    ),
    outcomes=(Moved("harm", "catastrophic", 0.01, 0.07, 0.0), Moved("works", "success", 0.9, 0.84, 0.001)),
    attribution="exact",
)  # fmt: skip


def review(**changes: object) -> Review:
    values: dict[str, object] = {
        "file": "plans/story.toml",
        "title": "Two ways",
        "digest": "ab" * 32,
        "state": "failed",
        "exit_code": 1,
        "problems": (
            Problem(
                "open-challenge", "warning", Place("plans/story.toml", 21, 5), "challenges.c", "`c` is open"
            ),
        ),
        "judgement": Judgement(VERDICTS, (use("used"), use("lapsed", days_left=-3))),
        "endings": (
            Ending("harm", "catastrophic", 0.07, 0.01, 0.2),
            Ending("works", "success", 0.93, 0.8, 0.99),
        ),
        "violated": (
            Violated("seen", 0.14, 0.07),
            Violated("narrow", 0.56, 0.49),
            Violated("idle", 0.07, 0.0),
        ),
        "comparison": COMPARISON,
        "before": Judgement((verdict("pass", name="fail"),)),
        "engine": "exact",
        "seconds": 0.25,
    }
    return Review(**{**values, **changes})  # type: ignore[arg-type]


def example() -> Review:
    """What the documentation shows."""
    file = "plans/cats.toml"
    plan = counterexample(
        "cx-510686ed", violated=("cues_cannot_plan",), left=0.0954, right=0.05, margin=-0.0454,
        parts=(Part("cues_cannot_plan", 0.0471),), path=("cues_cannot_plan", "plans", "harm"),
        fix=Move("events.plans.chance", 0.15, 0.0779),
    )  # fmt: skip
    waiver = use(
        "used", property="worst_case", witness=None, ceiling=0.02, reason="waits for the second data set",
        owner="Ana", days_left=10, place=Place(file, 205, 3),
    )  # fmt: skip
    verdicts = (
        verdict("pass", name="budget", claim="Catastrophe stays rare", require="P(catastrophic) <= 0.01",
                certainty="exact", left=Range(0.00289, 0.00289), right=Range(0.01, 0.01), margin=0.00711,
                place=Place(file, 168, 13), examined=1),
        verdict("fail", name="no_single_point", claim="No single violation is likely to end in catastrophe",
                require="P(catastrophic) <= 0.05", certainty="exact", left=Range(0.0954, 0.0954),
                right=Range(0.05, 0.05), margin=-0.0454, place=Place(file, 172, 13), examined=6,
                nearest=plan, worst=plan, minimal=(plan,), reason="1 of 6 cases break it"),
        verdict("waived", name="worst_case", claim="", require="P(catastrophic) <= 0.01", at="worst",
                certainty="bound", left=Range(0.015, 0.015), right=Range(0.01, 0.01), margin=-0.005,
                place=Place(file, 185, 13), waivers=(waiver,)),
    )  # fmt: skip
    comparison = Comparison(
        "main (cd2ae33d)",
        (Change("events.plans.chance", "changed", "{ beta = [1, 19] }", "{ beta = [3, 17] }",
                Place(file, 107, 10), False, (Effect("harm", 0.00131), Effect("works", -0.00131))),),
        (Moved("harm", "catastrophic", 0.00158, 0.00289, 0.0),
         Moved("works", "success", 0.541, 0.53969, 0.0)),
        "exact", loss=MovedLoss(0.0115, 0.01281, 0.00131, 0.0),
    )  # fmt: skip
    before = Judgement((verdicts[0], verdict("pass", name="no_single_point"), verdicts[2]), (waiver,))
    stale = Problem(
        "waiver-lapses", "warning", Place(file, 209, 11), "waivers[0].expires",
        "the waiver of `worst_case` lapses in 10 days: its last day is 2026-12-31", "renew it, or fix it",
    )  # fmt: skip
    return review(
        file=file, title="Cat classifier", problems=(stale,), judgement=Judgement(verdicts, (waiver,)),
        comparison=comparison, before=before, endings=(),
        violated=(Violated("cues_cannot_plan", 0.0954, 0.0925),),
    )  # fmt: skip


def hostile() -> Review:
    """Every text of an author's is an attack."""
    place = Place("plans/a b,c:d%.toml", 3, 4)
    bad = counterexample(violated=(HOSTILE,), parts=(Part(HOSTILE, 0.1),), path=(HOSTILE,))
    return review(
        file=place.file,
        title=HOSTILE,
        problems=(Problem("bad-name", "error", place, "p", HOSTILE, HOSTILE),),
        judgement=Judgement(
            (
                verdict("fail", name=HOSTILE, claim=HOSTILE, require=HOSTILE, reason=HOSTILE, nearest=bad,
                        worst=bad, place=place, left=Range(0.5, 0.5), right=Range(0.2, 0.2)),
            ),
            (use("used", reason=HOSTILE, owner=HOSTILE, property=HOSTILE),),
        ),
        comparison=Comparison(
            HOSTILE, (Change(HOSTILE, "changed", HOSTILE, HOSTILE, place, False),),
            (Moved(HOSTILE, "catastrophic", 0.1, 0.2, 0.0),), "exact", HOSTILE,
        ),
    )  # fmt: skip

"""Which failing cases a waiver lets pass, and until when."""

import pytest

from sensa.pipeline import prepare
from sensa.properties.judge import judge
from sensa.stories.reading import parse
from tests.properties.verdicts import AB, TODAY

WAIVERS = """
[properties.p]
require = "P(bad) <= 0.3"
forall = { violate = { max = 1 } }
[[waivers]]
property = "p"
witness = ["a"]
ceiling = %s
reason = "drill booked"
expires = %s
[[waivers]]
property = "p"
reason = "long ago"
expires = 2026-01-01
"""


@pytest.mark.parametrize(
    ("ceiling", "expires", "status", "standing"),
    [
        ("0.5", "2026-12-31", "waived", "used"),
        ("0.5", "2026-11-21", "waived", "used"),  # its last day counts
        ("0.5", "2026-11-20", "fail", "lapsed"),
        ("0.49", "2026-12-31", "fail", "exceeded"),
    ],
)
def test_waivers(ceiling: str, expires: str, status: str, standing: str) -> None:
    """With a violated P(bad) is .5, with b violated .2: one case breaks it. The waiver that has expired
    lapses alone."""
    made = prepare(parse(AB + WAIVERS % (ceiling, expires)))
    judgement = judge(made, today=TODAY)
    assert judgement.verdicts[0].status == status
    assert [use.standing for use in judgement.waivers] == [standing, "lapsed"]


def test_a_waiver_of_one_case_leaves_the_others() -> None:
    """At a limit of .15 b's violation (.2) breaks it too, and only a's is waived."""
    made = prepare(parse((AB + WAIVERS % ("0.5", "2026-12-31")).replace("<= 0.3", "<= 0.15")))
    judgement = judge(made, today=TODAY)
    assert judgement.verdicts[0].status == "fail"
    assert judgement.waivers[0].standing == "used"


def test_a_waiver_of_what_holds_is_not_needed() -> None:
    made = prepare(parse((AB + WAIVERS % ("0.5", "2026-12-31")).replace("<= 0.3", "<= 0.6")))
    judgement = judge(made, today=TODAY)
    assert judgement.verdicts[0].status == "pass"
    assert judgement.waivers[0].standing == "unused"


@pytest.mark.parametrize(
    ("waiver", "forall", "status"),
    [
        ("witness = []", "", "waived"),
        ("witness = []", "forall = { violate = { max = 1 } }", "fail"),
        (
            "witness = []",
            'forall = { raise = ["assumptions.b.credence"] }',
            "pass",
        ),  # raised alone: P(bad) = 0
        ("witness = []", 'forall = { lower = ["assumptions.b.credence"] }', "fail"),
        ("", "forall = { violate = { max = 2 } }", "waived"),
        ("ceiling = 0.6", "forall = { violate = { max = 1 } }", "waived"),
        ("ceiling = 0.6", "forall = { violate = { max = 2 } }", "fail"),
    ],
)
@pytest.mark.parametrize("many", [0, 5000])
def test_a_waiver_covers_what_it_says_and_no_more(
    waiver: str, forall: str, status: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P(bad) is .1 as it is, .5 with a violated, .2 with b, 1 with both: at .05 every case breaks it.

    Of many cases those that contain a breaking one are passed over, but not where a waiver may be for some
    of them only.
    """
    monkeypatch.setattr("sensa.properties.property_verdict.MIN_PROOF_CASES", many)
    text = f'[properties.p]\nrequire = "P(bad) <= 0.05"\n{forall}\n[[waivers]]\nproperty = "p"\n{waiver}\n'
    made = prepare(parse(f'{AB}\n{text}reason = "drill"\nexpires = 2026-12-31\n'))
    assert judge(made, today=TODAY).verdicts[0].status == status

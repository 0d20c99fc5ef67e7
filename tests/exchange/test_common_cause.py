"""Common-cause groups: published formulas, closed forms, Open-PSA's groups, and the command."""

import itertools
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.exchange.common_cause import multipliers, subsets
from sensa.exchange.errors import ExchangeError
from sensa.exchange.importing import imported
from tests.exchange.enumeration import measured
from tests.short_stories import story

MODELS = [
    ("beta-factor", 4, (0.1,)),
    ("MGL", 4, (0.1, 0.4, 0.7)),
    ("alpha-factor", 4, (0.95, 0.03, 0.015, 0.005)),
    ("MGL", 2, (0.1,)),
]


@pytest.mark.parametrize(("model", "n", "factors"), MODELS)
def test_the_parts_of_a_member_add_up(model: str, n: int, factors: tuple[float, ...]) -> None:
    found = multipliers(model, n, factors)
    assert math.fsum(math.comb(n - 1, k - 1) * c for k, c in enumerate(found, 1)) == pytest.approx(
        1, abs=1e-15
    )


def test_two_members_are_the_same_in_each_model() -> None:
    """Beta of 0.1 is alpha_1 : alpha_2 with 2 alpha_2 / (alpha_1 + 2 alpha_2) = 0.1, so 18 : 1."""
    wanted = pytest.approx((0.9, 0.1), rel=1e-14)
    assert multipliers("beta-factor", 2, (0.1,)) == wanted
    assert multipliers("MGL", 2, (0.1,)) == wanted
    assert multipliers("alpha-factor", 2, (18 / 19, 1 / 19)) == wanted


def test_greek_letters_of_three() -> None:
    """Q_1 = (1 - beta) q, Q_2 = beta (1 - gamma) q / 2, Q_3 = beta gamma q (NUREG/CR-5485)."""
    assert multipliers("MGL", 3, (0.1, 0.4)) == pytest.approx((0.9, 0.1 * 0.6 / 2, 0.1 * 0.4), rel=1e-14)


def test_alpha_factors_of_three() -> None:
    """Q_k = k alpha_k q / (C(2, k - 1) alpha_t), alpha_t = 0.95 + 0.08 + 0.03."""
    wanted = (0.95 / 1.06, 2 * 0.04 / 2 / 1.06, 3 * 0.01 / 1.06)
    assert multipliers("alpha-factor", 3, (0.95, 0.04, 0.01)) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize(
    ("model", "n", "factors", "message"),
    [
        ("beta-factor", 1, (0.1,), "2 to 8 members, not 1"),
        ("phi-factor", 2, (0.5, 0.5), "the common-cause model `phi-factor` is not known"),
        ("MGL", 3, (0.1,), "`MGL` of 3 members has 2 factors, not 1"),
        ("beta-factor", 2, (1.1,), "the factors of `beta-factor` must be within 0 and 1"),
        ("alpha-factor", 2, (0.0, 0.0), "one of the alpha factors must be above 0"),
    ],
)
def test_what_is_no_group(model: str, n: int, factors: tuple[float, ...], message: str) -> None:
    with pytest.raises(ExchangeError, match=message):
        multipliers(model, n, factors)


def two_of_three(chances: dict[tuple[str, ...], float]) -> float:
    """P(at least two members fail), by all worlds of the subsets' events."""
    total = 0.0
    for world in itertools.product([False, True], repeat=len(chances)):
        failed: set[str] = set()
        weight = 1.0
        for (subset, chance), happens in zip(chances.items(), world, strict=True):
            weight *= chance if happens else 1 - chance
            failed |= set(subset) if happens else set()
        total += weight if len(failed) >= 2 else 0.0
    return total


@pytest.mark.parametrize(
    ("model", "factors"), [("MGL", (0.1, 0.4)), ("alpha-factor", (0.95, 0.04, 0.01)), ("beta-factor", (0.1,))]
)
def test_a_group_of_open_psa(model: str, factors: tuple[float, ...]) -> None:
    first = {"beta-factor": 3, "MGL": 2, "alpha-factor": 1}[model]
    stated = "".join(
        f'<factor level="{level}"><float value="{factor}"/></factor>'
        for level, factor in enumerate(factors, first)
    )
    members = "".join(f'<basic-event name="{name}"/>' for name in "abc")
    group = (
        f'<define-CCF-group name="pumps" model="{model}"><members>{members}</members>'
        f'<distribution><float value="0.05"/></distribution><factors>{stated}</factors></define-CCF-group>'
    )
    tree = f'<define-gate name="top"><atleast min="2">{members}</atleast></define-gate>'
    text = imported(
        f'<opsa-mef><define-fault-tree name="t">{tree}{group}</define-fault-tree></opsa-mef>'.encode(),
        "t.xml",
    )
    chances = {s: c * 0.05 for s, c in subsets("abc", multipliers(model, 3, factors))}
    assert measured(text, "P(catastrophic)") == pytest.approx([two_of_three(chances)], abs=1e-15)


PUMPS = story(
    """
[quantities.fails]
value = 0.01
[events.a]   # the first pump
chance = "fails"
[events.b]
when = "not dry"
chance = "fails"
[events.dry]
chance = 0.25
""",
    "a and b",
)


def called(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["common-cause", "story.toml", *arguments])


def test_the_command_prints_what_it_expands_to_and_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beta 0.1 of 0.01: both fail with 0.75 (0.001 + 0.999 x 0.009^2)."""
    monkeypatch.chdir(tmp_path)
    file = Path("story.toml")
    file.write_text(PUMPS, "utf-8")
    options = ("pumps", "--members", "a, b", "--factors", "0.1")
    printed = called(*options)
    assert printed.exit_code == 0
    assert file.read_text("utf-8") == PUMPS
    assert (
        '[events.pumps_together]\nclaim = "a and b fail together (pumps)"\nchance = "0.1 * (fails)"'
        in printed.stdout
    )
    assert '[events.b]\nwhen = "(not dry) and (b_alone or pumps_together)"' in printed.stdout
    done = called(*options, "--write")
    assert (done.stdout, done.stderr) == (printed.stdout, "story.toml: 3 events added\n")
    text = file.read_text("utf-8")
    assert "[events.a]   # the first pump\nwhen = " in text
    assert measured(text, "P(catastrophic)") == pytest.approx([0.75 * (0.001 + 0.999 * 0.009**2)], abs=1e-15)
    assert "is expanded already" in called(*options, "--write").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--members", "a,c", "--factors", "0.1"), "`c` is no event of the story, or is named twice"),
        (("--members", "a,dry", "--factors", "0.1"), "need one chance, a number or an expression"),
        (("--members", "a,b", "--factors", "some"), "`some` are no numbers"),
        (("--members", "a,b", "--factors", "0.1,0.2"), "`beta-factor` of 2 members has 1 factors, not 2"),
    ],
)
def test_what_the_command_refuses(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.toml").write_text(PUMPS, "utf-8")
    done = called("pumps", *arguments)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())

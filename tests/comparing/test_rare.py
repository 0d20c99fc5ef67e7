"""Rare outcomes of two stories with sampled worlds, against exact figures: estimated, or said to be unseen.

Estimates are within 10 errors of 8 replicates: by Student's t with 7 degrees of freedom P(|t| > 10) = 2e-5.
"""

from math import isnan

import pytest

from sensa.comparing.changes import Comparison, Effect, Moved
from sensa.comparing.comparison import compare
from sensa.methods.expected_loss import HEAVY
from sensa.reports.layout import Paper
from sensa.reports.review import comparison_text
from sensa.reports.review.markdown_changes import before_and_after, change_line
from sensa.sampling.settings import Settings
from sensa.stories.reading import parse
from tests.short_stories import ASSUMPTION, losing, story

NAMES = "abcd"
SLIP = '[events.slip]\nchance = {chance}\nmode = "other"\n'
ALL = " and ".join(f"not {name}" for name in NAMES[:3])
WORLDS = Settings(engine="montecarlo", samples=1 << 18)


def rare(*credences: float, slip: float = 0.1, loss: float = 0.0) -> str:
    """Bad with the product of all that is missing to 1; poor where it slips."""
    body = "".join(ASSUMPTION.format(name=n, credence=c) for n, c in zip(NAMES, credences, strict=False))
    when = " and ".join(f"not {name}" for name in NAMES[: len(credences)])
    text = story(body + SLIP.format(chance=slip), when, "slip")
    return losing(text, bad=str(loss), poor="0.1") if loss else text


def shared(low: float, high: float) -> str:
    """Bad with E x^3, where importance sampling does not help."""
    body = f"[quantities.x]\nvalue = {{ uniform = [{low}, {high}] }}\n"
    body += "".join(ASSUMPTION.format(name=name, credence='"1 - x"') for name in NAMES[:3])
    return losing(story(body + SLIP.format(chance=0.1), ALL, "slip"), bad="1e6", poor="0.1")


def both(before: str, after: str) -> tuple[Comparison, Comparison]:
    exact, sampled = (compare(parse(before), parse(after), "", one) for one in (Settings(), WORLDS))
    return exact, sampled


def bad(found: Comparison) -> Moved:
    return next(one for one in found.outcomes if one.outcome == "bad")


def effects(found: Comparison) -> dict[str, Effect]:
    """What each change moves of what is bad, by path."""
    return {c.path: e for c in found.changes for e in c.effects if e.outcome == "bad"}


def printed(found: Comparison) -> list[str]:
    return list(comparison_text.compared(found, "head.toml", paper=Paper(100)))


def line(found: Comparison, start: str) -> str:
    return next(each for each in printed(found) if start in each)


def test_a_rare_outcome_before_and_after_is_as_exact_engines_have_it() -> None:
    """1e-9 becomes 1e-8, and one change has all of it; a world of some 200,000 would be 4e-6."""
    exact, sampled = both(rare(0.999, 0.999, 0.999), rare(0.999, 0.999, 0.99))
    one, true = bad(sampled), bad(exact)
    assert (true.before, true.after) == (pytest.approx(1e-9, rel=1e-9), pytest.approx(1e-8, rel=1e-9))
    assert one.before == pytest.approx(1e-9, abs=10 * one.before_error)
    assert one.after == pytest.approx(1e-8, abs=10 * one.after_error)
    assert pytest.approx((one.after or 0) - (one.before or 0), abs=10 * one.error) == 9e-9
    assert 0 < one.error < 1e-9
    (effect,) = effects(sampled).values()
    assert effect.share == pytest.approx(9e-9, abs=10 * effect.error)
    assert 0 < effect.error < 1e-9
    assert "pts ±" in line(sampled, "▲ bad")
    assert "moves bad +" in line(sampled, "moves")
    assert "by importance sampling: bad" in sampled.note


def test_changes_of_one_rare_outcome_share_it() -> None:
    """1e-6 becomes 2e-6 by one, and the other has no part in it: 200,000 worlds would not show that."""
    exact, sampled = both(rare(0.99, 0.99, 0.99), rare(0.99, 0.99, 0.98, slip=0.2))
    found, true = effects(sampled), effects(exact)
    one, other = "assumptions.c.credence", "events.slip.chance"
    assert true[one].share == pytest.approx(1e-6, rel=1e-9)
    assert found[one].share == pytest.approx(1e-6, abs=10 * found[one].error)
    assert 0 < found[one].error < 1e-7
    assert (found[other].share, found[other].error) == (0.0, 0.0)  # the same draws, with the same numbers


def test_of_many_changes_it_is_open_which_moved_what_is_rare() -> None:
    """Their combinations would take too long; the whole is known, and what is common is attributed."""
    exact, sampled = both(rare(0.99, 0.99, 0.99, 0.99), rare(0.98, 0.98, 0.98, 0.98, slip=0.2))
    assert bad(sampled).after == pytest.approx(1.6e-7, abs=10 * bad(sampled).after_error)
    assert bad(exact).after == pytest.approx(1.6e-7, rel=1e-9)
    assert all(isnan(effect.share) and isnan(effect.error) for effect in effects(sampled).values())
    moved = line(sampled, "moves poor")
    assert "bad not seen" in moved.replace("\xa0", " ")


def test_what_no_world_meets_is_not_seen_nor_unchanged() -> None:
    """E x^3 = 1e-11 becomes 1e-8 where numbers are sampled: both are open, with their upper limits."""
    exact, sampled = both(shared(1e-4, 3e-4), shared(1e-3, 3e-3))
    assert [bad(exact).before, bad(exact).after] == [pytest.approx(1e-11), pytest.approx(1e-8)]
    one = bad(sampled)
    assert [isnan(x or 0.0) for x in (one.before, one.after, one.error)] == [True] * 3
    assert one.before_limit is not None
    assert one.before_limit > 1e-6  # three worlds of some 200,000 at least
    assert all(isnan(effect.share) for effect in effects(sampled).values())
    row = line(sampled, "▲ bad")
    assert row.count("not seen") == 3
    assert not {"0 %", "no change", "nothing"} & {
        word for word in ("0 %", "no change", "nothing") if word in row
    }
    assert "bad not seen" in line(sampled, "moves").replace("\xa0", " ")
    assert "in no sampled world before: bad (at most" in sampled.note
    assert HEAVY in sampled.note  # 1e6 x what may have been missed
    assert "| not seen | not seen | not seen |" in "".join(before_and_after(sampled).lines())
    assert "bad</code> not seen" in change_line(sampled.changes[0])


def test_what_only_one_story_shows_has_moved_by_that() -> None:
    """1e-11 becomes E x^3 = .005 of x around .17: not seen before, and seen now."""
    exact, sampled = both(shared(1e-4, 3e-4), shared(0.16, 0.18))
    one, true = bad(sampled), bad(exact)
    assert isnan(one.before or 0.0)
    assert one.after == pytest.approx(true.after, abs=10 * one.after_error)
    assert comparison_text.difference(one) == one.after
    (effect,) = effects(sampled).values()
    assert effect.share == pytest.approx(true.after, abs=10 * effect.error)


def test_a_tiny_exact_change_is_a_change() -> None:
    """1e-12 becomes 1e-11; what nothing reaches, such as poor where it never slips, is no change."""
    texts = rare(0.9999, 0.9999, 0.9999, slip=0), rare(0.9999, 0.9999, 0.999, slip=0)
    exact = compare(*map(parse, texts))
    assert "+9e-10 pts" in line(exact, "▲ bad")
    assert "moves bad +9e-10 pts" in line(exact, "moves").replace("\xa0", " ")
    assert "no change" in line(exact, "○ poor")


def test_a_rare_loss_is_as_exact_engines_have_it() -> None:
    """.01 and 1e-9 x 1e6 = .001 more becomes .01 more; without importance sampling it was .01 before."""
    texts = rare(0.999, 0.999, 0.999, loss=1e6), rare(0.999, 0.999, 0.99, loss=1e6)
    exact, sampled = (found.loss for found in both(*texts))
    assert exact is not None
    assert sampled is not None
    assert (exact.before, exact.after) == (pytest.approx(0.011, abs=1e-8), pytest.approx(0.02, abs=1e-8))
    assert sampled.before == pytest.approx(exact.before, abs=10 * sampled.before_error)
    assert sampled.after == pytest.approx(exact.after, abs=10 * sampled.after_error)
    assert sampled.change == pytest.approx(0.009, abs=10 * sampled.error)
    assert 0 < sampled.before_error < 1e-3
    assert " ± " in comparison_text.losses(sampled)[0]

"""Long runs of one story that keep their blocks: an interrupt anywhere, and the result is the same."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sensa.sampling import over_parameters, worlds_at_means
from sensa.sampling.estimates import Precision
from sensa.sampling.journal import Stored
from sensa.session import Session
from tests.short_stories import ASSUMPTION, beta, losing, model, story

# sampled worlds at the means of the numbers
AT_MEANS = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
# numbers that move several draws, and losses: sampled parameters
SHARED = losing(
    story(
        "[quantities.q]\nvalue = { uniform = [0, 1] }\n"
        + ASSUMPTION.format(name="a", credence='"q"')
        + ASSUMPTION.format(name="b", credence='"q"')
        + beta("c", 2, 3),
        "not a and not b",
        "not c",
    ),
    bad='"10 * q"',
)


class Memory:
    """A journal that counts."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], Stored] = {}
        self.found = 0

    def find(self, loop: str, index: int) -> Stored | None:
        found = self.kept.get((loop, index))
        self.found += found is not None
        return found

    def keep(self, loop: str, index: int, stored: Stored) -> None:
        assert (loop, index) not in self.kept
        self.kept[loop, index] = stored


def numbers(session: Session) -> list[Any]:
    """Everything that the loops gave."""
    samples, totals = session.samples, session.totals
    parts = (samples.q, samples.by_root, samples.by_loss, totals.by_root, totals.by_loss)
    return [
        *(part.tobytes() for part in parts),
        samples.points,
        samples.worlds,
        totals.worlds,
        totals.stopped,
    ]


CASES = {
    "worlds": lambda: model(AT_MEANS, engine="montecarlo", precision=Precision(3e-4)),
    "exact points": lambda: model(SHARED, points=64, precision=Precision(2e-3)),
    "worlds at points": lambda: model(SHARED, engine="montecarlo", points=128, precision=Precision(2e-2)),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("stop", [0, 1, 4, 13])
def test_an_interrupted_run_goes_on_bit_by_bit(
    make: Callable[[], Session], stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted as the block number `stop` of those not yet kept is done."""
    expected, journal = numbers(make()), Memory()
    monkeypatch.setattr(over_parameters, "KEPT_TOGETHER", 2)
    monkeypatch.setattr(worlds_at_means, "MAX_KEPT", 3)
    keep, left = Memory.keep, [stop]

    def interrupting(self: Memory, *args: Any) -> None:
        if left[0] == 0:
            left[0] -= 1
            raise KeyboardInterrupt
        left[0] -= 1
        keep(self, *args)

    monkeypatch.setattr(Memory, "keep", interrupting)
    for _ in range(3):  # the interrupted run may give what it has
        left[0] = stop
        with suppress(KeyboardInterrupt):
            numbers(replace(make(), journal=journal))
    monkeypatch.setattr(Memory, "keep", keep)
    before = len(journal.kept)
    assert before >= min(3 * stop, 1)
    found = numbers(replace(make(), journal=journal))
    assert found == expected
    after = len(journal.kept)
    assert numbers(replace(make(), journal=journal)) == expected
    assert len(journal.kept) == after
    assert journal.found >= after


def test_another_seed_finds_nothing() -> None:
    """A name has a hash of all that decides a block."""
    journal = Memory()
    for seed in (0, 1):
        numbers(replace(model(SHARED, points=64, seed=seed), journal=journal))
    assert journal.found == 0
    other = SHARED.replace("uniform = [0, 1]", "uniform = [0, 0.5]")
    assert numbers(replace(model(other, points=64), journal=journal)) == numbers(model(other, points=64))
    assert journal.found == 0


def test_what_is_kept_is_read_back_as_it_was() -> None:
    packing = over_parameters._packing(3, 2)
    readings = [np.arange(12.0).reshape(4, 3) + i for i in range(2)]
    rows = np.arange(20.0).reshape(4, 5)
    found = packing.unpack(packing.pack((readings, rows)))
    assert [part.tolist() for part in found[0]] == [part.tolist() for part in readings]
    assert found[1].tolist() == rows.tolist()
    with pytest.raises(ValueError, match="too few columns"):
        packing.unpack(Stored(np.zeros((4, 6))))

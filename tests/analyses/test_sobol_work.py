"""Sobol' indices over the parameters of stories that are too large for all their points."""

import numpy as np
import pytest
import xarray as xr

from sensa.analyses.sobol_credence import sobol_credence
from sensa.sampling import parameter_blocks
from sensa.session import Session
from sensa.variance import credence_indices
from sensa.variance.moments import EntangledError
from tests.short_stories import beta, model, story


def credence(text: str, **settings: float) -> xr.Dataset:
    return sobol_credence(model(text, **settings))


def test_what_is_not_computed_says_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not sampled as well."""

    def entangled(_: Session) -> None:
        raise EntangledError("there is no diagram within the budget")

    monkeypatch.setattr(credence_indices, "_exact", entangled)
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
    said = [credence(text, work=work).attrs["note"] for work in (1e3, 1e8)]
    assert said == [
        "not computed: sampling takes more work than the budget allows, "
        "and there is no diagram within the budget",
        "sampled, since there is no diagram within the budget",
    ]


def test_the_share_takes_as_many_points_as_a_block_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a story of 10,000 nodes have fewer than it asks for. Held to those of all, by 8 errors."""
    text = story(beta("a", 8, 2) + beta("b", 6, 4), "not a and not b", "not b")
    usual = credence(text)
    monkeypatch.setattr(parameter_blocks, "BLOCK_NUMBERS", 5 * 200)  # numbers of 200 samples
    small = credence(text)
    difference = abs(small["conditional_first"] - usual["conditional_first"])
    assert 0 < difference.max() < 0.2
    error = np.hypot(small["conditional_first_error"], usual["conditional_first_error"])
    assert (difference <= 8 * error).all()

"""Information in bits, by hand."""

import numpy as np
import pytest

from sensa.methods.information import mutual


def test_a_question_that_is_certain_but_for_rounding_has_no_bits() -> None:
    """Yes adds up to 1, and with the second value it is below the chance of that value by rounding."""
    joint = np.array([np.nextafter(0.25, 1.0), np.nextafter(0.75, 0.0)])
    assert joint.sum() == 1.0
    assert float(mutual(joint, np.array([0.25, 0.75]))) == pytest.approx(0.0, abs=1e-15)


def test_what_is_known_by_the_fact_has_all_bits() -> None:
    """Yes exactly where the fact has its first value, of probability 1/4: H = 2 - 0.75 log2 3."""
    bits = mutual(np.array([0.25, 0.0]), np.array([0.25, 0.75]))
    assert float(bits) == pytest.approx(2 - 0.75 * np.log2(3), abs=1e-14)

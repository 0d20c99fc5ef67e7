"""Limits of the numbers that a run can compute with."""

from typing import Final

LARGEST_LOSS: Final = 1e150  # its square is still finite, for standard deviations
LOSS_TOO_LARGE: Final = f"a loss beyond {LARGEST_LOSS:g} is too large to compute with"

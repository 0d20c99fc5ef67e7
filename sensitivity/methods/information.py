"""Information in bits: what learning a fact is expected to add to the log score of a forecast."""

import numpy as np

from sensa.kernels.program import Floats


def entropy(p: Floats) -> Floats:
    """The entropy (...,) of distributions (..., values), in bits."""
    found: Floats = -(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=-1)
    return found


def binary(p: Floats) -> Floats:
    """The distribution (..., 2) of what is true with probability p."""
    return np.stack([p, 1.0 - p], axis=-1)


def mutual(joint: Floats, chance: Floats) -> Floats:
    """The information between a yes-or-no question and a fact, in bits, from 0 to the entropy of either.

    `chance` (..., values) is the distribution of the fact, `joint` (..., values) that of yes and the fact.
    It is what learning the fact is expected to add to the log score of a forecast of the question
    (Shannon 1948, 10.1002/j.1538-7305.1948.tb01338.x). No term is negative, so a small sum keeps its digits.
    """
    total = joint.sum(axis=-1, keepdims=True)
    found = np.zeros(joint.shape[:-1])
    for of, share in ((joint, total), (chance - joint, 1.0 - total)):
        expected = share * chance
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((of > 0) & (expected > 0), of / expected, 1.0)  # of 1e-17 may be rounding
        found = found + (of * np.log2(ratio) + (expected - of) / np.log(2.0)).sum(axis=-1)
    return np.maximum(found, 0.0)


def divergence(one: Floats, other: Floats) -> Floats:
    """Jensen and Shannon's divergence of distributions (..., values), in bits, from 0 to 1.

    What learning the value is expected to tell of which of the two, equally likely before, it is drawn from
    (Lin 1991, 10.1109/18.61115).
    """
    middle = (one + other) / 2
    found = np.zeros(middle.shape[:-1])
    for each in (one, other):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(each > 0, each / middle, 1.0)
        found = found + (each * np.log2(ratio) + (middle - each) / np.log(2.0)).sum(axis=-1) / 2
    return np.maximum(found, 0.0)

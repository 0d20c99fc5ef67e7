"""Numbers as a story declares them: points, every form of distribution, expressions."""

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from sensa.stories.numbers.forms.bounded import IPCC_RANGES
from sensa.testing.strategies.typed_expressions import Draw, Scope, one_of, probability, real


def twentieths(draw: Draw, least: int, most: int, n: int) -> list[float]:
    """n different numbers in order, multiples of 1/20."""
    numbers = st.lists(st.integers(least, most), min_size=n, max_size=n, unique=True)
    return [k / 20 for k in sorted(draw(numbers))]


def probability_distribution(draw: Draw, experts: bool = True) -> dict[str, Any]:
    """A distribution of a probability, in any form."""

    def low_high() -> dict[str, Any]:
        low, high = twentieths(draw, 1, 19, 2)
        level = {"level": 0.5} if draw(st.booleans()) else {}
        return {"low": low, "high": high, **level}

    def counts() -> dict[str, Any]:
        held, failed = draw(st.integers(0, 9)), draw(st.integers(0, 9))
        prior = {"prior": [1, 1]} if draw(st.booleans()) else {}
        return {"held": held, "trials": held + failed, **prior} if held + failed else {"beta": [0.5, 0.5]}

    def groups() -> dict[str, Any]:
        trials = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
        prior = {"prior": [1, 1]} if draw(st.booleans()) else {}
        return {"groups": [[draw(st.integers(0, n)), n] for n in trials], **prior}

    def quantiles() -> dict[str, Any]:
        values = twentieths(draw, 1, 19, 3)
        return {"quantiles": [[level, v] for level, v in zip((0.05, 0.5, 0.95), values, strict=True)]}

    forms: list[Callable[[], dict[str, Any]]] = [
        low_high,
        lambda: {"beta": [draw(st.integers(1, 9)), draw(st.integers(1, 9)) + 0.5]},
        lambda: {"interval": twentieths(draw, 0, 20, 2)},
        lambda: {"uniform": twentieths(draw, 0, 20, 2)},
        lambda: {"mean": draw(st.integers(1, 9)) / 10, "concentration": draw(st.integers(2, 20))},
        counts,
        lambda: {"logit_normal": [draw(st.integers(-4, 4)) / 2, draw(st.integers(1, 4)) / 4]},
        lambda: {"triangular": twentieths(draw, 0, 20, 3)},
        lambda: {"pert": twentieths(draw, 0, 20, 3)},
        quantiles,
        lambda: {"likelihood": draw(st.sampled_from(sorted(IPCC_RANGES)))},
        lambda: {"mean": draw(st.integers(1, 9)) / 10, "sd": draw(st.integers(1, 5)) / 20},
        lambda: {"median": draw(st.integers(1, 9)) / 100, "error_factor": draw(st.integers(2, 10))},
        lambda: truncated_probability(draw),
    ]
    if experts:
        forms += [lambda: pooled(draw), lambda: extrapolated(draw), groups]
    return one_of(draw, *forms)


def truncated_probability(draw: Draw) -> dict[str, Any]:
    """A distribution of a real number, cut off within [0, 1]."""
    form: dict[str, Any] = one_of(
        draw,
        lambda: {"normal": [draw(st.integers(1, 9)) / 10, 0.25]},
        lambda: {"exponential": [draw(st.integers(1, 4))]},
        lambda: {"lognormal": [draw(st.integers(-2, 0)) / 2, 1]},
    )
    return {**form, "within": twentieths(draw, 0, 20, 2)}


def truncated_real(draw: Draw, positive: bool) -> dict[str, Any]:
    """A distribution of a real number, cut off beyond two ends, one of which may be infinite."""
    form: dict[str, Any] = one_of(
        draw,
        lambda: {"exponential": [draw(st.integers(1, 4))]},
        lambda: {"normal": [draw(st.integers(0, 4)) / 4, 0.5]},
        lambda: {"lognormal": [draw(st.integers(-2, 2)) / 2, 1]},
    )
    low, high = twentieths(draw, 1 if positive else -20, 40, 2)
    if high <= 0 or draw(st.booleans()):
        high = math.inf
    return {**form, "within": [low, high]}


def pooled(draw: Draw) -> dict[str, Any]:
    """A probability stated by one or two experts."""

    def credence() -> Any:
        point = st.integers(1, 19).map(lambda k: k / 20)
        return one_of(draw, lambda: draw(point), lambda: probability_distribution(draw, experts=False))

    experts = [{"name": name, "credence": credence()} for name in "AB"[: draw(st.integers(1, 2))]]
    if draw(st.booleans()):
        experts[0]["weight"] = 2
    if draw(st.booleans()):
        experts[-1]["why"] = "It was seen"
    pool = draw(st.sampled_from([{}, {"pool": "linear"}, {"pool": "odds"}]))
    return {"experts": experts, **pool}


def extrapolated(draw: Draw) -> dict[str, Any]:
    """A probability extrapolated from smaller scales to a larger one."""
    held = draw(st.lists(st.integers(0, 20), min_size=2, max_size=3))
    scale = [1e9, 1e10, 1e11][: len(held)]
    rows = {"scale": scale, "trials": [20] * len(held), "held": held}
    if draw(st.booleans()):
        return {"extrapolate": {**rows, "at": 1e12}}
    other = {"name": "B", "scale": [1e10], "trials": [10], "held": [draw(st.integers(0, 10))]}
    found: dict[str, Any] = {"families": [{"name": "A", **rows}, other], "at": 1e12}
    if draw(st.booleans()):
        found["of"] = "B"
    if draw(st.booleans()):
        found["break"] = {"chance": 0.5, "sd": 0.5}
    return {"extrapolate": found}


def real_distribution(draw: Draw, positive: bool = False, experts: bool = True) -> dict[str, Any]:
    """A distribution of a real number, in any form."""

    def quantiles() -> dict[str, Any]:
        values = twentieths(draw, 1, 60, 2)
        log = {"log": True} if positive or draw(st.booleans()) else {}
        return {"quantiles": [[level, v] for level, v in zip((0.1, 0.8), values, strict=True)], **log}

    def low_high() -> dict[str, Any]:
        low, high = twentieths(draw, 1, 40, 2)
        return {"low": low, "high": high, **({"family": "lognormal"} if draw(st.booleans()) else {})}

    low = 1 if positive else -20
    families = st.sampled_from(["gamma", "lognormal"] if positive else ["normal", "gamma", "lognormal"])
    forms: list[Callable[[], dict[str, Any]]] = [
        low_high,
        lambda: {"uniform": twentieths(draw, low, 40, 2)},
        lambda: {"interval": twentieths(draw, low, 40, 2)},
        lambda: {"lognormal": [draw(st.integers(-2, 2)) / 2, draw(st.integers(1, 4)) / 4]},
        lambda: {"triangular": twentieths(draw, low, 40, 3)},
        lambda: {"pert": twentieths(draw, low, 40, 3)},
        lambda: {"loguniform": twentieths(draw, 1, 40, 2)},
        lambda: {"gamma": [draw(st.integers(1, 4)), 0.5]},
        lambda: {"exponential": [draw(st.integers(1, 4))]},
        lambda: {"beta": [draw(st.integers(1, 9)), 2]},
        lambda: {"mean": draw(st.integers(1, 4)), "sd": 0.5, "family": draw(families)},
        lambda: {"median": draw(st.integers(1, 9)) / 2, "error_factor": draw(st.integers(2, 10))},
        lambda: truncated_real(draw, positive),
        quantiles,
    ]
    if not positive:
        forms += [
            lambda: {"normal": [draw(st.integers(-4, 4)) / 2, draw(st.integers(1, 4)) / 4]},
            lambda: dict(zip(("low", "high"), twentieths(draw, -40, 0, 2), strict=True)),
            lambda: {"low": 0.5, "high": 2, "level": 0.8, "family": "normal"},
        ]
    if experts:
        forms += [lambda: expert_reals(draw, positive)]
    return one_of(draw, *forms)


def expert_reals(draw: Draw, positive: bool) -> dict[str, Any]:
    """A real number stated by two experts."""
    own = real_distribution(draw, positive, experts=False)
    notes: list[dict[str, str]] = [{}, {"why": "It was seen"}]
    experts = [
        {"name": "A", "credence": own, **draw(st.sampled_from(notes))},
        {"name": "B", "weight": 0.5, "credence": 1.5},
    ]
    return {"experts": experts, **({"pool": "linear"} if draw(st.booleans()) else {})}


def probability_number(draw: Draw, scope: Scope, depth: int) -> Any:
    """A probability: a point, a distribution or an expression."""
    return one_of(
        draw,
        lambda: (draw(st.integers(0, 20)) + 10) % 21 / 20,
        lambda: {"odds": [draw(st.integers(1, 9)), draw(st.integers(1, 9))]},
        lambda: probability_distribution(draw),
        lambda: probability_distribution(draw),
        lambda: probability(draw, scope, depth),
    )


def positive_number(draw: Draw, scope: Scope) -> Any:
    """A weight, or odds."""
    return one_of(
        draw,
        lambda: draw(st.integers(1, 8)) / 2,
        lambda: draw(st.integers(1, 4)),
        lambda: real_distribution(draw, positive=True),
        lambda: f"exp(clip({real(draw, scope, 1)}, -2, 2))",
        lambda: f"0.25 + {probability(draw, scope, 1)}",
    )

"""Format numbers for readers: two significant digits, and never `nan`."""

import math
from typing import TypeGuard

UNDEFINED = "not defined"
UNSEEN = "not seen"  # by any sampled world
NOT_ESTIMATED = "not estimated"
ROUNDING = 1e-12  # smaller differences are noise
SMALLEST_PERCENT = 1e-5  # closer to 0 or 1, powers of ten are easier to compare


def percent(p: float | None) -> str:
    """A probability: `37 %`, `0.14 %`, `99.6 %`, `2.3e-07`; near 1 the digits that differ from 1 count.

    A difference of probabilities may be negative: `-0.20 %`.
    """
    if not defined(p):
        return UNDEFINED
    if p < 0.0:
        return "0 %" if p > -ROUNDING else f"-{percent(-p)}"
    p = settled(p) if p < 0.5 else 1.0 - settled(1.0 - p)
    if p <= 0.0 or p >= 1.0:
        return f"{100 * p:.0f} %"
    if p < SMALLEST_PERCENT:
        return _power(p)
    if 1.0 - p <= ROUNDING:
        return "100 %"
    if 1.0 - p < SMALLEST_PERCENT:
        return f"1 - {_power(1.0 - p, digits=1)}"
    if p < 0.95:
        return f"{significant(100 * p)} %"
    decimals = max(1, _decimals(100 * (1.0 - p), digits=1))
    return f"{100 * p:.{decimals}f} %"


def side_by_side(*p: float) -> tuple[str, ...]:
    """Probabilities to three digits, with zeros at their ends if one of them needs all three.

    `4.00 %` beside `3.88 %`, but `10 %` beside `20 %`.
    """
    short, whole = ([f"{settled(100 * x):{form}}" for x in p] for form in (".3g", "#.3g"))
    wanted = any(one == other for one, other in zip(short, whole, strict=True))
    texts = [
        "0" if x == 0 else text.rstrip(".") for x, text in zip(p, whole if wanted else short, strict=True)
    ]
    return tuple(f"{text} %" for text in texts)


def interval(low: float | None, high: float | None) -> str:
    """A central interval of a probability; empty if its ends print alike."""
    return between(percent(low), percent(high)) if defined(low) and defined(high) else ""


def between(low: str, high: str) -> str:
    """Both ends of an interval, as printed; empty if they are equal."""
    return f"{low} to {high}" if low != high else ""


def times(changed: float | None, base: float | None) -> str:
    """The ratio of two probabilities: `×49`, `×1.0`; from 0, the new probability."""
    if not defined(changed) or not defined(base):
        return UNDEFINED
    if abs(changed - base) <= ROUNDING * base:
        return "no change"
    if base == 0.0:
        return f"0 to {percent(changed)}"
    if changed == 0.0:
        return "to 0"
    return f"×{compact(changed / base)}"


def points(changed: float | None, base: float | None) -> str:
    """The difference of two probabilities in percentage points: `+12 pts`."""
    if not defined(changed) or not defined(base):
        return UNDEFINED
    difference = 100 * (changed - base)
    if abs(difference) <= ROUNDING:
        return "no change"
    if abs(difference) < 0.005:
        return "<0.01 pts"
    return f"{'+' if difference > 0 else '-'}{significant(abs(difference))} pts"


def compact(x: float | None, digits: int = 2) -> str:
    """Any number to two significant digits: `0.0088`, `1,200`, `2.3e+05`."""
    if not defined(x):
        return UNDEFINED
    if x == 0.0:
        return "0"
    if math.isinf(x):
        return "infinite" if x > 0 else "-infinite"
    x = settled(x)
    if not 1e-4 <= abs(x) < 1e5:
        return _power(x, digits)
    return significant(x, digits)


def count(n: int) -> str:
    """A whole number: `16,384`."""
    return f"{n:,}"


def significant(x: float, digits: int = 2) -> str:
    """Round to significant digits, without a power of ten."""
    rounded = float(f"{settled(x):.{digits - 1}e}")
    return f"{rounded:,.{_decimals(rounded, digits)}f}"


def settled(x: float) -> float:
    """Drop the last digits, which depend on rounding errors, so that the printed text does not.

    0.12499999999999999 and 0.125 are then both printed as 0.12.
    """
    return float(f"{x:.12g}")


def share(x: float) -> str:
    """A share in whole percent: `54 %`, `<1 %`; sampled shares may be negative."""
    x = settled(x)
    return "<1 %" if x < 0.005 else f"{settled(100 * x):.0f} %"


def defined(x: float | None) -> TypeGuard[float]:
    """Whether a value is a number, neither None nor NaN."""
    return x is not None and not math.isnan(x)


def _decimals(x: float, digits: int) -> int:
    """The number of decimals that shows this many significant digits."""
    rounded = float(f"{abs(x):.{digits - 1}e}")
    return max(0, digits - 1 - math.floor(math.log10(rounded)))


def _power(x: float, digits: int = 2) -> str:
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"

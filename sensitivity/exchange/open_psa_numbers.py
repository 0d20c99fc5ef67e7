"""Numbers of Open-PSA as a story writes them: points, distributions, and expressions over parameters."""

import math
import re
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any
from xml.etree.ElementTree import Element

from sensa.exchange.errors import ExchangeError
from sensa.exchange.fault_trees import ELSEWHERE
from sensa.exchange.read_numbers import read_number
from sensa.stories.numbers.rules import Scale

SILENT = ("label", "attributes")
MISSION_TIME = "system-mission-time"
SAY_MISSION_TIME = "say it by `mission_time`"
UNCLAIMED = {"interval": [0, 1]}  # of a basic event without a probability
INFIX = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / "}
WHOLE = re.compile(r"[0-9]{1,9}")
CALLS = ("exp", "log", "sqrt", "min", "max")


def number(definition: Element, scale: Scale, parameters: Mapping[str, Element]) -> Any:
    """The number of a basic event or a parameter: a point, a table, or an expression in a string.

    Parameters stand in the expression by the names of the file, in braces.
    """
    parts = [child for child in definition if child.tag not in SILENT]
    name = definition.get("name")
    if not parts and scale == "probability":
        return UNCLAIMED
    if len(parts) != 1:
        raise ExchangeError(f"`{name}` has {len(parts)} expressions, not one")
    try:
        if parts[0].tag in DEVIATES:
            return _deviate(parts[0], scale)
        if parts[0].tag in ("float", "int"):
            return _float(parts[0])
        return _expression(parts[0], parameters)
    except ExchangeError as error:
        raise ExchangeError(f"`{name}`: {error}") from None


def _float(element: Element) -> float:
    try:
        value = read_number(element.get("value", ""))
    except ValueError:
        value = math.nan
    if element.tag not in ("float", "int") or not math.isfinite(value):
        raise ExchangeError(f"expected a number, not `{element.tag}` with the value `{element.get('value')}`")
    return value


def _deviate(element: Element, scale: Scale) -> Any:
    args = [_float(child) for child in element]
    counts, made = DEVIATES[element.tag]
    if len(args) not in counts:
        raise ExchangeError(f"`{element.tag}` of {len(args)} numbers cannot be carried")
    found = made(*args)
    whole = {"normal", "lognormal"} & found.keys()
    if scale == "probability" and "gamma" in found:
        raise ExchangeError("`gamma-deviate` cannot be carried as a probability")
    return {**found, "within": [0, 1]} if scale == "probability" and whole else found


def _lognormal(first: float, second: float, level: float | None = None) -> dict[str, Any]:
    """By mu and sigma; or by the mean and the error factor at a level, with mu = log(mean) - sigma^2 / 2."""
    if level is None:
        return {"lognormal": [first, second]}
    if not (first > 0 and second > 1 and 0.5 < level < 1):
        raise ExchangeError("`lognormal-deviate` needs a mean above 0, an error factor above 1 and a level")
    sigma = math.log(second) / NormalDist().inv_cdf(level)
    return {"lognormal": [math.log(first) - sigma**2 / 2, sigma]}


DEVIATES: dict[str, tuple[tuple[int, ...], Callable[..., dict[str, Any]]]] = {
    "uniform-deviate": ((2,), lambda low, high: {"uniform": [low, high]}),
    "normal-deviate": ((2,), lambda mean, sd: {"normal": [mean, sd]}),
    "lognormal-deviate": ((2, 3), _lognormal),
    "gamma-deviate": ((2,), lambda shape, scale: {"gamma": [shape, scale]}),
    "beta-deviate": ((2,), lambda a, b: {"beta": [a, b]}),
}


def _expression(element: Element, parameters: Mapping[str, Element]) -> str:
    def inner(of: Element) -> str:
        return _expression(of, parameters)

    args = list(element)
    match element.tag:
        case "float" | "int":
            return repr(_float(element))
        case "parameter":
            name = element.get("name", "").rpartition(".")[2]
            if name not in parameters:
                raise ExchangeError(f"parameter `{name}` is not defined{ELSEWHERE}")
            return "{" + name + "}"
        case "system-mission-time" if not args:
            if MISSION_TIME not in parameters:
                raise ExchangeError(f"reads `{MISSION_TIME}`, which is not in the file; {SAY_MISSION_TIME}")
            return "{" + MISSION_TIME + "}"
        case "neg" if len(args) == 1:
            return f"(-{inner(args[0])})"
        case tag if tag in INFIX and len(args) >= 2:
            return f"({INFIX[tag].join(map(inner, args))})"
        case tag if tag in CALLS and args:
            return f"{tag}({', '.join(map(inner, args))})"
        case "pow" if len(args) == 2:
            return f"({inner(args[0])}) ** ({inner(args[1])})"
        case "exponential" if len(args) == 2:
            return f"within({inner(args[0])}, {inner(args[1])})"
        case "Weibull" if len(args) == 4:
            scale, shape, start, time = map(inner, args)
            return f"within((({time} - {start}) / {scale}) ** {shape}, 1)"
        case "GLM" if len(args) == 4:
            on_demand, fails, repaired, time = map(inner, args)
            whole = f"({fails} + {repaired})"
            there = f"{fails} / {whole}"
            return f"{there} - ({there} - {on_demand}) * exp(-{whole} * {time})"
    raise ExchangeError(f"`{element.tag}` with {len(args)} arguments cannot be carried")

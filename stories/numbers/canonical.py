"""A declared number -> its canonical form: a point, a distribution, or an expression.

Every form has one function here, which holds its rules and its formula; `support` says where the
values of a distribution can lie.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any, Literal

from sensa.stories.expressions import parse
from sensa.stories.numbers import forms
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.problems import Path, listed, quoted
from sensa.stories.syntax import Expression

Scale = Literal["probability", "real"]
Declared = float | Distribution | Expression

MOST_ROWS = 500  # of quantiles, experts, or scales tried

IPCC_RANGES: dict[str, tuple[float, float]] = {  # Mastrandrea et al. 2010, with AR6's "more likely than not"
    "virtually certain": (0.99, 1.0),
    "extremely likely": (0.95, 1.0),
    "very likely": (0.9, 1.0),
    "likely": (0.66, 1.0),
    "more likely than not": (0.5, 1.0),
    "about as likely as not": (0.33, 0.66),
    "unlikely": (0.0, 0.33),
    "very unlikely": (0.0, 0.1),
    "extremely unlikely": (0.0, 0.05),
    "exceptionally unlikely": (0.0, 0.01),
}


class NumberError(ValueError):
    """A number that breaks a rule of its form; `path` leads from the number to the culprit."""

    def __init__(self, message: str, path: Path = (), code: str = "bad-distribution") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.code = code


def declared(model: forms.Form, scale: Scale) -> Declared:
    """What a declared number means, on the scale where it stands.

    A point is a float and no parameter; a distribution is a parameter; a string is an expression.
    Raises `NumberError` where a rule of the form is broken and `ExpressionError` where a string is
    no expression.
    """
    if isinstance(model, str):
        return parse(model)
    if isinstance(model, (int, float)):
        return _point(float(model), scale)
    found = _FORMS[type(model)](model, scale)
    if not all(math.isfinite(argument) for argument in found.args):
        raise NumberError("numbers too large to compute with")
    return found


def support(distribution: Distribution) -> tuple[float, float]:
    """The least and greatest value a distribution can take, or the limits it comes near to."""
    args = distribution.args
    match distribution.family:
        case "uniform" | "interval" | "loguniform":
            return args[0], args[1]
        case "triangular" | "pert":
            return args[0], args[2]
        case "beta" | "logit_normal" | "logit_quantiles" | "extrapolate":
            return 0.0, 1.0
        case "lognormal" | "gamma" | "exponential" | "log_quantiles":
            return 0.0, math.inf
        case "normal" | "quantiles":
            return -math.inf, math.inf
        case "point":
            return args[0], args[0]
    ends = [support(part) for part in distribution.parts]
    if distribution.family == "odds_pool":
        return _pooled_odds([low for low, _ in ends], args), _pooled_odds([high for _, high in ends], args)
    return min(low for low, _ in ends), max(high for _, high in ends)


def is_parameter(model: forms.Form | None) -> bool:
    """Whether a declared number is a parameter: written as a distribution, not a point or an expression."""
    return isinstance(model, forms.Frozen)


def _pooled_odds(ends: list[float], weights: tuple[float, ...]) -> float:
    if 0.0 in ends:
        return 0.0
    if 1.0 in ends:
        return 1.0
    return 1.0 / (
        1.0 + math.exp(-sum(weight * _logit(end) for weight, end in zip(weights, ends, strict=True)))
    )


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def _point(value: float, scale: Scale) -> float:
    if not math.isfinite(value):
        raise NumberError(f"{quoted(value)} is not a finite number")
    if scale == "probability" and not 0.0 <= value <= 1.0:
        raise NumberError(
            f"{quoted(value)} is no probability; it must be within [0, 1]", code="bad-probability"
        )
    return value


def _low_high(model: forms.LowHigh, scale: Scale) -> Distribution:
    if not model.low < model.high:
        raise NumberError(f"`low` must be below `high`: {model.low:g} is not below {model.high:g}")
    if not 1e-9 <= model.level <= 1 - 1e-12:
        raise NumberError(f"`level` must be strictly within 0 and 1, not {quoted(model.level)}", ("level",))
    probit = -NormalDist().inv_cdf((1.0 - model.level) / 2.0)
    if scale == "probability":
        if not 0.0 < model.low < model.high < 1.0:
            raise NumberError(
                "`low` and `high` of a probability must be strictly within 0 and 1; "
                "`uniform` and `interval` may reach them",
                code="bad-probability",
            )
        return _spread("logit_normal", _logit(model.low), _logit(model.high), probit)
    family = getattr(model, "family", None) or ("lognormal" if model.low > 0 else "normal")
    if family == "normal":
        return _spread("normal", model.low, model.high, probit)
    if model.low <= 0:
        raise NumberError("`low` must be above 0 for the lognormal family", ("low",))
    return _spread("lognormal", math.log(model.low), math.log(model.high), probit)


def _spread(
    family: Literal["normal", "lognormal", "logit_normal"], low: float, high: float, probit: float
) -> Distribution:
    """The normal whose central interval is [low, high]; the ends are halved first, lest they overflow."""
    half = high / 2.0 - low / 2.0
    if half <= 0.0:
        raise NumberError("`low` and `high` are too close to tell apart")
    return Distribution(family, (low / 2.0 + high / 2.0, half / probit))


def _positive_pair(key: str, pair: tuple[float, float], names: tuple[str, str]) -> None:
    for index, (value, name) in enumerate(zip(pair, names, strict=True)):
        if value <= 0:
            raise NumberError(f"{name} of `{key}` must be above 0, not {quoted(value)}", (key, index))


def _beta(model: forms.Beta, scale: Scale) -> Distribution:
    _positive_pair("beta", model.beta, ("alpha", "beta"))
    return Distribution("beta", model.beta)


def _mean_concentration(model: forms.MeanConcentration, scale: Scale) -> Distribution:
    if not 0.0 < model.mean < 1.0:
        raise NumberError(f"`mean` must be strictly within 0 and 1, not {quoted(model.mean)}", ("mean",))
    if model.concentration <= 0:
        raise NumberError(
            f"`concentration` must be above 0, not {quoted(model.concentration)}", ("concentration",)
        )
    alpha, beta = model.mean * model.concentration, (1.0 - model.mean) * model.concentration
    if min(alpha, beta) <= 0.0:
        raise NumberError("`mean` and `concentration` are too small to compute with")
    return Distribution("beta", (alpha, beta))


def _held_trials(model: forms.HeldTrials, scale: Scale) -> Distribution:
    if not 0 <= model.held <= model.trials:
        raise NumberError(f"0 <= `held` <= `trials` must hold: {model.held:g} of {model.trials:g}", ("held",))
    _positive_pair("prior", model.prior, ("alpha", "beta"))
    return Distribution("beta", (model.held + model.prior[0], model.trials - model.held + model.prior[1]))


def _located(family: Literal["normal", "lognormal", "logit_normal"]) -> Callable[[Any, Scale], Distribution]:
    def located(model: Any, scale: Scale) -> Distribution:
        mu, sigma = getattr(model, family)
        if sigma <= 0:
            raise NumberError(f"sigma of `{family}` must be above 0, not {quoted(sigma)}", (family, 1))
        return Distribution(family, (mu, sigma))

    return located


def _within_unit(key: str, ends: tuple[float, ...], scale: Scale) -> None:
    if scale == "probability" and not all(0.0 <= end <= 1.0 for end in ends):
        raise NumberError(f"`{key}` of a probability must be within [0, 1]", (key,), "bad-probability")


def _uniform(model: forms.Uniform, scale: Scale) -> Distribution:
    a, b = model.uniform
    if not a < b:
        raise NumberError(f"a < b must hold for `uniform = [a, b]`: {a:g} is not below {b:g}", ("uniform",))
    _within_unit("uniform", model.uniform, scale)
    return Distribution("uniform", model.uniform)


def _peaked(family: Literal["triangular", "pert"]) -> Callable[[Any, Scale], Distribution]:
    def peaked(model: Any, scale: Scale) -> Distribution:
        a, mode, b = getattr(model, family)
        if not (a <= mode <= b and a < b):
            raise NumberError(
                f"a <= mode <= b and a < b must hold for `{family} = [a, mode, b]`: [{a:g}, {mode:g}, {b:g}]",
                (family,),
            )
        _within_unit(family, (a, b), scale)
        return Distribution(family, (a, mode, b))

    return peaked


def _loguniform(model: forms.Loguniform, scale: Scale) -> Distribution:
    a, b = model.loguniform
    if not 0 < a < b:
        raise NumberError(f"0 < a < b must hold for `loguniform = [a, b]`: [{a:g}, {b:g}]", ("loguniform",))
    return Distribution("loguniform", model.loguniform)


def _gamma(model: forms.Gamma, scale: Scale) -> Distribution:
    _positive_pair("gamma", model.gamma, ("shape", "scale"))
    return Distribution("gamma", model.gamma)


def _exponential(model: forms.Exponential, scale: Scale) -> Distribution:
    if model.exponential[0] <= 0:
        message = f"the rate of `exponential` must be above 0, not {quoted(model.exponential[0])}"
        raise NumberError(message, ("exponential", 0))
    return Distribution("exponential", model.exponential)


def _quantiles(model: forms.Quantiles, scale: Scale) -> Distribution:
    rows = model.quantiles
    if not 2 <= len(rows) <= MOST_ROWS:
        raise NumberError(f"`quantiles` needs 2 to {MOST_ROWS} rows, not {len(rows)}", ("quantiles",))
    logarithmic = getattr(model, "log", False)
    for index, (level, value) in enumerate(rows):
        here: Path = ("quantiles", index)
        if not 0 < level < 1:
            raise NumberError(f"a level must be strictly within 0 and 1, not {quoted(level)}", (*here, 0))
        if index and not (rows[index - 1][0] < level and rows[index - 1][1] < value):
            raise NumberError("levels and values of `quantiles` must both increase from row to row", here)
        if scale == "probability" and not 0 < value < 1:
            message = f"a quantile of a probability must be strictly within 0 and 1, not {quoted(value)}"
            raise NumberError(message, (*here, 1), "bad-probability")
        if logarithmic and value <= 0:
            raise NumberError(f"values must be above 0 with `log = true`, not {quoted(value)}", (*here, 1))
    args = (*(level for level, _ in rows), *(value for _, value in rows))
    if scale == "probability":
        return Distribution("logit_quantiles", args)
    return Distribution("log_quantiles" if logarithmic else "quantiles", args)


def _in_words(model: forms.InWords, scale: Scale) -> Distribution:
    return Distribution("uniform", IPCC_RANGES[model.likelihood])


def _interval(model: forms.Interval, scale: Scale) -> Distribution:
    a, b = model.interval
    if not a <= b:
        raise NumberError(f"a <= b must hold for `interval = [a, b]`: {a:g} is above {b:g}", ("interval",))
    _within_unit("interval", model.interval, scale)
    return Distribution("interval", model.interval)


def _experts(model: forms.ProbabilityExperts | forms.RealExperts, scale: Scale) -> Distribution:
    experts: tuple[forms.ProbabilityExpert | forms.RealExpert, ...] = model.experts
    if not 1 <= len(experts) <= MOST_ROWS:
        raise NumberError(f"`experts` needs 1 to {MOST_ROWS} experts, not {len(experts)}", ("experts",))
    names = tuple(expert.name for expert in experts)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NumberError(f"an expert must be named once; twice: {listed(twice, 'and')}", ("experts",))
    parts = []
    for index, expert in enumerate(experts):
        if expert.weight <= 0:
            message = f"an expert's weight must be above 0, not {quoted(expert.weight)}"
            raise NumberError(message, ("experts", index, "weight"))
        parts.append(_expert(expert.credence, scale, model.pool, ("experts", index, "credence")))
    total = math.fsum(expert.weight for expert in experts)
    weights = tuple(expert.weight / total for expert in experts)
    return Distribution("odds_pool" if model.pool == "odds" else "linear_pool", weights, tuple(parts), names)


def _expert(credence: Any, scale: Scale, pool: str, path: Path) -> Distribution:
    try:
        part = declared(credence, scale)
    except NumberError as error:
        raise NumberError(error.message, path + error.path, error.code) from None
    if isinstance(part, float):
        part = Distribution("point", (part,))
    if not isinstance(part, Distribution):
        raise NumberError("an expert's number cannot be an expression", path)
    low, high = support(part)
    if pool == "odds" and low == high and low in (0.0, 1.0):
        raise NumberError(f"odds cannot be pooled with a point of {low:g}", path)
    return part


def _extrapolate(model: forms.Extrapolate, scale: Scale) -> Distribution:
    tried = model.extrapolate
    here: Path = ("extrapolate",)
    if not len(tried.scale) == len(tried.trials) == len(tried.held):
        raise NumberError("`scale`, `trials` and `held` must be of equal length", here)
    if not 1 <= len(tried.scale) <= MOST_ROWS:
        raise NumberError(f"`extrapolate` needs 1 to {MOST_ROWS} scales, not {len(tried.scale)}", here)
    if tried.at <= 0:
        raise NumberError(f"`at` must be above 0, not {quoted(tried.at)}", (*here, "at"))
    rows: list[float] = []
    for index, (size, trials, held) in enumerate(zip(tried.scale, tried.trials, tried.held, strict=True)):
        if size <= 0:
            raise NumberError(f"a scale must be above 0, not {quoted(size)}", (*here, "scale", index))
        if not 0 <= held <= trials:
            raise NumberError(
                f"0 <= held <= trials must hold: {held:g} of {trials:g}", (*here, "held", index)
            )
        rows += [size, trials, held]
    if len(set(tried.scale)) < 2:
        raise NumberError("at least two different scales are needed to see a trend", (*here, "scale"))
    return Distribution("extrapolate", (tried.at, *rows))


_FORMS: dict[type, Callable[[Any, Scale], Distribution]] = {
    forms.LowHigh: _low_high,
    forms.RealLowHigh: _low_high,
    forms.Beta: _beta,
    forms.MeanConcentration: _mean_concentration,
    forms.HeldTrials: _held_trials,
    forms.LogitNormal: _located("logit_normal"),
    forms.Normal: _located("normal"),
    forms.Lognormal: _located("lognormal"),
    forms.Uniform: _uniform,
    forms.Triangular: _peaked("triangular"),
    forms.Pert: _peaked("pert"),
    forms.Loguniform: _loguniform,
    forms.Gamma: _gamma,
    forms.Exponential: _exponential,
    forms.Quantiles: _quantiles,
    forms.RealQuantiles: _quantiles,
    forms.InWords: _in_words,
    forms.Interval: _interval,
    forms.ProbabilityExperts: _experts,
    forms.RealExperts: _experts,
    forms.Extrapolate: _extrapolate,
}

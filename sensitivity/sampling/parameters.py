"""Parameter values theta from points of the unit cube, and the coins' probabilities from theta.

A parameter's value is its quantile at a level; levels come from scrambled Sobol' points, through a Gaussian
copula for the parameters that `[[dependence]]` ties. Dimension i of the points is parameter i in the order of
`circuit.parameters`, because the first dimensions are by far the best (an error 3 to 40 times smaller than
with dimensions chosen by a hash); the scrambling is keyed by the parameter's path. So a parameter appended at
the end leaves the points of all others unchanged; an inserted one moves those after it to other dimensions.
To compare two versions of a story point by point, give `among` the parameters of both.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from sensa.circuit import Circuit, Coin, Requirement, Rule, address, read_by
from sensa.graph import Parameter
from sensa.kernels import sobol_points as sobol
from sensa.kernels.distributions.levels import Levels, Marginal, at_levels, at_scores
from sensa.kernels.distributions.marginals import marginal
from sensa.kernels.program import Floats, Ints, RealOp
from sensa.kernels.programs import interpreter
from sensa.kernels.programs.degrees import degrees
from sensa.sampling.rules import SAID, WHATEVER, satisfied, shown, within
from sensa.stories.numbers.distribution import Distribution

MAX_NAMED: Final = 8  # parameter values that an error lists
REPLICATES: Final = 8
TABLE_POINTS: Final = 2048
BLOCK_POINTS: Final = 4096
MAX_REMEMBERED_NUMBERS: Final = 1 << 15  # at the points whose values are remembered,
MAX_REMEMBERED: Final = 8  # of these at most

Marginals = dict[Distribution, Marginal]


class RunError(Exception):
    """A number of the story leaves its bounds at a parameter value that can occur; `path` is the number's.

    `where` ends the message: it names the parameters' values.
    """

    def __init__(self, message: str, path: str = "", where: str = "") -> None:
        super().__init__(f"{path}: {message}{where}" if path else f"{message}{where}")
        self.said = message
        self.message = message + where
        self.path = path
        self.where = where


@dataclass(frozen=True)
class Block:
    """Some parameter values of one replicate, and the coins' probabilities there.

    Shapes: `theta` (samples, parameters), `p` (samples, coins); both in Fortran order.
    """

    replicate: int
    start: int  # index of the first sample within the replicate
    theta: Floats
    p: Floats


def bound(distribution: Distribution) -> Marginal:
    """The marginal of a declared distribution."""
    return marginal(distribution.family, distribution.args, tuple(bound(part) for part in distribution.parts))


@contextmanager
def _computable(parameter: Parameter) -> Iterator[None]:
    """Turn a distribution that overflows into an error of the story, without numpy's warnings."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except (OverflowError, ZeroDivisionError):
        raise _beyond(parameter) from None


def _beyond(parameter: Parameter) -> RunError:
    said = "its distribution, or its mean, reaches beyond the numbers that can be computed with"
    return RunError(said, parameter.path)


def mean(parameter: Parameter) -> float:
    """The mean of a parameter's distribution; raises `RunError` if it is not finite."""
    with _computable(parameter):
        value = bound(parameter.distribution).moments()[0]
    if not math.isfinite(value):
        raise _beyond(parameter)
    return value


def require_mean(circuit: Circuit, programs: Ints) -> None:
    """Raise `RunError` if an instruction is a polynomial in a parameter without a finite mean."""
    among = list(range(len(circuit.parameters)))
    of = degrees(circuit.reals, programs, among)
    for i in np.flatnonzero(((of > 0) & np.isfinite(of)).any(axis=0)).tolist():
        mean(circuit.parameters[i])


def _median(parameter: Parameter) -> float:
    with _computable(parameter):
        return float(bound(parameter.distribution).inverse(at_levels(np.array([0.5])))[0])


@dataclass(frozen=True)
class Sampler:
    """A sampler of theta for a circuit: levels, values and probabilities of any block.

    `among` lists the paths that have dimensions, including the circuit's; by default these are the circuit's.
    Samplers of one story share the marginals in `known`, and add to them.
    Raises ValueError if a parameter of the circuit is not in it.
    """

    circuit: Circuit
    seed: int = 0
    among: tuple[str, ...] | None = None
    known: Marginals = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def marginals(self) -> tuple[Marginal, ...]:
        """The marginal distribution of each parameter."""
        found = []
        for parameter in self.circuit.parameters:
            with _computable(parameter):
                if parameter.distribution not in self.known:
                    self.known[parameter.distribution] = bound(parameter.distribution)
                found.append(self.known[parameter.distribution])
        return tuple(found)

    @cached_property
    def _net(self) -> sobol.Net:
        paths = [parameter.path for parameter in self.circuit.parameters]
        places = {path: i for i, path in enumerate(self.among if self.among is not None else paths)}
        missing = [path for path in paths if path not in places]
        if missing:
            raise ValueError(f"`among` lacks the parameter `{missing[0]}`")
        return sobol.net(np.array([places[path] for path in paths], np.int64))

    @cached_property
    def _addresses(self) -> sobol.Keys:
        return np.array([address(parameter.path) for parameter in self.circuit.parameters], np.uint64)

    @cached_property
    def _factor(self) -> Floats:
        return np.asarray(np.linalg.cholesky(self.circuit.correlation), np.float64)

    def units(self, *, replicate: int, start: int, count: int) -> Floats:
        """Points of the open unit cube (count, parameters), before the copula."""
        key = sobol.keys(self._addresses, seed=self.seed, replicate=replicate)
        return sobol.points(self._net, key, start=start, count=count)

    def theta(self, units: Floats) -> Floats:
        """Parameter values at points of the open unit cube, both (samples, parameters).

        Columns of tied parameters become normal scores, are mixed by the Cholesky factor of the copula's
        correlation in the order of `circuit.correlated`, and so have rank correlation (6/pi) asin(rho / 2).
        The values at a few points are remembered: what is rare is looked for at the same points every time.
        Raises `RunError` if a value overflows.
        """
        if units.size > MAX_REMEMBERED_NUMBERS:
            return self._theta(units)
        points = len(units), units.tobytes()
        if points not in self._remembered:
            if len(self._remembered) == MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[points] = self._theta(units)
        return self._remembered[points].copy(order="F")

    @cached_property
    def _remembered(self) -> dict[tuple[int, bytes], Floats]:
        return {}

    def _theta(self, units: Floats) -> Floats:
        columns = np.ascontiguousarray(units.T)
        tied = self._tied(columns)
        out = np.empty_like(columns)
        for i, distribution in enumerate(self.marginals):
            levels = tied[i] if i in tied else at_levels(columns[i])
            with _computable(self.circuit.parameters[i]):
                out[i] = distribution.inverse(levels)
        finite = np.isfinite(out).all(axis=1)
        if not finite.all():
            raise _beyond(self.circuit.parameters[int(np.argmin(finite))])
        return out.T

    def _tied(self, columns: Floats) -> dict[int, Levels]:
        """Levels of the tied parameters. Sums are written out: a library's might depend on the block."""
        order = self.circuit.correlated.tolist()
        scores = [at_levels(columns[i]).score for i in order]
        tied = {}
        for row, i in enumerate(order):
            mixed = self._factor[row, 0] * scores[0]
            for column in range(1, row + 1):
                mixed = mixed + self._factor[row, column] * scores[column]
            tied[i] = at_scores(mixed)
        return tied

    def probabilities(self, theta: Floats) -> Floats:
        """The coins' probabilities (samples, coins) at parameter values; see `coin_probabilities`."""
        return coin_probabilities(self.circuit, theta, self._wanted)

    @cached_property
    def _wanted(self) -> "Wanted":
        return wanted(self.circuit)

    def block(self, *, replicate: int, start: int, count: int) -> Block:
        """One block of the design; its numbers do not depend on the block size."""
        theta = self.theta(self.units(replicate=replicate, start=start, count=count))
        return Block(replicate, start, theta, self.probabilities(theta))

    def blocks(self, *, replicates: int, points: int, block: int) -> Iterator[Block]:
        """The whole design; see the function `blocks`."""
        if min(replicates, points, block) < 1:
            raise ValueError(
                f"replicates, points and block are at least 1, not {replicates}, {points}, {block}"
            )
        if not self.circuit.parameters:
            nothing = np.empty((1, 0))
            yield Block(0, 0, nothing, self.probabilities(nothing))
            return
        for replicate in range(replicates):
            for start in range(0, points, block):
                yield self.block(replicate=replicate, start=start, count=min(block, points - start))


def evaluate(circuit: Circuit, programs: Ints, theta: Floats) -> Floats:
    """Values (samples, programs) of instructions, such as losses, at theta (samples, parameters)."""
    return interpreter.evaluate(circuit.reals, theta, programs)


@dataclass(frozen=True)
class Wanted:
    """The instructions computed and checked at each parameter value: coins, then requirements."""

    coins: Ints
    requirements: tuple[Requirement, ...]
    programs: Ints
    by_rule: dict[Rule, Ints]  # columns of requirements that might not be met


def wanted(circuit: Circuit) -> Wanted:
    """The coins' programs, each a probability, and the circuit's requirements."""
    coins = np.arange(len(circuit.coins), dtype=np.int32)
    return _wanted(circuit, coins, (*map(of_coin, circuit.coins), *circuit.requirements))


def wanted_by_factor(circuit: Circuit, factors: Sequence[Collection[int]]) -> list[Wanted]:
    """The same for each set of parameters: only the coins and requirements that depend on any of these."""
    coins = [read_by(circuit, coin.program) for coin in circuit.coins]
    further = [read_by(circuit, each.program) for each in circuit.requirements]
    found = []
    for factor in map(set, factors):
        moved = [coin for coin, read in enumerate(coins) if read & factor]
        asked = [each for each, read in zip(circuit.requirements, further, strict=True) if read & factor]
        of_coins = [of_coin(circuit.coins[coin]) for coin in moved]
        found.append(_wanted(circuit, np.array(moved, np.int32), (*of_coins, *asked)))
    return found


def _wanted(circuit: Circuit, coins: Ints, requirements: tuple[Requirement, ...]) -> Wanted:
    by_rule: dict[Rule, list[int]] = {}
    for column in np.flatnonzero(~_always_met(circuit, requirements)).tolist():
        by_rule.setdefault(requirements[column].rule, []).append(column)
    programs = np.array([r.program for r in requirements], np.int32)
    columns = {rule: np.array(at, np.int32) for rule, at in by_rule.items()}
    return Wanted(coins, requirements, programs, columns)


def of_coin(coin: Coin) -> Requirement:
    """The requirement of a coin: a probability."""
    return Requirement(coin.program, "probability", coin.path or coin.draw)


def coin_probabilities(circuit: Circuit, theta: Floats, want: Wanted | None = None) -> Floats:
    """The coins' probabilities (samples, coins) at parameter values (samples, parameters).

    Raises `RunError` if a requirement of the circuit is not met, or a coin's value is not a probability;
    NaN never meets one. Values that rounding moved out of [0, 1] (1e-12) are clipped. `want` has the coins
    and requirements, by default all (`wanted(circuit)`).
    """
    want = want or wanted(circuit)
    values = interpreter.evaluate(circuit.reals, theta, want.programs)
    if not all(satisfied(rule, values[:, columns]).all() for rule, columns in want.by_rule.items()):
        coins = len(want.coins)
        for column in (*range(coins, len(want.requirements)), *range(coins)):
            _check(circuit, want.requirements[column], values[:, column], theta)
    return np.clip(values[:, : len(want.coins)], 0.0, 1.0)


def _check(circuit: Circuit, requirement: Requirement, values: Floats, theta: Floats) -> None:
    """Raise `RunError` for the first sample that does not meet a requirement."""
    wrong = ~satisfied(requirement.rule, values)
    if wrong.any():
        sample = int(np.argmax(wrong))
        said = f"{shown(float(values[sample]))} {SAID[requirement.rule]}"
        raise RunError(said, requirement.path, _where(circuit, requirement.program, theta[sample]))


def required(circuit: Circuit, requirements: Sequence[Requirement], theta: Floats) -> Floats:
    """Values (samples, requirements) of instructions that must meet a rule; else raises `RunError`."""
    values = interpreter.evaluate(circuit.reals, theta, np.array([r.program for r in requirements], np.int32))
    for column, requirement in enumerate(requirements):
        _check(circuit, requirement, values[:, column], theta)
    return values


def _where(circuit: Circuit, program: int, theta: Floats) -> str:
    """The parameter values that a program reads, for an error."""
    parameters = _parameters(circuit, program)
    if not parameters:
        return WHATEVER
    where = [f"{circuit.parameters[i].path} = {float(theta[i]):.6g}" for i in parameters[:MAX_NAMED]]
    more = f" and {len(parameters) - MAX_NAMED} more" if len(parameters) > MAX_NAMED else ""
    return " where " + ", ".join(where) + more


def _parameters(circuit: Circuit, program: int) -> list[int]:
    """The parameters that a program reads, in the order of the story."""
    needed = interpreter.reads(circuit.reals, np.array([program], np.int32))
    plain = needed[circuit.reals.op[needed] == RealOp.PARAMETER]
    return sorted(set(circuit.reals.k[plain].tolist()))


def mean_probabilities(circuit: Circuit) -> Floats | None:
    """The coins' mean probabilities (1, coins) if only these matter for the outcomes' means, else None.

    That is so if every coin's probability is a constant or a parameter that affects no other coin and is
    tied to none: outcome probabilities are multilinear in the coins, so E q(p) = q(E p). An `interval`
    counts as uniform. Also None if a requirement might fail at some parameter value.
    """
    programs = np.array([coin.program for coin in circuit.coins], np.int32)
    simple = {RealOp.CONST, RealOp.PARAMETER}
    if any(int(op) not in simple for op in circuit.reals.op[programs]):
        return None
    drawn = circuit.reals.k[programs[circuit.reals.op[programs] == RealOp.PARAMETER]].tolist()
    if len(set(drawn)) < len(drawn) or set(drawn) & set(circuit.correlated.tolist()):
        return None
    coins = [Requirement(program, "probability", "") for program in programs.tolist()]
    if not _always_met(circuit, (*circuit.requirements, *coins)).all():
        return None
    # Parameters that are not coins need not have a mean: any possible value will do.
    values = [mean(p) if i in set(drawn) else _median(p) for i, p in enumerate(circuit.parameters)]
    return coin_probabilities(circuit, np.array(values, np.float64).reshape(1, len(values)))


def _always_met(circuit: Circuit, requirements: Sequence[Requirement]) -> npt.NDArray[np.bool_]:
    """Whether each requirement is always met, by constants or by a parameter's support."""
    programs = np.array([requirement.program for requirement in requirements], np.intp)
    op, parameter = circuit.reals.op[programs], circuit.reals.k[programs]
    met = np.zeros(len(requirements), np.bool_)
    rules = np.array([requirement.rule for requirement in requirements])
    for rule in {requirement.rule for requirement in requirements}:
        here = np.flatnonzero((op == RealOp.CONST) & (rules == rule))
        met[here] = satisfied(rule, circuit.reals.value[programs[here]])
    supports = {i: _support(circuit.parameters[i]) for i in set(parameter[op == RealOp.PARAMETER].tolist())}
    for column in np.flatnonzero(op == RealOp.PARAMETER).tolist():
        met[column] = within(requirements[column].rule, *supports[int(parameter[column])])
    return met


def _support(parameter: Parameter) -> tuple[float, float]:
    with _computable(parameter):
        return bound(parameter.distribution).support


def at_means(circuit: Circuit) -> Block:
    """One sample: every parameter at the mean of its marginal, and the coins there.

    The basis of the truth layer. These are not the coins' means if a program is not linear. Raises `RunError`
    as `coin_probabilities`.
    """
    theta = np.array([mean(p) for p in circuit.parameters], np.float64).reshape(1, len(circuit.parameters))
    return Block(0, 0, theta, coin_probabilities(circuit, theta))


def blocks(
    circuit: Circuit,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
    points: int = TABLE_POINTS,
    block: int = BLOCK_POINTS,
    among: Sequence[str] | None = None,
) -> Iterator[Block]:
    """The design: `replicates` independent scramblings of the first `points` Sobol' points, in blocks.

    Means over a replicate have the small error of Sobol' points (best where `points` is a power of two), and
    the spread of the replicates' means is that error: 8 replicates give a standard error to a quarter, 32 to
    an eighth. Replicates are not further points of one net; for a smaller error increase `points`. Without
    parameters there is one sample, which is exact.

    Raises ValueError for a count below 1, `RunError` as `coin_probabilities`.
    """
    paths = None if among is None else tuple(among)
    yield from Sampler(circuit, seed, paths).blocks(replicates=replicates, points=points, block=block)

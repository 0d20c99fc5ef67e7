"""The credence layer: mean and variance of each coin's probability, and the part of each parameter.

Exact if each factor (a parameter, or those that `[[dependence]]` ties) enters one coin: the coins'
probabilities are then independent. A coin that is a parameter has that distribution's moments; a program of
one parameter takes a quadrature; a program linear in each of several, all sums of plus and minus one standard
deviation (two points of each have the right moments); any smooth program of two or three, a product
quadrature.
"""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from sensa.circuit import Circuit, read_by
from sensa.engines.exact.covariances import Covariances
from sensa.engines.protocol import EngineRefusal
from sensa.kernels.distributions.levels import Levels, at_scores
from sensa.kernels.distributions.quadrature import legendre, mean_of
from sensa.kernels.program import Floats, RealOp
from sensa.kernels.programs.degrees import degrees
from sensa.sampling.parameters import evaluate
from sensa.sampling.rules import PROBABILITY_ROUNDING
from sensa.session import NO_DIAGRAM, Session
from sensa.variance.exact_indices import Layer, Partial
from sensa.variance.factors import factors
from sensa.variance.sobol_outputs import Outputs, outputs

MAX_LINEAR = 12  # parameters of one coin: their two points make 2^12 values
QUADRATURE_NODES = {2: (96, 128), 3: (48, 64)}  # of a product quadrature by its parameters, and of its check
MAX_SCORE = 8.5  # normal scores it spans
MOMENT_TOLERANCE = 1e-10  # of the second moment, between the two


class EntangledError(Exception):
    """The coins are not independent, or their moments cannot be computed; the message says which and why."""


def coins_of(outputs: Outputs) -> list[int]:
    """The coins that the outputs depend on."""
    found: list[int] = outputs.engine.coins_read.tolist()
    return found


def covariances_of(session: Session, outputs: Outputs) -> Covariances:
    """The product of the outputs' diagram with itself; raises `EntangledError` beyond the budget.

    It may take longer than all else: what can refuse at once is asked first.
    """
    made = outputs.covariances(session)
    if isinstance(made, EngineRefusal):
        raise EntangledError(str(made))
    return made


def credence_outputs(session: Session) -> tuple[Outputs, Layer, Covariances]:
    """The outputs over the parameters, with the moments of their coins and their diagram's product.

    Raises `EntangledError` if there is none of these.
    """
    found = outputs(session, "credence")
    if found is None:
        raise EntangledError(NO_DIAGRAM)
    return found, credence_layer(session, found), covariances_of(session, found)


def credence_layer(session: Session, outputs: Outputs, held: frozenset[int] = frozenset()) -> Layer:
    """Means and variances of the coins that the outputs depend on; raises `EntangledError`.

    Coins that read one of the parameters `held` are left out, with a mean and variance of 0.
    """
    circuit = session.circuit
    groups = factors(circuit)
    factor = {parameter: f for f, group in enumerate(groups) for parameter in group}
    m, v = np.zeros((2, 1, len(outputs.coins)))
    coins: list[list[int]] = [[] for _ in groups]
    partials: dict[int, Partial] = {}
    read = {coin: sorted(read_by(circuit, outputs.coins[coin].program)) for coin in coins_of(outputs)}
    used = [coin for coin, own in read.items() if not held & set(own)]
    for coin in used:
        for f in sorted({factor[i] for i in read[coin]}):
            coins[f].append(coin)
    for f, reached in enumerate(coins):
        if len(reached) > 1:
            path = circuit.parameters[groups[f][0]].path
            raise EntangledError(f"`{path}` moves {len(reached)} draws at once")
    for coin in used:
        own = read[coin]
        if len({factor[i] for i in own}) < len(own):
            raise EntangledError(f"tied parameters move `{outputs.coins[coin].draw}` together")
        moments = _moments(session, outputs.coins[coin].program, own, chance=coin < len(circuit.coins))
        m[0, coin], v[0, coin] = moments.mean, moments.variance
        if len(own) > 1:
            partials[coin] = partial(_known, moments, {factor[i]: n for n, i in enumerate(own)})
    return Layer(m, v, tuple(tuple(reached) for reached in coins), partials)


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a program over independent parameters, and the part of each set of these."""

    mean: float
    variance: float
    parts: Floats  # by set of parameters, as the bits of a number; (1 << parameters,)

    def closed(self, known: int) -> float:
        """Var E[program | these parameters]."""
        numbers = np.arange(1, len(self.parts))
        return float(self.parts[1:][numbers & ~known == 0].sum())


def _known(moments: Moments, place: dict[int, int], known: frozenset[int]) -> float:
    return moments.closed(sum(1 << place[f] for f in known))


def _moments(session: Session, program: int, own: list[int], *, chance: bool) -> Moments:
    circuit = session.circuit
    marginals = [session.points.sampler.marginals[i] for i in own]
    if not own:
        value = _values(circuit, program, [], np.empty((1, 0)), chance)[0]
        return Moments(float(value), 0.0, np.zeros(1))
    if circuit.reals.op[program] == RealOp.PARAMETER:
        return _of_one(*marginals[0].moments())
    if len(own) == 1:

        def value_at(levels: Levels) -> Floats:
            return _values(circuit, program, own, marginals[0].inverse(levels)[:, None], chance)

        mean = mean_of(value_at)
        return _of_one(mean, mean_of(lambda levels: (value_at(levels) - mean) ** 2))
    linear = (degrees(circuit.reals, np.array([program], np.int32), own) <= 1).all()
    if linear and len(own) <= MAX_LINEAR:
        return _multilinear(circuit, program, own, [marginal.moments() for marginal in marginals])
    if len(own) not in QUADRATURE_NODES:
        raise EntangledError(f"the moments of a number over {len(own)} parameters are not computed")
    coarse, fine = (_product(session, program, own, nodes, chance) for nodes in QUADRATURE_NODES[len(own)])
    if not (np.abs(fine.parts - coarse.parts) <= MOMENT_TOLERANCE * (fine.variance + fine.mean**2)).all():
        raise EntangledError(f"a number over {len(own)} parameters is not smooth enough for a quadrature")
    return fine


def _of_one(mean: float, variance: float) -> Moments:
    if not np.isfinite(mean) or not np.isfinite(variance):
        raise EntangledError("a parameter has no finite variance")
    return Moments(mean, variance, np.array([0.0, variance]))


def _values(circuit: Circuit, program: int, own: list[int], at: Floats, chance: bool) -> Floats:
    """A program's values at values (n, own) of its parameters; raises if not a probability."""
    theta = np.zeros((len(at), len(circuit.parameters)))
    theta[:, own] = at
    found = evaluate(circuit, np.array([program], np.int32), theta)[:, 0]
    fits = (
        np.isfinite(found)
        if not chance
        else (found >= -PROBABILITY_ROUNDING) & (found <= 1 + PROBABILITY_ROUNDING)
    )
    if not fits.all():
        raise EntangledError("a number leaves its bounds at a parameter value that can occur")
    return found


def _multilinear(
    circuit: Circuit, program: int, own: list[int], moments: list[tuple[float, float]]
) -> Moments:
    """Moments from the values at all sums of plus and minus one standard deviation."""
    count = len(own)
    signs = 2.0 * (np.arange(1 << count)[:, None] >> np.arange(count) & 1) - 1
    mean, variance = np.array(moments).T
    found = _values(circuit, program, own, mean + np.sqrt(variance) * signs, chance=False)
    for i in range(count):
        halves = found.reshape(-1, 2, 1 << i)
        found = np.stack([halves[:, 0] + halves[:, 1], halves[:, 1] - halves[:, 0]], axis=1).ravel()
    found = found / (1 << count)
    parts = found**2
    return Moments(float(found[0]), float(parts[1:].sum()), parts)


@cache
def _score_rule(nodes: int) -> tuple[Floats, Floats]:
    """Normal scores and weights that add up to 1."""
    x, w = legendre(nodes)
    z = MAX_SCORE * x
    weights = w * np.exp(-0.5 * z * z)
    return z, weights / weights.sum()


def _product(session: Session, program: int, own: list[int], nodes: int, chance: bool) -> Moments:
    """Moments by a product of Gauss-Legendre rules in the parameters' normal scores."""
    z, weights = _score_rule(nodes)
    axes = [session.points.sampler.marginals[i].inverse(at_scores(z)) for i in own]
    grid = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
    values = _values(session.circuit, program, own, grid, chance).reshape([nodes] * len(own))
    mean = values
    for _ in own:
        mean = weights @ mean
    centred = values - float(mean)
    closed = np.zeros(1 << len(own))
    for known in range(1, 1 << len(own)):
        part, rest = centred, [weights if known >> axis & 1 else None for axis in range(len(own))]
        for axis in reversed(range(len(own))):
            if rest[axis] is None:
                part = np.tensordot(part, weights, axes=([axis], [0]))
        part = part**2
        for _ in range(known.bit_count()):
            part = weights @ part
        closed[known] = float(part)
    parts = closed.copy()
    for axis in range(len(own)):  # from sets with all subsets to the sets alone
        halves = parts.reshape(-1, 2, 1 << axis)
        halves[:, 1] -= halves[:, 0]
    return Moments(float(mean), float(closed[-1]), parts)

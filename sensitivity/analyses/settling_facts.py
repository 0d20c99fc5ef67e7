"""Which fact would settle how it ends, in bits, and which tells two experts or two stories apart."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sensa.analyses.experts import alone, asked_of
from sensa.circuit import FAILURES, Circuit, read_by
from sensa.engines.capabilities import SupportsRanges
from sensa.fact_circuit import Fact, facts, joined, truth
from sensa.kernels.distributions.levels import Levels
from sensa.kernels.distributions.quadrature import mean_of
from sensa.kernels.program import Floats, Op
from sensa.methods.conditional_means import Holding
from sensa.methods.information import binary, divergence, entropy, mutual
from sensa.methods.outputs import FAILURE
from sensa.methods.sample_information import DEGREE
from sensa.results import described
from sensa.sampling.estimates import spread
from sensa.sampling.parameters import coin_probabilities, mean_probabilities
from sensa.session import NO_DIAGRAM, Session

if TYPE_CHECKING:
    from sensa.graph import Parameter

ROUNDING = 1e-13  # bits; a difference of entropies that is only rounding
MAX_EXPERTS = 6  # of whom all pairs are compared
QUESTIONS = ("catastrophic", FAILURE)


def settling_facts(session: Session) -> xr.Dataset:
    """What learning each fact would add to the forecast of how it ends, and which tells experts apart.

    `bits` (fact, question): the information I(U; X) between a fact X, as in `value_of_facts`, and the
    question U whether it ends in catastrophe, or fails: what learning X is expected to add to the log score
    of a forecast of U. `share`: of its most, the `entropy` (question) of U, which knowing U itself would add.
    `chance` (fact) is P(X is true), of an assumption that it holds, of a choice that of its likeliest option.
    Uncertain numbers stay uncertain; `number_bits` and `number_share` (number, question) are of knowing an
    uncertain probability instead, those that `[[dependence]]` ties left out: H(U) - E H(U | p), with U as
    likely given p as all else says.

    Of each two experts, with the story as each would have it (`asked`: the numbers that both or either
    answered): `apart` (pair, question): how far apart their forecasts of U are, as Jensen and Shannon's
    divergence; `tells_apart` (pair, fact): the same of their forecasts of X: what learning X is expected to
    tell of who is right, at most 1 bit; `closes` (pair, fact, question): by how much learning X is expected
    to bring their forecasts of U together, `apart` minus its mean over X, with X as likely as both say on
    average; negative where it drives them apart. At most six experts are compared.

    Misleads if read as the value of a study, which seldom reveals a truth for sure, or of a decision
    (`value_of_facts`): a question that is nearly settled has few bits, however much depends on it. Exact
    where only the numbers' means matter, else over scrambled points, with a standard error from the
    replicates.
    """
    seen = _seen(session, {})
    if seen is None:
        return described(xr.Dataset(), exact=False, note=NO_DIAGRAM)
    bits = spread(np.stack([_bits(seen, of) for of in seen.each]))
    questions = entropy(binary(seen.risk))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(questions > 0, bits.mean / questions, np.nan)
    data = xr.Dataset(
        {
            "bits": (("fact", "question"), bits.mean),
            "bits_error": (("fact", "question"), bits.error),
            "share": (("fact", "question"), share),
            "entropy": ("question", questions),
            "chance": ("fact", [seen.chance(fact) for fact in range(len(seen.known))]),
        },
        coords={
            "fact": [fact.name for fact in seen.known],
            "kind": ("fact", [fact.kind for fact in seen.known]),
            "question": list(QUESTIONS),
        },
    )
    return described(data.merge(_of_numbers(session)).merge(_of_experts(session)), exact=seen.exact)


def discrimination(one: Session, other: Session) -> xr.Dataset:
    """Which facts that two stories share would tell them apart, and bring their forecasts together.

    As `settling_facts` does of two experts: `apart` (question), `tells_apart` (fact), `closes` (fact,
    question); `chance` (story, fact), of a choice that of its first option; `risk` (story, question). A fact
    is shared if it has one name and as many options in both. Raises `ValueError` beyond the budget of
    diagrams.
    """
    for session in (one, other):
        if not isinstance(session, Session):
            raise TypeError(
                f"expected prepared stories, got `{type(session).__name__}`; `sensa.prepare` gives them"
            )
    found = [_seen(session, {}) for session in (one, other)]
    if found[0] is None or found[1] is None:
        raise ValueError(NO_DIAGRAM)
    sides = found[0], found[1]
    shared = [
        (i, j)
        for i, fact in enumerate(sides[0].known)
        for j, theirs in enumerate(sides[1].known)
        if (fact.name, len(fact.gates)) == (theirs.name, len(theirs.gates))
    ]
    apart, tells, closes = _compared(*sides, shared)
    chances = [[side.chance(pair[k], 1) for pair in shared] for k, side in enumerate(sides)]
    data = xr.Dataset(
        {
            "apart": ("question", apart),
            "tells_apart": ("fact", tells),
            "closes": (("fact", "question"), closes),
            "chance": (("story", "fact"), np.array(chances).reshape(2, -1)),
            "risk": (("story", "question"), np.stack([side.risk for side in sides])),
        },
        coords={
            "fact": [sides[0].known[i].name for i, _ in shared],
            "kind": ("fact", [sides[0].known[i].kind for i, _ in shared]),
            "question": list(QUESTIONS),
            "story": [session.graph.origin.title for session in (one, other)],
        },
    )
    return described(data, exact=sides[0].exact and sides[1].exact)


@dataclass(frozen=True)
class _Seen:
    """Probabilities of the facts' values, of the questions, and of both together, by replicate."""

    known: tuple[Fact, ...]
    each: Floats  # (replicates, values + questions + values x questions)
    exact: bool

    @property
    def mean(self) -> Floats:
        """Over the replicates."""
        found: Floats = self.each.mean(axis=0)
        return found

    @property
    def risk(self) -> Floats:
        """The probability of each question."""
        return self.risks(self.mean)

    @property
    def _values(self) -> int:
        return sum(len(fact.gates) for fact in self.known)

    def risks(self, of: Floats) -> Floats:
        """The probability of each question, in one replicate."""
        return of[self._values : self._values + len(QUESTIONS)]

    def distribution(self, fact: int, of: Floats) -> tuple[Floats, Floats]:
        """The distribution (values,) of a fact, and with each question (questions, values)."""
        start = sum(len(other.gates) for other in self.known[:fact])
        stop = start + len(self.known[fact].gates)
        values, count = self._values, len(QUESTIONS)
        joint = of[values + count :].reshape(values, count)[start:stop].T
        chance = np.append(of[start:stop], max(1.0 - of[start:stop].sum(), 0.0))
        rest = np.maximum(self.risks(of) - joint.sum(axis=1), 0.0)
        return chance, np.minimum(np.column_stack([joint, rest]), chance)

    def chance(self, fact: int, values: int | None = None) -> float:
        """P(a fact is true); of a choice, that of the likeliest of its first `values` options."""
        return truth(self.known[fact].kind, self.distribution(fact, self.mean)[0][:-1][:values])


def _seen(session: Session, change: "Mapping[int, Parameter]") -> _Seen | None:
    """The probabilities with some numbers changed; None without a diagram."""
    engine = session.exact_ends
    if engine is None:
        return None
    circuit, known = facts(session.graph)
    values = [gate for fact in known for gate in fact.gates]
    circuit, risks = joined(circuit, Op.OR, _questions(circuit))
    meets: list[tuple[int, ...]] = [(gate, int(risk)) for gate in values for risk in risks]
    circuit, both = joined(circuit, Op.AND, meets)
    changed = tuple(change.get(i, p) for i, p in enumerate(circuit.parameters))
    circuit = replace(circuit, parameters=changed)
    of_facts = replace(session, circuit=circuit).exact([*values, *risks.tolist(), *both.tolist()])
    if of_facts is None:
        return None
    p = mean_probabilities(circuit)
    if p is not None:
        return _Seen(known, of_facts.probabilities(np.atleast_2d(p)), exact=True)
    own = replace(session.circuit, parameters=changed)
    thetas = Holding(replace(session, circuit=own), engine, ()).by_replicate
    each = [of_facts.probabilities(coin_probabilities(circuit, theta)).mean(axis=0) for theta in thetas]
    return _Seen(known, np.stack(each), exact=False)


def _questions(circuit: Circuit) -> list[tuple[int, ...]]:
    """The gates of the ends of each question."""
    kinds = {QUESTIONS[0]: (QUESTIONS[0],), FAILURE: FAILURES}
    return [
        tuple(circuit.ended[end.name] for end in circuit.ends if end.kind in kinds[question])
        for question in QUESTIONS
    ]


def _bits(seen: _Seen, of: Floats) -> Floats:
    """The information (facts, questions) in one replicate."""
    rows = []
    for fact in range(len(seen.known)):
        chance, joint = seen.distribution(fact, of)
        rows.append(mutual(joint, np.broadcast_to(chance, joint.shape)))
    return np.array(rows).reshape(len(seen.known), len(QUESTIONS))


def _compared(one: _Seen, other: _Seen, shared: list[tuple[int, int]]) -> tuple[Floats, Floats, Floats]:
    """How far apart two are on the questions and on each fact, and how much each fact closes."""
    apart = divergence(binary(one.risk), binary(other.risk))
    tells, closes = [], []
    for i, j in shared:
        chance, joint = one.distribution(i, one.mean)
        theirs, joint_theirs = other.distribution(j, other.mean)
        tells.append(float(divergence(chance, theirs)))
        with np.errstate(invalid="ignore", divide="ignore"):
            left = divergence(binary(joint / chance), binary(joint_theirs / theirs))
        possible = (chance > 0) & (theirs > 0)  # else it is clear who is right
        closes.append(apart - np.where(possible, (chance + theirs) / 2 * left, 0.0).sum(axis=-1))
    return apart, np.array(tells), np.array(closes).reshape(len(shared), len(QUESTIONS))


def _of_numbers(session: Session) -> xr.Dataset:
    """What knowing each uncertain probability would add, in bits; empty where there is none."""
    circuit, engine, tied = session.circuit, session.exact_ends, set(session.circuit.correlated.tolist())
    read = set[int]().union(*(read_by(circuit, coin.program) for coin in circuit.coins))
    numbers = [
        (i, p.path)
        for i, p in enumerate(circuit.parameters)
        if p.scale == "probability" and i in read and i not in tied
    ]
    if not numbers or engine is None:
        return xr.Dataset()
    asked = np.stack([circuit.of_kind(QUESTIONS[0]), circuit.of_kind(*FAILURES)], axis=1)
    rows = [_number_bits(session, engine, i, asked) for i, _ in numbers]
    bits, whole = (np.stack(each) for each in zip(*rows, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, bits / whole, np.nan)
    return xr.Dataset(
        {"number_bits": (("number", "question"), bits), "number_share": (("number", "question"), share)},
        coords={"number": [path for _, path in numbers]},
    )


def _number_bits(
    session: Session, engine: SupportsRanges, parameter: int, asked: Floats
) -> tuple[Floats, Floats]:
    """The bits of knowing a number, for each question, and those of knowing the answer."""
    x = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
    holding = Holding(session, engine, (parameter,), passes=DEGREE + 1)
    means = holding(((1 + x) / 2)[:, None]).mean(axis=0)[:, :-1] @ asked
    marginal = session.points.sampler.marginals[parameter]
    found = []
    for values in means.T:
        series = np.polynomial.chebyshev.chebfit(x, values, DEGREE)

        def chance(levels: Levels, series: Floats = series) -> Floats:
            at = np.polynomial.chebyshev.chebval(2 * marginal.inverse(levels) - 1, series)
            return np.clip(np.asarray(at, np.float64), 0.0, 1.0)

        whole = entropy(binary(np.array(mean_of(chance))))
        left = mean_of(lambda levels, chance=chance: entropy(binary(chance(levels))))  # type: ignore[misc]
        bits = float(whole) - left
        found.append((bits if bits > ROUNDING else 0.0, float(whole)))
    both = np.array(found)
    return both[:, 0], both[:, 1]


def _of_experts(session: Session) -> xr.Dataset:
    """Each two experts; empty without experts."""
    asked, draws, people = asked_of(session)
    pairs = list(combinations(people[:MAX_EXPERTS], 2))
    seen = {name: _seen(session, alone(asked, draws, name)) for name in {n for pair in pairs for n in pair}}
    rows = []
    for pair in pairs:
        one, other = (seen[name] for name in pair)
        if one is None or other is None:
            return xr.Dataset()
        rows.append(_compared(one, other, [(i, i) for i in range(len(one.known))]))
    if not rows:
        return xr.Dataset()
    return xr.Dataset(
        {
            "apart": (("pair", "question"), np.stack([row[0] for row in rows])),
            "tells_apart": (("pair", "fact"), np.stack([row[1] for row in rows])),
            "closes": (("pair", "fact", "question"), np.stack([row[2] for row in rows])),
        },
        coords={"pair": [f"{one}, {other}" for one, other in pairs]},
    )

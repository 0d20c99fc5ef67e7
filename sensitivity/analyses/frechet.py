"""Bounds without independence: the range of outcomes over all dependences between assumptions."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from sensa.kernels.program import Floats
from sensa.kernels.ties import PROBABILITY_ROUNDING, largest
from sensa.methods.interventions import JOINT, VIOLATED, effects, held
from sensa.methods.outputs import outputs
from sensa.results import UNDEFINED, described
from sensa.session import Session

Cases = npt.NDArray[np.bool_]  # (cases, assumptions): which are violated

MAX_ASSUMPTIONS = 12  # assumptions at once: 4,096 joint cases
DEFAULT_ASSUMPTIONS = 8  # if each case takes one pass
DEFAULT_ASSUMPTIONS_SAMPLED = 6  # if it takes many
BOTH = tuple(itertools.product((False, True), repeat=2))  # first and second violated
TOLERANCES = (1e-10, 1e-7)  # of the linear programme: its smallest, and its default
NO_DIAGRAM = "no diagram within the budget"


def frechet(session: Session, *, assumptions: Sequence[str] | None = None) -> xr.Dataset:
    """The smallest and largest P(outcome) over all joint distributions of the truth of some assumptions.

    Each assumption keeps its probability of being violated, `violated`; the dependence between violations is
    arbitrary. `lower` and `upper` are the bounds for all named assumptions together, `…_chance` and
    `…_violated` the joint cases that attain them (at most one more than there are assumptions),
    `pair_lower` and `pair_upper` the bounds if only two of them may depend on each other (on the diagonal
    `independent`). `independent` is the value if they are independent, `stated` the story's own. By default
    the assumptions are those whose violation moves P(catastrophic) most, at most 8 (6 if parameters must be
    sampled); at most 12 can be named.

    In each joint case the assumptions are set by intervention, and all else is unchanged; parameters are in
    expectation. So if an assumption depends on something else that matters (it has cases or challenges, as a
    note says), the story's own value need not lie between the bounds: that dependence is cut.

    Misleads if read as likely: the bounds are attained by joint distributions that hardly anyone believes in.
    They show how much of a small number rests on independence alone. Assumptions drawn at every step are left
    out.

    A linear programme over the 2^n joint cases (Hailperin 1965, 10.1080/00029890.1965.11970533), its ends
    certified by duality; for two, Frechet's inequalities (1935) on the probability of both.
    """
    names, of, matrix = outputs(session.circuit)
    known = [kind != "loss" for kind in of]
    names, combine = list(itertools.compress(names, known)), matrix[:-1, known]
    if session.exact_ends is None:
        return _dataset(session, names, [], None, NO_DIAGRAM)
    chosen = _chosen(session, assumptions)
    violated = effects(session, chosen).mean[JOINT].sum(axis=1)
    cases = np.array(list(itertools.product((False, True), repeat=len(chosen))), np.bool_)
    cases = cases.reshape(1 << len(chosen), len(chosen))
    q, of_pairs = _set(session, chosen, cases)
    found = (violated, cases, q @ combine, of_pairs @ combine)
    return _dataset(session, names, chosen, found, _note(session, chosen), combine)


def _chosen(session: Session, asked: Sequence[str] | None) -> list[str]:
    once = [
        name
        for name, coins in session.circuit.assumption_coins.items()
        if all(session.circuit.coins[coin].step is None for coin in coins)
    ]
    if asked is not None:
        wrong = [name for name in asked if name not in once]
        if wrong:
            raise ValueError(
                f"`{wrong[0]}` is not an assumption that is drawn once; expected one of {', '.join(once)}"
            )
        if len(asked) > MAX_ASSUMPTIONS:
            raise ValueError(f"at most {MAX_ASSUMPTIONS} assumptions, not {len(asked)}")
        return list(dict.fromkeys(asked))
    most = DEFAULT_ASSUMPTIONS if session.mean_p is not None else DEFAULT_ASSUMPTIONS_SAMPLED
    if len(once) <= most:
        return once
    catastrophic = session.circuit.of_kind("catastrophic")
    stated = session.average(session.ends, session.by_outcome).mean[0]
    moved = np.abs((effects(session, once).mean[VIOLATED] - stated) @ catastrophic)
    return [once[i] for i in sorted(largest(moved.tolist(), most, absolute=PROBABILITY_ROUNDING))]


def _set(session: Session, names: list[str], cases: Cases) -> tuple[Floats, Floats]:
    """Outcomes' means in each joint case (cases, outcomes) and with two set (pairs, 4, outcomes)."""
    down = [{name: not bad for name, bad in zip(names, case, strict=True)} for case in cases.tolist()]
    for i, j in _couples(len(names)):
        down += [{names[i]: not first, names[j]: not second} for first, second in BOTH]
    forces = [held(session.circuit, each) for each in down]
    means = session.average(session.ends, session.by_outcome, forces).mean
    return means[: len(cases)], means[len(cases) :].reshape(-1, len(BOTH), means.shape[1])


def _couples(count: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(count), 2))


def extremes(violated: Floats, cases: Cases, q: Floats) -> tuple[float, Floats]:
    """The minimum of sum pi q over distributions pi of the cases with these marginals, and its pi.

    Shapes: violated (n,), cases (2^n, n), q (2^n,). The value is proven by the dual: no pi gives less.
    """
    from scipy.optimize import linprog  # imported late: a quarter of a second

    scale = float(np.abs(q).max()) or 1.0
    rows = np.vstack([np.ones(len(cases)), cases.T])
    right = np.concatenate([[1.0], violated])
    for tolerance in TOLERANCES:
        found = linprog(
            q / scale,
            A_eq=rows,
            b_eq=right,
            bounds=(0, None),
            method="highs-ds",
            options={"primal_feasibility_tolerance": tolerance, "dual_feasibility_tolerance": tolerance},
        )
        if found.status == 0:
            dual = np.asarray(found.eqlin.marginals)
            short = min(float((q / scale - rows.T @ dual).min()), 0.0)
            return scale * float(dual @ right + short), np.maximum(np.asarray(found.x), 0.0)
    return UNDEFINED, np.full(len(cases), UNDEFINED)


def _ends(violated: Floats, cases: Cases, q: Floats) -> dict[str, Floats]:
    """Both bounds for each output, and the cases that attain them."""
    atoms = cases.shape[1] + 1
    found: dict[str, list[Floats]] = {}
    for column in q.T:
        for name, sign in (("lower", 1.0), ("upper", -1.0)):
            value, chance = extremes(violated, cases, sign * column)
            most = largest(chance.tolist(), atoms, absolute=PROBABILITY_ROUNDING)
            found.setdefault(name, []).append(np.clip(sign * value, column.min(), column.max()))
            found.setdefault(f"{name}_chance", []).append(_padded(chance[most], atoms))
            found.setdefault(f"{name}_violated", []).append(_padded(cases[most].astype(np.float64), atoms))
    return {name: np.array(values) for name, values in found.items()}


def _padded(rows: Floats, length: int) -> Floats:
    return np.concatenate([rows, np.zeros((length - len(rows), *rows.shape[1:]), rows.dtype)])


def _pairs(violated: Floats, means: Floats, alone: Floats) -> tuple[Floats, Floats]:
    """Both bounds (names, names, outputs) if two may depend, from means (pairs, 4, outputs)."""
    count = len(violated)
    low = np.repeat(np.repeat(alone[None, None], count, axis=0), count, axis=1)
    high = low.copy()
    for (i, j), four in zip(_couples(count), means, strict=True):
        m, n = violated[i], violated[j]
        ends = []
        for together in (max(0.0, m + n - 1), min(m, n)):
            chances = np.array([1 - m - n + together, n - together, m - together, together])
            ends.append(np.clip(chances, 0, 1) @ four)
        low[i, j] = low[j, i] = np.minimum(*ends)
        high[i, j] = high[j, i] = np.maximum(*ends)
    return low, high


def _note(session: Session, chosen: list[str]) -> str:
    notes = [] if chosen else ["no assumption is drawn once, so there is no dependence to vary"]
    several = [name for name in chosen if len(session.circuit.assumption_coins[name]) > 1]
    if several:
        notes.append(f"set by intervention, despite what they depend on in the story: {', '.join(several)}")
    if len(chosen) < len(session.circuit.assumption_coins):
        notes.append(f"{len(chosen)} of {len(session.circuit.assumption_coins)} assumptions")
    return "; ".join(notes)


def _dataset(
    session: Session,
    names: list[str],
    chosen: list[str],
    found: tuple[Floats, Cases, Floats, Floats] | None,
    note: str,
    combine: Floats | None = None,
) -> xr.Dataset:
    shapes = {"lower": (), "upper": (), "independent": (), "stated": ()}
    if found is None or combine is None:
        violated = np.empty(0)
        values = {name: np.full(len(names), UNDEFINED) for name in shapes}
        values |= {f"{end}_chance": np.full((len(names), 1), UNDEFINED) for end in ("lower", "upper")}
        values |= {f"{end}_violated": np.zeros((len(names), 1, 0), np.bool_) for end in ("lower", "upper")}
        low = high = np.empty((0, 0, len(names)))
    else:
        violated, cases, q, of_pairs = found
        values = _ends(violated, cases, q)
        chances = np.where(cases, violated, 1 - violated).prod(axis=1)
        values["independent"] = chances @ q
        values["stated"] = session.average(session.ends, session.by_outcome).mean[0] @ combine
        low, high = _pairs(violated, of_pairs, values["independent"])
    pair = ("assumption", "other", "output")
    data = xr.Dataset(
        {
            **{name: ("output", values[name]) for name in shapes},
            "violated": ("assumption", violated),
            **{f"{end}_chance": (("output", "case"), values[f"{end}_chance"]) for end in ("lower", "upper")},
            **{
                f"{end}_violated": (
                    ("output", "case", "assumption"),
                    values[f"{end}_violated"].astype(np.bool_),
                )
                for end in ("lower", "upper")
            },
            "pair_lower": (pair, low),
            "pair_upper": (pair, high),
        },
        coords={"output": names, "assumption": chosen, "other": chosen},
    )
    return described(data, how=session.how(session.ends), note=note)

"""Bounds without independence: the range of outcomes over all dependences between assumptions."""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from sensa.kernels.program import Floats
from sensa.kernels.ties import PROBABILITY_ROUNDING, largest
from sensa.methods.interventions import JOINT, VIOLATED, effects, held, in_replicates
from sensa.methods.joint_bounds import BOTH, Cases, couples, extremes, independent, nearby, of_pairs
from sensa.methods.outputs import outputs
from sensa.methods.statistics_of_means import of_means
from sensa.methods.sums_of_outcomes import summed
from sensa.methods.unmet_outcomes import Bools, rare, without
from sensa.methods.violation_chances import violation_chances
from sensa.results import UNDEFINED, described
from sensa.sampling.estimates import Estimate
from sensa.session import NO_DIAGRAM, Session
from sensa.variance.datasets import with_errors

MAX_ASSUMPTIONS = 12  # assumptions at once: 4,096 joint cases
DEFAULT_ASSUMPTIONS = 8  # if each case takes one pass
DEFAULT_ASSUMPTIONS_SAMPLED = 6  # if it takes many
DIMS = {
    "violated": ("assumption",),
    **dict.fromkeys(("pair_lower", "pair_upper"), ("assumption", "other", "output")),
}


def frechet(session: Session, *, assumptions: Sequence[str] | None = None) -> xr.Dataset:
    """The smallest and largest P(outcome) over all joint distributions of the truth of some assumptions.

    Each assumption keeps its probability of being violated, `violated`; the dependence between violations is
    arbitrary. `lower` and `upper` are the bounds for all named assumptions together, `…_chance` and
    `…_violated` the joint cases that attain them (at most one more than there are assumptions),
    `pair_lower` and `pair_upper` the bounds if only two of them may depend on each other (on the diagonal
    `independent`). `independent` is the value if they are independent, `stated` the story's own. By default
    the assumptions are those whose violation moves P(catastrophic) most, at most 8 (6 if parameters must be
    sampled); at most 12 can be named. Each number has its `…_error`: 0 where it is exact, else from the
    replicates, for the ends by the slopes of the linear programme. NaN if an output is too rare for the
    sampled worlds, and none of them meets it in any joint case.

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
        unknown = np.full(len(names), UNDEFINED)
        means = dict.fromkeys(("lower", "upper", "independent", "stated"), Estimate(unknown, unknown))
        return _dataset(session, names, [], means, {}, NO_DIAGRAM)
    chosen = _chosen(session, assumptions)
    violated = in_replicates(session, chosen)[:, JOINT, :, : len(session.outcomes)].sum(axis=2)
    cases = np.array(list(itertools.product((False, True), repeat=len(chosen))), np.bool_)
    cases = cases.reshape(1 << len(chosen), len(chosen))
    q, pairs = (part @ combine for part in _set(session, chosen, cases))
    ends, attained = _ends(violated, cases, q)
    pair = of_means(partial(of_pairs, cases), violated, q, pairs)
    means = {
        **ends,
        "independent": of_means(partial(independent, cases), violated, q),
        "stated": summed(session, combine)[0],
        "pair_lower": Estimate(pair.mean[0], pair.error[0]),
        "pair_upper": Estimate(pair.mean[1], pair.error[1]),
    }
    unmet = (q == 0).all(axis=(0, 1)) & (rare(session)[: len(session.outcomes)] @ combine > 0)
    means = {name: without(one, unmet & (one.mean == 0)) for name, one in means.items()}
    note = _note(session, chosen, list(itertools.compress(names, unmet)))
    means["violated"] = violation_chances(session, chosen)
    return _dataset(session, names, chosen, means, attained, note)


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
    """Outcomes' means in each replicate, in each joint case (replicates, cases, outcomes), and with two set.

    The latter have the shape (replicates, pairs, 4, outcomes).
    """
    down = [{name: not bad for name, bad in zip(names, case, strict=True)} for case in cases.tolist()]
    for i, j in couples(len(names)):
        down += [{names[i]: not first, names[j]: not second} for first, second in BOTH]
    forces = [held(session.circuit, each) for each in down]
    means = session.replicated(session.ends, session.by_outcome, forces)
    count, outcomes = len(means), means.shape[2]
    return means[:, : len(cases)], means[:, len(cases) :].reshape(count, -1, len(BOTH), outcomes)


def _ends(violated: Floats, cases: Cases, q: Floats) -> tuple[dict[str, Estimate], dict[str, Floats]]:
    """Both bounds for each output, and the cases that attain them."""
    atoms = cases.shape[1] + 1
    least, most = q.mean(axis=0).min(axis=0), q.mean(axis=0).max(axis=0)
    ends: dict[str, Estimate] = {}
    attained: dict[str, Floats] = {}
    for name, sign in (("lower", 1.0), ("upper", -1.0)):
        found = [extremes(violated.mean(axis=0), cases, sign * column) for column in q.mean(axis=0).T]
        value = np.clip(sign * np.array([one.value for one in found]), least, most)
        chance, slope = np.stack([one.chance for one in found]), sign * np.stack([one.slope for one in found])
        ends[name] = Estimate(value, of_means(partial(nearby, chance, slope), violated, q).error)
        top = [largest(row.tolist(), atoms, absolute=PROBABILITY_ROUNDING) for row in chance]
        attained[f"{name}_chance"] = np.stack(
            [_padded(row[i], atoms) for row, i in zip(chance, top, strict=True)]
        )
        attained[f"{name}_violated"] = np.stack([_padded(cases[i], atoms) for i in top])
    return ends, attained


def _padded(rows: Floats | Bools, length: int) -> Floats:
    return np.concatenate([rows, np.zeros((length - len(rows), *rows.shape[1:]), rows.dtype)])


def _note(session: Session, chosen: list[str], unmet: list[str]) -> str:
    notes = [] if chosen else ["no assumption is drawn once, so there is no dependence to vary"]
    several = [name for name in chosen if len(session.circuit.assumption_coins[name]) > 1]
    if several:
        notes.append(f"set by intervention, despite what they depend on in the story: {', '.join(several)}")
    if len(chosen) < len(session.circuit.assumption_coins):
        notes.append(f"{len(chosen)} of {len(session.circuit.assumption_coins)} assumptions")
    if unmet:
        notes.append(f"in no sampled world, whatever is violated: {', '.join(unmet)}")
    return "; ".join(notes)


def _dataset(
    session: Session,
    names: list[str],
    chosen: list[str],
    means: Mapping[str, Estimate],
    attained: Mapping[str, Floats],
    note: str,
) -> xr.Dataset:
    """The dataset; `attained` has (output, case) and (output, case, assumption)."""
    data = xr.Dataset(
        {
            label: variable
            for name, one in means.items()
            for label, variable in with_errors(DIMS.get(name, ("output",)), **{name: one}).items()
        }
        | {name: (("output", "case", "assumption")[: part.ndim], part) for name, part in attained.items()},
        coords={"output": names, "assumption": chosen, "other": chosen},
    )
    return described(data, how=session.how(session.ends), note=note)

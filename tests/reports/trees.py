"""Results made by hand, for reports: every value is chosen here."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from sensa import results

LEVELS = list(results.QUANTILES)
OUTCOMES = ["catastrophic", "fail_safe", "success"]


def hand_made(
    *,
    title: str = "Cat classifier",
    file: str = "cat.toml",
    steps: Sequence[str] = ("",),
    safely: float = 0.9963,
    intervals: int = 0,
) -> xr.DataTree:
    """Three outcomes, three assumptions, two uncertain numbers."""
    attributes = {
        "format": results.FORMAT, "story": title, "file": file, "digest": "0" * 64, "engine": "exact",
        "diagram_nodes": 41, "order": "depth-first", "seed": 0, "replicates": 8, "points": 16384,
        "spread_points": 16384, "parameters": 2, "intervals": intervals, "engine_reason": "it suffices",
        "sampled_gates": 0, "worlds": 0, "stopped": "points", "left_out": "", "sensa": "0.1.0",
        "numpy": "2.4.6",
    }  # fmt: skip
    how = {"how": "parameters-sampled"}
    groups = {
        "/": xr.Dataset(attrs=attributes),
        "outcomes": _outcomes(steps).assign_attrs(how),
        "failing_safely": _safely(safely).assign_attrs(
            how if not math.isnan(safely) else {**how, "note": "the story never fails"}
        ),
        "violations": _violations().assign_attrs({"how": "exact"}),
        "pairs": _pairs().assign_attrs(how),
        "criteria": _criteria().assign_attrs(how),
        "sobol_credence": _sobol().assign_attrs(how),
    }
    return xr.DataTree.from_dict(groups)


def with_expectations(tree: xr.DataTree) -> xr.DataTree:
    """What the story must give: one that it gives, one not, one not defined, one within the error."""
    data = xr.Dataset(
        {
            "value": ("measure", [0.0014, 0.9963, math.nan, 0.37004]),
            "error": ("measure", [1e-6, 1e-5, math.nan, 1e-5]),
            "stated": ("measure", [0.0014, 0.9, 0.5, 0.37]),
            "within": ("measure", [0.0002, 0.001, 0.1, 1e-9]),
            "met": ("measure", [True, False, False, False]),
        },
        coords={
            "measure": ["P(catastrophic)", "P(fail_safe | failure)", "P(success | idle)", "P(fail_safe)"]
        },
        attrs={"how": "parameters-sampled"},
    )
    return xr.DataTree.from_dict({**tree.to_dict(), "expectations": data})


def _outcomes(steps: Sequence[str]) -> xr.Dataset:
    by_step = np.zeros((3, len(steps)))
    by_step[0] = 0.0014 / len(steps)
    by_step[1, 0] = 0.37
    by_step[2, -1] = 0.6286
    return xr.Dataset(
        {
            "mean": ("outcome", [0.0014, 0.37, 0.6286]),
            "error": ("outcome", [1.2e-6, 2e-5, 2e-5]),
            "sd": ("outcome", [0.002, 0.1, 0.1]),
            "quantiles": (
                ("outcome", "quantile"),
                [
                    [9.3e-5, 3e-4, 7.7e-4, 2e-3, 4.8e-3],
                    [0.20, 0.3, 0.36, 0.45, 0.56],
                    [0.44, 0.5, 0.63, 0.7, 0.8],
                ],
            ),
            "by_step": (("outcome", "step"), by_step),
            "loss": ((), 0.0088),
            "loss_error": ((), 1e-6),
            "loss_sd": ((), 0.003),
            "loss_quantiles": ("quantile", [0.0046, 0.006, 0.008, 0.01, 0.014]),
        },
        coords={
            "outcome": OUTCOMES,
            "kind": ("outcome", OUTCOMES),
            "step": np.arange(len(steps)),
            "phase": ("step", list(steps)),
            "quantile": LEVELS,
        },
    )


def _safely(value: float) -> xr.Dataset:
    quantiles = [math.nan] * 5 if math.isnan(value) else [0.988, 0.99, 0.995, 0.999, 0.99976]
    return xr.Dataset(
        {
            "fail_safe_given_failure": ((), value),
            "error": ((), math.nan if math.isnan(value) else 1e-5),
            "sd": ((), math.nan if math.isnan(value) else 0.004),
            "quantiles": ("quantile", quantiles),
        },
        coords={"quantile": LEVELS},
    )


def _violations() -> xr.Dataset:
    both = ("assumption", "outcome")
    zeros = np.zeros((3, 3))
    return xr.Dataset(
        {
            "do_violated": (
                both,
                [[0.0686, 0.3449, 0.5865], [0.0014, 0.434, 0.5646], [0.0014, 0.37, 0.6286]],
            ),
            "do_violated_error": (both, zeros),
            "do_holds": (both, [[1.4e-5, 0.37, 0.629986], [0.0014, 0.19, 0.8086], [0.0014, 0.37, 0.6286]]),
            "do_holds_error": (both, zeros),
            "observed_violated": (both, [[0.0686, 0.3449, 0.5865], [0.0014, 0.434, 0.5646], [math.nan] * 3]),
            "violated_given": (both, [[0.98, 0.02, 0.02], [0.7, 0.8, 0.6], [0.0, 0.0, 0.0]]),
            "violated": ("assumption", [0.02, 0.7, 0.0]),
        },
        coords={"assumption": ["not_dangerous", "heuristics_simple", "idle"], "outcome": OUTCOMES},
    )


def _pairs() -> xr.Dataset:
    names = ["not_dangerous", "heuristics_simple", "idle"]
    values = np.broadcast_to(np.array([0.07, 0.4, 0.53]), (3, 3, 3)).copy()
    return xr.Dataset(
        {"do_both_violated": (("assumption", "other", "outcome"), values)},
        coords={"assumption": names, "other": names, "outcome": OUTCOMES},
    )


def _criteria() -> xr.Dataset:
    return xr.Dataset(
        {
            "mean": ("criterion", [0.98, 0.24]),
            "error": ("criterion", [1e-6, 1e-6]),
            "sd": ("criterion", [0.01, 0.1]),
            "quantiles": (
                ("criterion", "quantile"),
                [[0.95, 0.97, 0.98, 0.99, 0.9964], [0.08, 0.15, 0.23, 0.3, 0.45]],
            ),
        },
        coords={"criterion": ["goal_alignment", "rationale_alignment"], "quantile": LEVELS},
    )


def _sobol() -> xr.Dataset:
    both = ("factor", "outcome")
    return xr.Dataset(
        {
            "first": (both, [[0.5, 0.0, 0.0], [0.25, 0.9, 0.9]]),
            "total": (both, [[0.74, 0.0, 0.0], [0.5, 1.0, 1.0]]),
            "first_error": (both, np.full((2, 3), 0.001)),
            "total_error": (both, np.full((2, 3), 0.001)),
            "members": ("factor", ["events.harmful_plan.chance", "assumptions.not_dangerous.credence"]),
        },
        coords={
            "factor": ["events.harmful_plan.chance", "assumptions.not_dangerous.credence"],
            "outcome": OUTCOMES,
        },
    )

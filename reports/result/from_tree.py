"""Convert a result tree to plain values by the author's names."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sensa.reports.result.answers import (
    Answers,
    Asked,
    Carrying,
    Crossing,
    Expectation,
    Factor,
    JointMove,
    Measure,
    Number,
    Outcome,
    Pair,
    Provenance,
    Violations,
    ViolationSets,
)

if TYPE_CHECKING:
    import xarray as xr


def number(value: Any) -> Number:
    """A float, or None for NaN."""
    x = float(value)
    return None if math.isnan(x) else x


IN_REPORT = {
    "outcomes", "kinds", "failing_safely", "violations", "pairs", "criteria", "sobol_credence",
    "minimal_sets", "tipping_points", "expectations", "carried_by", "meeting",
}  # fmt: skip


def answers(tree: "xr.DataTree") -> Answers:
    """The values of a result tree (see `sensa.results`) by the author's names."""
    groups = {name: node.to_dataset() for name, node in tree.children.items()}
    outcomes, sobol = groups.get("outcomes"), groups.get("sobol_credence")
    violations, pairs = groups.get("violations"), groups.get("pairs")
    safely, criteria = groups.get("failing_safely"), groups.get("criteria")
    expected, kinds = groups.get("expectations"), groups.get("kinds")
    minimal, tipping = groups.get("minimal_sets"), groups.get("tipping_points")
    importance, carried = groups.get("importance"), groups.get("carried_by")
    meeting = groups.get("meeting")
    return Answers(
        provenance=_provenance(tree.attrs),
        how={name: str(data.attrs["how"]) for name, data in groups.items()},
        notes={name: str(data.attrs["note"]) for name, data in groups.items() if data.attrs.get("note")},
        outcomes={} if outcomes is None else _outcomes(outcomes),
        kinds={} if kinds is None else _by_name(kinds, "kind"),
        phases=() if outcomes is None else tuple(map(str, outcomes["phase"].values)),
        loss=None if outcomes is None or "loss" not in outcomes else _loss(outcomes),
        failing_safely=None
        if safely is None or not safely.data_vars
        else _measure(safely, "fail_safe_given_failure"),
        cumulative={} if kinds is None else _cumulative(kinds),
        carried=None if carried is None else _carrying(carried),
        violations=None if violations is None else _violations(violations),
        both_violated={} if pairs is None else _pairs(pairs),
        criteria={} if criteria is None else _by_name(criteria, "criterion"),
        sobol_credence={} if sobol is None else _sobol(sobol),
        pairs_of_numbers=() if sobol is None else tuple(_pairs_of_numbers(sobol)),
        minimal={} if minimal is None else _minimal(minimal),
        tipping=() if tipping is None else tuple(_tipping(tipping)),
        risk=None if tipping is None else number(tipping["risk"]),
        meeting=() if meeting is None else tuple(_meeting(meeting)),
        importance={} if importance is None else _importance(importance),
        expectations={} if expected is None else _expectations(expected),
        others={
            name: plain(data)
            for name, data in groups.items()
            if name not in IN_REPORT and (data.data_vars or data.attrs.get("note"))
        },
    )


def plain(data: "xr.Dataset") -> dict[str, Any]:
    """A dataset as plain values, for JSON: dims and coordinates by name, None for undefined values."""
    return {
        "note": str(data.attrs.get("note", "")),
        "how": str(data.attrs.get("how", "")),
        "coordinates": {
            str(name): {"dims": list(map(str, values.dims)), "values": _defined(values.values.tolist())}
            for name, values in data.coords.items()
        },
        "variables": {
            str(name): {"dims": list(map(str, values.dims)), "values": _defined(values.values.tolist())}
            for name, values in data.data_vars.items()
        },
    }


def _defined(value: Any) -> Any:
    if isinstance(value, list):
        return [_defined(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def _provenance(attributes: Mapping[Any, Any]) -> Provenance:
    return Provenance(
        story=str(attributes["story"]),
        file=str(attributes["file"]),
        digest=str(attributes["digest"]),
        engine=str(attributes["engine"]),
        engine_reason=str(attributes["engine_reason"]),
        diagram_nodes=int(attributes["diagram_nodes"]),
        circuit_products=int(attributes.get("circuit_products", 0)),
        sampled_gates=int(attributes["sampled_gates"]),
        worlds=int(attributes["worlds"]),
        stopped=str(attributes["stopped"]),
        left_out=str(attributes["left_out"]),
        further=tuple(filter(None, str(attributes.get("further", "")).split(", "))),
        order=str(attributes["order"]),
        seed=int(attributes["seed"]),
        replicates=int(attributes["replicates"]),
        points=int(attributes["points"]),
        spread_points=int(attributes["spread_points"]),
        parameters=int(attributes["parameters"]),
        intervals=int(attributes["intervals"]),
        experts=str(attributes.get("experts", "")),
        versions={name: str(attributes[name]) for name in ("sensa", "numpy")},
        asked=_asked(attributes) if "asked_points" in attributes else None,
    )


def _asked(attributes: Mapping[Any, Any]) -> Asked:
    return Asked(
        analyses=tuple(filter(None, str(attributes["asked_analyses"]).split(", "))),
        engine=str(attributes["asked_engine"]),
        points=int(attributes["asked_points"]),
        precision=str(attributes["asked_precision"]),
        samples=int(attributes["asked_samples"]),
    )


def _names(data: "xr.Dataset", dimension: str) -> list[str]:
    """The names along a dimension; [] without the dimension, as datasets have no empty ones."""
    return [str(name) for name in data[dimension].values] if dimension in data.dims else []


def _row(data: "xr.Dataset", variable: str, dimension: str) -> dict[str, Number]:
    names = _names(data, dimension)
    return dict(zip(names, map(number, data[variable].values.tolist()), strict=True)) if names else {}


def _table(data: "xr.Dataset", variable: str, rows: str, row_columns: str) -> dict[str, dict[str, Number]]:
    if variable not in data:
        return {}
    values = data[variable].transpose(rows, row_columns).values.tolist()
    header = _names(data, row_columns)
    return {
        name: dict(zip(header, map(number, row), strict=True))
        for name, row in zip(_names(data, rows), values, strict=True)
    }


def _measure(data: "xr.Dataset", mean: str = "mean", prefix: str = "") -> Measure:
    levels = [float(level) for level in data["quantile"].values]

    def by_level(name: str) -> dict[float, Number]:
        if name not in data:
            return {}
        return dict(zip(levels, map(number, data[name].values.tolist()), strict=True))

    bounded = not prefix and {"low", "high"}.issubset(data.variables)
    return Measure(
        mean=number(data[mean]),
        error=number(data[f"{prefix}error"]),
        sd=number(data[f"{prefix}sd"]),
        quantiles=by_level(f"{prefix}quantiles"),
        quantiles_error=by_level(f"{prefix}quantiles_error"),
        bounds=(number(data["low"]), number(data["high"])) if bounded else None,
        sd_error=number(data["sd_error"]) if not prefix and "sd_error" in data else None,
    )


def _loss(data: "xr.Dataset") -> Measure:
    return _measure(data, "loss", "loss_")


def _outcomes(data: "xr.Dataset") -> dict[str, Outcome]:
    steps = data["by_step"].transpose("outcome", "step").values.tolist()
    return {
        name: Outcome(
            kind=str(data["kind"].values[i]),
            probability=_measure(data.isel(outcome=i)),
            by_step=tuple(map(number, steps[i])),
        )
        for i, name in enumerate(_names(data, "outcome"))
    }


def _violations(data: "xr.Dataset") -> Violations:
    def table(variable: str) -> dict[str, dict[str, Number]]:
        return _table(data, variable, "assumption", "outcome") if variable in data else {}

    def row(variable: str) -> dict[str, Number]:
        return _row(data, variable, "assumption") if variable in data else {}

    return Violations(
        violated=table("do_violated"),
        violated_error=table("do_violated_error"),
        holds=table("do_holds"),
        holds_error=table("do_holds_error"),
        observed_violated=table("observed_violated"),
        violated_given=table("violated_given"),
        probability=_row(data, "violated", "assumption"),
        change=table("change"),
        change_error=table("change_error"),
        observed_violated_error=table("observed_violated_error"),
        violated_given_error=table("violated_given_error"),
        risk_change=row("risk_change"),
        risk_change_error=row("risk_change_error"),
        failing_change=row("failing_change"),
        failing_change_error=row("failing_change_error"),
        all_violated=_row(data, "all_violated", "outcome") if "all_violated" in data else {},
        all_hold=_row(data, "all_hold", "outcome") if "all_hold" in data else {},
    )


def _pairs(data: "xr.Dataset") -> dict[str, dict[str, dict[str, Number]]]:
    return {
        name: _table(data.isel(assumption=i), "do_both_violated", "other", "outcome")
        for i, name in enumerate(_names(data, "assumption"))
    }


def _by_name(data: "xr.Dataset", dimension: str) -> dict[str, Measure]:
    return {name: _measure(data.isel({dimension: i})) for i, name in enumerate(_names(data, dimension))}


def _sobol(data: "xr.Dataset") -> dict[str, Factor]:
    tables = {
        name: _table(data, name, "factor", "outcome")
        for name in ("first", "total", "first_error", "total_error")
    }
    tables |= {
        name: _table(data, name, "factor", "kind")
        for name in ("kind_first", "kind_total", "kind_first_error", "kind_total_error")
        if name in data
    }
    if "factor" not in data.dims:
        return {}
    members = map(str, data["members"].values)
    aside = data["placeholder"].values.tolist() if "placeholder" in data else [False] * data.sizes["factor"]
    return {
        name: Factor(
            members=tuple(text.split(", ")),
            placeholder=bool(placeholder),
            **{key: table[name] for key, table in tables.items()},
        )
        for name, text, placeholder in zip(_names(data, "factor"), members, aside, strict=True)
    }


def _pairs_of_numbers(data: "xr.Dataset") -> Iterator[Pair]:
    if "pair_closed" not in data:
        return
    here = data.sel(kind="catastrophic")
    for i in range(data.sizes["pair"]):
        row = here.isel(pair=i)
        names = (str(row["one"].item()), str(row["other"].item()))
        yield Pair(names, number(row["pair_closed"]), number(row["pair_second"]))


def _cumulative(data: "xr.Dataset") -> dict[str, tuple[Number, ...]]:
    if "cumulative" not in data:
        return {}
    rows = data["cumulative"].transpose("kind", "step").values.tolist()
    return {name: tuple(map(number, row)) for name, row in zip(_names(data, "kind"), rows, strict=True)}


def _carrying(data: "xr.Dataset") -> Carrying:
    if "mode" not in data.dims:
        return Carrying({}, {}, {}, number(data["rest"]), {}, {}, number(data["rest_error"]))
    members = [str(text).split(", ") for text in data["members"].values]
    return Carrying(
        modes=_row(data, "mode_share", "mode"),
        members=dict(zip(_names(data, "mode"), members, strict=True)),
        events=_row(data, "share", "event") if "share" in data else {},
        rest=number(data["rest"]),
        modes_error=_row(data, "mode_share_error", "mode"),
        events_error=_row(data, "share_error", "event") if "share" in data else {},
        rest_error=number(data["rest_error"]),
    )


def _meeting(data: "xr.Dataset") -> Iterator[JointMove]:
    if "limit" not in data.dims:
        return
    now = _row(data, "now", "assumption")
    for i, limit in enumerate(data["limit"].values):
        row = data.isel(limit=i)
        there, moves = _row(row, "credence", "assumption"), _row(row, "move", "assumption")
        order = sorted(moves, key=lambda name: (-abs(moves[name] or 0.0), name))
        yield JointMove(
            float(limit),
            str(row["properties"].item()).split(", "),
            number(row["distance"]),
            {name: (now[name], there[name]) for name in order if moves[name]},
            number(data["all_hold"]),
        )


def _importance(data: "xr.Dataset") -> dict[str, dict[str, dict[str, Number]]]:
    return {
        str(measure): _table(data, str(measure), "node", "output")
        for measure, values in data.data_vars.items()
        if set(values.dims) == {"node", "output"} and not str(measure).endswith("_error")
    }


def _expectations(data: "xr.Dataset") -> dict[str, Expectation]:
    return {
        name: Expectation(
            value=number(row["value"]),
            error=number(row["error"]),
            stated=float(row["stated"]),
            within=float(row["within"]),
            met=bool(row["met"]),
            decided="decided" not in row or bool(row["decided"]),
        )
        for i, name in enumerate(_names(data, "measure"))
        for row in [data.isel(measure=i)]
    }


def _minimal(data: "xr.Dataset") -> dict[str, dict[str, ViolationSets]]:
    names, ways = _names(data, "assumption"), _names(data, "way")
    counts, chances = data["count"].values, data["chance"].values
    members, single = (data[name].values if names else None for name in ("members", "single"))

    def of(at: tuple[int, int]) -> ViolationSets:
        defined = [i for i, chance in enumerate(chances[at]) if not math.isnan(chance)]
        return ViolationSets(
            count=None if counts[at] < 0 else number(counts[at]),
            sets=tuple(() if members is None else _members(names, members[at][i]) for i in defined),
            chance=tuple(float(chances[at][i]) for i in defined),
            single=() if single is None else _members(names, single[at]),
        )

    return {
        output: {way: of((i, j)) for j, way in enumerate(ways)}
        for i, output in enumerate(_names(data, "output"))
    }


def _members(names: Sequence[str], inside: Iterable[Any]) -> tuple[str, ...]:
    return tuple(name for name, member in zip(names, inside, strict=True) if member)


def _tipping(data: "xr.Dataset") -> Iterator[Crossing]:
    if "assumption" not in data.dims:
        return
    now = _row(data, "now", "assumption")
    own = data["own"].values.tolist() if "own" in data.coords else [False] * data.sizes["limit"]
    further = [name for name in ("credence_error", "move", "move_error") if name in data]
    for i, name in enumerate(_names(data, "assumption")):
        for j, (limit, of_story) in enumerate(zip(data["limit"].values, own, strict=True)):
            credence = float(data["credence"].values[i, j])
            if not math.isnan(credence):
                more = {each: _finite(data[each].values[i, j]) for each in further}
                yield Crossing(name, float(limit), credence, now[name], bool(of_story), **more)


def _finite(value: float) -> Number:
    return number(value) if math.isfinite(value) else None

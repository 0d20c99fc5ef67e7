"""The accessor `.sensa` of results in Python: probabilities, rankings and summaries.

Importing this module registers it on `xarray.DataTree` (a whole result) and `xarray.Dataset` (one analysis).
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from sensa.kernels.ties import PROBABILITY_ROUNDING, falling
from sensa.reports.layout import Paper
from sensa.reports.notebook.html import html
from sensa.reports.notebook.probability import Probability
from sensa.reports.result.answers import Answers
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.stories.problems import quoted, unknown

if TYPE_CHECKING:
    import pandas as pd

FAILURE = "failure"
KINDS = ("success", "fail_safe", "catastrophic")
RANKED = {  # the analysis of each measure that names can be ranked by
    **dict.fromkeys(("first", "total"), "sobol_credence"),
    "change": "violations",
    **dict.fromkeys(
        ("birnbaum", "criticality", "raw", "rrw", "fussell_vesely", "differential"), "importance"
    ),
}
_SEEN = re.compile(r"violated\((\w+)\)")


@dataclass(frozen=True, repr=False)
class Result:
    """Convenient access to what `sensa.run` returned: `result.sensa.P("catastrophic")`."""

    tree: xr.DataTree

    def P(self, what: str, given: str | None = None) -> Probability:  # noqa: N802
        """The probability of an outcome, a kind, `failure` (all but success) or a criterion.

        `given="failure"` is conditional on failing; `given="violated(a)"` on having observed that the
        assumption is violated (`violations` has what setting it does). A conditional probability has its 90 %
        interval where the result has one: `P("fail_safe", given="failure")`.

        Raises `ValueError`, which lists the known names, for a name that the result does not have.
        """
        if given is None:
            return self._plain(what)
        if given == FAILURE:
            return self._given_failure(what)
        seen = _SEEN.fullmatch(given) if isinstance(given, str) else None
        if seen is None:
            raise ValueError(
                f"given {quoted(given)}: a result has `failure` and `violated(ASSUMPTION)`; "
                "`sensa.run(story, given=…)` computes others"
            )
        data = self._group("violations")
        name = _one_of(seen[1], list(map(str, data["assumption"].values)), "assumption")
        row = data["observed_violated"].sel(assumption=name)
        return Probability(sum(float(row.sel(outcome=outcome)) for outcome in self._outcomes(what)))

    def ranking(self, measure: str = "total", of: str = "catastrophic") -> "pd.Series":
        """A measure by factor or assumption, the largest first, ties by name.

        `measure` is `first` or `total` (Sobol' indices of the uncertain numbers), `change` (what violating an
        assumption adds to the probability), or a measure of `importance`, if that analysis was run. `of` is
        an outcome or a kind; `failure` too where the measure has it.
        """
        analysis = RANKED.get(measure)
        if analysis is None:
            raise ValueError(unknown("measure", measure, RANKED))
        return Analysis(self._group(analysis)).ranking(measure, of)

    def summary(self) -> "pd.DataFrame":
        """How the story ends: a row for each outcome and kind, with `kind`, `mean`, `low`, `high`, `error`.

        `low` and `high` are the central 90 % interval over the uncertain numbers.
        """
        import pandas as pd

        found, rows = self.answers, {}
        for name, outcome in found.outcomes.items():
            rows[name] = (outcome.kind, outcome.probability)
        for kind, measure in found.kinds.items():
            rows[kind] = ("", measure)
        columns = {name: (kind, one.mean, *one.between(), one.error) for name, (kind, one) in rows.items()}
        return pd.DataFrame.from_dict(
            columns, orient="index", columns=["kind", "mean", "low", "high", "error"]
        )

    @property
    def answers(self) -> Answers:
        """The result as plain values by the author's names, which all reports read."""
        return answers(self.tree)

    def __repr__(self) -> str:
        """The terminal report, in 100 columns."""
        return render(self.answers, Paper(100))

    def _repr_html_(self) -> str:
        return html(self.answers)

    def _group(self, name: str) -> xr.Dataset:
        if name not in self.tree.children:
            raise ValueError(f"the result has no `{name}`: run it with analyses=[…, {name!r}]")
        return self.tree[name].to_dataset()

    def _outcomes(self, what: str) -> list[str]:
        """The outcomes that a name means."""
        outcomes = self._group("outcomes")
        names, kind_of = outcomes["outcome"].values.tolist(), outcomes["kind"].values.tolist()
        kinds = dict(zip(names, kind_of, strict=True))
        if what == FAILURE:
            return [name for name, kind in kinds.items() if kind != "success"]
        _one_of(what, [*kinds, *dict.fromkeys(kinds.values()), FAILURE], "outcome or kind")
        return [name for name, kind in kinds.items() if what in (name, kind)]

    def _plain(self, what: str) -> Probability:
        names = {}
        for group, dimension in (("outcomes", "outcome"), ("kinds", "kind"), ("criteria", "criterion")):
            data = self.tree[group].to_dataset() if group in self.tree.children else xr.Dataset()
            names[group] = list(map(str, data[dimension].values)) if dimension in data else []
            if what in names[group]:
                return _read(data.sel({dimension: what}))
        if what == FAILURE:
            return _not(self._plain("success"))
        if what not in KINDS:
            _one_of(
                what, [*names["outcomes"], *KINDS, FAILURE, *names["criteria"]], "outcome, kind or criterion"
            )
        self._group("kinds")
        return Probability(0.0)  # the story has no outcome of this kind

    def _given_failure(self, what: str) -> Probability:
        if what == "fail_safe" and "failing_safely" in self.tree.children:
            safely = self._group("failing_safely")
            if safely.data_vars:
                return _read(safely, "fail_safe_given_failure")
        if what == "success":
            return Probability(0.0)
        return Probability(float(self._plain(what)) / float(self._plain(FAILURE)))


@dataclass(frozen=True)
class Analysis:
    """Convenient access to one analysis: `result["sobol_credence"].to_dataset().sensa.summary()`."""

    data: xr.Dataset

    def P(self, what: str) -> "Probability | xr.DataArray":  # noqa: N802
        """The probability of an outcome, a kind or `failure`, in a dataset of `session.at`.

        An array by `variant` if there are several, else one `Probability` with its standard `error`.
        """
        if "output" not in self.data.dims:
            raise ValueError("this analysis has no outputs: `P` of the whole result reads probabilities")
        names = [name for name in map(str, self.data["output"].values) if name != "loss"]
        row = self.data.sel(output=_one_of(what, names, "outcome or kind"))
        if row["mean"].ndim:
            return row["mean"].rename(f"P({what})")
        return Probability(float(row["mean"]), error=float(row["error"]))

    def ranking(self, variable: str, of: str = "catastrophic") -> "pd.Series":
        """One variable as a Series, the largest absolute value first, ties by name.

        If it varies by outcome, kind or output, `of` selects one; a kind is also found as `kind_…`
        (`kind_total`) and, for changes, as `risk_change` and `failing_change`.
        """
        found = self._of(variable, of).squeeze(drop=True)
        if found.ndim != 1:
            raise ValueError(
                f"`{variable}` has the dimensions {', '.join(map(str, found.dims))}: choose one row"
            )
        series = found.to_series()
        names = list(map(str, series.index))
        sizes = [abs(float(value)) for value in series.values]
        ranked = falling(sizes, absolute=PROBABILITY_ROUNDING)
        order = sorted(range(len(names)), key=lambda i: (ranked[i], names[i]))
        return series.iloc[order].rename(f"{variable} of {of}")

    def summary(self) -> "pd.DataFrame":
        """A table of the variables along the analysis's first dimension alone."""
        first = next(iter(self.data.dims))
        names = [name for name, variable in self.data.data_vars.items() if variable.dims == (first,)]
        return self.data[names].to_dataframe()

    def _of(self, variable: str, of: str) -> xr.DataArray:
        for name, selection in self._places(variable, of):
            if name in self.data and all(
                value in self.data.get(dimension, []) for dimension, value in selection.items()
            ):
                return self.data[name].sel(selection)
        raise ValueError(f"no `{variable}` of {quoted(of)} in this analysis")

    def _places(self, variable: str, of: str) -> Iterator[tuple[str, dict[Hashable, str]]]:
        for dimension in ("outcome", "output"):
            if variable in self.data and dimension in self.data[variable].dims:
                yield variable, {dimension: of}
        yield f"kind_{variable}", {"kind": "success" if of == FAILURE else of}
        if variable == "change":
            yield {"catastrophic": "risk_change", FAILURE: "failing_change"}.get(of, ""), {}
        if variable in self.data and not {"outcome", "output", "kind"} & set(self.data[variable].dims):
            yield variable, {}


xr.register_datatree_accessor("sensa")(Result)  # type: ignore[no-untyped-call]
xr.register_dataset_accessor("sensa")(Analysis)  # type: ignore[no-untyped-call]


def _not(p: Probability) -> Probability:
    between = None if p.interval is None else (1 - p.interval[1], 1 - p.interval[0])
    return Probability(1 - p, between, p.error)


def _read(data: xr.Dataset, mean: str = "mean") -> Probability:
    levels = data["quantiles"]
    low, high = (float(levels.sel(quantile=level)) for level in (0.05, 0.95))
    return Probability(float(data[mean]), (low, high), float(data["error"]))


def _one_of(name: str, names: list[str], what: str) -> str:
    if name not in names:
        raise ValueError(unknown(what, name, names))
    return name

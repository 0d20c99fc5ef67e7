"""What is to be drawn, and the parts of a result that it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensa.reports.number_format import count
from sensa.stories.problems import escaped, listed, quoted

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from sensa.graph import Graph

FAILURE, LOSS = "failure", "loss"
FAILURES = ("catastrophic", "fail_safe")
KINDS = (*FAILURES, "success")
SAID = {"catastrophic": "catastrophe", "fail_safe": "safe failure", "success": "success", FAILURE: "failing"}


class NotDrawn(ValueError):
    """A result that cannot be drawn so; the message says what would be needed."""


class MissingGlyphs(UserWarning):
    """Characters that no installed font has."""


@dataclass(frozen=True)
class Asked:
    """A result to draw, of which outcome or kind, and where."""

    result: "xr.DataTree | xr.Dataset | None"
    of: str
    ax: "Axes | None" = None
    graph: "Graph | None" = None

    def group(self, name: str) -> "xr.Dataset":
        """A group of the result; raises `NotDrawn` if it is not there."""
        import xarray as xr

        if isinstance(self.result, xr.Dataset):
            return self.result
        if self.result is None or name not in self.result:
            raise NotDrawn(f"the result has no `{name}`: run the story with `--analyses {name}`")
        group: xr.Dataset = self.result[name].to_dataset()
        return group

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the whole run; none of a single group."""
        import xarray as xr

        attributes = self.result.attrs if isinstance(self.result, xr.DataTree) else {}
        return {str(name): value for name, value in attributes.items()}

    def members(self, known: Sequence[str]) -> list[str]:
        """The outcomes that are drawn: one, those of a kind, or all failures."""
        if self.of in known:
            return [self.of]
        if self.of not in (*KINDS, FAILURE):
            raise NotDrawn(
                f"there is no outcome {quoted(self.of)}: one of {listed((*known, *KINDS, FAILURE))}"
            )
        wanted = FAILURES if self.of == FAILURE else (self.of,)
        kinds = self._kinds()
        return [name for name in known if kinds[name] in wanted]

    def _kinds(self) -> dict[str, str]:
        """The kind of each outcome."""
        outcomes = self.group("outcomes")
        if "kind" not in outcomes.coords or "outcome" not in outcomes.dims:
            raise NotDrawn(f"a single group does not say which outcomes are {self.of}: give the whole result")
        names, kinds = outcomes["outcome"].values, outcomes["kind"].values
        return {str(name): str(kind) for name, kind in zip(names, kinds, strict=True)}

    @property
    def said(self) -> str:
        """What is drawn, in words: `catastrophe`, or the outcome's name."""
        return SAID.get(self.of, self.of)

    def headed(self, what: str) -> str:
        """A title: the story's, and what is drawn."""
        title = str(self.attributes.get("story", "") or (self.graph.origin.title if self.graph else ""))
        title = escaped(" ".join(title.split()))
        return f"{title}: {what}" if title else what[:1].upper() + what[1:]

    def how(self, data: "xr.Dataset", *more: str) -> str:
        """What stands below: how the numbers were computed, the group's own note, and more sentences."""
        said = (self._computed(data), str(data.attrs.get("note", "")), *more)
        return " ".join(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in said if text)

    def _computed(self, data: "xr.Dataset") -> str:
        """Exactly, or from what was sampled."""
        run = self.attributes
        seed = f", seed {run['seed']}" if "seed" in run else ""
        match data.attrs.get("how"):
            case "exact":
                return "Exact"
            case "worlds-sampled":
                worlds = f": {count(run['worlds'])}" if run.get("worlds") else ""
                return f"From sampled worlds{worlds}{seed}"
            case "parameters-sampled":
                points = f" at {count(run['points'])} points" if "points" in run else ""
                return f"Worlds exact, uncertain numbers sampled{points}{seed}"
        return ""

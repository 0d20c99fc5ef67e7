"""What a run says of its stories, in every format that is asked for: printed, and written to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from sensa.cli.codes import Code, worst
from sensa.cli.outputs import Output, kept
from sensa.cli.printing import note, printed
from sensa.reports.formats import Format, module
from sensa.reports.layout import Paper
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    import xarray as xr

    from sensa.reports.result.told import Told

Way = tuple[Format, Paper]
Parts = Mapping[Way, Any]  # a story in every way in which it is told
FILE = Paper()


@dataclass(frozen=True)
class Reports:
    """The ways in which a run is told, and the files for them; `places` holds what is binary too."""

    format: Format  # of what is printed
    paper: Paper
    places: Sequence[Output]
    everything: bool  # all rows, however many

    @cached_property
    def _texts(self) -> tuple[Output, ...]:
        return tuple(place for place in self.places if not place.format.binary)

    def parts(self, told: "Told") -> Parts:
        """A story in every way; an error in that is one of the story."""
        ways: tuple[Way, ...] = ((self.format, self.paper), *((place.format, FILE) for place in self._texts))
        return {
            (format, paper): module("result", format).part(told, paper, everything=self.everything)
            for format, paper in dict.fromkeys(ways)
        }

    def store(self, tree: "xr.DataTree", file: str) -> Code:
        """Writes a result to its binary places, to all that can be written to."""
        from sensa import store

        code = Code.WELL
        for place in self.places:
            if place.format.binary:
                try:
                    store.write(tree, place.place(file), cast(store.Kind, place.kind))
                except store.StoreError as error:
                    note(f"sensa: {escaped(str(error))}")
                    code = Code.WRONG
        return code

    def print_part(self, parts: Parts, *, first: bool) -> Code:
        """Prints a story that has just been done, where the format does not wait for the others."""
        text = parts[self.format, self.paper] if self.format.streamed else ""
        return printed(text if first else "\n" + text) if text else Code.WELL

    def finish(self, stories: Sequence[Parts], code: Code, file: str) -> Code:
        """Writes what holds all stories, and prints it where the format waits for the last."""

        def whole(format: Format, paper: Paper) -> str:
            text: str = module("result", format).whole([parts[format, paper] for parts in stories], code)
            return text

        codes = [kept(whole(place.format, FILE), place.place(file)) for place in self._texts]
        if not self.format.streamed:
            codes.append(printed(whole(self.format, self.paper)))
        return worst(codes) if codes else Code.WELL

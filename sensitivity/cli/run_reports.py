"""The reports of a run, in every requested format: printed, and written to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sensa.cli.exit_codes import Code, worst
from sensa.cli.output_files import Output, kept
from sensa.cli.terminal import note, printed
from sensa.reports.formats import Format, module
from sensa.reports.layout import Paper
from sensa.stories.problems import escaped

if TYPE_CHECKING:
    import xarray as xr

    from sensa.reports.result.story_result import StoryResult

Rendering = tuple[Format, Paper]
Parts = Mapping[Rendering, Any]  # a story in every rendering
FILE = Paper()


@dataclass(frozen=True)
class Reports:
    """The format a run prints and the files it writes, binary ones included."""

    format: Format  # of standard output
    paper: Paper
    places: Sequence[Output]
    everything: bool  # all rows, however many

    @cached_property
    def _texts(self) -> tuple[Output, ...]:
        return tuple(place for place in self.places if not place.format.binary)

    @property
    def with_source(self) -> bool:
        """Whether a format shows the story beside its result."""
        return any(format.source for format in (self.format, *(place.format for place in self.places)))

    def parts(self, result: "StoryResult") -> Parts:
        """Render a story in every format; an error in rendering is an error of the story."""
        renderings: tuple[Rendering, ...] = (
            (self.format, self.paper),
            *((place.format, FILE) for place in self._texts),
        )
        return {
            (format, paper): module("result", format).part(result, paper, everything=self.everything)
            for format, paper in dict.fromkeys(renderings)
        }

    def store(self, tree: "xr.DataTree", file: str) -> Code:
        """Write a result to its binary outputs; one that fails does not stop the others."""
        from sensa import store

        code = Code.WELL
        for place in self.places:
            if place.format.binary:
                try:
                    store.write(tree, place.place(file), place.kind)
                except store.StoreError as error:
                    note(f"sensa: {escaped(str(error))}")
                    code = Code.WRONG
        return code

    def print_part(self, parts: Parts, *, first: bool) -> Code:
        """Print a story that is done, if the format does not wait for the others."""
        text = parts[self.format, self.paper] if self.format.streamed else ""
        return printed(text if first else "\n" + text) if text else Code.WELL

    def finish(self, stories: Sequence[Parts], code: Code, file: str) -> Code:
        """Write the files of all stories, and print them if the format waits for the last one."""

        def whole(format: Format, paper: Paper) -> str:
            text: str = module("result", format).whole([parts[format, paper] for parts in stories], code)
            return text

        codes = [kept(whole(place.format, FILE), place.place(file)) for place in self._texts]
        if not self.format.streamed:
            codes.append(printed(whole(self.format, self.paper)))
        return worst(codes) if codes else Code.WELL

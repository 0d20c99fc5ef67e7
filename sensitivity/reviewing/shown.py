"""What a page shows of a story beside its result: its text and argument, what-if, distributions."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sensa.session import Session

if TYPE_CHECKING:
    import xarray as xr

    from sensa.methods.what_if import WhatIf
    from sensa.properties.distributions import Distribution
    from sensa.properties.recomputed import Recomputed


@dataclass(frozen=True)
class Shown:
    """The session of a story, with what a page computes of it."""

    session: Session
    today: date
    what_if: "WhatIf | str | None"  # what is needed to compute variants; as a text: why it is not there
    recomputed: "tuple[Recomputed, ...]"  # the story's properties in variants
    distributions: "xr.Dataset"
    of_properties: "tuple[Distribution, ...]"


def shown(session: Session, today: date) -> Shown:
    """Compute what a page shows of a story with a result."""
    from sensa.analyses.distributions import distributions
    from sensa.properties.distributions import distributions as of_properties
    from sensa.properties.recomputed import recomputed
    from sensa.properties.run_measures import own_measures

    found = own_measures(session) if session.story.document.properties else None
    model, properties = recomputed(session, found)
    return Shown(session, today, model, properties, distributions(session), of_properties(session, found))

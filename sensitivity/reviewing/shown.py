"""What a page shows of a story beside its result: its text and argument, what-if, distributions."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sensa.session import Session

if TYPE_CHECKING:
    import xarray as xr

    from sensa.methods.what_if import WhatIf
    from sensa.properties.distributions import Distribution


@dataclass(frozen=True)
class Shown:
    """The session of a story, with what a page computes of it."""

    session: Session
    today: date
    what_if: "WhatIf | str | None"  # what is needed to compute variants; as a text: why it is not there
    distributions: "xr.Dataset"
    of_properties: "tuple[Distribution, ...]"


def shown(session: Session, today: date) -> Shown:
    """Compute what a page shows of a story with a result."""
    from sensa.analyses.distributions import distributions
    from sensa.methods.what_if import what_if
    from sensa.properties.distributions import distributions as of_properties

    return Shown(session, today, what_if(session), distributions(session), of_properties(session))

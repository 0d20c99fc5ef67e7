"""What was edited since it was signed, and what rests on it."""

import xarray as xr

from sensa.results import described
from sensa.session import Session


def sign_offs(session: Session) -> xr.Dataset:
    """Each signed entry of the story, and each that rests on one that was edited since, outcomes too.

    `state` (entry): `signed` and unchanged; `edited` since it was signed, and so suspect; or `resting`, read
    directly or by way of others, on the edited entries in `rests_on`, and so suspect too, whoever signed it.
    `by`, `date` of the signature; empty where there is none. An outcome rests on those before it, and the one
    that remains on all others. A probability that rests on a suspect entry is computed like any other.

    Misleads if read as a proof of who signed: a signature is a hash, which anybody may write.
    """
    found = session.graph.signed
    if not found:
        return described(xr.Dataset(), exact=True)
    data = xr.Dataset(
        {
            "state": ("entry", [one.state for one in found]),
            "by": ("entry", [one.by for one in found]),
            "date": ("entry", [one.day for one in found]),
            "rests_on": ("entry", [", ".join(one.rests_on) for one in found]),
        },
        coords={"entry": [one.path for one in found]},
    )
    return described(data, exact=True)

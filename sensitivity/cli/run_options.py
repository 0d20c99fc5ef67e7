"""Options of `sensa run` that no other command has, and what they mean."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.analyses import ANALYSES, DEFAULT, TABLE
from sensa.cli.outputs import PLACE, kinds_told
from sensa.reviewing.review import FailOn
from sensa.stories.problems import unknown

if TYPE_CHECKING:
    from sensa.sampling.estimates import Precision

Points = Annotated[
    int, typer.Option(min=16, envvar="SENSA_POINTS", help="Parameter values to sample, in all.")
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        metavar="X|X%",
        envvar="SENSA_PRECISION",
        help="How close the outcomes' probabilities are wanted, as half of a 95 % interval: 1e-4, or 5% "
        "of each. Sampling goes on until then.",
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        min=4096,
        envvar="SENSA_SAMPLES",
        help="At most so many worlds (where they are exact: parameter values).",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        envvar="SENSA_SECONDS",
        help="How long a story may take in all. Left out: 300, and no end where a precision or samples "
        "are asked for. What is not done by then is left out, and said.",
    ),
]
Analyses = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        envvar="SENSA_ANALYSES",
        help="Only these; how the story ends is always there. Left out, the usual ones: "
        + ", ".join(DEFAULT)
        + "; there are also "
        + ", ".join(row.name for row in TABLE if not row.usual)
        + ".",
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Also one of SALib's methods: morris, fast, rbd_fast, delta, pawn, dgsm, hdmr, rsa, "
        "discrepancy, shapley, sobol. Each evaluates the story at `--points` values, or "
        "the fewest that it needs. Repeatable.",
    ),
]
RunFailOn = Annotated[
    FailOn,
    typer.Option(envvar="SENSA_FAIL_ON", help="Which properties decide the exit code; with `warning` all."),
]
ResultOutputs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND=PATH",
        help=f"Also write the result: {kinds_told('result')}. Repeatable; {PLACE} in the path is the"
        " story's file name.",
    ),
]


def precision_of(text: str | None) -> "Precision | None":
    """A precision as it is written: `1e-4`, or `5%` of each probability."""
    if text is None:
        return None
    from sensa.sampling.estimates import Precision

    try:
        return Precision.of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--precision") from None


def analyses_of(text: str | None) -> tuple[str, ...] | None:
    """The analyses asked for. How the story ends is always among them: every report needs it."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    strange = [name for name in names if name not in ANALYSES]
    if strange or not names:
        none = f"no analysis named; there are {', '.join(ANALYSES)}"
        said = unknown("analysis", strange[0], ANALYSES) if strange else none
        raise typer.BadParameter(said, param_hint="--analyses")
    return tuple(dict.fromkeys(["outcomes", *names]))


def methods_of(names: Sequence[str] | None) -> tuple[str, ...]:
    """The methods of SALib asked for."""
    if not names:
        return ()
    from sensa.analyses.salib_methods import METHODS

    strange = [name for name in names if name not in METHODS]
    if strange:
        raise typer.BadParameter(unknown("method", strange[0], METHODS), param_hint="--method")
    return tuple(dict.fromkeys(names))

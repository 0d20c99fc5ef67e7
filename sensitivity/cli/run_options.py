"""Options that only `sensa run` has."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.analyses import ANALYSES, DEFAULT, TABLE
from sensa.cli.output_files import PLACE, kinds_listed
from sensa.reviewing.review import FailOn
from sensa.stories.problems import unknown

if TYPE_CHECKING:
    from sensa.sampling.estimates import Precision

Points = Annotated[
    int, typer.Option(min=16, envvar="SENSA_POINTS", help="Total number of parameter values to sample.")
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        metavar="X|X%",
        envvar="SENSA_PRECISION",
        help="Required precision of the outcomes' probabilities, as half of a 95 % interval: 1e-4, or "
        "5% of each. Samples until it is reached.",
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        min=4096,
        envvar="SENSA_SAMPLES",
        help="Maximum number of worlds (or of parameter values, if worlds are exact).",
    ),
]


def _analyses_completed(incomplete: str) -> list[str]:
    """Names after the last comma, with those before it."""
    before, comma, last = incomplete.rpartition(",")
    named = before.split(",")
    return [f"{before}{comma}{name}" for name in ANALYSES if name.startswith(last) and name not in named]


def _methods_completed(incomplete: str) -> list[str]:
    from sensa.analyses.salib_methods import METHODS

    return [name for name in METHODS if name.startswith(incomplete)]


Seconds = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        envvar="SENSA_SECONDS",
        help="Time limit for a story. By default 300, or none with --precision or --samples. "
        "What is not done by then is left out, and reported.",
    ),
]
Analyses = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        envvar="SENSA_ANALYSES",
        help="Run only these analyses; how the story ends is always included. By default: "
        + ", ".join(DEFAULT)
        + "; also available: "
        + ", ".join(row.name for row in TABLE if not row.usual)
        + ".",
        autocompletion=_analyses_completed,
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Also run one of SALib's methods: morris, fast, rbd_fast, delta, pawn, dgsm, hdmr, rsa, "
        "discrepancy, shapley, sobol. Each evaluates the story at `--points` values, or "
        "the fewest that it needs. Repeatable.",
        autocompletion=_methods_completed,
    ),
]
Given = Annotated[
    str | None,
    typer.Option(
        metavar="EXPRESSION",
        help="How the story ends given this observation, such as `deployed and not overseen`: an expression "
        "over the story's names and how it ends. Other analyses then run only by name.",
    ),
]
RunFailOn = Annotated[
    FailOn,
    typer.Option(
        envvar="SENSA_FAIL_ON",
        help="Which properties affect the exit code; with `warning` all. With `suspect` and `warning`, so do"
        " entries that were edited since they were signed.",
    ),
]
ResultOutputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="[KIND=]PATH",
        help=f"Also write the result: {kinds_listed('result')}; the ending of the path says which, or KIND."
        f" Repeatable; {PLACE} in the path is the story's file name.",
    ),
]


def precision_of(text: str | None) -> "Precision | None":
    """Parse a precision: `1e-4`, or `5%` of each probability."""
    if text is None:
        return None
    from sensa.sampling.estimates import Precision

    try:
        return Precision.of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--precision") from None


def analyses_of(text: str | None) -> tuple[str, ...] | None:
    """The requested analyses, always with how the story ends, as every report needs it."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown_names = [name for name in names if name not in ANALYSES]
    if unknown_names or not names:
        none = f"no analysis given; known: {', '.join(ANALYSES)}"
        said = unknown("analysis", unknown_names[0], ANALYSES) if unknown_names else none
        raise typer.BadParameter(said, param_hint="--analyses")
    return tuple(dict.fromkeys(["outcomes", *names]))


def methods_of(names: Sequence[str] | None) -> tuple[str, ...]:
    """The requested methods of SALib."""
    if not names:
        return ()
    from sensa.analyses.salib_methods import METHODS

    unknown_names = [name for name in names if name not in METHODS]
    if unknown_names:
        raise typer.BadParameter(unknown("method", unknown_names[0], METHODS), param_hint="--method")
    return tuple(dict.fromkeys(names))

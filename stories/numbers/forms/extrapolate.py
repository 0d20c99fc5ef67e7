"""`{ extrapolate }`: trials at some scales, extrapolated to another."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from sensa.stories.model import Finite, Frozen
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import UNIT, Form, Meaning
from sensa.stories.numbers.rules import MAX_ROWS, NumberError, Scale
from sensa.stories.problems import Path, listed, quoted

SCALES = Field(description="The scales that were tried.")
TRIALS = Field(description="Trials at each scale.")
HELD = Field(description="In how many of them it held.")
AT = Field(description="The scale it is wanted at.")


class Extrapolation(Frozen):
    """Successes and trials at several scales, to be extrapolated."""

    scale: tuple[Finite, ...] = SCALES
    trials: tuple[Finite, ...] = TRIALS
    held: tuple[Finite, ...] = HELD
    at: Finite = AT


class Family(Frozen):
    """Successes and trials of one family of models at several scales."""

    name: str = Field(description="Its name.")
    scale: tuple[Finite, ...] = SCALES
    trials: tuple[Finite, ...] = TRIALS
    held: tuple[Finite, ...] = HELD


class Bend(Frozen):
    """The doubt that the law goes on beyond the largest scale tried."""

    chance: Finite = Field(1.0, description="How likely it bends there.")
    sd: Finite = Field(description="Standard deviation of the bend, in log-odds per decade.")


class FamilyExtrapolation(Frozen):
    """Successes and trials of several families, to be extrapolated to one of them or to another."""

    families: tuple[Family, ...] = Field(description="At least one family of models.")
    at: Finite = AT
    of: str | None = Field(None, description="The family it is wanted for; a new one if left out.")
    bend: Bend = Field(
        Bend(chance=1.0, sd=0.0),
        alias="break",
        description="Doubt of the law beyond the largest scale.",
    )


def model_of(value: object) -> type[Extrapolation] | type[FamilyExtrapolation]:
    """The model in which trials are stated: by family, or at scales alone."""
    by_family = isinstance(value, FamilyExtrapolation) or (isinstance(value, Mapping) and "families" in value)
    return FamilyExtrapolation if by_family else Extrapolation


def _kind(value: object) -> str:
    return "as families" if model_of(value) is FamilyExtrapolation else "as scales"


class Extrapolate(Frozen):
    """The posterior at `at` of a logistic regression of held/trials on log10(scale)."""

    extrapolate: Annotated[
        Annotated[Extrapolation, Tag("as scales")] | Annotated[FamilyExtrapolation, Tag("as families")],
        Discriminator(_kind),
    ] = Field(description="What was tried, and where the answer is wanted.")


def _canonical(model: Extrapolate, scale: Scale) -> Distribution:
    tried = model.extrapolate
    here: Path = ("extrapolate",)
    if isinstance(tried, FamilyExtrapolation):
        return _of_families(tried, here)
    rows = [value for row in _rows(tried, here) for value in row]
    _require_above_0(tried.at, (*here, "at"))
    _require_a_trend(tried.scale, (*here, "scale"))
    return Distribution("extrapolate", (tried.at, *rows))


def _of_families(tried: FamilyExtrapolation, here: Path) -> Distribution:
    if not 1 <= len(tried.families) <= MAX_ROWS:
        raise NumberError(f"`families` needs 1 to {MAX_ROWS} families, not {len(tried.families)}", here)
    names = tuple(family.name for family in tried.families)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NumberError(f"a family must be named once; twice: {listed(twice, 'and')}", (*here, "families"))
    if tried.of is not None and tried.of not in names:
        raise NumberError(
            f"`of` must be one of the families ({listed(list(names), 'or')}), not {quoted(tried.of)}",
            (*here, "of"),
        )
    rows: list[float] = []
    for index, family in enumerate(tried.families):
        for row in _rows(family, (*here, "families", index)):
            rows += [index, *row]
    _require_above_0(tried.at, (*here, "at"))
    _require_a_trend([size for family in tried.families for size in family.scale], (*here, "families"))
    of = -1.0 if tried.of is None else names.index(tried.of)
    bend = _bend(tried.bend, (*here, "break"))
    return Distribution("extrapolate_families", (tried.at, of, *bend, *rows), names=names)


def _bend(bend: Bend, here: Path) -> tuple[float, float]:
    if not 0 <= bend.chance <= 1:
        raise NumberError(f"`chance` must be within [0, 1], not {quoted(bend.chance)}", (*here, "chance"))
    if not 0 <= bend.sd <= MAX_BEND:
        raise NumberError(f"`sd` must be within [0, {MAX_BEND:g}], not {quoted(bend.sd)}", (*here, "sd"))
    return bend.chance, bend.sd


def _rows(tried: Extrapolation | Family, here: Path) -> Iterator[tuple[float, float, float]]:
    """Scale, trials and held of each row, checked."""
    if not len(tried.scale) == len(tried.trials) == len(tried.held):
        raise NumberError("`scale`, `trials` and `held` must be of equal length", here)
    if not 1 <= len(tried.scale) <= MAX_ROWS:
        raise NumberError(f"`{here[0]}` needs 1 to {MAX_ROWS} scales, not {len(tried.scale)}", here)
    for index, row in enumerate(zip(tried.scale, tried.trials, tried.held, strict=True)):
        size, trials, held = row
        if size <= 0:
            raise NumberError(f"a scale must be above 0, not {quoted(size)}", (*here, "scale", index))
        if not 0 <= held <= trials:
            raise NumberError(
                f"0 <= held <= trials must hold: {held:g} of {trials:g}", (*here, "held", index)
            )
        yield row


def _require_above_0(at: float, here: Path) -> None:
    if at <= 0:
        raise NumberError(f"`at` must be above 0, not {quoted(at)}", here)


def _require_a_trend(scales: tuple[float, ...] | list[float], here: Path) -> None:
    if len(set(scales)) < 2:
        raise NumberError("at least two different scales are needed to see a trend", here)


MAX_BEND = 10.0  # log-odds per decade

EXTRAPOLATE = Form(
    "extrapolate",
    "{ extrapolate = { scale = [1e9, 1e10], trials = [100, 100], held = [99, 95], at = 1e12 } }",
    _canonical,
    probability=Meaning(
        Extrapolate,
        "posterior at `at` of a logistic regression of held among trials on log10(scale): what smaller "
        "models did, carried to a larger one; of several `families`, with doubt of the law (`break`), "
        "[see below](#what-smaller-models-did)",
    ),
    families={
        "extrapolate": UNIT,  # (at, then scale, trials, held of each row)
        "extrapolate_families": UNIT,  # (at, index of `of` or -1, chance, sd, then family, scale, … of each)
    },
)

"""A declared number in its canonical form: a point, a distribution, or an expression.

`Distribution` is the interface to the quantile functions: a family, its arguments, and for mixtures the
parts. Support, means and bounds follow from it. A form lists in its row of the table the families it adds;
`sensa.kernels.distributions.marginals` has one row for each.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """An uncertain number: `family(*args)`, over `parts` where the family is a pool."""

    family: str
    args: tuple[float, ...]
    parts: tuple["Distribution", ...] = ()
    names: tuple[str, ...] = ()  # of the experts, one for each part; without parts, of families of models

    @property
    def experts(self) -> tuple[str, ...]:
        """The experts whose answers it pools."""
        return self.names if self.parts else ()

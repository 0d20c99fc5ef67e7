"""The table of all forms of numbers, and the two types of numbers in stories.

The forms of one file each are rows of `simple.SIMPLE`, which experts may use too, or of `FORMS`.
"""

from typing import TYPE_CHECKING, Any

from sensa.stories.numbers.form import Number, Table
from sensa.stories.numbers.forms.bounded import Interval
from sensa.stories.numbers.forms.experts import EXPERTS
from sensa.stories.numbers.forms.extrapolate import EXTRAPOLATE
from sensa.stories.numbers.forms.from_evidence import FROM_EVIDENCE
from sensa.stories.numbers.forms.simple import SIMPLE

FORMS = Table((*SIMPLE.rows, EXPERTS, EXTRAPOLATE, FROM_EVIDENCE))

if TYPE_CHECKING:
    Probability = Number
    RealNumber = Number
else:
    Probability = FORMS.union("Probability", real=False)
    RealNumber = FORMS.union("RealNumber", real=True)

UNCLAIMED: Any = Interval.model_construct(interval=(0.0, 1.0))  # the meaning of an omitted credence

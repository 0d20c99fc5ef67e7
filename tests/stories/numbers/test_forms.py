"""The table of forms: every row means what scipy says, and fits the rows beside it."""

import re
from typing import Any

import numpy as np
import pytest
import tomli

from sensa.kernels.distributions.levels import at_levels
from sensa.kernels.distributions.marginals import FAMILIES
from sensa.sampling.parameters import bound
from sensa.stories.numbers.canonical import support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.numbers.form import Form
from sensa.stories.numbers.forms import FORMS
from sensa.stories.numbers.rules import Scale
from tests.naive.sampling import marginal as naive
from tests.stories.numbers.declared import number

SCALES: tuple[Scale, ...] = ("probability", "real")
CASES = [(row, scale) for row in FORMS.rows for scale in SCALES if row.meaning(real=scale == "real")]
ALONE = [
    (row, scale) for row, scale in CASES if row.name != "from_evidence"
]  # which needs evidence beside it
SPREAD = [(row, scale) for row, scale in ALONE if row.name != "odds"]  # which are a point
BY_SCIPY = [(row, scale) for row, scale in SPREAD if row.name != "extrapolate"]  # which has tests of its own


def example(row: Form, scale: Scale) -> Any:
    """The example, cut off where it must be."""
    written = tomli.loads(f"it = {row.example}")["it"]
    meaning = row.meaning(real=scale == "real")
    assert meaning is not None
    needed = meaning.model.model_fields.get("within")
    return {**written, "within": [0, 1]} if needed is not None and needed.is_required() else written


def told(case: Any) -> str:
    return case.name if isinstance(case, Form) else str(case)


@pytest.mark.parametrize(("row", "scale"), BY_SCIPY, ids=told)
def test_an_example_is_what_scipy_makes_of_it(row: Form, scale: Scale) -> None:
    levels = np.array([0.001, 0.05, 0.3, 0.5, 0.9, 0.999])
    written = example(row, scale)
    found = bound(number(written, scale)).inverse(at_levels(levels))
    assert found == pytest.approx(naive(written, scale).ppf(levels), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("row", "scale"), SPREAD, ids=told)
def test_an_example_has_the_support_of_its_quantile_function(row: Form, scale: Scale) -> None:
    declared: Distribution = number(example(row, scale), scale)
    assert support(declared) == pytest.approx(bound(declared).support)


def test_there_is_a_quantile_function_for_each_family_and_no_other() -> None:
    assert set(FORMS.families) == set(FAMILIES)


def test_keys_show_one_form() -> None:
    for row in FORMS.rows:
        assert FORMS.form_of(dict.fromkeys(row.keys)) == row.name
        assert not any(set(row.keys) >= set(other.keys) for other in FORMS.rows if other is not row)
    assert len({row.name for row in FORMS.rows}) == len(FORMS.rows)


@pytest.mark.parametrize(("row", "scale"), CASES, ids=told)
def test_a_message_proposes_every_form(row: Form, scale: Scale) -> None:
    proposals = [set(re.findall(r"\w+", each)) for each in FORMS.proposals(real=scale == "real")]
    assert sum(words >= set(row.keys) for words in proposals) == 1

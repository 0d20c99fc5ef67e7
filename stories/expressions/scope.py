"""The scope of an expression: the names it may read, and their types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """The type of a choice: its options, and the tags of any of them."""

    options: tuple[str, ...]
    tags: frozenset[str] = frozenset()


Type = Literal["bool", "real"] | Choice


@dataclass(frozen=True, slots=True)
class Scope:
    """The names and words that an expression may read.

    `types` has every name that may be read, including every-step ones; `forbidden` those that exist but may
    not be read here, with the reason (a clause, such as "an outcome is read last"), and possibly the
    words `step`, `round`, `phase`, `axis`, `prev` and `halted`. `step_words` says whether these words and
    the names in `every_step` are allowed; `halted` is bool and needs no entry in `types`. `prev` has the
    names that `prev.` may read, `axes` and `phases` those that some phase of the story defines.
    """

    types: Mapping[str, Type]
    every_step: frozenset[str] = frozenset()
    step_words: bool = False
    prev: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    forbidden: Mapping[str, str] = field(default_factory=dict)

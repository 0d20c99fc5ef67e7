"""What an expression may read: the names known where it stands, and their types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """The type of a choice: its options, and the tags that any of them carries."""

    options: tuple[str, ...]
    tags: frozenset[str] = frozenset()


Type = Literal["bool", "real"] | Choice


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may read where it stands.

    `types` has every name that may be read, every-step ones too; `forbidden` those that exist and may
    not be read here, with the reason (a clause, as "an outcome is read last"); it may also hold the
    words `step`, `round`, `phase`, `axis`, `prev` and `halted`. `step_words` says whether these words and
    the names in `every_step` are allowed; `halted` is bool and needs no entry in `types`. `prev` has the
    names that `prev.` may read, `axes` and `phases` what some phase of the story names.
    """

    types: Mapping[str, Type]
    every_step: frozenset[str] = frozenset()
    step_words: bool = False
    prev: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    forbidden: Mapping[str, str] = field(default_factory=dict)

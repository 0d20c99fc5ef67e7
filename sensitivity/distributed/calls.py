"""Calls as they are sent to workers, and what computes them there."""

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sensa import processors
from sensa.checkpoints.manifest import versions
from sensa.sampling.workers import WorkersLost
from sensa.stories.problems import quoted

MAX_KEPT = 4  # pieces of work that a worker keeps, with what they have computed for themselves
_kept: OrderedDict[str, Callable[..., Any]] = OrderedDict()


@dataclass(frozen=True)
class Work:
    """A function to call, as bytes; it goes to a worker with each of its calls."""

    key: str
    data: bytes

    @classmethod
    def of(cls, work: Callable[..., Any]) -> "Work":
        """The work of a function that can be pickled."""
        data = pickle.dumps(work)
        return cls(hashlib.sha256(data).hexdigest(), data)


def call(work: Work, arguments: tuple[Any, ...], expected: Mapping[str, str]) -> Any:
    """Call a function in a worker. Raises `WorkersLost` if the versions there are not the expected ones."""
    require_versions(expected)
    processors.use(1)
    if work.key not in _kept:
        _kept[work.key] = pickle.loads(work.data)
        if len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return _kept[work.key](*arguments)


def require_versions(expected: Mapping[str, str]) -> None:
    """Raise `WorkersLost`, saying which, if the versions on which last bits may depend are others here."""
    here = versions()
    if here != dict(expected):
        wrong = [
            f"{quoted(name)} is {quoted(here.get(name))} there and {quoted(wanted)} here"
            for name, wanted in expected.items()
            if here.get(name) != wanted
        ]
        raise WorkersLost(f"a worker has other versions: {'; '.join(wrong)}")

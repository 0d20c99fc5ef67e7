"""What a process of ours puts off behaves as if it had not been put off."""

import dataclasses
import inspect
import pickle
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from sensa import quick_start

CLASSES = """
from dataclasses import dataclass, field
from functools import cached_property

@dataclass(frozen=True)
class Point:
    x: int
    y: list[int] = field(default_factory=list)

    @cached_property
    def sum(self) -> int:
        return self.x + sum(self.y)

@dataclass(frozen=True)
class Named(Point):
    name: str = ""

    def __post_init__(self) -> None:
        if self.name == "wrong":
            raise ValueError(self.name)

@dataclass(frozen=True, slots=True, order=True)
class Pair:
    a: int
    b: float = 2.0

@dataclass(eq=False)
class Open:
    a: int
"""


def classes(name: str) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(CLASSES, module.__dict__)
    return module


@pytest.fixture
def late() -> Iterator[ModuleType]:
    before = getattr(dataclasses, "_create_fn", None)
    quick_start.write_methods_later()
    try:
        yield classes("sensa.late")
    finally:
        del sys.modules["sensa.late"]
        if before is not None:
            dataclasses._create_fn = before  # type: ignore[attr-defined]


@pytest.fixture
def at_once() -> Iterator[ModuleType]:
    yield classes("sensa.at_once")
    del sys.modules["sensa.at_once"]


def behaviour(of: ModuleType) -> list[object]:
    """What instances do, in an order that calls each method for the first time and again."""
    found: list[object] = []
    point = of.Point(1)
    for _ in range(2):
        named = of.Named(1, name="n")
        found += [repr(named), named == of.Named(1, [], "n"), named == of.Point(1), named != of.Named(2)]
        found += [hash(of.Pair(1, 3.0)) == hash((1, 3.0)), of.Pair(1) < of.Pair(2), of.Pair(3) >= of.Pair(4)]
        found += [of.Point(1, y=[2, 3]).sum, of.Named(4).sum, dataclasses.replace(of.Pair(1), b=0.5).b]
        found += [dataclasses.astuple(of.Point(1, [2])), of.Open(1) == of.Open(1), of.Pair.__match_args__]
        found += [pickle.loads(pickle.dumps(of.Pair(5, 6.0))).b, {of.Pair(1): 2}[of.Pair(1)]]
        for act in (
            lambda: setattr(point, "x", 2), lambda: delattr(point, "x"), lambda: setattr(of.Pair(1), "a", 2),
            lambda: of.Named(1, name="wrong"), lambda: of.Pair(1) < 3, lambda: hash(of.Point(1)),
        ):  # fmt: skip
            with pytest.raises((TypeError, ValueError, AttributeError)) as raised:
                act()
            found.append((type(raised.value), str(raised.value)))
    return found


def test_methods_compiled_late_are_those_compiled_at_once(late: ModuleType, at_once: ModuleType) -> None:
    assert behaviour(late) == behaviour(at_once)
    assert late.Pair.__init__.__qualname__ == "Pair.__init__"
    assert inspect.signature(late.Named) == inspect.signature(at_once.Named)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python compiles all methods of a class together")
def test_a_method_compiles_when_it_is_called(late: ModuleType) -> None:
    before = late.Pair.__repr__
    assert late.Pair.__eq__.__code__.co_filename == quick_start.__file__
    assert repr(late.Pair(1)) == "Pair(a=1, b=2.0)"
    assert late.Pair.__repr__ is before  # it wraps the method that compiled itself
    assert late.Pair.__init__.__code__.co_filename == "<string>"
    assert late.Pair.__eq__.__code__.co_filename == quick_start.__file__


def test_arguments_that_do_not_fit_are_named(late: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'x'"):
        late.Named()
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'z'"):
        late.Pair(1, z=2)


def test_a_rarely_used_module_runs_at_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    monkeypatch.delitem(sys.modules, "pydoc", raising=False)
    quick_start.import_later()
    module = import_module("pydoc")
    assert type(module) is not ModuleType
    assert module.plain("a\bab") == "ab"
    assert type(module) is ModuleType


def test_every_rarely_used_module_exists() -> None:
    """One that a library has moved would be imported at once again without anybody noticing."""
    for name in quick_start.RARELY_USED:
        assert import_module(name).__name__ == name

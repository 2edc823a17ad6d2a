"""The dataclass that compiles late is the standard library's in all that can be told from outside."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
from typing import Any, ClassVar

import pytest

from microinfer.words.dataclass import dataclass

from support.import_graph import modules


@dataclass(frozen=True, slots=True)
class Base:
    """Frozen, with all kinds of fields."""

    kind: ClassVar[str] = "k"
    a: int
    b: str = "b"
    c: list[int] = dataclasses.field(default_factory=list, compare=False)
    d: int = dataclasses.field(default=7, init=False)
    e: float = dataclasses.field(default=0.5, kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Heir(Base):
    """One field more."""

    f: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class User(Base):
    """As a user writes one."""

    f: int = 3


@dataclass(slots=True)
class Open:
    """May be changed."""

    a: int


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """Equal to itself only."""

    a: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """By name only."""

    a: int
    b: int = 2


def _twin(cls: type[Any], **how: bool) -> type[Any]:
    """The standard library's, of the same fields."""
    namespace = {"__annotations__": dict(inspect.get_annotations(cls)), "__module__": __name__}
    for one in dataclasses.fields(cls):
        if one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING:
            given = {
                name: getattr(one, name) for name in ("init", "repr", "hash", "compare", "kw_only", "default")
            }
            if one.default_factory is not dataclasses.MISSING:
                given["default_factory"] = one.default_factory
            namespace[one.name] = dataclasses.field(**given)
    bare = type(cls.__name__, (), namespace | {"__qualname__": cls.__qualname__})
    made: type[Any] = dataclasses.dataclass(bare, **how)
    return made


CASES = [
    (Base, {"frozen": True, "slots": True}),
    (Open, {"slots": True}),
    (Apart, {"frozen": True, "slots": True, "eq": False}),
    (Named, {"frozen": True, "slots": True, "kw_only": True}),
]


@pytest.mark.parametrize(("cls", "how"), CASES)
def test_signature_and_text_are_the_same(cls: type[Any], how: dict[str, bool]) -> None:
    twin = _twin(cls, **how)
    assert str(inspect.signature(cls)) == str(inspect.signature(twin))
    assert repr(cls(a=1)) == repr(twin(a=1))
    assert cls.__match_args__ == twin.__match_args__
    assert (cls.__hash__ is None) is (twin.__hash__ is None)
    assert dataclasses.asdict(cls(a=1)) == dataclasses.asdict(twin(a=1))
    assert cls.__dataclass_params__.frozen is twin.__dataclass_params__.frozen
    with pytest.raises(TypeError, match="missing 1 required"):
        cls()
    with pytest.raises(TypeError, match="unexpected keyword"):
        cls(a=1, z=2)


@pytest.mark.parametrize("cls", [Base, Heir, User])
def test_frozen_ones(cls: type[Any]) -> None:
    one = cls(1, "x", e=2.0)
    assert (one.a, one.b, one.c, one.d, one.e, one.kind) == (1, "x", [], 7, 2.0, "k")
    assert one == cls(1, "x", [5], e=2.0)
    assert one != cls(1, "y", e=2.0)
    assert hash(one) == hash(cls(1, "x", [5], e=2.0))
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'a'"):
        one.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'a'"):
        del one.a
    assert not hasattr(one, "__dict__")
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == copy.deepcopy(one) == one
    changed = dataclasses.replace(one, a=9)
    assert (changed.a, changed.b, changed.e) == (9, "x", 2.0)
    with pytest.raises(ValueError, match="init=False"):
        dataclasses.replace(one, d=1)


def test_lists_are_not_shared() -> None:
    first, second = Base(1), Base(1)
    first.c.append(1)
    assert second.c == []
    assert Base(1, c=first.c).c is first.c


def test_kinds_differ() -> None:
    assert Base(1) != Heir(1)
    assert Apart(1) != Apart(1)
    opened = Open(1)
    opened.a = 2
    assert opened == Open(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(opened)


def test_every_room_takes_this_one() -> None:
    """The kernels alone, which import nothing of the package, take the standard library's."""
    wrong = []
    for module, path in modules().items():
        if module == "words.dataclass" or module.startswith("kernels"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and not node.level:
                wrong += [module for alias in node.names if alias.name == "dataclass"]
    assert not wrong

"""`dataclass` as in the standard library, whose methods are compiled when they are first used.

A command imports a hundred dataclasses and makes objects of half of them; the standard decorator compiles
six methods of each at once, which is a quarter of what a check takes. Here equality, hash and repr are
functions over the fields, and `__init__` is compiled at the first call. `fields`, `replace`, `asdict`,
pickles, matching and signatures are the standard library's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field, replace
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]


class _Factory:
    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()
"""The default of a field that is made anew for each object."""


class _Init:
    """Stands for `__init__` until it is asked for."""

    def __init__(self, frozen: bool) -> None:
        self.frozen = frozen
        self.owner: type[Any] | None = None

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        assert self.owner is not None
        made = self.owner.__init__ = _made_init(self.owner, self.frozen)
        return made if instance is None else MethodType(made, instance)


def _made_init(cls: type[Any], frozen: bool) -> Any:
    every = dataclasses.fields(cls)
    slots = {one.name: getattr(cls, one.name, None) for one in every} if frozen else {}
    puts = {name: slot.__set__ for name, slot in slots.items() if isinstance(slot, MemberDescriptorType)}
    known: dict[str, Any] = {"_put": object.__setattr__} | {f"_put_{name}": put for name, put in puts.items()}
    given, named, body = ["self"], list[str](), list[str]()
    for one in every:
        value = one.name
        parameter = f"{value}={value}_"
        if one.default is not dataclasses.MISSING:
            known[f"{value}_"] = one.default
        elif one.default_factory is not dataclasses.MISSING:
            known |= {f"{value}_": _FACTORY, f"{value}_made": one.default_factory, "_FACTORY": _FACTORY}
            made = f"{value}_made()"
            value = f"{made} if {value} is _FACTORY else {value}" if one.init else made
        else:
            parameter = value
        if one.init:
            (named if one.kw_only else given).append(parameter)
        elif parameter != one.name and one.default is not dataclasses.MISSING:
            value = f"{one.name}_"
        elif parameter == one.name:
            continue
        if one.name in puts:  # sooner than by its name
            body.append(f"_put_{one.name}(self, {value})")
        else:
            body.append(f"_put(self, {one.name!r}, {value})" if frozen else f"self.{one.name} = {value}")
    head = ", ".join([*given, *(["*", *named] if named else [])])
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({head}):\n {lines}", known)
    made_init = known.pop("__init__")
    made_init.__qualname__ = f"{cls.__qualname__}.__init__"
    made_init.__module__ = cls.__module__
    made_init.__annotations__ = {one.name: one.type for one in every if one.init} | {"return": None}
    return made_init


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _setattr(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


def _values(names: list[str]) -> Callable[[Any], Any]:
    """What tells an object from another of its class."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _equality(names: list[str]) -> Any:
    values = _values(names)

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(names: list[str]) -> Any:
    values = _values(names)
    return lambda self: hash(values(self))


def _is_frozen(cls: type[Any]) -> bool:
    return "__dataclass_params__" in cls.__dict__ and cls.__dataclass_params__.frozen


def _dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002  as in the standard library
    kw_only: bool = False,
) -> Callable[[type[Any]], type[Any]]:
    def made(cls: type[Any]) -> type[Any]:
        own = cls.__dict__
        if not cls.__doc__:  # else the standard library would print the signature there
            cls.__doc__ = f"{cls.__name__}()"
        compared = eq and "__eq__" not in own
        hashable = own.get("__hash__") is not None or ("__hash__" in own and "__eq__" not in own)
        heir = any(_is_frozen(base) for base in cls.__mro__[1:])  # the standard library then wants to freeze
        methods: dict[str, Any] = {"__init__": (init := _Init(frozen))}
        if repr and "__repr__" not in own:
            methods["__repr__"] = _repr
        if frozen and not heir:
            methods |= {"__setattr__": _setattr, "__delattr__": _delattr}
            if slots and "__getstate__" not in own:
                methods |= {"__getstate__": _getstate, "__setstate__": _setstate}
        for name, method in methods.items():
            setattr(cls, name, method)
        write = dataclasses.dataclass(
            init=False, repr=False, eq=False, frozen=frozen and heir, slots=slots, kw_only=kw_only
        )
        init.owner = done = write(cls)
        done.__dataclass_params__.frozen = frozen
        if compared:
            done.__eq__ = _equality([one.name for one in dataclasses.fields(done) if one.compare])
        if eq and not hashable:
            fields = dataclasses.fields(done)
            names = [one.name for one in fields if (one.compare if one.hash is None else one.hash)]
            over: Any = _hash(names) if frozen else None
            done.__hash__ = over
        return done

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass

"""The package's names and signatures, as text. `python tests/support/public_api.py` prints them anew."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator

import microinfer

__all__ = ["public_api"]


def public_api() -> str:
    """A line a name of the package, and below a class a line each of its methods and attributes.

    Of the builder only how it is made: it has a method an operator. Tables that only the package makes have
    no signature.
    """
    return "".join(f"{line}\n" for name in sorted(microinfer.__all__) for line in _lines(name))


def _lines(name: str) -> Iterator[str]:
    value = getattr(microinfer, name)
    if isinstance(value, type):
        if issubclass(value, Exception):
            yield f"class {name}({', '.join(base.__name__ for base in value.__bases__)})"
            return
        yield f"class {name}"
        if not dataclasses.is_dataclass(value):
            yield f"    {name}{_signature(value)}"
        for key in sorted({key for part in value.__mro__[:-1] for key in vars(part)}):
            if not key.startswith("_") and name != "ModelBuilder":
                yield f"    {key}{_signature(inspect.getattr_static(value, key))}"
    elif callable(value):
        yield f"{name}{_signature(value)}"
    else:
        yield name


def _signature(value: object) -> str:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    return str(inspect.signature(value)) if callable(value) else ""


if __name__ == "__main__":
    print(public_api(), end="")

"""A page a public name of the package, and one a result of its verbs, out of signatures and docstrings."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import microinfer

from .words import docstring, first_line, table

__all__ = ["python_pages"]

LONGEST_DEFAULT = 40


def python_pages() -> Iterator[tuple[str, str]]:
    """Where, and what, of each public name, of each class that a verb returns, and of their list."""
    names = [name for name in microinfer.__all__ if not name.startswith("_")]
    values = {name: getattr(microinfer, name) for name in names}
    errors = {name: value for name, value in values.items() if _is_error(value)}
    classes = {n: v for n, v in values.items() if isinstance(v, type) and n not in errors}
    verbs = {n: v for n, v in values.items() if not isinstance(v, type)}
    results = {one.__name__: one for verb in verbs.values() for one in _results_of(verb)}
    results = {n: v for n, v in sorted(results.items()) if n not in classes}
    groups = {"Functions": verbs, "Classes": classes, "What the verbs return": results}
    parts = ["# Python\n\nEverything that `import microinfer` gives; how it is used is in"]
    parts.append("[Call it from Python](../../from-python.md).\n")
    for title, group in groups.items():
        rows = [(f"[`{name}`]({name}.md)", first_line(value.__doc__)) for name, value in group.items()]
        parts.append(f"\n## {title}\n\n{table(('name', 'what it is'), rows)}")
    rows = [(f"[`{name}`](errors.md#{name.lower()})", first_line(v.__doc__)) for name, v in errors.items()]
    parts.append(f"\n## Errors\n\n{table(('name', 'what went wrong'), rows)}")
    yield "python/index.md", "\n".join(parts)
    for name, value in {**verbs, **classes, **results}.items():
        yield f"python/{name}.md", "\n".join(_page(name, value))
    yield "python/errors.md", "# Errors\n\n" + "\n".join(_error(name, v) for name, v in errors.items())


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


def _results_of(verb: Callable[..., object]) -> list[type]:
    """The classes of the package that a function says it returns."""
    names = str(inspect.signature(verb).return_annotation).split(" | ")
    found = (getattr(sys.modules[verb.__module__], name, None) for name in names)
    return [one for one in found if isinstance(one, type) and one.__module__.startswith("microinfer")]


def _error(name: str, value: type) -> str:
    bases = ", ".join(base.__name__ for base in value.__bases__)
    return f"## {name}\n\n```python\nclass {name}({bases})\n```\n\n{docstring(value.__doc__)}"


def _page(name: str, value: Any) -> Iterator[str]:
    yield f"# {name}\n"
    if not isinstance(value, type):
        yield f"{_signature(name, value)}\n\n{docstring(value.__doc__)}"
        return
    if not dataclasses.is_dataclass(value) and "__init__" in vars(value):
        yield f"{_signature(name, value)}\n"
    yield docstring(value.__doc__)
    if dataclasses.is_dataclass(value):
        rows = [(f"`{f.name}`", f"`{f.type}`") for f in dataclasses.fields(value) if f.name[0] != "_"]
        yield f"## Fields\n\n{table(('field', 'type'), rows).replace(' | None', ' or None')}"
    for key in sorted({key for part in value.__mro__[:-1] for key in vars(part)}):
        member = inspect.getattr_static(value, key)
        if key.startswith("_") or not isinstance(
            member, property | functools.cached_property | classmethod | staticmethod | type(_page)
        ):
            continue
        yield from _member(key, member)


def _member(key: str, member: Any) -> Iterator[str]:
    yield f"## {key}\n"
    if isinstance(member, property | functools.cached_property):
        inner = member.fget if isinstance(member, property) else member.func
        kind = inspect.signature(inner).return_annotation if inner is not None else ""
        yield f"```python\n{key}: {_annotation(kind)}\n```\n"
    else:
        inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        yield f"{_signature(key, inner)}\n"
    yield docstring(inner.__doc__ if inner is not None else "")


def _annotation(value: object) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))


def _signature(name: str, value: Callable[..., object]) -> str:
    """In one line where it is short, else a line an argument."""
    found = inspect.signature(value)
    words, starred = [], False
    for parameter in found.parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            words.append("*")
        starred = starred or parameter.kind in {parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL}
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        text = star + parameter.name
        if parameter.annotation is not parameter.empty:
            text += f": {_annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            shown = repr(parameter.default)
            text += f" = {shown if len(shown) <= LONGEST_DEFAULT else '...'}"
        words.append(text)
    end = ")"
    if found.return_annotation is not found.empty and not isinstance(value, type):
        end = f") -> {_annotation(found.return_annotation)}"
    line = f"{name}({', '.join(words)}{end}"
    if len(line) > 90:
        line = "\n".join([f"{name}(", *(f"    {word}," for word in words), end])
    return f"```python\n{line}\n```"

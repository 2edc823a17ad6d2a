"""JSON Schema (draft 2020-12) out of Python's types: dataclasses, typed dictionaries, unions, literals.

Objects are closed: a key that no type names is a mistake, and so is one that is missing.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

__all__ = ["json_schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCALARS: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    type(None): {"type": "null"},
    Any: {},
}


def json_schema(name: str, form: Any, *, finite: bool = True) -> dict[str, Any]:
    """The schema of a document whose key "schema" is `name`.

    Args:
        form: a type, or a union of types, of objects; the key "schema" is added to each.
        finite: a number is never null for want of being finite.
    """
    made = _Made(name, finite)
    forms = get_args(form) if _is_union(form) else (form,)
    bodies = [made.objects(each, root=True) for each in forms]
    body = bodies[0] if len(bodies) == 1 else {"oneOf": bodies}
    defined = {"$defs": dict(sorted(made.defined.items()))} if made.defined else {}
    return {"$schema": DRAFT, "title": name, **body, **defined}


def _is_union(form: Any) -> bool:
    return get_origin(form) in (Union, types.UnionType)


def _names(found: str | list[str]) -> list[str]:
    return [found] if isinstance(found, str) else found


class _Made:
    """A schema in the making, and the objects that it names."""

    def __init__(self, name: str, finite: bool) -> None:
        self.name = name
        self._scalars = SCALARS if finite else {**SCALARS, float: {"type": ["number", "null"]}}
        self.defined: dict[str, Any] = {}
        self._types: dict[str, Any] = {}

    def of(self, form: Any) -> dict[str, Any]:
        if form in self._scalars:
            return self._scalars[form]
        origin, inner = get_origin(form), get_args(form)
        if origin is Literal:
            return {"enum": list(inner)}
        if _is_union(form):
            return self._union(inner)
        if origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis):
            items = [self.of(each) for each in inner]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
        if origin in (tuple, list, Sequence):
            return {"type": "array", "items": self.of(inner[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        return self._reference(form)

    def _union(self, inner: tuple[Any, ...]) -> dict[str, Any]:
        parts = [self.of(each) for each in inner]
        if all(set(part) == {"type"} for part in parts):
            return {"type": sorted({name for part in parts for name in _names(part["type"])})}
        return {"anyOf": parts}

    def _reference(self, form: Any) -> dict[str, Any]:
        key = getattr(form, "__name__", repr(form))
        if self._types.setdefault(key, form) is not form:
            raise TypeError(f"{self.name}: two types are called {key}")
        if key not in self.defined:
            self.defined[key] = {}
            self.defined[key] = self.objects(form)
        return {"$ref": f"#/$defs/{key}"}

    def objects(self, form: Any, *, root: bool = False) -> dict[str, Any]:
        """A closed object with the fields of a dataclass or typed dictionary."""
        if not (dataclasses.is_dataclass(form) or is_typeddict(form)):
            raise TypeError(f"{self.name}: no schema of {form!r}")
        hints = get_type_hints(form, include_extras=True)
        if dataclasses.is_dataclass(form):
            hints = {field.name: hints[field.name] for field in dataclasses.fields(form)}
        optional = {key for key, hint in hints.items() if get_origin(hint) is NotRequired}
        properties = {"schema": {"const": self.name}} if root else {}
        for key, hint in hints.items():
            properties[key] = self.of(get_args(hint)[0] if key in optional else hint)
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [key for key in properties if key not in optional],
            "properties": properties,
        }

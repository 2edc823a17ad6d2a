"""A page a JSON form, out of the committed schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .words import table

__all__ = ["schema_pages"]

FOLDER = Path(__file__).resolve().parents[1] / "schemas"


def schema_pages() -> Iterator[tuple[str, str]]:
    """Where, and what, of each form and of their list."""
    forms = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
    }
    listed = [
        (f"[`{form['title']}`]({name}.md)", f"[{name}.json](../../schemas/{name}.json)")
        for name, form in forms.items()
    ]
    intro = (
        "# JSON forms\n\nWhat `--json` prints and `to_dict()` gives. Every key is there, and none besides; a "
        "form that changes otherwise than by a new key gets a new number.\n\n"
    )
    yield "json/index.md", intro + table(("form", "JSON Schema"), listed)
    for name, form in forms.items():
        yield f"json/{name}.md", "\n".join(_form(name, form))


def _form(name: str, form: dict[str, Any]) -> Iterator[str]:
    yield f"# {name}\n\n`{form['title']}`, as [JSON Schema](../../schemas/{name}.json).\n"
    yield from _object(form)
    for title, part in form.get("$defs", {}).items():
        yield f"\n## {title}\n"
        yield from _object(part)


def _object(part: dict[str, Any]) -> Iterator[str]:
    properties = part.get("properties")
    if properties is None:
        yield f"{_kind(part)}\n"
        return
    required = part.get("required", ())
    rows = [
        (f"`{key}`", _kind(value), "" if key in required else "may be missing")
        for key, value in properties.items()
    ]
    yield table(("key", "value", ""), rows)


def _kind(value: dict[str, Any] | bool) -> str:
    """What may stand there, in words."""
    if value is True or value == {}:
        return "anything"
    if isinstance(value, bool):
        return "nothing"
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "const" in value:
        return f"`{json.dumps(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value["enum"])
    for key in ("anyOf", "oneOf"):
        if key in value:
            return " or ".join(_kind(one) for one in value[key])
    kinds = value.get("type", "anything")
    names = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_named(kind, value) for kind in names)


def _named(kind: str, value: dict[str, Any]) -> str:
    if kind == "array":
        items = value.get("items", value.get("prefixItems", True))
        inner = ", ".join(map(_kind, items)) if isinstance(items, list) else _kind(items)
        return f"array of {inner}"
    if kind == "object" and isinstance(value.get("additionalProperties"), dict):
        return f"object of {_kind(value['additionalProperties'])}"
    return kind

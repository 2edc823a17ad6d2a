"""All generated pages."""

from __future__ import annotations

from .commands import command_pages
from .python_api import python_pages
from .schemas import schema_pages
from .tables import operator_pages, part_pages, rule_pages

__all__ = ["reference_pages"]

FOLDER = "reference"


def reference_pages() -> dict[str, str]:
    """Where each page is, below the pages' folder, and its Markdown."""
    found = {}
    for pages in (command_pages, python_pages, rule_pages, operator_pages, part_pages, schema_pages):
        found.update({f"{FOLDER}/{place}": text for place, text in pages()})
    return found

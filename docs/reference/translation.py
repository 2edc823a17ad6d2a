"""From the Markdown that stands in the tree, which a forge shows as it is, to that of the pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

__all__ = ["OUTSIDE", "for_pages", "navigation"]

OUTSIDE = ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
"""Pages at the root of the tree that are shown, too."""
_FENCE = re.compile(r"^(```\w+) ([\w./-]+)$", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_LIST = re.compile(r"^([^-|#\s].*)\n(?=- )", re.MULTILINE)
_ROW = re.compile(r"^\| .* \| \[([^\]]+)\]\(([\w-]+\.md)\) \|$")


def for_pages(text: str, folder: str, places: Collection[str], shown_in: str = "") -> str:
    """The text of a page of `folder` ("" is the tree's root) as a page of the pages' `shown_in`.

    A fence's file becomes its title, and a list that follows a line of text is one. A link to one of
    `places`, which are relative to the pages' root, leads there; one to anything else is its text alone.
    """

    def moved(link: re.Match[str]) -> str:
        mark, title, target = link.groups()
        path, _, anchor = target.partition("#")
        if "://" in target or not path:
            return link[0]
        place = posixpath.normpath(posixpath.join(folder, path)).removeprefix("docs/")
        if place in places:
            place = posixpath.relpath(place, shown_in or ".")
            return f"{mark}[{title}]({place}{'#' + anchor if anchor else ''})"
        return title

    pieces = _BLOCK.split(text)
    pieces[::2] = [_LIST.sub(r"\1\n\n", _LINK.sub(moved, piece)) for piece in pieces[::2]]
    pieces[1::2] = [_FENCE.sub(r'\1 title="\2"', piece) for piece in pieces[1::2]]
    return "".join(pieces)


def navigation(index: str) -> list[dict[str, list[dict[str, str]]]]:
    """The tables of the index: each is a part of the navigation, by the heading above it."""
    found: list[dict[str, list[dict[str, str]]]] = []
    heading = ""
    for line in index.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif row := _ROW.match(line):
            if not found or heading not in found[-1]:
                found.append({heading: []})
            found[-1][heading].append({row[1]: row[2]})
    return found

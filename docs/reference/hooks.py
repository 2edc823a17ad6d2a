"""What mkdocs calls: the navigation, the reference, and the tree's Markdown as mkdocs wants it."""

from __future__ import annotations

import posixpath
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from reference.gallery import GALLERY, gallery_files  # noqa: E402
from reference.pages import FOLDER, reference_pages  # noqa: E402
from reference.translation import OUTSIDE, for_pages, navigation  # noqa: E402

GENERATED = f"{FOLDER}/"


def on_config(config: Any) -> Any:
    """The navigation: the index's tables, and the reference."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    parts = {"Commands": "commands", "Python": "python", "Parts and boards": "parts", "JSON forms": "json"}
    pages = list(reference_pages())
    reference: list[Any] = []
    for title, folder in parts.items():
        inside = [page for page in pages if page.startswith(f"{GENERATED}{folder}/")]
        reference.append({title: inside})
    reference[2:2] = [{"Rules of check": f"{GENERATED}rules.md"}, {"Operators": f"{GENERATED}operators.md"}]
    gallery = [place for place in gallery_files() if place.endswith(".md")]
    config.nav = [{"Home": "README.md"}, *navigation(index), {"Gallery": gallery}, {"Reference": reference}]
    config.nav.append({"Project": list(OUTSIDE)})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds what is generated and what lies at the tree's root."""
    from mkdocs.structure.files import File

    for place, text in reference_pages().items():
        files.append(File.generated(config, place, content=text))
    for place, path in gallery_files().items():
        files.append(File.generated(config, place, content=path.read_text(encoding="utf-8")))
    for name in OUTSIDE:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Links and fences as the pages want them; what is generated has them already."""
    place = page.file.src_uri
    if place.startswith(GENERATED):
        return markdown
    places = {file.src_uri for file in files}
    if place.startswith(f"{GALLERY}/"):
        return for_pages(markdown, posixpath.dirname(place), places, posixpath.dirname(place))
    return for_pages(markdown, "" if place in OUTSIDE else "docs", places)

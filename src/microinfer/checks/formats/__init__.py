"""What a check prints: text for people; JSON, Markdown, JUnit XML, SARIF, GitHub annotations for programs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from ..check_report import CheckReport

__all__ = ["FORMATS", "render"]

FORMATS = {
    "text": "terminal",
    "json": "document",
    "markdown": "markdown",
    "junit": "junit",
    "sarif": "sarif",
    "github": "github",
}
"""Format to module of this package; each has a `render(reports, **options) -> str`."""


def render(
    reports: Sequence[CheckReport],
    format_name: str,
    *,
    width: int = 100,
    colour: bool = False,
    verbose: bool = False,
) -> str:
    """The reports in one of `FORMATS`, with a newline at the end. The options are for text."""
    module = import_module(f".{FORMATS[format_name]}", __name__)
    if format_name == "text":
        text: str = module.render(reports, width=width, colour=colour, verbose=verbose)
    else:
        text = module.render(reports)
    return text if text.endswith("\n") else text + "\n"

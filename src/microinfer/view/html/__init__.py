"""The report as one page of HTML: no network, no fonts, no frameworks; for a screen, a phone or paper.

`page.render` puts it together; each other module makes one figure's data, and `templates/` has the words.
"""

from __future__ import annotations

from .page import render

__all__ = ["render"]

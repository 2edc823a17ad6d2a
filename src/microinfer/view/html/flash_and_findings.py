"""Two sections of the page: where flash goes, and what a check of the model finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...checks import Source, check
from ...checks.finding import Severity
from ...checks.formats.grouping import background, group, places
from ...deploy.flash_table import flash_table
from ...words.dataclass import dataclass
from .figures import percent

if TYPE_CHECKING:
    from ...deploy.deployment import Deployment

__all__ = ["FindingRow", "FindingsSection", "FlashBar", "findings_section", "flash_bars"]


@dataclass(frozen=True, slots=True)
class FlashBar:
    """What takes flash: its bytes of code by origin in words, its weights, and both as a share of the
    largest."""

    name: str
    origins: str
    code: str
    weights: str
    share: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Findings with one cause and remedy; `more` are their other places."""

    severity: Severity
    rule: str
    place: str
    cause: str
    more: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FindingsSection:
    """What is wrong, what asks for nothing, and what would fit, in sentences."""

    rows: tuple[FindingRow, ...]
    background: str
    suggestions: tuple[str, ...]


def flash_bars(here: Deployment) -> tuple[FlashBar, ...]:
    """The largest first, the program's own and what several operators share among them; empty where the code
    is not known."""
    found = flash_table(here, here.stored_bytes)
    if found is None:
        return ()
    named = [
        (row.operators[0], row.code, row.constants_bytes) for row in found.rows if len(row.operators) == 1
    ]
    for name, several in (("shared by operators", True), ("the program", False)):
        code: dict[str, int] = {}
        for row in found.rows:
            if len(row.operators) != 1 and bool(row.operators) is several:
                for origin, size in row.code.items():
                    code[origin] = code.get(origin, 0) + size
        if code:
            named.append((name, code, 0))
    sizes = [sum(code.values()) + weights for _, code, weights in named]
    most = max(sizes, default=1) or 1
    ordered = sorted(zip(sizes, named, strict=True), key=lambda item: -item[0])
    return tuple(
        FlashBar(
            name,
            ", ".join(f"{origin.replace('_', ' ')} {size:,}" for origin, size in code.items() if size),
            f"{sum(code.values()):,}",
            f"{weights:,}" if weights else "",
            percent(size / most),
        )
        for size, (name, code, weights) in ordered
    )


def findings_section(here: Deployment) -> FindingsSection:
    """As `microinfer check` tells them, without budgets."""
    model = here.common.model
    report = check(
        Source(model.name or "model", "", here.common), here.profile, here.library, release=here.release
    )
    rows = [
        FindingRow(
            one.severity,
            one.rule,
            one.findings[0].place,
            one.findings[0].cause,
            f"and {places(one.findings[1:])}" if one.findings[1:] else "",
            one.remedy,
        )
        for one in group(finding for finding in report.findings if not finding.background)
    ]
    suggestions = tuple(found.change for found in report.suggestions)
    return FindingsSection(tuple(rows), background(report.findings), suggestions)

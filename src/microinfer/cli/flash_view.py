"""Where the bytes of flash go, as `microinfer plan --flash` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .console import printable, table

if TYPE_CHECKING:
    from ..deploy.flash_table import FlashRow, FlashTable

__all__ = ["show_flash"]


def show_flash(found: FlashTable | None) -> list[Any]:
    """A row an operator; what several share, and what the program has anyway, in a row each."""
    if found is None:
        return ["flash: the code of this library, or of one of the operators, is not known"]
    groups = found.groups
    figures = ("uses", *groups, "code", "weights")
    rows = table("flash", *figures, right=figures, wrap=("flash",))
    single = [row for row in found.rows if len(row.operators) == 1]
    shared = [row for row in found.rows if len(row.operators) > 1]
    own = [row for row in found.rows if not row.operators]

    def add(name: str, uses: str, of: list[FlashRow]) -> None:
        sums = [sum(row.code.get(group, 0) for row in of) for group in groups]
        weights = sum(row.constants_bytes for row in of)
        cells = [f"{size:,}" if size else "" for size in (*sums, sum(sums), weights)]
        rows.add_row(name, uses, *cells)

    for row in single:
        add(printable(row.operators[0]), str(row.uses), [row])
    if shared:
        add("shared by operators", "", shared)
    if own:
        add("the program", "", own)
    add("all", "", list(found.rows))
    star = "; code provisional: measured on another core, or in another build" if found.provisional else ""
    built_on = f" + {found.framework} {found.framework_bytes:,}" if found.framework_bytes else ""
    return [
        rows,
        "",
        f"flash: {found.flash_bytes:,} bytes = code {found.code_bytes:,} + what is stored of the model "
        f"{found.stored_bytes:,}{built_on}{star}",
    ]

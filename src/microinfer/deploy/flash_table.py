"""Where the bytes of flash go: operator by operator and library by library, and the weights beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..libraries.library import kernel_library
from ..model.whole import whole
from ..words.dataclass import dataclass

if TYPE_CHECKING:
    from .planned_model import PlannedModel

__all__ = ["FlashRow", "FlashTable", "flash_table"]


@dataclass(frozen=True, slots=True)
class FlashRow:
    """Bytes of code, by where it comes from, that these operators reach and no others, linked once: one
    operator's own, or what several share, or, without operators, the program's.

    `uses`: how many operators of the model these are. `constants_bytes` are the weights and tables in the
    model's file that an operator reads, each counted where it is first read.
    """

    operators: tuple[str, ...]
    uses: int
    code: Mapping[str, int]
    code_bytes: int
    constants_bytes: int


@dataclass(frozen=True, slots=True)
class FlashTable:
    """Rows, the largest first; `code_bytes` is their sum. `stored_bytes` are what flash holds of the model.

    `groups` are where code comes from, such as "kernels", "cmsis_nn", "core" (TFLM's interpreter),
    "c_library". `framework` is what the board's programs are built on. `provisional`: measured on another
    core or in another build.
    """

    rows: tuple[FlashRow, ...]
    groups: tuple[str, ...]
    code_bytes: int
    stored_bytes: int
    flash_bytes: int
    provisional: bool
    framework: str = ""
    framework_bytes: int = 0


def flash_table(found: PlannedModel, stored_bytes: int) -> FlashTable | None:
    """None where the code of an operator, or of the library, is not known."""
    library = kernel_library(found.library)
    operators = tuple((step.name, step.geometry) for step in found.steps)
    image = library.image(found.profile.core, found.target, operators)
    if image.code_bytes is None or image.code_unknown:
        return None
    uses: dict[str, int] = {}
    for name, _ in operators:
        uses[name] = uses.get(name, 0) + 1
    code: dict[tuple[str, ...], dict[str, int]] = {(name,): {} for name in uses}
    groups: dict[str, int] = {}
    for share in image.shared_out():
        of = code.setdefault(share.operators, {})
        of[share.group] = of.get(share.group, 0) + share.bytes
        groups[share.group] = groups.get(share.group, 0) + share.bytes
    constants = _constants(found) if library.interprets else {}
    rows = [
        FlashRow(
            names,
            sum(uses[name] for name in names),
            by_group,
            sum(by_group.values()),
            constants.get(names[0], 0) if len(names) == 1 else 0,
        )
        for names, by_group in code.items()
    ]
    rows.sort(key=lambda row: -row.code_bytes - row.constants_bytes)
    return FlashTable(
        tuple(rows),
        tuple(sorted(groups, key=lambda group: -groups[group])),
        image.code_bytes,
        stored_bytes,
        image.code_bytes + stored_bytes + found.profile.framework.flash_least,
        image.provisional,
        found.profile.framework.title,
        found.profile.framework.flash_least,
    )


def _constants(found: PlannedModel) -> dict[str, int]:
    graph = whole(found.model.subgraphs).graph
    told: dict[str, int] = {}
    seen: set[int] = set()
    for operator in graph.operators:
        for index in operator.inputs:
            tensor = graph.tensors[index] if index >= 0 else None
            if tensor is None or tensor.stored is None:
                continue
            key = tensor.buffer or -1 - index
            if key not in seen:
                seen.add(key)
                told[operator.name] = told.get(operator.name, 0) + tensor.size_bytes
    return told

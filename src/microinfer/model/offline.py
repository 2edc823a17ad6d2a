"""Write a memory plan, and an order of operators, into a `.tflite` file.

The new root, with the two vectors that grow, is put in front of the old content, which is kept byte for
byte but for the operators' order. Everything that this program does not know of stays where it was.
Source: `memory_management.md` of TFLM for the metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import error as StructError  # noqa: N812
from struct import pack, pack_into

from ..errors import FormatError, InputError, UnsupportedError
from ..words.printing import counted
from .edit import field, follow, targets
from .metadata import with_metadata

__all__ = ["OFFLINE_PLAN", "write_offline_plan"]

OFFLINE_PLAN = "OfflineMemoryAllocation"
"""The name of the metadata that hold a plan."""

VERSION, SUBGRAPH = 1, 0
SUBGRAPHS_SLOT = 2
OPERATORS_SLOT = 3


def _reorder(data: bytearray, order: Sequence[int]) -> None:
    """Put the first subgraph's operators into another order, in place."""
    subgraph = targets(data, follow(data, 0), SUBGRAPHS_SLOT)[0]
    operators = targets(data, subgraph, OPERATORS_SLOT)
    if sorted(order) != list(range(len(operators))):
        raise InputError(
            f"the order names {counted(len(order), 'operator')}, expected each of {len(operators)} once"
        )
    if not operators:
        return
    start = follow(data, field(data, subgraph, OPERATORS_SLOT)) + 4
    for position, operator in enumerate(order):
        at = start + 4 * position
        if operators[operator] <= at:
            raise UnsupportedError("the file's operators lie before their vector, they cannot be moved")
        pack_into("<I", data, at, operators[operator] - at)


def write_offline_plan(
    data: bytes | bytearray | memoryview, offsets: Sequence[int], order: Sequence[int] | None = None
) -> bytes:
    """A copy of a model with `OfflineMemoryAllocation` metadata, in place of any that it had.

    Args:
        data: a file that `load` accepts.
        offsets: arena offsets in bytes, one for each tensor of all subgraphs, -1 for TFLM to choose.
        order: the first subgraph's operators, as indices into their present order.

    Raises:
        InputError: `order` is no permutation.
        FormatError: a part of the file that `load` does not read is malformed.
        UnsupportedError: the file keeps weights outside the flatbuffer, or cannot be reordered.
    """
    changed = bytearray(data)
    if order is not None:
        try:
            _reorder(changed, order)
        except StructError as error:
            raise FormatError(f"the file cannot be rewritten ({error})", "root") from error
    content = pack(f"<3i{len(offsets)}i", VERSION, SUBGRAPH, len(offsets), *offsets)
    return with_metadata(changed, {OFFLINE_PLAN: content})

"""What two operands are in C: nested loops over both, and which of them lie in flash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...operators.add import BinaryGeometry
from ..loops import BROADCAST_LOOPS, broadcast_loops, nested
from .c_source import ByteArray
from .call import unsupported
from .loop_counts import odometer

if TYPE_CHECKING:
    from ..kernel import Counts
    from .call import Constant, Place

__all__ = ["broadcast_counts", "in_flash", "operands"]

C_TYPES = {"bool": "int8_t", "float32": "float"}
"""Of operands whose type has not the name that it has in C."""


def in_flash(array: str, dtype: str) -> str:
    """A constant as an operand."""
    if dtype in ("int8", "bool"):
        return f"(const int8_t *){array}"
    return f"(const {C_TYPES.get(dtype, f'{dtype}_t')} *)(const void *){array}"


def operands(place: Place, *dtypes: str) -> tuple[list[Any], list[str], list[Constant]]:
    """Fields of mi_broadcast, C expressions of both inputs, and the constants among them."""
    g = place.step.geometry
    assert isinstance(g, BinaryGeometry)
    if g.dtype not in dtypes:
        raise unsupported(place.step, f"of {g.dtype} has no kernel in bare-c")
    loops: list[tuple[int, ...]] = list(broadcast_loops(g))
    if len(loops) > BROADCAST_LOOPS:
        raise unsupported(place.step, f"broadcasts in {len(loops)} loops, bare-c has {BROADCAST_LOOPS}")
    outer = len(loops) - 1
    loops = nested(loops, BROADCAST_LOOPS)
    constants: list[Constant] = []
    expressions = []
    for position in (0, 1):
        tensor = place.node.input(position)
        if tensor.data is None:
            expressions.append(place.at(tensor))
        else:
            constants.append(ByteArray(f"{place.name}_input_{position + 1}", ((tensor.data.tobytes(), ""),)))
            expressions.append(in_flash(constants[-1].name, tensor.dtype))
    fields = [
        ("size", "uint16_t", [loop[0] for loop in loops]),
        ("stride_1", "uint16_t", [loop[1] for loop in loops]),
        ("stride_2", "uint16_t", [loop[2] for loop in loops]),
        ("outer", "uint8_t", outer),
        ("constant_1", "uint8_t", int(place.node.input(0).data is not None)),
        ("constant_2", "uint8_t", int(place.node.input(1).data is not None)),
    ]
    return fields, expressions, constants


def broadcast_counts(g: BinaryGeometry) -> Counts:
    sizes = [size for size, *_ in broadcast_loops(g)]
    return {
        **odometer(sizes[:-1]),
        "flash_reads_1": g.elements * g.constant_1,
        "flash_reads_2": g.elements * g.constant_2,
    }

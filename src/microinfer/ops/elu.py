"""ELU: x where it is not negative, else exp(x) - 1, through a table of the 256 results.

Specification: int8 to int8, both with a scale. The table is made in float32 while TFLM prepares; here the
exponential is rounded from float64, which a device's C library may miss by its last bit. TFLM has a
float32 kernel too, which converters leave between DEQUANTIZE and QUANTIZE; this project has not.
Source: TFLM, micro/kernels/elu.cc.
"""

from __future__ import annotations

from typing import Any

from ..graph import Node, Prepared
from .lookup_table import bind_table
from .relu import elementwise_geometry, same_type_tensors

LARGEST = float(1 << 31)


def prepare(node: Node) -> Prepared:
    source, target = same_type_tensors(node, "int8")
    largest = (127 - source.zero_point) * source.scale / target.scale + abs(target.zero_point)
    if not largest < LARGEST:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, too fine for the input's "
            f"{source.scale:g}: a result passes 2^31 steps"
        )

    def table(kernels: Any) -> Any:
        centred = kernels.values("int8") - source.zero_point
        return kernels.elu(centred, source.scale, target.scale, target.zero_point)

    return Prepared(elementwise_geometry(source, target), bind_table(table))

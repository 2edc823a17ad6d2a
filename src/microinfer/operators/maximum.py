"""MAXIMUM and MINIMUM: int8, int16, int32, int64 or float32 to the same type.

Stored numbers are compared as they are, whatever the scales. Shapes broadcast as ADD's. Where CMSIS-NN
broadcasts wrongly, this gives the reference kernel's result.
Source: TFLM, micro/kernels/maximum_minimum.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_numpy, ranked
from .batching import same_ranks
from .carry import carry_binary
from .constants import of_two
from .example import Draw, draw_same
from .real_elementwise import binary
from .spec import Array, Bind, Node, Prepared, Spec, same
from .versions import Versions


def prepare_extremum(node: Node, function: np.ufunc) -> Prepared:
    tensors = binary_tensors(node, "int8", "int16", "int32", "int64", "float32", quantized=False)
    if tensors[0].dtype == "float32":
        return Prepared(binary_geometry(*tensors), _bind_float(function is np.maximum))
    return Prepared(binary_geometry(*tensors), bind_numpy(function))


def _bind_float(largest: bool) -> Bind:
    """The second of two that compare neither way, as C's conditional expression."""
    compare = bind_numpy(np.greater if largest else np.less)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        first, second = inputs
        assert first is not None
        assert second is not None
        y = outputs[0]
        chosen = np.empty(y.shape, bool)
        find = compare(inputs, (chosen,))
        rank = max(first.ndim, second.ndim)
        target, mask = ranked(y, rank), ranked(chosen, rank)

        def run() -> None:
            find()
            np.copyto(target, ranked(second, 0))
            np.copyto(target, ranked(first, 0), where=mask)

        return run

    return bind


def prepare(node: Node) -> Prepared:
    return prepare_extremum(node, np.maximum)


def example(d: Draw) -> Any:
    return draw_same(d, "maximum")


SPEC = Spec(
    "MAXIMUM",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "int64", "float32"),
    batch=same_ranks,
    in_reals=binary(np.maximum),
    carry=carry_binary,
    copies="either",
    versions=Versions(int8=2, int16=4, wide=3),
    example=example,
    evaluate=of_two(np.maximum),
)

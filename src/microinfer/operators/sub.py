"""SUB: as ADD, with factors as the release computes them; int32 differences take the fused activation.

Source: TFLM, micro/kernels/sub_common.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.schema import ACTIVATIONS
from .add import (
    INT32_RANGE,
    BinaryGeometry,
    binary_geometry,
    binary_tensors,
    bind_elementwise,
    bind_pairs,
    expect_plain,
    prepare_float_binary,
    rescaled_sum,
    sum_parameters,
    sum_shifts,
)
from .batching import same_ranks
from .branches import negatives_and_sums
from .carry import carry_binary
from .constants import of_two
from .example import Draw, draw_binary
from .far_zero_points import bind_far
from .float_layers import is_float
from .reach import OF_DIFFERENCE
from .real_elementwise import binary
from .rescaled import but_for_int32
from .spec import Node, Observe, Prepared, Spec, same
from .surplus import ignoring
from .versions import Versions

_BOUNDS = {"RELU": (0, INT32_RANGE[1]), "RELU_N1_TO_1": (-1, 1), "RELU6": (0, 6)}


def int32_activation(node: Node) -> tuple[int, int]:
    """(low, high) of a fused activation on plain int32 numbers."""
    activation = node.options["fused_activation_function"]
    name = dict(enumerate(ACTIVATIONS)).get(activation, activation)
    if name not in ACTIVATIONS:
        node.fail(f"fused activation {activation!r} does not exist, expected one of {', '.join(ACTIVATIONS)}")
    return _BOUNDS.get(name, INT32_RANGE)


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float_binary(node, "subtract")
    first, second, target = binary_tensors(node, "int8", "int16", "int32", "float32")
    if target.dtype == "int32":
        expect_plain(node)
        if target.quantization is not None:
            node.fail(f"outputs[0] ({target.name!r}) is int32 with a scale, expected none")
        geometry = binary_geometry(first, second, target)
        return Prepared(geometry, bind_pairs("subtract", *int32_activation(node)))
    parameters = sum_parameters(node, node.release.real, -1)
    geometry = binary_geometry(first, second, target, sum_shifts(parameters))
    far = bind_far(node, but_for_int32(rescaled_sum(-1)))
    return Prepared(geometry, far or bind_elementwise("add", *parameters))


def example(d: Draw) -> Any:
    return draw_binary(d, "sub")


SPEC = Spec(
    "SUB",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=same_ranks,
    observe=Observe(negatives_and_sums(-1), over="elements"),
    in_reals=binary(np.subtract),
    carry=carry_binary,
    versions=Versions(int8=2, int16=5, wide=3),
    reach=OF_DIFFERENCE,
    example=example,
    rescaled=but_for_int32(rescaled_sum(-1)),
    evaluate=of_two(np.subtract),
)

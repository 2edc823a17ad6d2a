"""DIV: x / y; int8, int32 or float32, all three of one type, with a fused activation.

int8 has scales; a quotient is found by a reciprocal in fixed point. int32 inputs have none, and quotients go
towards zero. Shapes broadcast as ADD's. By 0 integers are not divided: what a device does then hangs on the
core and its settings, and this computer's TFLM ends with a signal. Where the factor is so small that a
quotient is shifted by more than 31 bits, C leaves it open what becomes of it: an Arm core is emulated, or,
for the release of the package, this computer. Source: TFLM, micro/kernels/div.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .add import (
    BinaryGeometry,
    binary_geometry,
    binary_tensors,
    expect_plain,
    flat_operands,
    prepare_float_binary,
    read_only,
)
from .batching import same_ranks
from .carry import carry_binary
from .example import Draw
from .float_layers import is_float
from .quantization import activation_range, quantize_multiplier
from .real_elementwise import binary
from .refusals import refusing
from .spec import Array, Bind, Node, Prepared, Spec, same
from .sub import int32_activation
from .surplus import ignoring
from .versions import Versions

MANY = 1024
"""Quotients of int8 from which they are looked up in a table of all pairs."""
LARGEST_SHIFT = 23
"""Quotients keep as many bits at least, so that they are never shifted to the left."""


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float_binary(node, "divide")
    first, second, target = binary_tensors(
        node, "int8", "int32", "float32", divisors=("inputs[1]", "outputs[0]")
    )
    geometry = binary_geometry(first, second, target)
    if target.dtype == "int32":
        expect_plain(node)
        return Prepared(geometry, bind_quotients(node, "divide_int32", 0, int32_activation(node)))
    place, real = node.operator.place, node.release.real
    with np.errstate(all="ignore"):
        factor = float(real(first.scale) / (real(second.scale) * real(target.scale)))
    multiplier, shift = quantize_multiplier(factor, place)
    if shift > LARGEST_SHIFT:
        node.fail(f"the effective scale is {factor:g}, expected less than 2^{LARGEST_SHIFT}")
    points = first.zero_point, second.zero_point, target.zero_point
    limits = activation_range(node.options["fused_activation_function"], target, place)
    parameters = *points, multiplier, shift, int(node.release.package != ""), *limits
    return Prepared(geometry, bind_quotients(node, "divide_int8", second.zero_point, parameters))


def bind_quotients(node: Node, kernel: str, zero: int, parameters: Sequence[int]) -> Bind:
    """A bind of `kernels.division.<kernel>`(x, y, z, *parameters); a divisor of `zero` is refused when it
    comes."""
    divisor = node.input(1)

    def refuse() -> None:
        raise UnsupportedError(
            f"{node.operator.name}: inputs[1] ({divisor.name!r}) holds a zero, by which nothing is "
            "divided: TFLM stops here, or computes what the core makes of it; add a small number",
            node.operator.place,
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import division as kernels
        from ..kernels import scans
        from ..kernels.data_movement import in_turn

        y = outputs[0]
        operands, copy = flat_operands(inputs, y)
        if kernel == "divide_int8" and y.size >= MANY:
            table = read_only(kernels.table_of_quotients(*parameters))
            run = kernels.look_up_pairs.bind(*operands, table, y.reshape(-1))
        else:
            run = getattr(kernels, kernel).bind(*operands, y.reshape(-1), *parameters)
        runs = (run,) if copy is None else (copy, run)
        given = inputs[1]
        assert given is not None
        if divisor.data is not None and not (divisor.data == zero).any():
            return in_turn(runs)
        zeros = np.zeros(1, np.int64)
        scan = scans.equal[given.dtype.name].bind(read_only(given.reshape(-1)), zero, zeros)
        return refusing((scan, *runs), zeros, refuse)

    return bind


def example(d: Draw) -> Any:
    if d.pick(True, False):
        return d.b.div(x := d.real(), d.real((1, x.shape[3])), activation=d.activation())
    x = d.image()
    if d.dtype == "float32":  # no zeros
        return d.b.div(x, d.b.constant(d.weights(1, x.shape[3]).astype(x.dtype) * 2 + 1))
    divisor = d.b.constant(d.g.integers(1, 127, d.pick(x.shape, (1, x.shape[3])), np.int8), 0.05, 0)
    return d.b.div(x, divisor, activation=d.activation(), **d.out())


def _quotient(x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.divide(x, y)


SPEC = Spec(
    "DIV",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int32", "float32"),
    batch=same_ranks,
    in_reals=binary(_quotient),
    carry=carry_binary,
    versions=Versions(wide=2),
    unscaled=(0,),
    example=example,
)

"""SVDF: int8 input, feature weights and output; time weights and state both int8 or both int16. Or float32
throughout.

The bias must be there, because TFLM reads it without looking; int32, it has the scale of state x time
weights. The fused activation is ignored, as in TFLM's integer kernels; that for
float32 knows every one. What the state holds lasts from one invocation to the next. Source: TFLM,
micro/kernels/svdf_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..model.tables import Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .example import Draw
from .float_layers import is_float
from .float_recurrent import activated_svdf, bind_float_svdf
from .quantization import integer_range, quantize_multiplier
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Spec, same
from .versions import Versions

BIAS_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class SvdfGeometry(Geometry):
    """`units` = filters / rank; each filter remembers `memory` values of type `state_dtype`."""

    batch: int
    input_size: int
    filters: int
    units: int
    rank: int
    memory: int
    state_dtype: str
    dtype: str = "int8"

    @property
    def macs(self) -> int:
        return self.batch * self.filters * (self.input_size + self.memory)


def prepare(node: Node) -> Prepared:
    node.expect_counts(5, 1)
    source = node.input(0, "int8", "float32")
    real = source.dtype == "float32"
    features = node.input(1, source.dtype)
    times = node.input(2, *(("float32",) if real else ("int8", "int16")))
    bias = node.input(3, "float32" if real else "int32")
    state, target = node.input(4, times.dtype), node.output(0, source.dtype)
    for where, tensor in (
        ("inputs[0]", source),
        ("inputs[1]", features),
        ("inputs[2]", times),
        ("inputs[4]", state),
        ("outputs[0]", target),
    ):
        if not real:
            node.expect_quantized(where, tensor)
        if len(tensor.shape) != 2:
            node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected 2 dimensions")
    if not state.is_variable:
        node.fail(f"inputs[4] ({state.name!r}) is the state, expected a variable tensor")
    geometry = _geometry(node, source, features, times, bias, state, target)
    if real:
        return Prepared(geometry, bind_float_svdf(node), contracted=bind_float_svdf(node, contracted=True))
    multipliers = _multipliers(node, source, features, times, bias, state, target)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import svdf as kernels

        *operands, memory = [array for array in inputs if array is not None]
        kernel = kernels.svdf_int8 if state.dtype == "int8" else kernels.svdf_int16
        return kernel.bind(
            *map(read_only, operands),
            memory.reshape(-1),
            outputs[0],
            *integer_range(state.dtype),
            source.zero_point,
            *multipliers[0],
            state.zero_point,
            *multipliers[1],
            target.zero_point,
        )

    return Prepared(geometry, bind)


def _geometry(
    node: Node, source: Tensor, features: Tensor, times: Tensor, bias: Tensor, state: Tensor,
    target: Tensor,
) -> SvdfGeometry:  # fmt: skip
    rank = node.options["rank"]
    (batch, input_size), (filters, memory) = source.shape, times.shape
    if rank < 1 or filters % rank:
        node.fail(f"rank {rank} of {counted(filters, 'filter')}, expected a divisor of their number")
    if memory < 1:
        node.fail(f"inputs[2] ({times.name!r}) has shape {times.shape}, expected a memory of at least 1")
    units = filters // rank
    for where, tensor, wanted in (
        ("inputs[1]", features, (filters, input_size)),
        ("inputs[3]", bias, (units,)),
        ("inputs[4]", state, (batch, filters * memory)),
        ("outputs[0]", target, (batch, units)),
    ):
        if tensor.shape != wanted:
            node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected {wanted}")
    return SvdfGeometry(batch, input_size, filters, units, rank, memory, state.dtype, source.dtype)


def _multipliers(
    node: Node, source: Tensor, features: Tensor, times: Tensor, bias: Tensor, state: Tensor, target: Tensor
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Input to state, state to output."""
    place, real = node.operator.place, node.release.real
    with np.errstate(all="ignore"):
        first = real(source.scale) * real(features.scale) / real(state.scale)
        product = real(state.scale) * real(times.scale)
        second = product / real(target.scale)
    if not abs(bias.scale - float(product)) < BIAS_TOLERANCE:
        node.fail(
            f"inputs[3] ({bias.name!r}) has scale {bias.scale:g}, expected state scale x time weight scale = "
            f"{float(product):g} within {BIAS_TOLERANCE:g}"
        )
    return quantize_multiplier(float(first), place), quantize_multiplier(float(second), place)


def svdf_multipliers(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """Multiplier and shift from the input to an integer state, and from there to the output."""
    source, features, times, bias, state = (node.input(position) for position in range(5))
    return _multipliers(node, source, features, times, bias, state, node.output(0))


def in_reals(node: Node, inputs: Reals) -> Real:
    """Without the fused activation where the data are integers, whose kernels ignore it."""
    x, features, times, bias, state = inputs
    assert x is not None
    assert features is not None
    assert times is not None
    assert state is not None
    batch, memory = x.shape[0], times.shape[1]
    rows = state.reshape(batch, -1, memory)
    rows[:, :, :-1] = rows[:, :, 1:].copy()
    rows[:, :, -1] = x @ features.T
    weighed = (rows * times).sum(axis=2).reshape(batch, -1, node.options["rank"]).sum(axis=2)
    made: Real = weighed if bias is None else weighed + bias
    return activated_svdf(node, made) if is_float(node) else made


def example(d: Draw) -> Any:
    rank, units, memory, inputs = d.pick(1, 2), d.pick(2, 3), d.pick(2, 4), d.pick(4, 7)
    x = d.image(shape=(d.pick(1, 2), inputs))
    features = d.b.constant(d.weights(rank * units, inputs), d.scale(0.005, 0.02))
    times = d.b.constant(d.weights(rank * units, memory).astype(np.int16) * 250, 2.0**-15)
    bias = d.b.constant(d.bias(units), 2.0**-24)
    return d.b.svdf(x, features, times, bias, rank=rank, state_scale=2.0**-9, activation="RELU", **d.out())


SPEC = Spec(
    "SVDF",
    prepare=prepare,
    geometry=SvdfGeometry,
    types=same("int8", "float32"),
    in_reals=in_reals,
    multiplies=True,
    versions=Versions(int8=3, int16=3),
    rescales_as_tflm=True,
    example=example,
)

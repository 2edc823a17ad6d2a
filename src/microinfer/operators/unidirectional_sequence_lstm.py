"""UNIDIRECTIONAL_SEQUENCE_LSTM: int8 input, weights, hidden state and output, int16 cell, int32 biases. Or
int16 input, hidden state and output, int8 weights, int64 biases; or float32 throughout.

No peepholes, projection or layer normalisation, TANH as the activation, weights with one scale, as TFLM has
it; where they have a zero point, nothing is compiled. Hidden and cell state are variable tensors: what they
hold lasts from one invocation to the next. Source: TFLM, micro/kernels/lstm_eval_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from typing import Any

import numpy as np

from ..errors import Reason
from ..model.schema import ACTIVATIONS
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .example import Draw
from .float_recurrent import bind_float_lstm
from .int16_layers import expect_wide_shift
from .quantization import integer_range, quantize_multiplier, round_half_away
from .spec import Array, Bind, Geometry, Node, Prepared, Real, Reals, Run, Spec, same
from .versions import Versions

WEIGHTS, RECURRENT, BIASES = range(1, 5), range(5, 9), range(12, 16)
BESIDE = {
    "int8": ("int8", "int32", "int16"),
    "int16": ("int8", "int64", "int16"),
    "float32": ("float32",) * 3,
}
"""Type of the data to those of weights, biases and cell."""
LEFT_OUT = (*range(9, 12), *range(16, 18), *range(20, 24))
HIDDEN, CELL = 18, 19
GATE_SCALE = 2.0**-12
ACTIVATED_SCALE = 2.0**-15
TANH_FRACTION_BITS = 12


@dataclass(frozen=True, slots=True)
class LstmGeometry(Geometry):
    """`time` steps of `batch` rows; time comes first in the tensors where `time_major`."""

    batch: int
    time: int
    input_size: int
    units: int
    time_major: bool
    dtype: str = "int8"

    @property
    def macs(self) -> int:
        return 4 * self.batch * self.time * self.units * (self.input_size + self.units)


def prepare(node: Node) -> Prepared:
    node.expect_counts(24, 1)
    for position in LEFT_OUT:
        if node.optional_input(position) is not None:
            node.fail(
                f"inputs[{position}] is given, expected none: TFLM has no peepholes, projection or layer "
                "normalisation"
            )
    source = node.input(0, *BESIDE)
    target = node.output(0, source.dtype)
    hidden, cell = node.input(HIDDEN, source.dtype), node.input(CELL, BESIDE[source.dtype][2])
    geometry = _geometry(node, source, hidden, cell, target)
    _check_constants(node, geometry)
    activation = node.options["fused_activation_function"]
    if dict(enumerate(ACTIVATIONS)).get(activation, activation) != "TANH":
        node.fail(f"the fused activation is {activation}, expected TANH")
    strides = (geometry.batch, 1) if geometry.time_major else (1, geometry.time)
    if source.dtype == "float32":
        clip = max(float(node.options["cell_clip"]), 0.0)
        bind, fused = (bind_float_lstm(geometry.units, strides, clip, _parts, fuse) for fuse in (False, True))
        return Prepared(geometry, bind, contracted=fused)
    return Prepared(geometry, _bind_integers(node, geometry, strides))


def _parts(inputs: Sequence[Array | None]) -> tuple[Array, ...]:
    """Input, weights, recurrent weights and biases of the four gates one after another, states."""
    arrays = [array if array is not None else np.empty(0) for array in inputs]
    gates = (np.concatenate([arrays[i] for i in each]) for each in (WEIGHTS, RECURRENT, BIASES))
    return arrays[0], *gates, arrays[HIDDEN], arrays[CELL]


def integer_factors(node: Node) -> tuple[Array, tuple[int, int], int]:
    """Those of `kernels.lstm`, int64[6, 4]; multiplier and right shift of the cell; the clip, or 0."""
    source, hidden, cell = node.input(0), node.input(HIDDEN), node.input(CELL)
    factors = _factors(node, source, hidden, cell)
    power = int(round_half_away(log(cell.scale) / log(2.0)))
    shift = power + TANH_FRACTION_BITS
    if not -30 <= shift <= 14:
        node.fail(f"inputs[{CELL}] ({cell.name!r}) has scale {cell.scale:g}, expected 2^-42 to 4")
    tanh = (3 << shift, 0) if shift >= 0 else (3, -shift)
    clip = int(min(max(node.options["cell_clip"] / cell.scale, -32768.0), 32767.0))
    return factors, tanh, clip if node.options["cell_clip"] > 0 else 0


def _bind_integers(node: Node, geometry: LstmGeometry, strides: tuple[int, int]) -> Bind:
    source, hidden = node.input(0), node.input(HIDDEN)
    wide = np.int32 if geometry.dtype == "int8" else np.int64
    factors, tanh, clip = integer_factors(node)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import exponential
        from ..kernels import lstm as kernels

        x, weights, recurrent, biases, states, cells = _parts(inputs)
        kernel = kernels.lstm if geometry.dtype == "int8" else kernels.lstm_int16
        start: Callable[..., Run] = kernel.bind
        points = [[node.input(place).zero_point for place in each] for each in (WEIGHTS, RECURRENT)]
        if any(map(any, points)):
            # Compiled kernels hold weights in 8 bits.
            weights, recurrent = (
                matrix - np.repeat(each, geometry.units)[:, None]
                for matrix, each in zip((weights, recurrent), points, strict=True)
            )
            start = partial(_in_wide_integers, kernel.py_func)
        sums = [matrix.sum(axis=1, dtype=np.int64) for matrix in (weights, recurrent)]
        offsets = np.stack([biases - source.zero_point * sums[0], -hidden.zero_point * sums[1]])
        return start(
            read_only(x.reshape(-1, geometry.input_size)),
            np.ascontiguousarray(weights.T),
            np.ascontiguousarray(recurrent.T),
            offsets.astype(wide),
            np.empty(offsets.shape, wide),
            factors,
            exponential.sigmoid_knots(),
            np.empty(4 * geometry.units, np.int64),
            states.reshape(geometry.batch, geometry.units),
            cells.reshape(geometry.batch, geometry.units),
            outputs[0].reshape(-1, geometry.units),
            *strides,
            hidden.zero_point,
            clip,
            *tanh,
        )

    return bind


def _in_wide_integers(kernel: Callable[..., None], *given: Any) -> Run:
    def run() -> None:
        with np.errstate(over="ignore"):
            kernel(*given)

    return run


def _geometry(node: Node, source: Tensor, hidden: Tensor, cell: Tensor, target: Tensor) -> LstmGeometry:
    if len(source.shape) != 3 or len(hidden.shape) < 2 or not min(source.shape):
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape} and the hidden state {hidden.shape}, "
            "expected 3 and 2 dimensions"
        )
    first, second, input_size = source.shape
    time_major = bool(node.options["time_major"])
    batch, time = (second, first) if time_major else (first, second)
    units = hidden.shape[1]
    for position, tensor in ((HIDDEN, hidden), (CELL, cell)):
        if not tensor.is_variable:
            node.fail(f"inputs[{position}] ({tensor.name!r}) is a state, expected a variable tensor")
        if tensor.elements != batch * units:
            node.fail(
                f"inputs[{position}] ({tensor.name!r}) has shape {tensor.shape}, expected {batch, units}"
            )
    if target.shape != (first, second, units):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {(first, second, units)}")
    if source.dtype != "float32":
        for place, tensor in ((0, source), (HIDDEN, hidden), (CELL, cell)):
            node.expect_quantized(f"inputs[{place}]", tensor)
    return LstmGeometry(batch, time, input_size, units, time_major, source.dtype)


def _check_constants(node: Node, geometry: LstmGeometry) -> None:
    weights, biases, _ = BESIDE[geometry.dtype]
    for positions, wanted in (
        (WEIGHTS, (geometry.units, geometry.input_size)),
        (RECURRENT, (geometry.units, geometry.units)),
        (BIASES, (geometry.units,)),
    ):
        for position in positions:
            tensor = node.input(position, biases if positions is BIASES else weights)
            node.constant_input(position)
            if tensor.shape != wanted:
                node.fail(f"inputs[{position}] ({tensor.name!r}) has shape {tensor.shape}, expected {wanted}")
            if positions is BIASES or weights == "float32":
                continue
            node.expect_quantized(f"inputs[{position}]", tensor)
            assert tensor.quantization is not None
            if tensor.quantization.per_channel:
                node.fail(
                    f"inputs[{position}] ({tensor.name!r}) has "
                    f"{counted(len(tensor.quantization.scale), 'scale')}, expected one",
                    Reason.CHANNEL_SCALES,
                )
            data = node.input(0 if position in WEIGHTS else HIDDEN)
            largest = _farthest(data) * _farthest(tensor)
            if geometry.dtype == "int16" and largest >= 1 << 31:
                node.fail(
                    f"inputs[{position}] ({tensor.name!r}) has zero point {tensor.zero_point} and its data "
                    f"{data.zero_point}: products of up to {largest} overflow TFLM's int32",
                    Reason.MULTIPLIER,
                )


def _farthest(tensor: Tensor) -> int:
    """The largest distance from the zero point."""
    return max(abs(end - tensor.zero_point) for end in integer_range(tensor.dtype))


def _factors(node: Node, source: Tensor, hidden: Tensor, cell: Tensor) -> Array:
    """Multipliers and shifts as `kernels.lstm` takes them, int64[6, 4]."""
    place, real = node.operator.place, node.release.real
    rows: list[tuple[int, ...]] = []
    for fresh, old in zip(WEIGHTS, RECURRENT, strict=True):
        with np.errstate(all="ignore"):
            products = [
                float(real(tensor.scale) * real(node.input(position).scale))
                for tensor, position in ((source, fresh), (hidden, old))
            ]
        pairs = [quantize_multiplier(product / GATE_SCALE, place) for product in products]
        if source.dtype == "int16":
            for (_, shift), position in zip(pairs, (fresh, old), strict=True):
                expect_wide_shift(node, shift, f"input scale x the scale of inputs[{position}] x 2^12")
        rows.append(pairs[0] + pairs[1])
    forget = quantize_multiplier(ACTIVATED_SCALE * cell.scale / cell.scale, place)
    added = quantize_multiplier(ACTIVATED_SCALE * ACTIVATED_SCALE / cell.scale, place)
    shown = quantize_multiplier(ACTIVATED_SCALE * ACTIVATED_SCALE / hidden.scale, place)
    return np.array([*rows, forget + added, (*shown, 0, 0)], np.int64)


def in_reals(node: Node, inputs: Reals) -> Real:
    x, hidden, cell = inputs[0], inputs[HIDDEN], inputs[CELL]
    assert x is not None
    assert hidden is not None
    assert cell is not None
    source = node.input(0)
    fresh, old = (
        [array for position in positions if (array := inputs[position]) is not None]
        for positions in (WEIGHTS, RECURRENT)
    )
    biases = []
    for position, weights in zip(BIASES, WEIGHTS, strict=True):
        tensor = node.input(position)
        assert tensor.data is not None
        scale = source.scale * node.input(weights).scale if tensor.dtype != "float32" else 1.0
        biases.append(tensor.data.astype(np.float64) * scale)
    clip = node.options["cell_clip"] or np.inf
    steps = x if node.options["time_major"] else x.swapaxes(0, 1)
    batch = steps.shape[1]
    h, c = hidden.reshape(batch, -1), cell.reshape(batch, -1)
    made = []
    for now in steps:
        gates = [now @ w.T + h @ r.T + b for w, r, b in zip(fresh, old, biases, strict=True)]
        opened, forget, shown = (0.5 * (1.0 + np.tanh(0.5 * gates[i])) for i in (0, 1, 3))
        c[:] = np.clip(forget * c + opened * np.tanh(gates[2]), -clip, clip)
        h[:] = shown * np.tanh(c)
        made.append(h.copy())
    stacked = np.stack(made)
    return stacked if node.options["time_major"] else stacked.swapaxes(0, 1)


def example(d: Draw) -> Any:
    inputs, units = d.pick(3, 5), d.pick(2, 4)
    return d.b.unidirectional_sequence_lstm(
        d.image(shape=(1, 3, inputs)),
        [d.weights(units, inputs) for _ in range(4)],
        [d.weights(units, units) for _ in range(4)],
        [d.bias(units) for _ in range(4)],
        input_weight_scales=[d.scale(0.002, 0.02) for _ in range(4)],
        recurrent_weight_scales=[d.scale(0.002, 0.02) for _ in range(4)],
        cell_clip=d.pick(0.0, 0.5), time_major=d.pick(False, True), scale=2.0**-7, zero_point=d.zero(),
    )  # fmt: skip


SPEC = Spec(
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    prepare=prepare,
    geometry=LstmGeometry,
    types=same(*BESIDE),
    in_reals=in_reals,
    multiplies=True,
    versions=Versions(when=((lambda of: of.option("diagonal_recurrent_tensors"), 4),)),
    rescales_as_tflm=True,
    c_library=("exponentials and tangents", 2),
    example=example,
)

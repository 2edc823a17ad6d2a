"""Where CMSIS-NN, or TFLM's glue around it, does not do what the reference kernels do.

Read in TFLM 90b983c2 and CMSIS-NN 4ab83cc3. Conditions on shapes were held against thousands of random
geometries, run on a host (the code without DSP extension and MVE) beside the reference's results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..operators.spec import Step
from .cmsis_nn_variants import is_1_by_1, reverses
from .fault import Fault, fails, other_bits
from .target import Target
from .variants import variant

if TYPE_CHECKING:
    from ..operators.add import BinaryGeometry
    from ..operators.batch_matmul import BatchMatmulGeometry
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.pad import PadGeometry
    from ..operators.svdf import SvdfGeometry
    from ..operators.transpose import TransposeGeometry
    from ..operators.transpose_conv import TransposeConvGeometry
    from ..operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["CMSIS_NN_FAULTS"]

Rule: TypeAlias = Callable[[Step, Any, Target], Iterator[Fault]]

RANK = 4
"""Dimensions that CMSIS-NN's shapes have."""
UINT16, INT16 = 0xFFFF, 0x7FFF
"""The largest size and the largest position that some convolutions keep."""


def _conv_2d(step: Step, g: Conv2DGeometry, target: Target) -> Iterator[Fault]:
    if g.groups > 1 and g.weight_bits == 4:
        yield other_bits(f"CMSIS-NN's convolution by weights of 4 bits knows no groups, here are {g.groups}")
    elif g.groups > 1 and not g.bias:
        yield fails(
            f"CMSIS-NN's convolution in {g.groups} groups without a bias reads one from address 0 on, from "
            "the second group: give the layer a bias of zeros"
        )
    sizes = g.input_h, g.input_w, g.input_c, g.output_h, g.output_w, g.output_c
    if not is_1_by_1(g) and max(sizes) > UINT16:
        yield other_bits(f"CMSIS-NN keeps sizes in 16 bits, and one of this convolution's is {max(sizes):,}")


def _depthwise_conv_2d(step: Step, g: DepthwiseConv2DGeometry, target: Target) -> Iterator[Fault]:
    kernel = variant("tflm-cmsis-nn", step.name, g, target)
    if kernel == "dw_generic_s4" and g.input_c % 2 and g.kernel_h * g.kernel_w > 1:
        yield other_bits(
            f"CMSIS-NN mixes up weights of 4 bits where the input channels are odd, here {g.input_c}, and "
            "the layer has a batch, a dilation or a depth multiplier"
        )
    last = max((g.output_h - 1) * g.stride_h - g.pad_h, (g.output_w - 1) * g.stride_w - g.pad_w)
    sizes = g.input_h, g.input_w, g.input_c, g.output_h, g.output_w, g.output_c
    if kernel not in {"dw_3x3", "dw_mult4"} and (last > INT16 or max(sizes) > UINT16):
        yield other_bits(f"CMSIS-NN keeps the window's position in 16 bits, and it goes to {last:,} here")


def _fully_connected(step: Step, g: FullyConnectedGeometry, target: Target) -> Iterator[Fault]:
    weights = step.node.inputs[1]
    if weights is None or weights.zero_point == 0:
        return
    one = g.weight_bits == 8 and g.output_rank > 2 and g.input_depth % 4 == 0
    left_out = one or g.weight_bits == 4
    if left_out != g.per_channel:
        yield other_bits(
            f"CMSIS-NN's kernel {'leaves out' if left_out else 'counts'} the weights' zero point "
            f"{weights.zero_point}, the reference {'counts' if left_out else 'leaves out'} it"
        )


def rows_written(g: TransposeConvGeometry) -> int:
    """Output rows that CMSIS-NN's scattering transposed convolution writes, whatever the output has."""
    whole = sum(g.stride_h for row in range(g.input_h) if row * g.stride_h >= g.pad_h)
    late = range(g.input_h * g.stride_h, g.input_h * g.stride_h + max(0, g.kernel_h - g.stride_h))
    return whole + sum(g.pad_h <= row < g.pad_h + g.output_h for row in late)


def _transpose_conv(step: Step, g: TransposeConvGeometry, target: Target) -> Iterator[Fault]:
    if reverses(g):
        sizes = g.input_h * g.stride_h, g.input_w * g.stride_w, g.output_h, g.output_w, g.output_c
        if max(sizes) > UINT16:
            yield other_bits(f"CMSIS-NN keeps sizes in 16 bits, and one here is {max(sizes):,}")
        return
    columns = (g.input_w - 1) * g.stride_w + max(g.kernel_w, g.stride_w)
    if g.stride_w > max(g.kernel_w, g.stride_h):
        missing = g.stride_w - max(g.kernel_w, g.stride_h)
        over = 4 * g.output_c * missing * max(g.kernel_h, g.stride_h)
        yield fails(
            f"CMSIS-NN writes {over} bytes behind its scratch buffer, into what lies there: it asks for rows "
            f"by the vertical stride, {g.stride_h}, and the horizontal one is {g.stride_w}"
        )
    rows = rows_written(g)
    if rows > g.output_h:
        over = (rows - g.output_h) * g.output_w * g.output_c
        yield fails(
            f"CMSIS-NN writes {over} bytes behind the output, into what lies there: {rows} rows, "
            f"{g.input_h} x stride {g.stride_h}, where the output has {g.output_h}"
        )
    if g.pad_h % g.stride_h:
        yield other_bits(
            f"CMSIS-NN puts rows elsewhere where the padding above, {g.pad_h}, is no multiple of the stride, "
            f"{g.stride_h}"
        )
    elif rows < g.output_h or g.input_h * g.stride_h < g.pad_h or g.pad_w + g.output_w > columns:
        yield other_bits(
            f"CMSIS-NN does not fill the {g.output_h} x {g.output_w} output of a {g.input_h} x {g.input_w} "
            "input as the reference does"
        )


def _extremum(step: Step, g: BinaryGeometry, target: Target) -> Iterator[Fault]:
    """Of any type: the shapes are taken before the type is looked at."""
    rank = max(len(g.shape_1), len(g.shape_2), len(g.output_shape))
    if rank > RANK:
        yield fails(f"TFLM's glue for CMSIS-NN stops in a check where shapes have {rank} dimensions, above 4")
        return
    if g.dtype != "int8":
        return
    shapes = [(1,) * (RANK - len(shape)) + shape for shape in (g.shape_1, g.shape_2)]
    for one, other in (shapes, shapes[::-1]):
        if one[-2:] == (1, 1) and one[-3] > 1 and other[-2] > 1:
            yield other_bits(f"CMSIS-NN skips rows when it broadcasts {one} over {other}")


def _batch_matmul(step: Step, g: BatchMatmulGeometry, target: Target) -> Iterator[Fault]:
    rank = max(len(g.shape_1), len(g.shape_2))
    if rank > RANK:
        yield fails(
            f"AllocateTensors fails: TFLM's glue for CMSIS-NN takes 2 to 4 dimensions, and here are {rank}"
        )


def _pad(step: Step, g: PadGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    extra = len(g.input_shape) - RANK
    if source is None or source.dtype != "int8" or extra <= 0:
        return
    outer = zip(g.input_shape[:extra], g.before[:extra], g.after[:extra], strict=True)
    if any(part != (1, 0, 0) for part in outer):
        yield fails(
            f"CMSIS-NN pads the last four of the {len(g.input_shape)} dimensions and drops those in front: "
            "most of the output is never written"
        )


def _transpose(step: Step, g: TransposeGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    if source is not None and source.dtype == "int8" and len(g.input_shape) > RANK:
        yield fails(
            f"CMSIS-NN transposes at most four dimensions, here are {len(g.input_shape)}: the output is "
            "never written, and TFLM goes on as if it were"
        )


def _add(step: Step, g: BinaryGeometry, target: Target) -> Iterator[Fault]:
    tensors = [t for t in (*step.node.inputs, *step.node.outputs) if t is not None]
    if g.dtype == "int16" and any(tensor.zero_point for tensor in tensors):
        yield fails(
            "AllocateTensors fails: TFLM's glue for CMSIS-NN wants zero points of 0 in an int16 ADD, which "
            "the reference does not ask for"
        )


def _svdf(step: Step, g: SvdfGeometry, target: Target) -> Iterator[Fault]:
    """The state's values are not clamped to int8, and its zero point is not looked at."""
    source, features, state = step.node.inputs[0], step.node.inputs[1], step.node.inputs[4]
    if source is None or features is None or state is None:
        return
    if target.core.mve and features.data is None:
        yield fails(
            "AllocateTensors fails: with MVE TFLM sums up the features' weights, which are not constant"
        )
    if g.state_dtype != "int8":
        return
    if state.zero_point:
        yield other_bits(f"CMSIS-NN leaves out the state's zero point, {state.zero_point}")
        return
    if features.data is None:
        yield other_bits("CMSIS-NN wraps features that leave int8, the reference clamps them", certain=False)
        return
    weights = np.asarray(features.data, np.int64)
    ends = np.stack([weights * (end - source.zero_point) for end in (-128, 127)])
    scale = source.scale * features.scale / state.scale
    low, high = ends.min(0).sum(1).min() * scale, ends.max(0).sum(1).max() * scale
    if low < -128.5 or high >= 127.5:
        yield other_bits(
            f"CMSIS-NN wraps features that leave int8, the reference clamps them; here they can reach "
            f"{low:.0f} to {high:.0f}",
            certain=False,
        )


def _lstm(step: Step, g: LstmGeometry, target: Target) -> Iterator[Fault]:
    yield other_bits(
        "from the second run on CMSIS-NN starts with an empty state, the reference with the last run's: call "
        "Reset() between sequences, where both are the same",
        certain=False,
    )


CMSIS_NN_FAULTS: Mapping[str, Rule] = MappingProxyType(
    {
        "ADD": _add,
        "BATCH_MATMUL": _batch_matmul,
        "CONV_2D": _conv_2d,
        "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
        "FULLY_CONNECTED": _fully_connected,
        "MAXIMUM": _extremum,
        "MINIMUM": _extremum,
        "PAD": _pad,
        "PADV2": _pad,
        "SVDF": _svdf,
        "TRANSPOSE": _transpose,
        "TRANSPOSE_CONV": _transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    }
)

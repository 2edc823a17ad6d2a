"""How often each loop of CMSIS-NN's kernels runs on a core with the DSP extension.

One function an internal kernel, by the names of `variants`. Loops work on four elements at a time and
finish the rest one by one (`_fours`, `_ones`), on two output channels at a time and finish an odd one
alone (`pairs`, `odd`). The loops are those of CMSIS-NN 4ab83cc3; what has no kernel there counts as in
`reference`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from . import cmsis_nn_convolution as convolution
from .copies import Copies
from .movement import run_copies
from .reference import Counts, Observed, turned_sides

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.batch_matmul import BatchMatmulGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.pad import PadGeometry
    from ...operators.softmax import SoftmaxGeometry
    from ...operators.svdf import SvdfGeometry
    from ...operators.transpose import TransposeGeometry
    from ...operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["COUNTS"]

Count: TypeAlias = Callable[[Any, Observed], Counts]


def fully_connected(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, **vector_products(g.batch, g.output_depth, g.input_depth)}


def vector_products(rows: int, channels: int, depth: int) -> Counts:
    """`arm_nn_vec_mat_mult_t_s8`, once a row: two outputs, four inputs at a time; eight steps unrolled."""
    fours, ones = divmod(depth, 4)
    pairs, odd = rows * (channels // 2), rows * (channels % 2)
    return {
        "rows": rows,
        "rows_with_pairs": rows * (channels > 1),
        "pairs": pairs,
        "pair_eights": pairs * (fours // 8),
        "pair_fours": pairs * (fours % 8),
        "pair_with_fours": pairs * (fours > 0),
        "pair_ones": pairs * ones,
        "pair_with_ones": pairs * (ones > 0),
        "odd": odd,
        "odd_eights": odd * (fours // 8),
        "odd_fours": odd * (fours % 8),
        "odd_with_fours": odd * (fours > 0),
        "odd_ones": odd * ones,
        "odd_with_ones": odd * (ones > 0),
    }


def fully_connected_1x1(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    """Rank above 2: one matrix product; a single multiplier is first spread over all channels."""
    spread = 0 if g.per_channel else g.output_depth
    product = convolution.matrix_product(1, g.batch, g.output_depth, g.input_depth)
    return {"call": 1, "spread_multipliers": spread, "spread_call": int(spread > 0), **product}


def batch_matmul(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    rows = prod(g.output_shape[:-1])
    return {
        "call": 1,
        **turned_sides(g),
        "batches": prod(g.output_shape[:-2]),
        **vector_products(rows, g.output_shape[-1], g.depth),
    }


def average_pool(g: PoolGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        "outputs": pixels * g.channels,
        "sums": (taps - pixels) * g.channels,
    }


def max_pool(g: PoolGeometry, seen: Observed) -> Counts:
    fours, ones = divmod(g.channels, 4)
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    compared = taps - pixels
    each = g.output_h * g.output_w * g.channels
    return {
        "call": 1,
        "batches": g.batch,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        **_first_taps(g),
        "compared_fours": compared * fours,
        "compared_ones": compared * ones,
        "clamped_fours": g.batch * (each // 4),
        "clamped_ones": g.batch * (each % 4),
    }


def _first_taps(g: PoolGeometry) -> Counts:
    """Each output pixel starts as a copy of its first tap."""
    size = g.channels
    column = Counter((max(0, x * g.stride_w - g.pad_w) * size & 3, x * size & 3) for x in range(g.output_w))
    row = Counter(
        (max(0, y * g.stride_h - g.pad_h) * g.input_w * size & 3, y * g.output_w * size & 3)
        for y in range(g.output_h)
    )
    image = Counter(
        (n * g.input_h * g.input_w * size & 3, n * g.output_h * g.output_w * size & 3) for n in range(g.batch)
    )
    return run_copies(size, image, row, column)


def softmax(g: SoftmaxGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "elements": g.rows * g.depth, **seen}


def elementwise(g: BinaryGeometry, seen: Observed) -> Counts:
    """ADD, MUL: four elements at a time."""
    fours, ones = divmod(g.elements, 4)
    return {"call": 1, "fours": fours, "ones": ones}


def elementwise_16(g: BinaryGeometry, seen: Observed) -> Counts:
    """ADD, MUL of int16: two elements at a time."""
    twos, ones = divmod(g.elements, 2)
    return {"call": 1, "twos": twos, "ones": ones}


def extremum(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def extremum_broadcast(g: BinaryGeometry, seen: Observed) -> Counts:
    """The loops over batch, height, width and channels stop at the first level where the shapes agree or
    one of them is a single element."""
    first, second, output = (_nhwc(shape) for shape in (g.shape_1, g.shape_2, g.output_shape))
    runs, entered, plain = 1, [0, 0, 0], 1
    for level in range(1, 4):
        runs *= output[level - 1]
        entered[level - 1] = runs
        rest = first[level:], second[level:]
        plain = int(rest[0] == rest[1])
        if plain or 1 in {prod(rest[0]), prod(rest[1])}:
            break
    return {
        "call": 1,
        "batches": entered[0],
        "rows": entered[1],
        "columns": entered[2],
        "plain_runs": runs * plain,
        "scalar_runs": runs * (1 - plain),
        "plain_elements": g.elements * plain,
        "scalar_elements": g.elements * (1 - plain),
    }


def _nhwc(shape: tuple[int, ...]) -> tuple[int, ...]:
    """CMSIS-NN sees four dimensions: those of a shorter shape come last."""
    return (1,) * (4 - len(shape)) + shape


def pad(g: PadGeometry, seen: Observed) -> Counts:
    """A fill or a copy for each run of padding or input."""
    shape = (1,) * (4 - len(g.input_shape)) + tuple(g.input_shape)
    before = (0,) * (4 - len(g.before)) + tuple(g.before)
    after = (0,) * (4 - len(g.after)) + tuple(g.after)
    whole = [b + size + a for b, size, a in zip(before, shape, after, strict=True)]
    column, row, block = whole[3], whole[3] * whole[2], whole[3] * whole[2] * whole[1]
    moved = Copies()
    target = source = fills = copied = pixels = 0

    def fill(size: int) -> None:
        nonlocal target, fills
        moved.fill(size, target)
        target, fills = target + size, fills + 1

    def copy(size: int) -> None:
        nonlocal target, source, copied
        moved.copy(size, source, target)
        target, source, copied = target + size, source + size, copied + 1

    fill(block * before[0])
    for _ in range(shape[0]):
        fill(row * before[1])
        for _ in range(shape[1]):
            fill(column * before[2])
            if shape[3] == whole[3]:
                copy(shape[2] * shape[3])
            else:
                for _ in range(shape[2]):
                    pixels += 1
                    fill(before[3])
                    copy(shape[3])
                    fill(after[3])
            fill(column * after[2])
        fill(row * after[1])
    fill(block * after[0])
    return {
        "call": 1,
        "input_rows": shape[0] * shape[1],
        "pixels": pixels,
        "fills": fills,
        "copies": copied,
        **moved.counts,
    }


def transpose(g: TransposeGeometry, seen: Observed) -> Counts:
    """Two dimensions in a loop of their own, one in a copy, others in a nest of four over the input."""
    shape = g.input_shape
    elements = prod(shape)
    if len(shape) == 1:
        moved = Copies()
        moved.copy(elements, 0, 0)
        return {"call": 1, **moved.counts}
    if len(shape) == 2:
        return {"call": 1, "flat_rows": shape[0], "flat_elements": elements}
    filled = (1,) * (4 - len(shape)) + shape
    return {
        "call": 1,
        "outer": filled[0] * filled[1],
        "rows": prod(filled[:3]),
        "elements": elements,
    }


def svdf(g: SvdfGeometry, seen: Observed) -> Counts:
    """Features by `arm_nn_vec_mat_mult_t_s8`, then the state over time, two or four steps at a time."""
    fours, ones = divmod(g.input_size, 4)
    pairs, odd = g.batch * (g.filters // 2), g.batch * (g.filters % 2)
    step = 2 if g.state_dtype == "int16" else 4
    filters = g.batch * g.filters
    return {
        "call": 1,
        "batches": g.batch,
        "moved_bytes": (filters * g.memory - 1) * (2 if step == 2 else 1),
        "pairs": pairs,
        "pair_fours": pairs * fours,
        "pair_ones": pairs * ones,
        "odd": odd,
        "odd_fours": odd * fours,
        "odd_ones": odd * ones,
        "filters": filters,
        "time_steps": filters * (g.memory // step),
        "time_ones": filters * (g.memory % step),
        "units": g.batch * g.units,
        "ranks": filters if g.rank > 1 else 0,
    }


def lstm(g: LstmGeometry, seen: Observed) -> Counts:
    """Vector by matrix products, two outputs and four inputs at a time: four a step over the input, and
    four over the hidden state, which the first step does not have."""
    runs, later = 4 * g.batch * g.time, 4 * g.batch * (g.time - 1)
    fours = runs * (g.input_size // 4) + later * (g.units // 4)
    ones = runs * (g.input_size % 4) + later * (g.units % 4)
    products = runs + later
    steps = g.time * (1 if g.time_major else g.batch)
    cells = g.batch * g.time
    return {
        "call": 1,
        "batches": g.batch,
        "steps": steps,
        "products": products,
        "cell_pairs": cells * (g.units // 2),
        "cell_odd": cells * (g.units % 2),
        "pairs": products * (g.units // 2),
        "pair_fours": fours * (g.units // 2),
        "pair_ones": ones * (g.units // 2),
        "odd": products * (g.units % 2),
        "odd_fours": fours * (g.units % 2),
        "odd_ones": ones * (g.units % 2),
    }


COUNTS: Mapping[str, Count] = MappingProxyType(
    {
        "1x1_fast": convolution.convolve_1x1,
        "1x1_fast_s4": convolution.convolve_1x1,
        "1x1_strided": convolution.convolve_1x1,
        "1x1_strided_s4": convolution.convolve_1x1,
        "1_x_n": convolution.convolve,
        "1_x_n_s4": convolution.convolve,
        "avgpool_s8": average_pool,
        "batch_matmul_s8": batch_matmul,
        "broadcast_s8": extremum_broadcast,
        "conv_1x1_fast": fully_connected_1x1,
        "convolve_s4": convolution.convolve,
        "convolve_s8": convolution.convolve,
        "dw_3x3": convolution.depthwise_3x3,
        "dw_generic": convolution.depthwise_generic,
        "dw_generic_s4": convolution.depthwise_generic,
        "dw_generic_dil": convolution.depthwise_generic,
        "dw_mult4": convolution.depthwise_by_four,
        "dw_opt": convolution.depthwise_optimized,
        "dw_opt_s4": convolution.depthwise_optimized,
        "elementwise_s16": elementwise_16,
        "elementwise_s8": elementwise,
        "max_pool_s8": max_pool,
        "no_broadcast_s8": extremum,
        "pad_s8": pad,
        "scalar_s8": extremum,
        "softmax_s8": softmax,
        "softmax_s8_s16": softmax,
        "svdf_s8": svdf,
        "svdf_state_s16_s8": svdf,
        "lstm_s8": lstm,
        "transpose_conv_forward": convolution.transpose_scatter,
        "transpose_conv_reverse": convolution.transpose_convolve,
        "transpose_conv_reverse_spread": convolution.transpose_convolve,
        "transpose_s8": transpose,
        "vec_mat": fully_connected,
        "vec_mat_per_ch": fully_connected,
        "vec_mat_s4": fully_connected,
    }
)
"""Variant to its counts."""

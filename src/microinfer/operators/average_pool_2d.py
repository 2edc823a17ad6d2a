"""AVERAGE_POOL_2D; MAX_POOL_2D shares its geometry and its checks.

Input and output [batch, height, width, channels] int8 or int16 with the same scale and zero point,
or float32. Taps in the
padding do not count. Source: pooling_common.cc and reference/integer_ops/pooling.h of TFLM.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from ..words.printing import counted
from . import real_windowed
from .batching import always
from .branches import count
from .carry import carry_pool
from .example import Draw, draw_pool
from .float_layers import float_range
from .layer import expect_data, expect_shape
from .quantization import activation_range
from .short_window import expect_short_window
from .spec import Array, Arrays, Bind, Geometry, Node, Observe, Prepared, Seen, Spec, Step, same
from .surplus import ignoring
from .vector_pools import bind_windows
from .versions import Versions
from .weights import writable
from .window import Axis, checked_axes


@dataclass(frozen=True, slots=True)
class PoolGeometry(Geometry):
    """NHWC sizes in elements; pads in front only. `dtype` of the data."""

    batch: int
    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    dtype: str = "int8"

    @property
    def vertical(self) -> Axis:
        return Axis(self.input_h, self.output_h, self.kernel_h, self.stride_h, 1, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.input_w, self.output_w, self.kernel_w, self.stride_w, 1, self.pad_w)

    @property
    def window(self) -> tuple[int, int, int, int, int, int]:
        return (self.kernel_h, self.kernel_w, self.stride_h, self.stride_w, self.pad_h, self.pad_w)


PLAIN = ("int8", "int16")
"""What may do without a scale where nothing is clamped: pooling does not rescale."""
CLAMPS = ("RELU", "RELU6", "RELU_N1_TO_1")


def prepare_pool(
    node: Node, clamped: Callable[..., tuple[int, int]] = activation_range
) -> tuple[PoolGeometry, tuple[float, float]]:
    """Checks of either pool; its geometry and the range that the fused activation clamps to."""
    node.expect_counts(1, 1)
    source, target = node.input(0), node.output(0)
    plain = source.dtype in PLAIN and source.quantization is None and target.quantization is None
    if not plain or node.options["fused_activation_function"] in CLAMPS:
        expect_data(node, "inputs[0]", source)
    node.output(0, source.dtype)
    real = source.dtype == "float32"
    if not (real or plain):
        node.expect_quantized("outputs[0]", target)
    batch, input_h, input_w, channels = expect_shape(node, "inputs[0]", source, 4)
    out_batch, output_h, output_w, out_channels = expect_shape(node, "outputs[0]", target, 4)
    if (out_batch, out_channels) != (batch, channels):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {list(target.shape)}, expected batch {batch} and "
            f"{counted(channels, 'channel')}"
        )
    if not real and (abs(source.scale - target.scale) > 1e-6 or source.zero_point != target.zero_point):
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g} and zero point {target.zero_point}, "
            f"expected those of inputs[0], {source.scale:g} and {source.zero_point}; pooling does not rescale"
        )
    options = node.options
    vertical, horizontal = checked_axes(
        node, source, (options["filter_height"], options["filter_width"]), target
    )
    expect_short_window(node, (vertical, horizontal), steps=False)
    geometry = PoolGeometry(
        batch=batch,
        input_h=input_h,
        input_w=input_w,
        channels=channels,
        output_h=output_h,
        output_w=output_w,
        kernel_h=vertical.kernel,
        kernel_w=horizontal.kernel,
        stride_h=vertical.stride,
        stride_w=horizontal.stride,
        pad_h=vertical.pad,
        pad_w=horizontal.pad,
        dtype=source.dtype,
    )
    if real:
        return geometry, float_range(node)
    return geometry, clamped(options["fused_activation_function"], target, node.operator.place)


def bind_pool(geometry: PoolGeometry, kernel: str, low: float, high: float) -> Bind:
    """The bind of the pool whose portable kernel has this name."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import float_layers, int16_layers, pooling

        kernels: dict[str, Any] = {"int8": pooling, "int16": int16_layers, "float32": float_layers}
        x, y = inputs[0], outputs[0]
        assert x is not None
        fast = bind_windows(geometry.vertical, geometry.horizontal, kernel, low, high, x, y)
        if fast is not None:
            return fast
        room: tuple[Array, ...] = ()
        if kernel == "average_pool_2d" and geometry.dtype != "float32":
            room = (np.empty(geometry.channels, np.int32),)
        run: Callable[[], None] = getattr(kernels[geometry.dtype], kernel).bind(
            writable(x), y, *room, *geometry.window, low, high
        )
        return run

    return bind


def prepare(node: Node) -> Prepared:
    geometry, (low, high) = prepare_pool(node)
    return Prepared(geometry, bind_pool(geometry, "average_pool_2d", low, high))


def negative_averages(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    return {"negative_sums": 0 if outputs[0] is None else count(outputs[0] < 0)}


def example(d: Draw) -> Any:
    return draw_pool(d, "average_pool_2d")


SPEC = Spec(
    "AVERAGE_POOL_2D",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=PoolGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    observe=Observe(negative_averages, over="outputs"),
    in_reals=real_windowed.average_pool,
    carry=carry_pool,
    slides=True,
    copies="data",
    versions=Versions(int8=2, int16=3),
    example=example,
)

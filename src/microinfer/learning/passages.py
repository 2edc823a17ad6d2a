"""The operators through which a gradient goes back, from a network's features to the first bias that learns.

Weights stay as they are in flash. A gradient is int16 of one scale on the way in, and int32 sums behind an
operator: of so few bits at first that no sum overflows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.average_pool_2d import SPEC as AVERAGE_POOL
from ..operators.average_pool_2d import PoolGeometry
from ..operators.conv_2d import Conv2DGeometry
from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ..operators.fully_connected import FullyConnectedGeometry
from ..operators.mean import SPEC as MEAN
from ..operators.mean import ReduceGeometry
from ..operators.quantization import activation_range
from ..operators.relu import SPEC as RELU
from ..operators.reshape import ReshapeGeometry
from ..operators.spec import Step
from ..operators.weights import unpacked
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass, replace
from .backward_window import BackwardWindow
from .online_layer import whole

__all__ = ["BITS", "Passage", "passages"]

BITS = 14
"""Of a gradient at the most, besides its sign: times a ratio of 15 bits it fits 32."""
MOST = 1 << 30
"""Of a sum; half a step more is added to round it."""
MOST_TAPS = 256
"""Of a window whose largest element is kept as a byte."""


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One operator backwards.

    `kind`: "layer", or of a pool "average" or "maximum". `bits` are those of the gradient that goes in.
    Of layers `weights` are int8 of [channels, taps, run], `scales` float32 of [channels]: what a step of the
    bias stands for; `ratios` uint16 of [channels]: the scale of a channel's weights by `scale`, the largest,
    in 2^-15. `above`, `below`: outputs at which the activation does not clamp lie between; None: all do.
    `through`: whether something before it learns.
    """

    step: Step
    kind: str
    window: BackwardWindow
    bits: int = BITS
    weights: NDArray[np.int8] | None = None
    scales: NDArray[np.float32] | None = None
    ratios: NDArray[np.uint16] | None = None
    scale: np.float32 = np.float32(1)
    above: int | None = None
    below: int | None = None
    through: bool = True

    @property
    def learns(self) -> bool:
        return self.weights is not None

    @property
    def biases(self) -> int:
        return self.window.output_c if self.learns else 0

    @property
    def kept_bytes(self) -> int:
        """Of RAM, from the pass forward to that backwards."""
        if self.above is not None:
            return -(-self.window.outputs // 8)
        return self.window.outputs if self.kind == "maximum" else 0


def passages(interpreter: Interpreter, layers: int) -> tuple[Passage, ...]:
    """Those of a network whose last `layers` layers with weights shall learn, in the order of the network.

    Raises:
        InputError: it has fewer layers, is no chain there, or a gradient does not go through an operator.
    """
    layers = whole(layers, "layers", 1)
    graph = interpreter.subgraph
    readers: dict[int, int] = dict.fromkeys(graph.outputs, 1)
    for step in interpreter.steps:
        for tensor in step.node.inputs:
            if tensor is not None:
                readers[tensor.index] = readers.get(tensor.index, 0) + 1
    found: list[Passage] = []
    wanted, left = graph.outputs[0], layers
    for step in reversed(interpreter.steps):
        if step.node.outputs[0].index != wanted or len(step.node.outputs) > 1:
            _refuse(step, "is beside the chain of operators that ends in the features")
        if readers[wanted] > 1:
            _refuse(step, "gives its output to several operators")
        made = _passage(step, readers)
        if made is not None:
            left -= made.learns
            found.append(made if left else _last(made))
        if not left:
            return tuple(reversed(found))
        wanted = step.node.inputs[0].index if step.node.inputs[0] is not None else -1
    raise InputError(
        f"layers: found {layers}, but {interpreter.model.name} has {layers - left} with weights that learn"
    )


def _last(one: Passage) -> Passage:
    return replace(one, through=False, bits=BITS)


def _refuse(step: Step, said: str) -> None:
    raise InputError(f"{step.node.operator.place}: {step.name} {said}; let fewer layers learn")


def _passage(step: Step, readers: dict[int, int]) -> Passage | None:
    """None of what only looks at the same numbers otherwise."""
    g, node = step.geometry, step.node
    if isinstance(g, ReshapeGeometry):
        return None
    if isinstance(g, PoolGeometry) and g.dtype == "int8":
        if node.options["fused_activation_function"] != "NONE":
            _refuse(step, "with an activation is not passed backwards")
        window = BackwardWindow.of_pool(g)
        if step.name == AVERAGE_POOL.name:
            return Passage(step, "average", window, _bits(int(_back(window, window.shares()).max())))
        if window.taps > MOST_TAPS:
            _refuse(step, f"takes {window.taps} elements, of at most {MOST_TAPS} the largest is told")
        once = np.ones((window.output_h, window.output_w), np.int64)
        return Passage(step, "maximum", window, _bits(int(_back(window, once).max())))
    if isinstance(g, ReduceGeometry) and _averages(step, g):
        window = BackwardWindow.of_all(*g.input_shape[1:])
        return Passage(step, "average", window, _bits(int(window.shares().max())))
    layer = isinstance(g, Conv2DGeometry | DepthwiseConv2DGeometry | FullyConnectedGeometry)
    if not layer or getattr(g, "dtype", "") != "int8" or node.input(0).dtype != "int8":
        _refuse(step, "is not passed backwards")
    return _layer(step, readers)


def _averages(step: Step, g: ReduceGeometry) -> bool:
    """Whether it is a mean of both sides of an image."""
    image = len(g.input_shape) == 4 and g.axes == (1, 2) and g.input_shape[0] == 1
    return image and step.name == MEAN.name and g.dtype == "int8"


def _layer(step: Step, readers: dict[int, int]) -> Passage:
    g, node = step.geometry, step.node
    source, stored, bias = node.input(0), node.input(1), node.optional_input(2)
    assert stored.quantization is not None
    if bias is None or not bias.is_constant or bias.dtype != "int32" or readers[bias.index] > 1:
        _refuse(step, "has no bias of its own")
    if not stored.is_constant or np.any(stored.quantization.zero_point):
        _refuse(step, "has weights that are no constants around 0")
    window = BackwardWindow.of_layer(g)
    if (isinstance(g, Conv2DGeometry) and window.groups > 1) or window.batch > 1:
        _refuse(step, "in groups, or of several samples, is not passed backwards")
    weights = _by_channel(unpacked(node.constant_input(1), stored), g)
    scales = np.broadcast_to(np.asarray(stored.quantization.scale, np.float32), window.output_c)
    largest = scales.max()
    above, below = _between(step, node.output(0))
    sums = np.abs(weights.astype(np.int64)).sum(1)
    reach = sums.sum(0) if window.groups == 1 else sums.reshape(window.groups, -1).sum(1)
    return Passage(
        step,
        "layer",
        window,
        _bits(int(reach.max())),
        weights,
        (np.float32(source.scale) * scales).astype(np.float32),
        np.rint(scales.astype(np.float64) / float(largest) * (1 << 15)).astype(np.uint16),
        np.float32(largest),
        above,
        below,
    )


def _by_channel(weights: NDArray[np.int8], g: Any) -> NDArray[np.int8]:
    """[channels, taps, run]."""
    if isinstance(g, FullyConnectedGeometry):
        found = weights.reshape(g.output_depth, 1, g.input_depth)
    elif isinstance(g, DepthwiseConv2DGeometry):
        found = weights.reshape(-1, g.output_c).T[:, :, np.newaxis]
    else:
        found = weights.reshape(g.output_c, g.kernel_h * g.kernel_w, g.filter_c)
    return np.ascontiguousarray(found, np.int8)


def _between(step: Step, target: Tensor) -> tuple[int | None, int | None]:
    """Outputs between these pass a gradient; saturation of int8 does not count, nor in training."""
    activation = step.node.options["fused_activation_function"]
    if activation == "NONE":
        return None, None
    low, high = activation_range(activation, target, step.node.operator.place)
    return int(low), 128 if activation == RELU.name else int(high)


def _bits(reach: int) -> int:
    """So many that no sum of `reach` in all overflows."""
    return max(1, min(BITS, (MOST // max(1, reach)).bit_length() - 1))


def _back(window: BackwardWindow, shares: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much reaches each element of a channel."""
    found = np.zeros((window.input_h, window.input_w), np.int64)
    for _, outputs, inputs in window.reached():
        found[inputs] += shares[outputs]
    return found

"""Bytes that training a network takes where it runs, by what of it is trained: all, the last layer, biases.

The change of a weight is a product with the layer's input, which therefore is kept from the forward pass on;
that of a bias is not, and a RELU asks for a bit an element (TinyTL: Cai, Gan, Zhu and Han, NeurIPS 2020).
The last layer is trained whichever way, as it is there, for classes are seldom those of before. Of a lite
residual its halved input is kept, what its convolution in groups gives, and a bit an element of that.

Counted are real numbers of 4 bytes, weights changed in place. Frozen weights stay in flash; what a pass
backwards takes beside what was kept is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..errors import InputError
from ..model.tables import Model
from ..operators.add import BinaryGeometry
from ..operators.average_pool_2d import PoolGeometry
from ..operators.concatenation import ConcatenationGeometry
from ..operators.conv_2d import Conv2DGeometry
from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ..operators.fully_connected import FullyConnectedGeometry
from ..operators.logistic import ActivationGeometry
from ..operators.mean import ReduceGeometry
from ..operators.node import ItemGeometry
from ..operators.prepare import prepare
from ..operators.relu import ElementwiseGeometry
from ..operators.reshape import ReshapeGeometry
from ..operators.softmax import SoftmaxGeometry
from ..operators.spec import Step
from ..operators.split import SplitGeometry
from ..words.dataclass import dataclass
from ..words.result import Result, Summary
from .lite_residual import LiteResidual, lite_residuals

__all__ = ["TrainingMemory", "TrainingWay", "training_memory"]

REAL = 4
_LAYERS = Conv2DGeometry | DepthwiseConv2DGeometry | FullyConnectedGeometry
_LINEAR = ItemGeometry | ReshapeGeometry | ConcatenationGeometry | SplitGeometry
_UNSURE = BinaryGeometry | PoolGeometry | ReduceGeometry | ElementwiseGeometry | ActivationGeometry


@dataclass(frozen=True, slots=True)
class TrainingWay:
    """`trained` numbers are changed, which is `weights_bytes` of RAM. `kept_low` and `kept_high` bytes of
    activations are kept for the pass backwards: operators that are of one kind here, such as ADD and MUL, ask
    for nothing or for all that they read and give. `saves_low` and `saves_high`: the bytes of training all by
    those of this way."""

    name: str
    trained: int
    weights_bytes: int
    kept_low: int
    kept_high: int
    saves_low: float
    saves_high: float


@dataclass(frozen=True, slots=True, repr=False)
class TrainingMemory(Result):
    """Each way of training a network, with its bytes."""

    schema: ClassVar[str] = "microinfer.training-memory/1"

    model: str
    sha256: str
    batch: int
    ways: tuple[TrainingWay, ...]

    def summary(self) -> Summary:
        """A row a way."""
        rows = tuple(
            (one.name, f"{one.weights_bytes:,}", _range(one.kept_low, one.kept_high, ",d"),
             _range(one.saves_low, one.saves_high, ".1f"))
            for one in self.ways
        )  # fmt: skip
        columns = ("trained", "bytes of weights", "of activations", "times less than all")
        return Summary(f"training {self.model}", rows, columns)


def _range(low: float, high: float, form: str) -> str:
    first, last = format(low, form), format(high, form)
    return first if first == last else f"{first}-{last}"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one operator adds: numbers that are trained, and bytes kept at the least and the most."""

    trained: int = 0
    low: int = 0
    high: int = 0


def training_memory(model: Model, batch: int = 1) -> TrainingMemory:
    """Bytes of training all of it, its last layer, that and its biases, and these with lite residuals.

    Args:
        batch: samples of which activations are kept at once; sums of their gradients are not counted.

    Raises:
        ModelError: the model cannot be prepared.
        InputError: an operator whose pass backwards is not counted, no layer to train, or a batch
            below 1.
    """
    if batch < 1:
        raise InputError(f"batch: found {batch}, expected a number of samples from 1 on")
    steps = prepare(model)
    layers = [step for step in steps if isinstance(step.geometry, _LAYERS)]
    if not layers:
        raise InputError(f"{model.name}: found no layer with weights, expected one to train")
    last = steps.index(layers[-1])
    biases = [_of(step, weights=at >= last) for at, step in enumerate(steps)]
    counted: dict[str, list[_Part]] = {
        "all": [_of(step, weights=True) for step in steps],
        "biases and lite residuals": [*biases, *(_residual(one) for one in lite_residuals(steps))],
        "biases": biases,
        "the last layer": [_of(step, weights=True) for step in steps[last:]],
    }
    sums = {name: _sums(parts, batch) for name, parts in counted.items()}
    ways = tuple(_way(name, found, sums["all"]) for name, found in sums.items())
    return TrainingMemory(model.name, model.sha256, batch, ways)


def _sums(parts: Sequence[_Part], batch: int) -> _Part:
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    return _Part(sum(part.trained for part in parts), batch * low, batch * high)


def _way(name: str, found: _Part, full: _Part) -> TrainingWay:
    own, every = REAL * found.trained, REAL * full.trained
    ratios = [(every + a) / (own + b) for a, b in ((full.low, found.low), (full.high, found.high))]
    return TrainingWay(name, found.trained, own, found.low, found.high, min(ratios), max(ratios))


def _of(step: Step, weights: bool = False) -> _Part:
    """Of an operator whose biases are trained, or its weights, too."""
    g, node = step.geometry, step.node
    inputs = [tensor for tensor in node.inputs if tensor is not None and not tensor.is_constant]
    read, given = sum(t.elements for t in inputs), sum(t.elements for t in node.outputs)
    if isinstance(g, _LAYERS):
        clamps = step.node.options["fused_activation_function"] != "NONE"
        mask = -(-given // 8) if clamps else 0
        constants = [tensor.elements for tensor in node.inputs if tensor is not None and tensor.is_constant]
        kept = mask + (REAL * read if weights else 0)
        trained = sum(constants) if weights else sum(constants[1:])
        return _Part(trained, kept, kept)
    if isinstance(g, SoftmaxGeometry):
        return _Part(0, REAL * given, REAL * given)
    if isinstance(g, _LINEAR):
        return _Part()
    if isinstance(g, PoolGeometry) and g.dtype != "float32":  # of averages nothing, else which one is largest
        return _Part(0, 0, given * (1 if g.kernel_h * g.kernel_w <= 256 else REAL))
    if isinstance(g, _UNSURE):
        return _Part(0, 0, REAL * (read + given))
    raise InputError(
        f"{step.node.operator.place}: {step.name} backwards is not counted; train what is behind it"
    )


def _residual(one: LiteResidual) -> _Part:
    kept = 2 * REAL * one.elements + -(-one.elements // 8)
    return _Part(one.trained, kept, kept)

"""What a layer, an operator with weights, expects of its tensors."""

from __future__ import annotations

from ..model.tables import Tensor
from ..words.printing import counted
from .spec import Node

CONVERT_AGAIN = (
    "convert again with full-integer quantisation: optimizations = [tf.lite.Optimize.DEFAULT], a "
    "representative_dataset, target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)


def expect_int8(node: Node, where: str, tensor: Tensor, *also: str) -> None:
    """int8, or one of `also`, with a scale and a zero point; says how to get there."""
    if tensor.dtype not in ("int8", *also):
        node.fail_type(where, tensor, ("int8", *also), f"; {CONVERT_AGAIN}")
    node.expect_quantized(where, tensor)
    _expect_dense(node, where, tensor)


def _expect_dense(node: Node, where: str, tensor: Tensor) -> None:
    data = tensor.data
    if data is not None and (
        data.nbytes < tensor.size_bytes or (tensor.dtype != "int4" and data.shape != tensor.shape)
    ):
        node.fail(f"{where} ({tensor.name!r}) is sparse, expected dense data; TFLM reads beyond it")


def expect_layer(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    """Input, weights and output of an operator with weights and perhaps a bias.

    int8 data go with int8 or int4 weights, int16 with int8, float32 with float32.
    """
    node.expect_counts(range(2, 4), 1)
    source, weights, target = node.input(0), node.input(1), node.output(0)
    expect_data(node, "inputs[0]", source)
    if source.dtype == "float32":
        node.input(1, "float32")
        _expect_dense(node, "inputs[1]", weights)
    else:
        expect_int8(node, "inputs[1]", weights, *(("int4",) if source.dtype == "int8" else ()))
    node.output(0, source.dtype)
    if source.dtype != "float32":
        node.expect_quantized("outputs[0]", target)
    return source, weights, target


def expect_data(node: Node, where: str, tensor: Tensor) -> None:
    """int8 or int16 with a scale and a zero point, or float32; says how to get there."""
    if tensor.dtype == "float32":
        _expect_dense(node, where, tensor)
    else:
        expect_int8(node, where, tensor, "int16", "float32")


def expect_shape(node: Node, where: str, tensor: Tensor, rank: int) -> tuple[int, ...]:
    """The shape of a tensor that has this rank and is not empty."""
    if len(tensor.shape) != rank:
        node.fail(
            f"{where} ({tensor.name!r}) has shape {list(tensor.shape)}, expected {counted(rank, 'dimension')}"
        )
    if 0 in tensor.shape:
        node.fail(f"{where} ({tensor.name!r}) has shape {list(tensor.shape)}, expected no empty dimension")
    return tensor.shape


BIASES = {"int8": ("int32",), "int16": ("int32", "int64"), "float32": ("float32",)}
"""Type of the data to the types that a bias may have."""


def expect_bias(node: Node, channels: int, wanted: tuple[str, ...] = ()) -> Tensor | None:
    """The optional third input, one element an output channel; of one of the types `wanted`, or else of
    those that go with the data."""
    bias = node.optional_input(2)
    if bias is None:
        return None
    wanted = wanted or BIASES[node.input(0).dtype]
    if bias.dtype not in wanted:
        advice = f"; int64 biases go with int16 activations, for the rest {CONVERT_AGAIN}"
        node.fail_type("inputs[2]", bias, wanted, advice)
    if bias.elements != channels:
        node.fail(
            f"inputs[2] ({bias.name!r}) has shape {list(bias.shape)}, expected "
            f"{counted(channels, 'element')}, one an "
            "output channel"
        )
    return bias

"""What to do about an operator that cannot run: the shortest change that was seen to mend such a model.

The lines for Keras were followed in TensorFlow 2.21 with Keras 2 and Keras 3, converted to int8, and the
result checked; so were the operators that a piece of code gives. What converts to what is the converter's
doing: `tf.where` of equal shapes, for one, becomes SELECT, which TFLM lacks, and of different shapes
SELECT_V2, which it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from ..errors import ModelError
from ..model.tables import Model, Tensor
from ..operators.folding import fold
from ..operators.prepare import prepare_node
from ..operators.resolver import OpResolver
from ..operators.spec import Node, resolve
from .converters import Converter, recognise_converter
from .recipes import BATCH_OF_ONE, FULL_INTEGER, QUANTIZER

__all__ = [
    "Advice",
    "fixed_batch",
    "fold_shapes",
    "folded_away",
    "for_operator",
    "full_integer",
    "mended_by_folding",
    "of_open_shapes",
]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do in words, and the lines that do it, if any."""

    remedy: str
    lines: tuple[str, ...] = ()


_FOLD = "microinfer plan MODEL --fold -o folded.tflite"
_EMBEDDING = Advice(
    "Keras 3's Embedding writes SELECT or SELECT_V2 for negative indices; look the rows up with tf.gather, "
    "which gives GATHER",
    (
        "class Lookup(tf.keras.layers.Layer):  # in place of the trained Embedding",
        "    def __init__(self, table):",
        "        super().__init__()",
        "        self.table = tf.constant(table)",
        "    def call(self, indices):",
        "        return tf.gather(self.table, tf.cast(indices, tf.int32))",
        "layer = Lookup(embedding.get_weights()[0])",
    ),
)
_UPSAMPLING = Advice(
    "Keras 3's UpSampling2D writes TILE; Resizing does the same with RESIZE_NEAREST_NEIGHBOR",
    ('layer = tf.keras.layers.Resizing(height, width, interpolation="nearest")  # the enlarged size',),
)
_SPECTRUM = Advice("compute the spectrum in the firmware, or with TFLM's signal library")
_STATE = Advice("make the state an input and an output of the model, and keep it in the firmware")
_BOXES = Advice("end the model before it, and select boxes in the firmware")
_FEATURES = Advice("end the model before it or begin it behind it, and compute it in the firmware")

_INSTEAD: Mapping[str, Advice] = MappingProxyType(
    {
        "BIDIRECTIONAL_SEQUENCE_LSTM": Advice("use two LSTM layers, one of them on the reversed sequence"),
        "BIDIRECTIONAL_SEQUENCE_RNN": Advice("use LSTM layers, which become UNIDIRECTIONAL_SEQUENCE_LSTM"),
        "COMPLEX_ABS": _SPECTRUM,
        "CONV_3D": Advice("use 2-D convolutions, or one convolution a slice and a sum"),
        "ASSIGN_VARIABLE": _STATE,
        "CEIL": _FEATURES,
        "COS": _FEATURES,
        "EXP": Advice("use relu, or elu, in place of an activation with exp in it (softplus, selu, mish)"),
        "FLOOR": _FEATURES,
        "GELU": Advice("use hard_silu (hard_swish), relu6 or relu; the tanh form of gelu becomes GELU, too"),
        "IMAG": _SPECTRUM,
        "LOCAL_RESPONSE_NORMALIZATION": Advice("use batch normalisation, which folds into the convolution"),
        "LOG": Advice("use relu or elu in place of softplus; compute other logarithms in the firmware"),
        "LSTM": Advice("convert with Keras 2 and fixed shapes, which gives UNIDIRECTIONAL_SEQUENCE_LSTM"),
        "NEG": Advice("write 0 - x, which gives SUB"),
        "NON_MAX_SUPPRESSION_V4": _BOXES,
        "NON_MAX_SUPPRESSION_V5": _BOXES,
        "POW": Advice("multiply: x * x * x for a cube, which gives MUL"),
        "RANK": Advice("convert with a fixed batch of 1, which folds it away", BATCH_OF_ONE),
        "READ_VARIABLE": _STATE,
        "REAL": _SPECTRUM,
        "REDUCE_PROD": Advice("multiply slices, which gives MUL, or compute it in the firmware"),
        "RELU_0_TO_1": Advice("use hard_sigmoid or relu6, with scales for it"),
        "RELU_N1_TO_1": Advice("clip at other limits than -1 and 1, which gives MAXIMUM and MINIMUM"),
        "REVERSE_V2": Advice("slice with a step of -1, which gives STRIDED_SLICE"),
        "RFFT2D": _SPECTRUM,
        "ROUND": _FEATURES,
        "RSQRT": Advice("use batch normalisation in place of layer normalisation"),
        "SELECT": Advice(
            "give tf.where a scalar or an operand of another shape, which gives SELECT_V2; equal shapes give "
            "SELECT"
        ),
        "SIN": _FEATURES,
        "SQRT": _FEATURES,
        "SQUARE": Advice("write x * x, which gives MUL"),
        "TILE": Advice("use tf.concat of x with itself, or broadcast in ADD or MUL"),
        "SQUARED_DIFFERENCE": Advice("use batch normalisation in place of layer normalisation"),
        "TOPK_V2": Advice("end the model before it, and pick the largest in the firmware"),
        "VAR_HANDLE": _STATE,
    }
)
_ANY = Advice("replace the layer before conversion, or end the model before it")


def for_operator(model: Model, node: Node, otherwise: Advice = _ANY) -> Advice:
    """What to do about an operator that TFLM does not have, or not in its type."""
    name = node.operator.name
    if name in ("SELECT", "SELECT_V2") and _leads_to(model, node, "GATHER"):
        return _EMBEDDING
    if name == "TILE" and any("up_sampling" in tensor.name for tensor in node.outputs):
        return _UPSAMPLING
    if any(
        tensor is not None and tensor.dtype.startswith("complex") for tensor in (*node.inputs, *node.outputs)
    ):
        return _SPECTRUM
    return _INSTEAD.get(name, otherwise)


def _leads_to(model: Model, node: Node, name: str) -> bool:
    return any(
        operator.name == name and set(operator.inputs) & set(node.operator.outputs)
        for operator in model.subgraphs[0].operators
    )


def fixed_batch(model: Model) -> Advice:
    """How to convert with a batch of 1, in the words of the program that wrote the file."""
    converter = recognise_converter(model)
    if converter is Converter.LITERT_TORCH:
        return Advice(
            "convert with sample inputs of batch 1, and without dynamic shapes",
            ("edge = litert_torch.convert(model.eval(), (torch.zeros(1, *input_shape),))",),
        )
    if converter is Converter.ONNX2TF:
        return Advice(
            "convert with a fixed batch of 1", ("onnx2tf -i model.onnx -b 1  # and your other options",)
        )
    return Advice("convert with a fixed batch of 1", BATCH_OF_ONE)


def full_integer(model: Model) -> Advice:
    """How to quantise to int8 throughout, with the program that wrote the file."""
    converter = recognise_converter(model)
    if converter is Converter.LITERT_TORCH:
        return Advice("quantise again with ai-edge-quantizer, weights and activations in int8", QUANTIZER)
    if converter is Converter.ONNX2TF:
        lines = ("onnx2tf -i model.onnx -b 1 -oiqt  # and take model_full_integer_quant.tflite",)
        return Advice("convert again with full-integer quantisation", lines)
    return Advice("convert again with full-integer quantisation", FULL_INTEGER)


@lru_cache(maxsize=2)
def folded_away(model: Model) -> frozenset[int]:
    """Operators, by index, that only compute shapes: folding leaves them out."""
    folded = fold(model)
    left = {operator.index for operator in folded.subgraphs[0].operators}
    return frozenset(one.index for one in model.subgraphs[0].operators if one.index not in left)


@lru_cache(maxsize=2)
def mended_by_folding(model: Model) -> frozenset[int]:
    """Operators, by index, that are gone, or can run, once shapes are folded.

    None where folding is not enough: where an open dimension stands in the way of what is left. Converters
    write 1 for it, also where it is the product of other sizes.
    """
    folded = fold(model)
    if folded is model:
        return frozenset()
    resolver, graph = OpResolver.builtin(), folded.subgraphs[0]
    mended = set(folded_away(model))
    for operator in graph.operators:
        node = resolve(graph, operator)
        try:
            prepare_node(node, resolver)
        except ModelError:
            if any(map(_opens, node.outputs)):
                return frozenset()
        else:
            mended.add(operator.index)
    return frozenset(mended)


def fold_shapes(model: Model) -> Advice:
    """What mends an operator that `mended_by_folding` names: no conversion is needed."""
    other = fixed_batch(model)
    return Advice(f"compute the shapes now: {_FOLD}; or {other.remedy}", other.lines)


def of_open_shapes(model: Model, node: Node) -> Advice | None:
    """What to do where an open dimension is the cause; None where it is not."""
    if node.operator.index in mended_by_folding(model):
        return fold_shapes(model)
    if node.operator.index in folded_away(model) or node.operator.name in _OF_OPEN_SHAPES:
        tensors = (*node.inputs, *node.outputs, *_inputs(model))
        found = any(tensor is not None and _opens(tensor) for tensor in tensors)
    else:
        found = any(tensor is not None and _opens(tensor, 1) for tensor in (*node.inputs, *node.outputs))
    return fixed_batch(model) if found else None


def _opens(tensor: Tensor, first: int = 0) -> bool:
    """Whether a dimension was left open, from the `first` on."""
    return min(tensor.shape_signature[first:], default=0) < 0


def _inputs(model: Model) -> tuple[Tensor, ...]:
    graph = model.subgraphs[0]
    return tuple(graph.tensors[index] for index in graph.inputs)


_OF_OPEN_SHAPES = frozenset({"BATCH_TO_SPACE_ND", "RESHAPE", "SPACE_TO_BATCH_ND"})
"""Operators whose shapes converters get wrong where a dimension is open."""

"""What to do about an operator that cannot run: the shortest change that was seen to mend such a model.

The lines for Keras were followed in TensorFlow 2.21 with Keras 2 and Keras 3, converted to int8, and the
result checked; so were the operators that a piece of code gives. What converts to what is the converter's
doing: `tf.where` of equal shapes, for one, becomes SELECT, which TFLM lacks, and of different shapes
SELECT_V2, which it has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from ..errors import ModelError
from ..model.tables import Model, Tensor
from ..model.whole import readers
from ..operators.folding import fold
from ..operators.prepare import prepare_node
from ..operators.registry import row
from ..operators.resolver import OpResolver
from ..operators.spec import Node, resolve
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
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
_RECIPES: Mapping[str, tuple[str, ...]] = MappingProxyType({"batch-of-one": BATCH_OF_ONE})
_ANY = Advice("replace the layer before conversion, or end the model before it")


def for_operator(model: Model, node: Node, otherwise: Advice = _ANY) -> Advice:
    """What to do about an operator that TFLM does not have, or not in its type: see profiles/advice."""
    for entry in _entries():
        if _fits(entry, model, node):
            lines = _RECIPES[entry["recipe"]] if "recipe" in entry else tuple(entry.get("lines", ()))
            return Advice(entry["remedy"], lines)
    return otherwise


@cache
def _entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(data_file("advice", "operators.toml").read_text("utf-8"))[
        "advice"
    ]
    return found


def _fits(entry: Mapping[str, Any], model: Model, node: Node) -> bool:
    """Whether all that an entry says of an operator is so."""
    if node.operator.name not in entry.get("operators", (node.operator.name,)):
        return False
    tensors = [tensor for tensor in (*node.inputs, *node.outputs) if tensor is not None]
    return (
        ("dtype" not in entry or any(tensor.dtype.startswith(entry["dtype"]) for tensor in tensors))
        and (
            "output_name" not in entry or any(entry["output_name"] in tensor.name for tensor in node.outputs)
        )
        and ("read_by" not in entry or _leads_to(model, node, entry["read_by"]))
    )


def _leads_to(model: Model, node: Node, name: str) -> bool:
    graph = model.subgraphs[0]
    return any(
        graph.operators[position].name == name
        for index in node.operator.outputs
        for position in readers(graph).get(index, ())
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
    if node.operator.index in folded_away(model) or _is_misshaped(node):
        tensors = (*node.inputs, *node.outputs, *_inputs(model))
        found = any(tensor is not None and _opens(tensor) for tensor in tensors)
    else:
        found = any(tensor is not None and _opens(tensor, 1) for tensor in (*node.inputs, *node.outputs))
    return fixed_batch(model) if found else None


def _is_misshaped(node: Node) -> bool:
    spec = row(node.operator.name)
    return spec is not None and spec.misshaped


def _opens(tensor: Tensor, first: int = 0) -> bool:
    """Whether a dimension was left open, from the `first` on."""
    return min(tensor.shape_signature[first:], default=0) < 0


def _inputs(model: Model) -> tuple[Tensor, ...]:
    graph = model.subgraphs[0]
    return tuple(graph.tensors[index] for index in graph.inputs)

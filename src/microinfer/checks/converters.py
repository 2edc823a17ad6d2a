"""Which program wrote a file, so that advice can speak its language.

No field of the file says it. Told by what each leaves behind: names of tensors and of the signature, and
metadata. Seen in files of TensorFlow 2.5 to 2.19 with Keras 2 and 3, litert-torch and onnx2tf.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from ..model.tables import Model

__all__ = ["Converter", "layer_name", "recognise_converter"]

_SCOPE = re.compile(
    r"(model|functional|sequential|StatefulPartitionedCall|PartitionedCall)(_\d+)*(:\d+)?", re.ASCII
)
_ONNX2TF = re.compile(r"(^|[;/])tf\.(nn|math|image|strided_slice|concat|reshape|transpose)[./_]", re.ASCII)


class Converter(Enum):
    """A program that writes `.tflite` files; the value is its name in a sentence."""

    KERAS_2 = "Keras 2"
    KERAS_3 = "Keras 3"
    LITERT_TORCH = "litert-torch"
    ONNX2TF = "onnx2tf"
    UNKNOWN = ""


@lru_cache(maxsize=2)
def recognise_converter(model: Model) -> Converter:
    """The program that wrote a file, as far as that can be told."""
    graph = model.subgraphs[0]
    names = [tensor.name for tensor in graph.tensors]
    ends = [graph.tensors[index].name for index in (*graph.inputs, *graph.outputs)]
    if "keep_stablehlo_constant" in (model.metadata or {}) or any("/torch.nn." in name for name in names):
        return Converter.LITERT_TORCH
    if any("keras_tensor" in name for name in ends):
        return Converter.KERAS_3
    if any(name.startswith("StatefulPartitionedCall_1:") for name in ends):
        return Converter.KERAS_3
    if any(_ONNX2TF.search(name) for name in names) and not any(
        name.startswith("serving_default_") and not name.startswith("serving_default_onnx") for name in ends
    ):
        return Converter.ONNX2TF
    if any(re.match(r"(model|sequential)(_\d+)?/", name) for name in names):
        return Converter.KERAS_2
    return Converter.UNKNOWN


def layer_name(tensor_name: str) -> str:
    """The layer that a tensor's name begins with, as its user knows it, such as "conv2d_1"; "" where none is.

    >>> layer_name("functional_1/up_sampling2d_1/Repeat/Tile")
    'up_sampling2d_1'
    """
    parts = tensor_name.partition(";")[0].split("/")
    while parts and _SCOPE.fullmatch(parts[0]):
        parts.pop(0)
    return parts[0] if len(parts) > 1 and not parts[0].startswith("__") and parts[0].isprintable() else ""

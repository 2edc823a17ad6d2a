"""Every type that the resolver takes, operator by operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from microinfer import ModelError
from microinfer.model.read import load
from microinfer.model.tables import Quantization, Tensor
from microinfer.operators.prepare import prepare_node
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Node, Step, resolve

from support.single_operators import OPERATORS, model_of

TYPES = ("int8", "int16", "int32", "int64", "float32", "bool", "uint8", "int4")


def retyped(tensor: Tensor, dtype: str, quantized: str) -> Tensor:
    data = tensor.data
    if data is not None and dtype != tensor.dtype:
        data = data.astype("int8" if dtype == "int4" else dtype)
    found = tensor.quantization
    if found is not None and quantized == "symmetric":
        found = Quantization(found.scale, np.zeros_like(found.zero_point), found.quantized_dimension)
    return replace(tensor, dtype=dtype, data=data, quantization=None if quantized == "none" else found)


def accepted(name: str) -> Iterator[Step]:
    """The operator's model with other types, as far as the resolver takes them."""
    model = load(model_of(OPERATORS[name]))
    operator = [found for found in model.subgraphs[0].operators if found.name == name][-1]
    node = resolve(model.subgraphs[0], operator)
    resolver = OpResolver.builtin()
    given = [place for place, tensor in enumerate(node.inputs) if tensor is not None][:3]
    own = {tensor.dtype for tensor in (*node.inputs, *node.outputs) if tensor is not None}
    for types in product((*TYPES, *sorted(own - set(TYPES))), repeat=len(given) + 1):
        for quantized in ("as it is", "none", "symmetric"):
            inputs = list(node.inputs)
            for place, dtype in zip(given, types[:-1], strict=True):
                found = inputs[place]
                assert found is not None
                inputs[place] = retyped(found, dtype, quantized)
            first = node.outputs[0].dtype if node.outputs else ""
            outputs = tuple(
                retyped(tensor, types[-1] if tensor.dtype == first else tensor.dtype, quantized)
                for tensor in node.outputs
            )
            try:
                yield prepare_node(Node(operator, tuple(inputs), outputs), resolver)
            except ModelError:
                continue

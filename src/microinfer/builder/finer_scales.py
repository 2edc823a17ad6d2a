"""A wider range for what a layer gives, and weights with a scale a channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..model.tables import Model, Subgraph, Tensor
from ..model.write import TensorRecord
from ..operators.reals import real_values
from ..operators.spec import Real
from .remedy import (
    Remedy,
    bias_of,
    expect_no_state,
    keeps_numbers,
    layer_of,
    little,
    rescaled_bias,
    spec_of,
    weights_of,
    with_inputs,
)
from .rewriting import Rewriting

__all__ = ["with_channels", "with_wider_range"]

WIDER = 2.0
LEAST = 1e-12
"""Of a channel's weights, all 0."""


def with_wider_range(model: Model, position: int) -> Remedy:
    """The layer's output, and what only moves it, with twice the scale: nothing is cut off that was kept.

    Raises:
        InputError: its scale cannot be another one.
    """
    operator, _ = layer_of(model, position)
    graph = model.subgraphs[0]
    group = _alike(graph, operator.outputs[0])
    rewriting = Rewriting(model)
    for one in graph.operators:
        if group.isdisjoint((*one.inputs, *one.outputs)):
            continue
        expect_no_state(one, graph.tensors)
        if not group.isdisjoint(one.outputs) and spec_of(one).fixed_output is not None:
            raise InputError(f"the scale of what {one.name} gives is prescribed")
    for index in sorted(group):
        tensor, record = graph.tensors[index], rewriting.tensors[index]
        if index in graph.inputs:
            raise InputError("the model's input has the same scale, and what it is fed stays as it is")
        if tensor.data is not None:
            halved = np.rint((tensor.data.astype(np.float64) - tensor.zero_point) / WIDER)
            record.buffer = little((halved + tensor.zero_point).astype(tensor.dtype))
        rewriting.tensors[index] = replace(record, scales=(WIDER * tensor.scale,))
    for place, one in enumerate(graph.operators):
        weights = weights_of(one, graph.tensors)
        data = one.inputs[spec_of(one).data_input] if one.inputs else -1
        bias = None if weights is None or data not in group else bias_of(one, weights[0], graph.tensors)
        if weights is not None and bias is not None and bias.dtype in ("int32", "int64"):
            index = rewriting.add(rescaled_bias(bias, WIDER, bias.dtype))
            with_inputs(rewriting, place, {weights[0].bias: index})
    return Remedy("twice the scale of its output", rewriting.encode(), position)


def _alike(graph: Subgraph, tensor: int) -> set[int]:
    """The tensors that have to have one quantisation: those between which numbers are only moved."""
    group, grows = {tensor}, True
    movers = [one for one in graph.operators if keeps_numbers(one, graph.tensors)]
    while grows:
        before = len(group)
        for one in movers:
            dtype = graph.tensors[one.outputs[0]].dtype
            own = {index for index in one.inputs if index >= 0 and graph.tensors[index].dtype == dtype}
            if not group.isdisjoint(own | {one.outputs[0]}):
                group |= own | {one.outputs[0]}
        grows = len(group) > before
    return group


def with_channels(model: Model, position: int, floats: Model | None) -> Remedy:
    """The layer's weights, rounded anew from the float model's with a scale for each output channel.

    Raises:
        InputError: they are per channel, there are none, or the float ones are not known. From weights that
            are rounded nothing is gained: what was lost is not in them.
    """
    operator, _ = layer_of(model, position)
    graph = model.subgraphs[0]
    found = weights_of(operator, graph.tensors)
    if found is None:
        raise InputError(f"{operator.name} has no weights")
    place, weights = found
    quantization = weights.quantization
    if weights.dtype != "int8" or quantization is None:
        raise InputError(f"its weights are {weights.dtype}, expected int8")
    if quantization.per_channel:
        raise InputError("its weights have a scale a channel already")
    if weights.shape[place.channels] < 2:
        raise InputError("it has one channel, so its weights have a scale a channel already")
    if floats is None:
        raise InputError(
            "needs the weights before they were rounded: --float with the float model's .tflite file"
        )
    real = float_weights(weights, floats)
    axes = tuple(axis for axis in range(real.ndim) if axis != place.channels)
    scales = np.maximum(np.abs(real).max(axis=axes) / 127.0, LEAST).astype(np.float32)
    shape = [-1 if axis == place.channels else 1 for axis in range(real.ndim)]
    stored = np.clip(np.rint(real / scales.astype(np.float64).reshape(shape)), -127, 127).astype(np.int8)
    rewriting = Rewriting(model)
    record = TensorRecord(
        f"{weights.name}_by_channel",
        "int8",
        weights.shape,
        tuple(scales.tolist()),
        (0,) * len(scales),
        place.channels,
        little(stored),
    )
    inputs = {1: rewriting.add(record)}
    bias = bias_of(operator, place, graph.tensors)
    if bias is not None and bias.dtype in ("int32", "int64"):
        factors = scales.astype(np.float64) / weights.scale
        inputs[place.bias] = rewriting.add(rescaled_bias(bias, factors, bias.dtype))
    with_inputs(rewriting, position, inputs)
    return Remedy(f"weights with {len(scales)} scales, from the float model's", rewriting.encode(), position)


def float_weights(weights: Tensor, floats: Model) -> Real:
    """The constants of a float model that these were rounded from.

    Raises:
        InputError: it has none that they could be of.
    """
    assert weights.data is not None
    rounded = real_values(weights.data, weights)
    best: tuple[float, Real] | None = None
    for tensor in floats.subgraphs[0].tensors:
        if tensor.data is None or tensor.dtype != "float32" or tensor.shape != weights.shape:
            continue
        real = tensor.data.astype(np.float64)
        apart = float(np.sqrt(np.mean((real - rounded) ** 2)))
        if best is None or apart < best[0]:
            best = apart, real
    if best is None or best[0] > weights.scale:
        raise InputError(
            f"the float model has no weights of shape {list(weights.shape)} that {weights.name!r} could be of"
        )
    return best[1]

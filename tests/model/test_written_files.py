"""What the writer writes, the loader reads back."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.builder import Handle, ModelBuilder
from microinfer.model.read import load
from microinfer.model.schema import ACTIVATIONS, OPTIONS, PADDINGS, TENSOR_TYPES, OptionField
from microinfer.model.tables import ITEM_BYTES

from conftest import EXAMPLES


def value_of(item: OptionField) -> st.SearchStrategy[Any]:
    named = {
        "padding": st.sampled_from(PADDINGS),
        "fused_activation_function": st.sampled_from(ACTIVATIONS),
        "in_data_type": st.sampled_from(list(TENSOR_TYPES.values())),
        "out_data_type": st.sampled_from(list(TENSOR_TYPES.values())),
        "out_type": st.sampled_from(list(TENSOR_TYPES.values())),
        "output_type": st.sampled_from(list(TENSOR_TYPES.values())),
        "quantized_bias_type": st.sampled_from(list(TENSOR_TYPES.values())),
        "weights_format": st.integers(0, 1),
    }
    kinds = {
        "int8": st.integers(-128, 127),
        "int32": st.integers(-(1 << 31), (1 << 31) - 1),
        "bool": st.booleans(),
        "float32": st.floats(width=32, allow_nan=False),
        "string": st.none() | st.text("abcé/_", min_size=1, max_size=5),
        "ints": st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=5).map(tuple),
    }
    return named.get(item.name, kinds[item.kind])


SHAPES = st.lists(st.integers(0, 4), max_size=5).map(tuple)


SCALES = st.floats(2.0**-100, 2.0**100, width=32)


@st.composite
def built(draw: st.DrawFn) -> tuple[bytes, list[Handle], list[tuple[str, dict[str, Any]]]]:
    """A model of random tensors and operators, made by the low level alone."""
    b = ModelBuilder(draw(st.text(max_size=6)), draw(st.text(max_size=6)))
    handles = [b.input(draw(SHAPES), "int8", draw(SCALES), draw(st.integers(-128, 127)))]
    operators = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(sorted(ITEM_BYTES)))
        shape = draw(SHAPES)
        raw = np.random.default_rng(draw(st.integers(0, 99))).bytes(int(np.prod(shape)) * ITEM_BYTES[kind])
        array = np.frombuffer(raw, kind).reshape(shape)
        dimension = draw(st.integers(0, max(0, len(shape) - 1)))
        channels = shape[dimension] if shape and draw(st.booleans()) else 1
        scale = draw(st.lists(SCALES, min_size=channels, max_size=channels)) if channels else None
        constant = b.constant(array, scale, quantized_dimension=dimension, name=draw(st.text(max_size=6)))
        y = b.tensor(draw(SHAPES), draw(st.sampled_from(["int8", "int16", "float32"])), draw(SCALES))
        name = draw(st.sampled_from(sorted(OPTIONS)))
        options = {item.name: draw(value_of(item)) for item in OPTIONS[name].fields if draw(st.booleans())}
        b.operator(name, [handles[-1], None, constant], [y], options)
        operators.append((name, options))
        handles += [constant, y]
        if draw(st.booleans()):
            handles.append(handles.pop(-1))
    b.output(handles[-1])
    return b.build(), handles, operators


@given(built())
@settings(max_examples=EXAMPLES)
def test_what_is_written_is_read_back(case: tuple[bytes, list[Handle], list[tuple[str, Any]]]) -> None:
    data, handles, operators = case
    subgraph = load(data).subgraphs[0]
    for handle in handles:
        tensor = subgraph.tensors[handle.index]
        assert (tensor.name, tensor.dtype, tensor.shape) == (handle.name, handle.dtype, handle.shape)
        if handle.scales:
            assert tensor.quantization is not None
            assert tuple(tensor.quantization.scale.tolist()) == handle.scales
            assert tuple(tensor.quantization.zero_point.tolist()) == handle.zero_points
            if len(handle.scales) > 1 and len(handle.shape) > 1:
                assert tensor.quantization.quantized_dimension == handle.quantized_dimension
        if handle.array is not None:
            assert tensor.data is not None
            assert tensor.data.tobytes() == handle.array.tobytes()
    for operator, (name, options) in zip(subgraph.operators, operators, strict=True):
        assert operator.opcode == name
        defaults = {item.name for item in OPTIONS[name].fields}
        assert set(operator.options) == defaults
        for key, value in options.items():
            assert operator.options[key] == value

"""The loader: reads back what was written, names the place of every fault, keeps weights where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from struct import pack_into, unpack_from
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.build import Handle, ModelBuilder
from microinfer.builder import encoder
from microinfer.builder.encoder import TensorRecord
from microinfer.errors import FormatError, InputError, ModelError, UnsupportedError
from microinfer.loader import load
from microinfer.model import ITEM_BYTES, Model
from microinfer.schema import ACTIVATIONS, OPTIONS, PADDINGS, TENSOR_TYPES, OptionField

from conftest import EXAMPLES, shared_folder


def network() -> ModelBuilder:
    """Tensors: 0 input, 1 weights, 2 bias, 3 convolved, 4 shape, 5 flat, 6 output. Three operators."""
    b = ModelBuilder("network", "A network.")
    rng = np.random.default_rng(3)
    x = b.input((1, 6, 6, 2), scale=0.5, zero_point=-3, name="image")
    x = b.conv_2d(x, rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4), scale=0.25, zero_point=1)
    x = b.reshape(x, (1, 144))
    b.output(b.softmax(x, name="scores"))
    return b


def find_models() -> list[Path]:
    folder = shared_folder()
    return sorted(folder.glob("models/**/*.tflite")) if folder is not None else []


def test_reads_the_parts_of_a_model(tmp_path: Path) -> None:
    b = network()
    b.metadata("note", b"by hand")
    path = tmp_path / "some model.tflite"
    path.write_bytes(b.build())
    model = load(path)
    assert model.name == "some model"
    assert model.description == "A network."
    assert bytes((model.metadata or {})["note"]) == b"by hand"
    assert model.operator_codes == (("CONV_2D", 3), ("RESHAPE", 1), ("SOFTMAX", 2))
    assert model.size_bytes == path.stat().st_size
    assert model.warnings == ()
    (subgraph,) = model.subgraphs
    assert [operator.opcode for operator in subgraph.operators] == ["CONV_2D", "RESHAPE", "SOFTMAX"]
    assert subgraph.operators[0].place == "subgraphs[0].operators[0]"
    assert subgraph.operators[0].options["padding"] == "SAME"
    assert subgraph.operators[0].options["fused_activation_function"] == "NONE"
    assert subgraph.operators[0].options["dilation_w_factor"] == 1
    assert (model.input_names, model.output_names) == (("image",), ("scores",))
    image, weights = subgraph.tensors[0], subgraph.tensors[1]
    assert (image.dtype, image.shape, image.scale, image.zero_point) == ("int8", (1, 6, 6, 2), 0.5, -3)
    assert weights.quantization is not None
    assert weights.quantization.per_channel


def test_takes_bytes_paths_and_models(tmp_path: Path) -> None:
    data = network().build()
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    model = load(data)
    assert model.name == "network"
    assert load(model) is model
    for source in (str(path), path, bytearray(data), memoryview(data)):
        assert load(source).sha256 == model.sha256


def test_signature_names_inputs_and_outputs() -> None:
    b = ModelBuilder()
    x = b.input((3,), scale=1.0, name="serving:0")
    y = b.relu(x)
    b.output(y)
    b.signature({"pixels": x}, {"clipped": y})
    model = load(b.build())
    assert (model.input_names, model.output_names) == (("pixels",), ("clipped",))


def test_weights_are_views_over_the_file_and_cannot_be_written() -> None:
    data = network().build()
    whole = np.frombuffer(data, np.uint8)
    for tensor in load(data).subgraphs[0].tensors:
        if tensor.data is not None:
            assert np.shares_memory(whole, tensor.data)
            assert not tensor.data.flags.writeable
            assert tensor.data.ctypes.data % 16 == whole.ctypes.data % 16


def test_a_file_at_an_odd_address_is_copied_where_need_be() -> None:
    data = network().build()
    odd = memoryview(b"\0" + data)[1:]
    for tensor, same in zip(load(odd).subgraphs[0].tensors, load(data).subgraphs[0].tensors, strict=True):
        if tensor.data is not None:
            assert tensor.data.flags.aligned
            assert not tensor.data.flags.writeable
            np.testing.assert_array_equal(tensor.data, same.data)


def test_misaligned_constants_are_a_warning() -> None:
    data = network().build()
    model = load(data)
    bias = model.subgraphs[0].tensors[2]
    start = data.index(np.asarray(bias.data).tobytes())
    vector = start - 4
    moved = bytearray(data) + bytearray(-len(data) % 4) + b"\0\0"
    target = len(moved)
    moved += data[vector : start + 16]
    for position in range(len(data) - 4):
        if position + unpack_from("<I", data, position)[0] == vector:
            pack_into("<I", moved, position, target - position)
    loaded = load(bytes(moved))
    np.testing.assert_array_equal(loaded.subgraphs[0].tensors[2].data, bias.data)
    assert any("natural boundary" in warning for warning in loaded.warnings)


def edit(change: Callable[[list[TensorRecord], ModelBuilder], None]) -> bytes:
    b = network()
    change(b._tensors, b)
    return b.build()


def edited(index: int, **fields: Any) -> Callable[[], bytes]:
    """The network with fields of one tensor changed."""

    def change(tensors: list[TensorRecord], b: ModelBuilder) -> None:
        for field, value in fields.items():
            setattr(tensors[index], field, value)

    return lambda: edit(change)


def rewired(operator: int, **fields: Any) -> Callable[[], bytes]:
    """The network with fields of one operator changed."""

    def change(tensors: list[TensorRecord], b: ModelBuilder) -> None:
        for field, value in fields.items():
            setattr(b._operators[operator], field, value)

    return lambda: edit(change)


def swapped() -> bytes:
    b = network()
    b._operators[1], b._operators[2] = b._operators[2], b._operators[1]
    return b.build()


FAULTS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "scale 0": (edited(0, scales=(0.0,)), "subgraphs[0].tensors[0].quantization.scale", "above 0"),
    "scale below 0": (edited(0, scales=(-1.0,)), "subgraphs[0].tensors[0].quantization.scale", "-1.0"),
    "scale nan": (edited(3, scales=(float("nan"),)), "subgraphs[0].tensors[3].quantization.scale", "nan"),
    "scale inf": (edited(3, scales=(float("inf"),)), "subgraphs[0].tensors[3].quantization.scale", "inf"),
    "one scale of many": (
        edited(1, scales=(1.0, 2.0, 0.0, 3.0)),
        "subgraphs[0].tensors[1].quantization.scale",
        "0.0",
    ),
    "zero point": (edited(0, zero_points=(128,)), "subgraphs[0].tensors[0].quantization.zero_point", "128"),
    "scales that do not match": (
        edited(1, scales=(1.0,) * 3, zero_points=(0,) * 3),
        "subgraphs[0].tensors[1].quantization.scale",
        "3 scales, expected 1 or 4",
    ),
    "quantized_dimension": (
        edited(1, quantized_dimension=4),
        "subgraphs[0].tensors[1].quantization.quantized_dimension",
        "4 dimensions",
    ),
    "negative size": (edited(3, shape=(1, -6, 6, 4)), "subgraphs[0].tensors[3].shape", "negative"),
    "overflow": (edited(3, shape=(1 << 20, 1 << 20)), "subgraphs[0].tensors[3].shape", "overflows"),
    "overflow of nothing": (
        edited(3, shape=(0, 1 << 30, 1 << 30)),
        "subgraphs[0].tensors[3].shape",
        "overfl",
    ),
    "too many dimensions": (edited(3, shape=(1,) * 70), "subgraphs[0].tensors[3].shape", "70 dimensions"),
    "data too short": (
        edited(1, shape=(5, 3, 3, 2), scales=()),
        "subgraphs[0].tensors[1].buffer",
        "takes 90",
    ),
    "variable with data": (edited(1, is_variable=True), "subgraphs[0].tensors[1]", "variable"),
    "input index": (
        rewired(1, inputs=(7, 4)),
        "subgraphs[0].operators[1].inputs[0]",
        "tensor 7, the subgraph has 7",
    ),
    "output index": (rewired(1, outputs=(-1,)), "subgraphs[0].operators[1].outputs[0]", "tensor -1"),
    "nobody makes it": (rewired(1, outputs=(0,)), "subgraphs[0].operators[1].outputs[0]", "already made"),
    "written twice": (rewired(1, outputs=(3,)), "subgraphs[0].operators[1].outputs[0]", "operators[0]"),
    "a constant written": (rewired(0, outputs=(1,)), "subgraphs[0].operators[0].outputs[0]", "constant"),
    "nothing makes it": (rewired(2, outputs=()), "subgraphs[0].outputs[0]", "nothing makes 'scores'"),
    "order": (swapped, "subgraphs[0].operators[1].inputs[0]", "before operators[2] makes it"),
    "cycle": (rewired(0, inputs=(6, 1, 2)), "subgraphs[0].operators[0].inputs[0]", "a cycle"),
    "itself": (rewired(0, inputs=(3, 1, 2)), "subgraphs[0].operators[0].inputs[0]", "a cycle"),
    "padding": (rewired(0, options={"padding": 7}), "subgraphs[0].operators[0].builtin_options.padding", "7"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str) -> None:
    make, place, words = FAULTS[fault]
    with pytest.raises(FormatError) as caught:
        load(make())
    assert caught.value.place == place
    assert words in str(caught.value)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_model_without_inputs_or_outputs_is_refused(side: str) -> None:
    b = network()
    wanted = "nothing makes 'image'" if side == "inputs" else "no outputs"
    if side == "inputs":
        b._inputs.clear()
        data = b.build()
    else:
        data = bytearray(b.build())
        outputs = data.index(np.array([1, 6], np.int32).tobytes())
        pack_into("<I", data, outputs, 0)
    with pytest.raises(FormatError, match=wanted):
        load(bytes(data))


def test_oddities_are_warnings_said_once() -> None:
    b = network()
    bias = b._tensors[2]
    bias.quantized_dimension = 3
    b._tensors[1].buffer = (b._tensors[1].buffer or b"") + bytes(5)
    model = load(b.build())
    assert any("TFLM does not look" in warning for warning in model.warnings)
    assert any("has 77 bytes, int8[4, 3, 3, 2] takes 72" in warning for warning in model.warnings)
    assert model.subgraphs[0].tensors[2].is_constant


def test_constants_without_a_type_here_stay_raw() -> None:
    b = network()
    b.constant(np.array([1, -2, 7], np.int8), 0.5, dtype="int4")
    model = load(b.build())
    last = model.subgraphs[0].tensors[-1]
    assert (last.dtype, last.shape, last.size_bytes) == ("int4", (3,), 2)
    np.testing.assert_array_equal(last.data, np.array([0xE1, 0x07], np.uint8))
    assert any("int4" in warning for warning in model.warnings)


def test_tables_that_overlap_do_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand references to one subgraph of many tensors: a small file, an endless reading."""
    offsets = encoder._Writer.offsets
    monkeypatch.setattr(
        encoder._Writer,
        "offsets",
        lambda writer, values: offsets(writer, values * 20_000 if len(values) == 1 else values),
    )
    b = ModelBuilder()
    x = b.input((1,), scale=1.0)
    for _ in range(500):
        b.tensor((1,))
    b.output(b.relu(b.relu(x)))
    with pytest.raises(FormatError, match="more elements than it has room for"):
        load(b.build())


MISTAKES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.tflite", b"", "empty"),
    "keras h5": ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
    "keras": ("a.keras", b"PK\x03\x04" + bytes(64), "Keras"),
    "keras by another name": ("a.tflite", b"PK\x03\x04....model.weights.h5", "Keras"),
    "pytorch": ("a.pt", b"PK\x03\x04" + bytes(64), "PyTorch"),
    "zip": ("a.zip", b"PK\x03\x04" + bytes(64), "zip"),
    "onnx": ("a.onnx", b"\x08\x07\x12\x07pytorch" + bytes(64), "ONNX"),
    "graph": ("saved_model.pb", b"\x08\x01\x12\x99" + bytes(64), "TensorFlow graph"),
    "gzip": ("a.tflite.gz", b"\x1f\x8b" + bytes(64), "gzip"),
    "pointer": ("a.tflite", b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
    "page": ("a.tflite", b"\n<!DOCTYPE html><html>", "web page"),
    "c": ("model.cc", b"#include <stdint.h>\nconst unsigned char g_model[] = {", "C source"),
    "json": ("a.json", b'{"a": 1}', "JSON"),
    "noise": ("a.tflite", bytes(range(64)), "bytes 4 to 7"),
    "short": ("a.tflite", b"ab", "bytes 4 to 7"),
    "cut off": ("a.tflite", b"\x1c\0\0\0TFL3", "root"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_another_kind_of_file_is_recognised(mistake: str, tmp_path: Path) -> None:
    name, content, words = MISTAKES[mistake]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=words):
        load(path)


def test_folders_missing_files_and_other_objects(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a folder"):
        load(tmp_path)
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(FormatError, match="from_saved_model"):
        load(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "nothing.tflite")
    with pytest.raises(InputError):
        load("a\0b")
    with pytest.raises(InputError, match="cannot load int"):
        load(3)  # type: ignore[arg-type]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError, match="regular"):
            load(tmp_path / "pipe")


def test_the_version_is_checked() -> None:
    data = bytearray(network().build())
    root = unpack_from("<I", data, 0)[0]
    vtable = root - unpack_from("<i", data, root)[0]
    pack_into("<I", data, root + unpack_from("<H", data, vtable + 4)[0], 4)
    with pytest.raises(FormatError, match="schema version 4, expected 3"):
        load(bytes(data))


def test_several_subgraphs_load(monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = encoder._Writer.offsets
    monkeypatch.setattr(
        encoder._Writer,
        "offsets",
        lambda writer, values: offsets(writer, values * 3 if len(values) == 1 else values),
    )
    b = ModelBuilder()
    b.output(b.relu(b.relu(b.input((1,), scale=1.0))))
    model = load(b.build())
    assert [subgraph.index for subgraph in model.subgraphs] == [0, 1, 2]
    assert model.subgraphs[2].operators[1].place == "subgraphs[2].operators[1]"


def test_data_outside_the_flatbuffer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = encoder._Writer.table
    monkeypatch.setattr(
        encoder._Writer,
        "table",
        lambda writer, slots, *fields: (
            table(writer, 3, *fields, (1, "Uint64", 4096, 0)) if slots == 1 else table(writer, slots, *fields)
        ),
    )
    with pytest.raises(UnsupportedError, match="outside the flatbuffer") as caught:
        load(network().build())
    assert caught.value.place == "buffers[0]"


def test_scratch_that_nothing_makes_is_a_custom_operators_own_affair() -> None:
    for opcode, custom in (("CUSTOM", "ethos-u"), ("ADD", None)):
        b = ModelBuilder()
        x, scratch = b.input((2,), scale=1.0), b.tensor((9,), name="scratch")
        y = b.tensor((2,), scale=1.0)
        b.operator(opcode, [x, scratch], [y], custom_code=custom)
        b.output(y)
        if custom is None:
            with pytest.raises(FormatError, match="nothing makes 'scratch'"):
                load(b.build())
        else:
            assert any("nothing makes 'scratch'" in warning for warning in load(b.build()).warnings)


def test_custom_and_kernelless_operators_load() -> None:
    b = ModelBuilder()
    x = b.input((2,), scale=1.0)
    y = b.tensor((2,), scale=1.0)
    b.operator("CUSTOM", [x, None], [y], custom_code="Mine", custom_options=b"abc", version=2)
    z = b.tensor((2,), scale=1.0)
    b.operator("FLOOR", [y], [z])
    b.output(z)
    model = load(b.build())
    first, second = model.subgraphs[0].operators
    assert (first.name, first.opcode, first.custom_options, first.version) == ("Mine", "CUSTOM", b"abc", 2)
    assert first.inputs == (0, -1)
    assert (second.opcode, dict(second.options)) == ("FLOOR", {})


@pytest.mark.parametrize(
    "path", find_models() or [pytest.param(None, marks=pytest.mark.skip("no truth files"))]
)
def test_every_real_model_loads(path: Path) -> None:
    model = load(path)
    assert isinstance(model, Model)
    whole = np.frombuffer(model.data, np.uint8)
    for tensor in model.subgraphs[0].tensors:
        if tensor.data is not None and tensor.data.size and not model.warnings:
            assert np.shares_memory(whole, tensor.data)


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


def test_every_truncation_is_refused() -> None:
    data = network().build()
    for length in range(len(data) - 16):
        with pytest.raises((FormatError, UnsupportedError)):
            load(data[:length])


def test_errors_are_model_errors() -> None:
    assert issubclass(FormatError, ModelError)
    assert issubclass(UnsupportedError, ModelError)

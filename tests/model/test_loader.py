"""The loader: reads back what was written, names the place of every fault, keeps weights where they are."""

from __future__ import annotations

from pathlib import Path
from struct import pack_into, unpack_from

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.errors import FormatError, ModelError, UnsupportedError
from microinfer.model import write as encoder
from microinfer.model.read import load
from microinfer.model.tables import Model

from conftest import shared_folder
from support.networks import network


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


def test_another_version_is_odd() -> None:
    data = bytearray(network().build())
    root = unpack_from("<I", data, 0)[0]
    vtable = root - unpack_from("<i", data, root)[0]
    pack_into("<I", data, root + unpack_from("<H", data, vtable + 4)[0], 4)
    assert any("schema version 4, expected 3" in warning for warning in load(bytes(data)).warnings)


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


def test_every_truncation_is_refused() -> None:
    data = network().build()
    for length in range(len(data) - 16):
        with pytest.raises((FormatError, UnsupportedError)):
            load(data[:length])


def test_errors_are_model_errors() -> None:
    assert issubclass(FormatError, ModelError)
    assert issubclass(UnsupportedError, ModelError)

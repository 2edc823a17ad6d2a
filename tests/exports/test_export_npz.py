"""The export of every tensor, and the command that writes any of the formats."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner, Result

import microinfer
from microinfer import zoo
from microinfer.cli import main
from microinfer.errors import InputError
from microinfer.exports import npz


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_every_tensor_is_there(tmp_path: Path) -> None:
    made = npz.export(zoo.load("digits"), tmp_path / "all", inputs=[zoo.sample("digits")])
    listed = json.loads((tmp_path / "all/tensors.json").read_text("utf-8"))["tensors"]
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("digits"))
    interpreter.invoke(record=True)
    recorded = {
        tensor.index: crc
        for step, crcs in zip(interpreter.steps, interpreter.recorded_crc32, strict=True)
        for tensor, crc in zip(step.node.outputs, crcs, strict=True)
    }
    with np.load(tmp_path / "all/tensors.npz") as arrays:
        assert set(arrays) == {entry["key"] for entry in listed}
        for entry, tensor in zip(listed, interpreter.subgraph.tensors, strict=True):
            array = arrays[entry["key"]]
            assert (array.dtype, array.shape) == (tensor.dtype, tensor.shape)
            assert entry["crc32"] == f"{crc32(array.tobytes()):08x}"
            if tensor.is_constant:
                np.testing.assert_array_equal(array, tensor.data)
            elif tensor.index in recorded:
                assert crc32(array.tobytes()) == recorded[tensor.index]
                assert entry["operator"]["name"] in interpreter.operators
    assert made.activations == len(recorded)
    assert {entry["role"] for entry in listed} == {"input", "output", "constant", "activation"}


def test_wrong_inputs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the model has 1"):
        npz.export(zoo.load("digits"), tmp_path, inputs=[])


@pytest.mark.parametrize(("form", "count"), [("npz", 2), ("tflm", 6)])
def test_the_command_writes_what_it_says(tmp_path: Path, form: str, count: int) -> None:
    said = call("digits", "--format", form, "-o", tmp_path / form)
    assert said.exit_code == 0, said.stderr
    assert f"{count} files" in said.stdout
    assert "sample 0 of the zoo's digits" in said.stdout
    content = json.loads(call("digits", "--format", form, "-o", tmp_path / form, "--json", "--force").stdout)
    assert set(content["files"]) == {path.name for path in (tmp_path / form).iterdir()}


def test_the_command_refuses_what_cannot_be(tmp_path: Path) -> None:
    cases = [
        (("digits", "--format", "tflm", "-p", "arduino-uno"), "bare-c is not TFLM"),
        (("digits", "--format", "bare-c", "--library", "tflm-reference"), "brings its own kernels"),
        (("digits", "--format", "tflm", "--library", "bare-c"), "bare-c is not TFLM"),
    ]
    for arguments, words in cases:
        result = call(
            *arguments, "-o", tmp_path / "x", *(("-p", "cortex-m4") if "-p" not in arguments else ())
        )
        assert result.exit_code == 2
        assert words in result.stderr
    result = call("mobilenet_v1", "--format", "tflm", "-p", small_board(tmp_path), "-o", tmp_path / "y")
    assert result.exit_code == 1
    assert "Does not fit" in result.stderr


def test_the_part_decides_the_format(tmp_path: Path) -> None:
    def form(*arguments: str) -> str:
        made = call("digits", *arguments, "-o", tmp_path / "x", "--force", "--json")
        return str(json.loads(made.stdout)["format"])

    assert form() == form("-p", "arduino-uno") == form("-p", "cortex-m4", "--library", "bare-c") == "bare-c"
    assert form("-p", "nucleo-l4r5zi") == form("--library", "tflm-reference") == "tflm"
    assert form("-p", "nucleo-l4r5zi", "--format", "npz") == "npz"
    assert "tflm (--format chooses)" in call("digits", "-p", "cortex-m4", "-o", tmp_path / "y").stdout
    neither = call("digits", "-o", tmp_path / "neither").stdout
    assert "bare-c for atmega328p (--format and -p choose)" in neither


def small_board(folder: Path) -> Path:
    path = folder / "small.toml"
    path.write_text('extends = "cortex-m4"\ntitle = "small"\n[memory.sram]\nbytes = 4096\n', "utf-8")
    return path

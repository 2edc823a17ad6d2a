"""The loader refuses: every fault of a file with its place, and what is no model by what it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microinfer.builder import ModelBuilder
from microinfer.errors import FormatError, InputError
from microinfer.model.read import load
from microinfer.model.write import TensorRecord

from support.networks import network


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
    "input index": (
        rewired(1, inputs=(7, 4)),
        "subgraphs[0].operators[1].inputs[0]",
        "tensor 7, the subgraph has 7",
    ),
    "output index": (rewired(1, outputs=(-1,)), "subgraphs[0].operators[1].outputs[0]", "tensor -1"),
    "nothing makes it": (rewired(2, outputs=()), "subgraphs[0].outputs[0]", "nothing makes 'scores'"),
    "order": (swapped, "subgraphs[0].operators[1].inputs[0]", "before operators[2] makes it"),
    "cycle": (rewired(0, inputs=(6, 1, 2)), "subgraphs[0].operators[0].inputs[0]", "a cycle"),
    "itself": (rewired(0, inputs=(3, 1, 2)), "subgraphs[0].operators[0].inputs[0]", "a cycle"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str) -> None:
    make, place, words = FAULTS[fault]
    with pytest.raises(FormatError) as caught:
        load(make())
    assert caught.value.place == place
    assert words in str(caught.value)


def test_a_model_whose_input_nothing_makes_is_refused() -> None:
    b = network()
    b._inputs.clear()
    with pytest.raises(FormatError, match="nothing makes 'image'"):
        load(b.build())


def _two_models() -> bytes:
    array = "28,0,0,0,84,70,76,51"
    return f"const unsigned char first[] = {{{array}}};\nstatic const char second[] = {{{array},0}};".encode()


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
    "c": (
        "model.h",
        b"#include <stdint.h>\nextern const unsigned char g_model[];\nvoid f() {}",
        "C source without an array",
    ),
    "c, two": ("model.cc", _two_models(), "2 models: first .8 bytes., second .9 bytes."),
    "c, broken": ("model.cc", b"const uint8_t m[] = {28,0,0,0,'T',0x46,0x4c};", "without an array"),
    "c, torn": ("model.cc", b"const uint8_t m[] = {28,0,0,0,84,0x46,0x4c,0x33,1,", "m has no end"),
    "c, cut": (
        "model.cc",
        b"const uint8_t m[] = {28,0,0,0,84,0x46,0x4c,0x33,1,oops};",
        "element 9 of the array m is 'oops'",
    ),
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

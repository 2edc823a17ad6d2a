"""From the bytes of a `.tflite` file to a `Model`, everything checked on the way.

A model that TFLM accepts loads; what TFLM merely tolerates becomes one of `Model.warnings`. Constants
stay views over the file. Slots are those of `schema.fbs` of TensorFlow Lite, version 3.
"""

from __future__ import annotations

import copyreg
import dataclasses
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import FormatError, InputError, Reason, UnsupportedError
from ..offline import OFFLINE_PLAN
from ..schema import FILE_IDENTIFIER, SCHEMA_VERSION
from ..tables import Model, Subgraph
from .c_array import from_source, is_source
from .flatbuffer import FlatBuffer, Table
from .foreign import describe_file, describe_folder
from .operator_list import OperatorCode, check_order, read_code, read_indices, read_operator
from .signatures import names_of, read_signatures
from .tensors import Buffers, read_tensor, text, with_empty_data
from .written import with_written

__all__ = ["load", "reduced"]

MAX_FILE_BYTES = (1 << 31) - 1
"""A flatbuffer's offsets are 31-bit numbers."""


def load(source: str | os.PathLike[str] | bytes | bytearray | memoryview | Model) -> Model:
    """Read and check a model.

    Args:
        source: a path, the bytes of a file (what can change is copied first), or a Model, which is returned.
            C source with the file as an array, as `xxd -i` writes it, is read as that file.

    Raises:
        FormatError: not a TensorFlow Lite file, or a malformed one; the message names the place.
        UnsupportedError: a part of the model lies outside the file.
        InputError: no such file, or not something to load.
    """
    if isinstance(source, Model):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _read_model(_frozen(source), "", "")
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(f"cannot load {type(source).__name__}, expected a path, bytes or a Model")
    path = Path(os.fsdecode(source))
    return _read_model(memoryview(_read_file(path)), path.stem, path.suffix)


def reduced(model: Model) -> tuple[Callable[..., Model], tuple[Any, ...]]:
    """A model pickles as its file, and is read anew: weights stay views over it, and are checked again."""
    return _reloaded, (bytes(model.data), model.name)


def _reloaded(data: bytes, name: str) -> Model:
    return dataclasses.replace(load(data), name=name)


copyreg.pickle(Model, reduced)


def _frozen(source: bytes | bytearray | memoryview) -> memoryview:
    """One-dimensional bytes that nobody can change."""
    view = memoryview(source)
    if not view.readonly or not view.c_contiguous:
        return memoryview(view.tobytes())
    return view.cast("B")


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FormatError(f"{path} is {describe_folder(path)}, expected a .tflite file")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a regular file")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise FormatError(f"{path} has {size} bytes; a .tflite file has at most {MAX_FILE_BYTES}")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _read_model(data: memoryview, name: str, suffix: str) -> Model:
    if bytes(data[4:8]) != FILE_IDENTIFIER and is_source(data):
        data = from_source(data)
    file = FlatBuffer(data)
    _check_identifier(data, suffix)
    root = file.root()
    version = root.scalar(0, "version", "uint32")
    if version != SCHEMA_VERSION:
        file.oddities.note(
            "version",
            f"schema version {version}, expected {SCHEMA_VERSION}; TFLM does not look, its examples do",
        )
    buffers = _read_buffers(file, root)
    codes = tuple(read_code(table) for table in root.tables(1, "operator_codes"))
    subgraphs = tuple(
        _read_subgraph(table, index, codes, buffers)
        for index, table in enumerate(root.tables(2, "subgraphs"))
    )
    if not subgraphs:
        raise FormatError("the model has none", "subgraphs")
    subgraphs = with_written(subgraphs, buffers.spans)
    if not subgraphs[0].outputs:
        file.oddities.note("subgraphs[0].outputs", "the model has no outputs: nothing tells what it computes")
    if not subgraphs[0].inputs:
        file.oddities.note("subgraphs[0].inputs", "the model has no inputs: it computes the same every time")
    description = text(root.string(3, "description"))
    metadata = _read_metadata(root, file, buffers.spans)
    signatures = read_signatures(root, subgraphs)
    input_names, output_names = names_of(subgraphs[0], signatures)
    return Model(
        name or (subgraphs[0].name if subgraphs[0].name != "main" else "") or description or "model",
        data,
        hashlib.sha256(data).hexdigest(),
        subgraphs,
        description,
        tuple((code.name, code.version) for code in codes),
        metadata,
        input_names,
        output_names,
        file.oddities.lines(),
        signatures=signatures,
    )


def _check_identifier(data: memoryview, suffix: str) -> None:
    if not len(data):
        raise FormatError("the file is empty, expected a .tflite model")
    if bytes(data[4:8]) == FILE_IDENTIFIER:
        return
    if what := describe_file(bytes(data[:512]), data, suffix):
        raise FormatError(f"this is {what}")
    found = bytes(data[4:8])
    raise FormatError(f"not a TensorFlow Lite file: bytes 4 to 7 are {found!r}, expected {FILE_IDENTIFIER!r}")


def _read_buffers(file: FlatBuffer, root: Table) -> Buffers:
    spans = []
    for table in root.tables(4, "buffers"):
        if table.scalar(1, "offset", "uint64") > 1:
            raise UnsupportedError(
                "its data lies outside the flatbuffer (offset and size), which TFLM does not read; "
                "convert the model without large-model support",
                table.path,
                Reason.OUTSIDE_FILE,
            )
        spans.append(table.blob(0, "data") or (0, 0))
    if not spans:
        raise FormatError("the model has none, expected an empty buffer at least", "buffers")
    if spans[0][1]:
        file.oddities.note("buffers[0]", f"has {spans[0][1]} bytes; by the schema it is the empty one")
    return Buffers(file, spans)


def _read_subgraph(table: Table, index: int, codes: tuple[OperatorCode, ...], buffers: Buffers) -> Subgraph:
    tensors = tuple(read_tensor(t, i, buffers) for i, t in enumerate(table.tables(0, "tensors")))
    operators = tuple(
        read_operator(t, i, codes, len(tensors)) for i, t in enumerate(table.tables(3, "operators"))
    )
    inputs = read_indices(table, 1, "inputs", len(tensors), 0)
    outputs = read_indices(table, 2, "outputs", len(tensors), 0)
    made = check_order(table.path, table.buffer.oddities, tensors, operators, inputs, outputs)
    read = {i for operator in operators for i in operator.inputs if i >= 0} - made
    tensors = tuple(with_empty_data(tensor) if tensor.index in read else tensor for tensor in tensors)
    return Subgraph(index, text(table.string(4, "name")), tensors, operators, inputs, outputs)


def _read_metadata(root: Table, file: FlatBuffer, spans: list[tuple[int, int]]) -> dict[str, memoryview]:
    entries: dict[str, memoryview] = {}
    for table in root.tables(6, "metadata"):
        name = text(table.string(0, "name"))
        buffer = table.scalar(1, "buffer", "uint32")
        if buffer >= len(spans):
            if name == OFFLINE_PLAN:
                raise FormatError(f"buffer {buffer}, the model has {len(spans)}", table.place("buffer"))
            file.oddities.note(
                table.place("buffer"), f"buffer {buffer}, the model has {len(spans)}; TFLM does not read it"
            )
            continue
        if name in entries:
            file.oddities.note(table.path, f"a second entry named {name!r}, ignored")
            continue
        start, length = spans[buffer]
        entries[name] = file.data[start : start + length]
    return entries

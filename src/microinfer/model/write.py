"""Tables to bytes: the flatbuffer of a model, written back to front as flatbuffers are.

Buffers are 16-byte aligned, buffer 0 is the empty one, equal operator codes are written once, and the
file identifier is TFL3. Slots are those of `schema.fbs` of TensorFlow Lite, version 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np

from ..words.dataclass import dataclass, field
from .codes import BUILTIN_CODES
from .schema import FILE_IDENTIFIER, OPTIONS, SCHEMA_VERSION, TENSOR_TYPES, OptionTable
from .tables import Signature

__all__ = ["OperatorRecord", "SubgraphRecord", "TensorRecord", "encode"]

TYPE_CODES = {name: code for code, name in TENSOR_TYPES.items()}
_DEPRECATED_LIMIT = 127


@dataclass(slots=True)
class TensorRecord:
    """One tensor to write. `buffer` is None for what is computed, fed or a variable."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    quantized_dimension: int = 0
    buffer: bytes | None = None
    is_variable: bool = False
    shape_signature: tuple[int, ...] = ()


@dataclass(slots=True)
class OperatorRecord:
    """One operator to write; options hold numbers, missing ones are the schema's defaults."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]
    version: int = 1
    custom_code: str = ""
    custom_options: bytes = b""
    intermediates: tuple[int, ...] = ()


@dataclass(slots=True)
class SubgraphRecord:
    """One subgraph to write; indices are its own tensors'."""

    name: str
    tensors: Sequence[TensorRecord]
    operators: Sequence[OperatorRecord]
    inputs: Sequence[int]
    outputs: Sequence[int]


@dataclass(slots=True)
class _Writer:
    builder: Any = field(default_factory=lambda: flatbuffers.Builder(1 << 16))

    def numbers(self, values: Sequence[int] | Sequence[float], dtype: Any = np.int32) -> int:
        return int(self.builder.CreateNumpyVector(np.asarray(values, dtype)))

    def data(self, data: bytes, alignment: int = 16) -> int:
        builder = self.builder
        builder.StartVector(1, len(data), alignment)
        builder.head -= len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        return int(builder.EndVector())

    def string(self, text: str) -> int:
        return int(self.builder.CreateString(text))

    def offsets(self, values: Sequence[int]) -> int:
        self.builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            self.builder.PrependUOffsetTRelative(value)
        return int(self.builder.EndVector())

    def table(self, slots: int, *fields: tuple[int, str, Any, Any]) -> int:
        """(slot, kind, value, default); an offset of 0 is left out, as is a value equal to its default."""
        builder = self.builder
        builder.StartObject(slots)
        for slot, kind, value, default in fields:
            getattr(builder, f"Prepend{kind}Slot")(slot, value, default)
        return int(builder.EndObject())

    def options(self, table: OptionTable, values: Mapping[str, Any]) -> int:
        kinds = {"int32": "Int32", "int8": "Int8", "bool": "Bool", "float32": "Float32"}
        fields: list[tuple[int, str, Any, Any]] = []
        for item in table.fields:
            value = values.get(item.name, item.default)
            if item.kind == "ints":
                if value:
                    fields.append((item.slot, "UOffsetTRelative", self.numbers(value), 0))
            elif item.kind == "string":
                if value is not None:
                    fields.append((item.slot, "UOffsetTRelative", self.string(value), 0))
            else:
                fields.append((item.slot, kinds[item.kind], value, item.default))
        slots = max((item.slot for item in table.fields), default=-1) + 1
        return self.table(slots, *fields)

    def quantization(self, tensor: TensorRecord) -> int:
        if not tensor.scales:
            return 0
        scale = self.numbers(tensor.scales, np.float32)
        zero_point = self.numbers(tensor.zero_points, np.int64)
        return self.table(
            7,
            (2, "UOffsetTRelative", scale, 0),
            (3, "UOffsetTRelative", zero_point, 0),
            (6, "Int32", tensor.quantized_dimension, 0),
        )

    def tensor(self, tensor: TensorRecord, buffer: int) -> int:
        name, shape = self.string(tensor.name), self.numbers(tensor.shape)
        quantization = self.quantization(tensor)
        signature = self.numbers(tensor.shape_signature) if tensor.shape_signature else 0
        return self.table(
            9,
            (0, "UOffsetTRelative", shape, 0),
            (1, "Int8", TYPE_CODES[tensor.dtype], 0),
            (2, "Uint32", buffer, 0),
            (3, "UOffsetTRelative", name, 0),
            (4, "UOffsetTRelative", quantization, 0),
            (5, "Bool", tensor.is_variable, False),
            (7, "UOffsetTRelative", signature, 0),
            (8, "Bool", True, False),
        )

    def operator(self, operator: OperatorRecord, code: int) -> int:
        inputs, outputs = self.numbers(operator.inputs), self.numbers(operator.outputs)
        table = OPTIONS.get(operator.name)
        options = self.options(table, operator.options) if table is not None else 0
        custom = self.data(operator.custom_options) if operator.custom_options else 0
        intermediates = self.numbers(operator.intermediates) if operator.intermediates else 0
        return self.table(
            9,
            (0, "Uint32", code, 0),
            (1, "UOffsetTRelative", inputs, 0),
            (2, "UOffsetTRelative", outputs, 0),
            (3, "Uint8", table.code if table is not None else 0, 0),
            (4, "UOffsetTRelative", options, 0),
            (5, "UOffsetTRelative", custom, 0),
            (8, "UOffsetTRelative", intermediates, 0),
        )

    def operator_code(self, name: str, custom_code: str, version: int) -> int:
        code = BUILTIN_CODES[name]
        custom = self.string(custom_code) if custom_code else 0
        return self.table(
            4,
            (0, "Int8", min(code, _DEPRECATED_LIMIT), 0),
            (1, "UOffsetTRelative", custom, 0),
            (2, "Int32", version, 1),
            (3, "Int32", code, 0),
        )

    def signature(self, signature: Signature) -> int:
        sides = []
        for names in (signature.inputs, signature.outputs):
            maps = []
            for name, index in names.items():
                text = self.string(name)
                maps.append(self.table(2, (0, "UOffsetTRelative", text, 0), (1, "Uint32", index, 0)))
            sides.append(self.offsets(maps))
        key = self.string(signature.key)
        return self.table(
            5,
            (0, "UOffsetTRelative", sides[0], 0),
            (1, "UOffsetTRelative", sides[1], 0),
            (2, "UOffsetTRelative", key, 0),
        )


def encode(
    description: str,
    subgraphs: Sequence[SubgraphRecord],
    metadata: Mapping[str, bytes],
    signatures: Sequence[Signature] = (),
) -> bytes:
    """The bytes of a `.tflite` file."""
    writer = _Writer()
    builder = writer.builder
    made_buffers = [writer.table(1)]
    indices: list[list[int]] = []
    for subgraph in subgraphs:
        indices.append([])
        for tensor in subgraph.tensors:
            indices[-1].append(len(made_buffers) if tensor.buffer is not None else 0)
            if tensor.buffer is not None:
                data = writer.data(tensor.buffer)
                made_buffers.append(writer.table(1, (0, "UOffsetTRelative", data, 0)))
    entries = []
    for key, value in metadata.items():
        text = writer.string(key)
        entries.append(writer.table(2, (0, "UOffsetTRelative", text, 0), (1, "Uint32", len(made_buffers), 0)))
        made_buffers.append(writer.table(1, (0, "UOffsetTRelative", writer.data(value), 0)))
    buffers = writer.offsets(made_buffers)
    metadata_vector = writer.offsets(entries) if entries else 0
    made_signatures = writer.offsets([writer.signature(one) for one in signatures]) if signatures else 0

    codes: dict[tuple[str, str, int], int] = {}
    made = [
        _subgraph(writer, subgraph, of_tensors, codes)
        for subgraph, of_tensors in zip(subgraphs, indices, strict=True)
    ]
    subgraph_vector = writer.offsets(made)
    code_vector = writer.offsets([writer.operator_code(*key) for key in codes])
    text = writer.string(description)
    model = writer.table(
        8,
        (0, "Uint32", SCHEMA_VERSION, 0),
        (1, "UOffsetTRelative", code_vector, 0),
        (2, "UOffsetTRelative", subgraph_vector, 0),
        (3, "UOffsetTRelative", text, 0),
        (4, "UOffsetTRelative", buffers, 0),
        (6, "UOffsetTRelative", metadata_vector, 0),
        (7, "UOffsetTRelative", made_signatures, 0),
    )
    builder.Finish(model, FILE_IDENTIFIER)
    return bytes(builder.Output())


def _subgraph(
    writer: _Writer,
    subgraph: SubgraphRecord,
    buffers: Sequence[int],
    codes: dict[tuple[str, str, int], int],
) -> int:
    """One subgraph's table; `codes` takes the operator codes that it is the first to use."""
    made_operators = []
    for operator in subgraph.operators:
        code = codes.setdefault((operator.name, operator.custom_code, operator.version), len(codes))
        made_operators.append(writer.operator(operator, code))
    operator_vector = writer.offsets(made_operators)
    tensor_vector = writer.offsets(
        [writer.tensor(tensor, buffer) for tensor, buffer in zip(subgraph.tensors, buffers, strict=True)]
    )
    input_vector, output_vector = writer.numbers(subgraph.inputs), writer.numbers(subgraph.outputs)
    subgraph_name = writer.string(subgraph.name)
    return writer.table(
        5,
        (0, "UOffsetTRelative", tensor_vector, 0),
        (1, "UOffsetTRelative", input_vector, 0),
        (2, "UOffsetTRelative", output_vector, 0),
        (3, "UOffsetTRelative", operator_vector, 0),
        (4, "UOffsetTRelative", subgraph_name, 0),
    )

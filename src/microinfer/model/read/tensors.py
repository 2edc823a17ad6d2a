"""The tensors of a file: shape, type, quantisation, and constant data as views over the file."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import FormatError, Reason, UnsupportedError
from ...words.dataclass import dataclass, replace
from ...words.printing import counted
from ..schema import TENSOR_TYPES
from ..tables import ITEM_BYTES, UNKNOWN_TYPE, Quantization, Tensor, Unusable
from .flatbuffer import MISALIGNED, FlatBuffer, Oddities, Table

__all__ = ["BUFFER_ALIGNMENT", "Buffers", "read_tensor", "text", "with_empty_data"]

BUFFER_ALIGNMENT = 16
MAX_RANK = 16
MAX_BYTES = (1 << 31) - 1
"""A tensor's bytes and elements are 32-bit numbers on a microcontroller."""

_PACKED = {"int4": 2, "uint4": 2, "int2": 4}
_ZERO_POINTS: dict[str, tuple[int, int]] = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "uint16": (0, 65535),
    "int32": (-(1 << 31), (1 << 31) - 1),
    "int64": (-(1 << 31), (1 << 31) - 1),
    "int4": (-8, 7),
}
"""Types that are quantised, and the zero points that TFLM can hold for them (32 bits at most)."""


@dataclass(slots=True)
class Buffers:
    """Where the constant data lies: (start, length) in the file, one for each buffer of the model."""

    file: FlatBuffer
    spans: list[tuple[int, int]]
    copied: int = 0

    def view(self, index: int, size: int, dtype: str, place: str) -> NDArray[Any]:
        """The first `size` bytes of a buffer as a flat read-only array; a copy only where misaligned."""
        start, _ = self.spans[index]
        item = np.dtype(dtype)
        if start % item.itemsize:
            self.file.oddities.note(place, MISALIGNED)
        elif start % BUFFER_ALIGNMENT:
            self.file.oddities.note(place, "its data is not 16-byte aligned in the file, as the schema asks")
        made = np.frombuffer(self.file.data, item, size // item.itemsize, start)
        if not made.flags.aligned:
            self.copied += size
            if self.copied > self.file.size:
                raise FormatError("buffers overlap one another", place)
            made = made.copy()
            made.flags.writeable = False
        return made


def text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def read_tensor(table: Table, index: int, buffers: Buffers) -> Tensor:
    """A tensor, checked against the buffer it names.

    Raises:
        FormatError: its shape, quantisation or buffer cannot be right.
        UnsupportedError: its data lies outside the flatbuffer.
    """
    place, oddities = table.path, buffers.file.oddities
    shape = table.ints(0, "shape")
    code = table.scalar(1, "type", "int8")
    buffer = table.scalar(2, "buffer", "uint32")
    name = text(table.string(3, "name"))
    is_variable = table.scalar(5, "is_variable", "bool", False)
    signature = table.ints(7, "shape_signature")
    dtype = TENSOR_TYPES.get(code)
    if dtype is None:
        dtype = f"{UNKNOWN_TYPE}{code}"
        oddities.note(place, f"{dtype} is not in the schema")
    _check_shape(shape, dtype, place)
    quantization, unusable, filler = _read_quantization(table, dtype, shape, name, oddities)
    if table.scalar(10, "external_buffer", "uint32"):
        raise UnsupportedError(
            "its data lies in another file (external_buffer), which TFLM does not read; "
            "convert the model to a single file",
            place,
            Reason.OUTSIDE_FILE,
        )
    if buffer >= len(buffers.spans):
        raise FormatError(f"buffer {buffer}, the model has {len(buffers.spans)}", f"{place}.buffer")
    sparse = table.table(6, "sparsity") is not None
    data = _read_data(buffers, buffer, dtype, shape, sparse, name, place)
    if data is not None and is_variable:
        oddities.note(place, "is a variable and has data in the file, which TFLM never reads")
        data = None
    return Tensor(
        index,
        name,
        dtype,
        shape,
        quantization,
        data,
        is_variable,
        signature,
        buffer,
        unusable,
        filler,
        sparse=sparse,
    )


def with_empty_data(tensor: Tensor) -> Tensor:
    """A tensor of no elements that nothing makes is a constant: the file need not hold its no bytes."""
    if tensor.data is not None or tensor.is_variable or tensor.elements:
        return tensor
    data = np.zeros(tensor.shape, tensor.dtype if tensor.dtype in ITEM_BYTES else "uint8")
    data.flags.writeable = False
    return replace(tensor, data=data)


def _check_shape(shape: tuple[int, ...], dtype: str, place: str) -> None:
    if len(shape) > MAX_RANK:
        raise FormatError(
            f"{counted(len(shape), 'dimension')}, expected at most {MAX_RANK}", f"{place}.shape"
        )
    if any(size < 0 for size in shape):
        raise FormatError(
            f"{list(shape)} has a negative size; convert the model with fixed shapes", f"{place}.shape"
        )
    if prod(max(size, 1) for size in shape) * ITEM_BYTES.get(dtype, 1) > MAX_BYTES:
        raise FormatError(f"{list(shape)} of {dtype} overflows 32 bits", f"{place}.shape")


def _read_data(
    buffers: Buffers,
    buffer: int,
    dtype: str,
    shape: tuple[int, ...],
    sparse: bool,
    name: str,
    place: str,
) -> NDArray[Any] | None:
    length = buffers.spans[buffer][1]
    if length == 0:
        return None
    oddities = buffers.file.oddities
    elements = prod(shape)
    per_byte = _PACKED.get(dtype)
    packed = elements if per_byte is None else -(-elements // per_byte)
    if sparse and length < packed * ITEM_BYTES.get(dtype, 1):
        oddities.note(
            place,
            f"is sparse: {counted(length, 'byte')}; TFLM does not look at that and reads beyond them",
        )
        return buffers.view(buffer, length, "uint8", place)
    if sparse:
        oddities.note(
            place,
            "is said to be sparse; TFLM does not look and takes its data for the whole tensor, in order",
        )
    if dtype not in ITEM_BYTES:
        if per_byte is not None and length < packed:
            raise _too_short(buffer, length, packed, dtype, shape, place)
        oddities.note(place, f"a constant of {dtype}, kept as its raw bytes")
        return buffers.view(buffer, length, "uint8", place)
    wanted = elements * ITEM_BYTES[dtype]
    if length < wanted:
        raise _too_short(buffer, length, wanted, dtype, shape, place)
    if length > wanted:
        oddities.note(place, f"buffers[{buffer}] has {length} bytes, {dtype}{list(shape)} takes {wanted}")
    return buffers.view(buffer, wanted, dtype, place).reshape(shape)


def _too_short(
    buffer: int, length: int, wanted: int, dtype: str, shape: tuple[int, ...], place: str
) -> FormatError:
    return FormatError(
        f"buffers[{buffer}] has {length} bytes, {dtype}{list(shape)} takes {wanted}", f"{place}.buffer"
    )


def _read_quantization(
    tensor: Table, dtype: str, shape: tuple[int, ...], name: str, oddities: Oddities
) -> tuple[Quantization | None, Unusable | None, int]:
    """One of the two, none as well where TFLM sees no quantisation: it wants both scales and zero points.

    Beside them the first zero point.
    """
    table = tensor.table(4, "quantization")
    if table is None:
        return None, None, 0
    scale = table.numbers(2, "scale", "float32")
    zero_point = table.numbers(3, "zero_point", "int64")
    dimension = table.scalar(6, "quantized_dimension", "int32")
    filler = int(zero_point[0]) if zero_point is not None and len(zero_point) else 0
    if table.scalar(4, "details_type", "uint8"):
        table.table(5, "details")
        oddities.note(table.path, "custom quantisation details, which TFLM ignores")
    if scale is None or not len(scale):
        return None, None, filler
    if zero_point is None or not len(zero_point):
        oddities.note(table.path, "scales without zero points, which TFLM ignores")
        return None, None, filler
    if len(scale) > 1 and len(shape) == 1 and len(scale) == shape[0] and dimension != 0:
        oddities.note(
            f"{table.path}.quantized_dimension",
            f"{dimension}, the tensor has one dimension; TFLM does not look, LiteRT refuses",
        )
        dimension = 0
    cut = zero_point.astype(np.int32)  # TFLM's own hold 32 bits
    if (cut != zero_point).any():
        oddities.note(f"{table.path}.zero_point", "a zero point of more than 32 bits, which TFLM cuts off")
        zero_point = cut.astype(np.int64)
    limits = _ZERO_POINTS.get(dtype)
    fault = _find_fault(scale)
    _note_far(table, zero_point, dtype, oddities)
    if fault is None and limits is not None:
        _note_oddities(table, scale, dimension, shape, oddities)
    if len(zero_point) != len(scale):
        if len(zero_point) != 1:
            oddities.note(
                f"{table.path}.zero_point",
                f"{len(zero_point)} for {counted(len(scale), 'scale')}; TFLM takes the first for all",
            )
        zero_point = np.repeat(zero_point[:1], len(scale))
    made = Quantization(_aligned(scale), _aligned(zero_point), dimension)
    if fault is None:
        return made, None, filler
    place, needed = f"{table.path}.{fault[0]}", limits is not None
    advice = "runs where no operator looks at it" if needed else f"ignored, as {dtype} needs none"
    oddities.note(place, f"{fault[1]}; {advice}")
    return None, Unusable(made, place, f"{name!r}: {fault[1]}", needed), filler


def _aligned(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.flags.aligned else values.copy()


def _note_far(table: Table, zero_point: NDArray[Any], dtype: str, oddities: Oddities) -> None:
    low, high = _ZERO_POINTS.get(dtype, (-(1 << 31), (1 << 31) - 1))
    least, most = int(zero_point.min()), int(zero_point.max())
    if not low <= least <= most <= high:
        found = least if least < low else most
        oddities.note(
            f"{table.path}.zero_point",
            f"a zero point of {found}, which lies outside {dtype}, {low} to {high}",
        )


def _find_fault(scale: NDArray[Any]) -> tuple[str, str] | None:
    """(field, what is wrong with it)."""
    low, high = float(scale.min()), float(scale.max())
    if not (low >= 0 and high < float("inf")):
        bad = high if low >= 0 else low
        return "scale", f"a scale of {bad}, expected finite numbers above 0"
    return None


def _note_oddities(
    table: Table, scale: NDArray[Any], dimension: int, shape: tuple[int, ...], oddities: Oddities
) -> None:
    """Scales that TFLM reads without a look; whether they can be computed with, each operator decides."""
    if not scale.all():
        oddities.note(f"{table.path}.scale", "a scale of 0, expected numbers above 0")
    if len(scale) == 1:
        return
    if not 0 <= dimension < len(shape):
        oddities.note(
            f"{table.path}.quantized_dimension",
            f"{dimension}, the tensor has {counted(len(shape), 'dimension')}",
        )
    elif shape[dimension] != len(scale):
        oddities.note(
            f"{table.path}.scale",
            f"{counted(len(scale), 'scale')}, expected 1 or {shape[dimension]}, the size of dimension "
            f"{dimension}",
        )

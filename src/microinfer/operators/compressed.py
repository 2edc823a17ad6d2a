"""Tensors as TFLM_DECODE unpacks them: by a table of values, by a mask of what was pruned, or by Huffman
codes.

Codes are strings of bits, the highest of a byte first. What a second tensor tells of them begins with 16
bytes: the kind, two versions, and what the kind has of its own. Source: TFLM,
micro/kernels/decode_state_*.cc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from .spec import Array, Node

__all__ = ["HUFFMAN", "LUT", "PRUNE", "Unpacked", "unpacked"]

LUT, HUFFMAN, PRUNE = 0, 1, 2
HEADER_BYTES = 16
SPARE_BITS = 32
"""Looked at behind the last code, and put back: what they are does not matter."""
MOST_BITS = 7
QUICK_WIDTHS = (2, 3, 4)
MOST_HUFFMAN = 1 << 20
"""Elements: a code may be of no bits, so that the file does not bound them."""
HUFFMAN_TYPES = ("int8", "int16")
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out. `zero_points` are copied by TFLM, 0 where it copies none. `width` of a code in bits;
    `channels`, and whether they are the `last` dimension; `quick` where TFLM has a loop for the width. What
    the codes make a device do: `kept` elements of a mask, `lookups` in Huffman tables of `entry` bits, and
    how often bits are `put_back`."""

    array: Array
    zero_points: int = 0
    width: int = 0
    channels: int = 1
    last: bool = False
    quick: bool = False
    kept: int = 0
    lookups: int = 0
    put_back: int = 0
    entry: int = 0


def unpacked(node: Node, codes: Array, about: Array, target: Tensor) -> tuple[int, Unpacked]:
    """The kind, and what comes out in the target's type.

    Raises:
        UnsupportedError: TFLM refuses it, or would read beside what there is.
    """
    stream, header = (array.reshape(-1).view(np.uint8) for array in (codes, about))
    if header.size < HEADER_BYTES or header[1] != 1 or header[4] != 1:
        found = (
            f"{header.size} bytes" if header.size < HEADER_BYTES else f"versions {header[1]} and {header[4]}"
        )
        node.fail(f"what is told of the codes has {found}, expected 16 bytes or more, and versions 1 and 1")
    kind = int(header[0])
    kinds: dict[int, Callable[..., Unpacked]] = {LUT: _table, HUFFMAN: _huffman, PRUNE: _pruned}
    if kind not in kinds:
        node.fail(f"codes are of kind {kind}, expected 0 (a table), 1 (Huffman) or 2 (pruned)")
    return kind, kinds[kind](node, stream, header, target)


def _channels(node: Node, target: Tensor) -> tuple[NDArray[np.intp], list[int], bool]:
    """The channel of each element, the channels' zero points, and whether they are the last dimension."""
    found = target.quantization
    if found is None:
        return np.zeros(target.elements, np.intp), [0], False
    count, axis = len(found.scale), found.quantized_dimension
    last = count > 1 and axis == len(target.shape) - 1
    if not last and axis != 0:
        node.fail(f"{target.name!r} has scales along dimension {axis}, expected the first or the last")
    places = np.arange(target.elements)
    each = max(1, target.elements // count)
    channel = places % count if last else np.minimum(places // each, count - 1)
    return channel, [int(zero) for zero in found.zero_point], last


def _bits(stream: Bytes, width: int, count: int, node: Node) -> NDArray[np.intp]:
    if count * width > 8 * stream.size:
        node.fail(f"{stream.size} bytes of codes for {count} of {width} bits: a device reads beside them")
    bits = np.unpackbits(stream)[: count * width].reshape(count, width).astype(np.intp)
    return np.asarray(bits @ (1 << np.arange(width - 1, -1, -1)))


def _values(header: Bytes, dtype: Any) -> Array:
    rest = header[HEADER_BYTES:]
    item = np.dtype(dtype).itemsize
    return rest[: rest.size // item * item].copy().view(dtype)


def _table(node: Node, stream: Bytes, header: Bytes, target: Tensor) -> Unpacked:
    width, stride = int(header[5]) & MOST_BITS, int(header[6])
    if not width:
        node.fail("codes have 0 bits, expected 1 to 7")
    codes = _bits(stream, width, target.elements, node)
    channel, zeros, last = _channels(node, target)
    places = codes + stride * channel
    table = _values(header, target.dtype)
    if places.max(initial=-1) >= table.size:
        node.fail(f"a code names value {places.max()} of {table.size}: a device reads beside the table")
    quick = width in QUICK_WIDTHS and target.dtype == "int8" and not last
    return Unpacked(table[places], width=width, channels=len(zeros), last=last, quick=quick)


def _pruned(node: Node, stream: Bytes, header: Bytes, target: Tensor) -> Unpacked:
    kept = _bits(stream, 1, target.elements, node).astype(bool)
    channel, zeros, last = _channels(node, target)
    if any(zeros) and target.dtype != "int8":
        node.fail(f"{target.name!r} is {target.dtype} with zero points {zeros}, expected 0")
    values = _values(header, target.dtype)
    if kept.sum() > values.size:
        node.fail(
            f"{counted(int(kept.sum()), 'element', 'are')} kept of "
            f"{counted(values.size, 'value')}: a device reads beside them"
        )
    made = np.array(zeros, np.int64)[channel].astype(target.dtype)
    made[kept] = values[: kept.sum()]
    copied = len(zeros) if len(zeros) > 1 and any(zeros) else 0
    return Unpacked(made, copied, channels=len(zeros), last=last, kept=int(kept.sum()))


def _huffman(node: Node, stream: Bytes, header: Bytes, target: Tensor) -> Unpacked:
    wide = bool(header[5] & 1)
    if target.dtype not in (HUFFMAN_TYPES if wide else HUFFMAN_TYPES[:1]):
        node.fail(f"{target.name!r} is {target.dtype}, expected {' or '.join(HUFFMAN_TYPES[: 1 + wide])}")
    if target.elements > MOST_HUFFMAN:
        node.fail(f"{target.elements:,} elements in Huffman's code, expected at most {MOST_HUFFMAN:,}")
    first = (int(header[5]) >> 4) + 1
    low, high = (27, 31) if wide else (11, 15)
    table = _values(header, np.uint32 if wide else np.uint16).tolist()
    end = 8 * stream.size
    code, bits = int.from_bytes(stream.tobytes(), "big") << SPARE_BITS, end + SPARE_BITS
    made, at = np.empty(target.elements, np.int64), 0
    lookups = put_back = 0
    for element in range(target.elements):
        width, place, start = first, 0, at
        while True:
            at += width
            if at > bits:
                node.fail(f"codes end at element {element} of {target.elements}: a device reads beside them")
            place += (code >> (bits - at)) & ((1 << width) - 1)
            if place >= len(table) or at - start > bits:
                node.fail(f"a code names entry {place} of {len(table)}: a device reads beside the table")
            found = table[place]
            lookups += 1
            count = (found >> low) & 15
            if found >> high:
                break
            width = count + 1
            place += found & ((1 << low) - 1)
        made[element] = found & 0xFFFF
        put_back += width > count
        at -= max(0, width - count)
        if at > end:
            node.fail(f"codes end at element {element} of {target.elements}: a device reads beside them")
    entry = 32 if wide else 16
    return Unpacked(made.astype(target.dtype), lookups=lookups, put_back=put_back, entry=entry)

"""Tensors that are unpacked in every run, of TFLM's reference kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..kernel import Kernel

if TYPE_CHECKING:
    from ...operators.tflm_decode import DecodeGeometry
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core

LUT, HUFFMAN, PRUNE = 0, 1, 2
STATES: Mapping[int, Mapping[int, int]] = MappingProxyType(
    {
        4: MappingProxyType({LUT: 36, HUFFMAN: 28, PRUNE: 40}),
        8: MappingProxyType({LUT: 72, HUFFMAN: 56, PRUNE: 80}),
    }
)
"""Bytes of what is kept of each output, by the pointer's size and the kind of code."""
BLOCKS: Mapping[int, int] = MappingProxyType({2: 16, 3: 32, 4: 16})
"""By a code's bits, how many of them are read as one word."""


def decode_persistent(geometry: DecodeGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """A pointer an output, then what is kept of each."""
    states = STATES[layout.pointer_bytes]
    asked = [layout.pointer_bytes * len(geometry.kinds)]
    for kind, zeros in zip(geometry.kinds, geometry.zero_points, strict=True):
        asked += [states[kind], *([zeros] if zeros else [])]
    return tuple(asked)


def decode_temporaries(geometry: DecodeGeometry) -> str:
    parts = (
        f"i{2 * place} i{2 * place + 1} o{place}" + " =" * (kind == PRUNE) + " +" * (1 + bool(zeros))
        for place, (kind, zeros) in enumerate(zip(geometry.kinds, geometry.zero_points, strict=True))
    )
    return " ".join(("+", *parts))


def decode_counts(g: DecodeGeometry, seen: Observed) -> Counts:
    """The codes are constants, so that nothing hangs on data that a run would show."""
    counts = Counter({"call": 1, "outputs": len(g.kinds)})
    for place, kind in enumerate(g.kinds):
        elements, channels = g.elements[place], g.channels[place]
        if kind == HUFFMAN:
            counts["decoded"] += elements
            counts["lookups"] += g.lookups[place]
            counts["put_back"] += g.put_back[place]
        elif kind == PRUNE:
            across = "last_" * g.last[place] + "channel_" if g.zero_points[place] else ""
            counts[f"{across}masked"] += elements
            counts[f"{across}kept"] += g.kept[place]
            counts["channels"] += _channel_loops(g, place) if across else 0
        elif g.quick[place]:
            counts.update(_quick_counts(g.widths[place], elements // max(1, channels), channels))
        else:
            counts[f"width_{g.widths[place]}"] += elements
            counts["channels"] += _channel_loops(g, place)
            counts["last_channels"] += elements if g.last[place] else 0
    return dict(counts)


def _channel_loops(g: DecodeGeometry, place: int) -> int:
    channels = max(1, g.channels[place])
    return g.elements[place] // channels if g.last[place] else channels


def _quick_counts(width: int, each: int, channels: int) -> Counts:
    """Codes before and behind whole words of them are looked up one by one."""
    block, at, blocks = BLOCKS[width], 0, 0
    for _ in range(channels):
        rest = each - min(each, -at % block)
        blocks += rest // block
        at += each
    singly = each * channels - blocks * block
    return {f"blocks_{width}": blocks, f"singly_{width}": singly, "channels": channels}


def decode_variant(geometry: DecodeGeometry, core: Core) -> str:
    """By the kinds of code, and the bits of a value or of an entry of the Huffman tables."""
    names = {LUT: "table", HUFFMAN: "huffman", PRUNE: "mask"}
    parts = sorted(
        {
            f"{names[kind]}_{entry or 8 * size}"
            for kind, size, entry in zip(geometry.kinds, geometry.item_bytes, geometry.entries, strict=True)
        }
    )
    return "_".join(("reference", *parts))


TFLM_DECODE = Kernel(
    bare_dimensions=True,
    temporaries=decode_temporaries,
    persistent=decode_persistent,
    counts=decode_counts,
    variant=decode_variant,
)

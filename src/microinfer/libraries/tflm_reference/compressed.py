"""Tensors that are unpacked in every run, of TFLM's reference kernels."""

from __future__ import annotations

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
    """How long a Huffman code is the data say, which are the file's."""
    names = {LUT: "looked_up", HUFFMAN: "decoded", PRUNE: "masked"}
    counts: Counts = {"call": 1, "outputs": len(g.kinds), **dict.fromkeys(names.values(), 0)}
    for kind, elements in zip(g.kinds, g.elements, strict=True):
        counts[names[kind]] += elements
    return counts


def decode_variant(geometry: DecodeGeometry, core: Core) -> str:
    """By the kinds of code and the bytes of a value."""
    names = {LUT: "table", HUFFMAN: "huffman", PRUNE: "mask"}
    parts = sorted({f"{names[k]}_{8 * b}" for k, b in zip(geometry.kinds, geometry.item_bytes, strict=True)})
    return "_".join(("reference", *parts))


TFLM_DECODE = Kernel(
    bare_dimensions=True,
    temporaries=decode_temporaries,
    persistent=decode_persistent,
    counts=decode_counts,
    variant=decode_variant,
)

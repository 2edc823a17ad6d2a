"""Seeded damage to model files: truncations, bytes, words, spliced tables."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack_into, unpack_from

import numpy as np

WORDS = (0, 1, 2, 3, 4, 8, 16, 127, 128, 255, 256, 1 << 15, 1 << 16, 1 << 20, 1 << 28, 1 << 30)
SIGNED = (-1, -2, -128, -(1 << 31), (1 << 31) - 1)


def table_positions(model: bytes) -> list[int]:
    """Where something that looks like a table starts."""
    found = []
    for position in range(4, len(model) - 4, 4):
        vtable = position - unpack_from("<i", model, position)[0]
        if not 4 <= vtable <= len(model) - 4:
            continue
        size, inline = unpack_from("<HH", model, vtable)
        if 4 <= size <= 64 and size % 2 == 0 and 4 <= inline <= 128:
            found.append(position)
    return found


def offset_positions(model: bytes, tables: list[int]) -> list[int]:
    """Where something that looks like an offset to one of the tables lies."""
    starts = set(tables)
    return [
        position
        for position in range(0, len(model) - 4, 4)
        if position + unpack_from("<I", model, position)[0] in starts
    ]


def mutants(model: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged copies of a model."""
    rng = np.random.default_rng(seed)
    tables = table_positions(model)
    offsets = offset_positions(model, tables)
    head = min(len(model), 4096)
    for number in range(count):
        kind = number % 8
        if kind == 0:
            yield model[: rng.integers(0, len(model))]
            continue
        damaged = bytearray(model)
        for _ in range(int(rng.integers(1, 4))):
            # Small files are all structure; in large ones most of the bytes are weights.
            limit = head if rng.random() < 0.5 else len(model)
            if kind in (1, 2, 3):
                damaged[rng.integers(0, limit)] = rng.integers(0, 256)
            elif kind in (4, 5):
                at = int(rng.integers(0, limit // 4)) * 4
                if rng.random() < 0.3:
                    pack_into("<i", damaged, at, SIGNED[rng.integers(0, len(SIGNED))])
                elif rng.random() < 0.5:
                    pack_into("<I", damaged, at, WORDS[rng.integers(0, len(WORDS))])
                else:
                    low = unpack_from("<I", damaged, at)[0] + int(rng.integers(-8, 9))
                    pack_into("<I", damaged, at, low % (1 << 32))
            elif kind == 6 and offsets:
                at = offsets[rng.integers(0, len(offsets))]
                later = [target for target in tables if target > at] or tables
                target = later[rng.integers(0, len(later))]
                pack_into("<I", damaged, at, (target - at) % (1 << 32))
            else:
                size = int(rng.integers(1, 65))
                source, at = (int(value) for value in rng.integers(0, max(1, len(model) - size), 2))
                damaged[at : at + size] = damaged[source : source + size]
        yield bytes(damaged)

"""Mutants: seeded damage to a seed, by its structure or by its bytes alone.

Number `n` of a campaign's seed is the same file on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import error as StructError  # noqa: N812
from struct import pack_into, unpack_from

import numpy as np

from microinfer.model.schema import TENSOR_TYPES

from .positions import Field
from .seeds import Seed, seeds

__all__ = ["WAYS", "Mutant", "mutant"]

_CODES = {
    "bool": "B", "int8": "b", "uint8": "B", "int32": "i", "uint32": "I", "float32": "f", "int64": "q",
    "uint64": "Q",
}  # fmt: skip
_WHOLE = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    16,
    31,
    32,
    64,
    127,
    128,
    255,
    256,
    1 << 15,
    1 << 16,
    1 << 20,
    (1 << 31) - 1,
)
_NEGATIVE = (-1, -2, -3, -128, -(1 << 15), -(1 << 31))
_REAL = (0.0, -0.0, 1.0, -1.0, 1e-38, 1e-45, 1e38, float("inf"), float("nan"), 0.5, 1e-6, 256.0)
_QUANTIZATION = ("scale", "zero_point", "quantized_dimension")
_INDICES = ("inputs", "outputs", "intermediates", "opcode_index", "buffer")
_SHAPES = ("shape", "shape_signature", "new_shape", "squeeze_dims")
_OF_THE_MODEL = (
    "deprecated_builtin_code", "builtin_code", "version", "type", "is_variable", "builtin_options_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged file. `way` is how, `seed` the name of what was damaged."""

    number: int
    seed: str
    way: str
    data: bytes


class _Damage:
    """One file in work."""

    def __init__(self, seed: Seed, g: np.random.Generator) -> None:
        self.seed, self.layout, self.g = seed, seed.layout, g
        self.data = bytearray(seed.data)

    def pick(self, options: object) -> object:
        return options[int(self.g.integers(len(options)))]  # type: ignore[index,arg-type]

    def below(self, count: int) -> int:
        return int(self.g.integers(max(1, count)))

    def number(self, found: Field, low: int | None = None, high: int | None = None) -> None:
        """Another number in place of one of a field's."""
        at = found.position + found.width * self.below(found.items)
        code = "<" + _CODES[found.kind]
        try:
            old = unpack_from(code, self.data, at)[0]
        except StructError:
            return
        if found.kind == "float32":
            new = self.pick((*_REAL, old * 2, old / 3, -old, old * 1e6, old * 1e-6))
        elif low is not None and high is not None and self.g.random() < 0.8:
            new = int(self.g.integers(low, high))
        else:
            new = self.pick(
                (old + 1, old - 1, 2 * old, old // 2, -old, self.pick(_WHOLE), self.pick(_NEGATIVE))
            )
        self.put(code, at, new)

    def put(self, code: str, at: int, new: object) -> None:
        try:
            if code[1] == "f":
                pack_into(code, self.data, at, min(max(new, -3e38), 3e38) if abs(new) < 1e300 else new)  # type: ignore[type-var,arg-type,call-overload]
            else:
                width = {"b": 8, "B": 8, "i": 32, "I": 32, "q": 64, "Q": 64}[code[1]]
                pack_into(code[0] + code[1].upper(), self.data, at, int(new) % (1 << width))  # type: ignore[call-overload]
        except StructError:
            return

    def of(self, *names: str) -> Field | None:
        found = [one for one in (*self.layout.scalars, *self.layout.vectors) if one.name in names]
        return self.pick(found) if found else None  # type: ignore[return-value]


def _types(d: _Damage) -> None:
    if found := d.of("type"):
        d.number(found, 0, max(TENSOR_TYPES) + 2)


def _all_types(d: _Damage) -> None:
    """Every tensor of one type becomes one of another."""
    found = [one for one in d.layout.scalars if one.name == "type"]
    if found:
        old = d.data[d.pick(found).position]  # type: ignore[attr-defined]
        new = d.below(max(TENSOR_TYPES) + 1)
        for one in found:
            if d.data[one.position] == old:
                d.data[one.position] = new


def _shapes(d: _Damage) -> None:
    if found := d.of(*_SHAPES):
        d.number(found, -1, 9)


def _all_shapes(d: _Damage) -> None:
    """Every dimension of one size becomes one of another, large at times: the graph stays sound."""
    shapes = [one for one in d.layout.vectors if one.name == "shape"]
    items = [one.position + 4 * index for one in shapes for index in range(one.items)]
    if items:
        old = unpack_from("<i", d.data, d.pick(items))[0]  # type: ignore[arg-type]
        new = d.pick((d.below(9), d.below(64), d.below(5000), 1 << d.below(27)))
        firsts = [one.position for one in shapes]
        for at in firsts if d.g.random() < 0.5 else items:
            if unpack_from("<i", d.data, at)[0] == old:
                d.put("<i", at, new)


def _indices(d: _Damage) -> None:
    if found := d.of(*_INDICES):
        d.number(found, -1, 8)


def _quantization(d: _Damage) -> None:
    if found := d.of(*_QUANTIZATION):
        d.number(found, -130, 130)


def _codes(d: _Damage) -> None:
    if found := d.of(*_OF_THE_MODEL):
        d.number(found, 0, 150)


def _options(d: _Damage) -> None:
    known = (*_QUANTIZATION, *_INDICES, *_SHAPES, *_OF_THE_MODEL, "name", "description", "data")
    found = [one for one in (*d.layout.scalars, *d.layout.vectors) if one.name not in known]
    if found:
        d.number(d.pick(found), -2, 9)  # type: ignore[arg-type]


def _constants(d: _Damage) -> None:
    """A constant's items, as words too: axes, shapes, indices, permutations."""
    if d.layout.buffers:
        found: Field = d.pick(d.layout.buffers)  # type: ignore[assignment]
        kind = d.pick(("int32", "int32", "int8", "float32", "int64"))
        items = found.items // Field(0, str(kind), "").width
        if items:
            d.number(Field(found.position, str(kind), "data", items), -3, 9)


def _lengths(d: _Damage) -> None:
    at: int = d.pick(d.layout.lengths)  # type: ignore[assignment]
    old = unpack_from("<I", d.data, at)[0]
    d.put("<I", at, d.pick((0, 1, old - 1, old + 1, old // 2, 2 * old, d.below(9), d.pick(_WHOLE), 1 << 30)))


def _offsets(d: _Damage) -> None:
    """An offset leads somewhere else: where another one leads, or close by."""
    at: int = d.pick(d.layout.offsets)  # type: ignore[assignment]
    other: int = d.pick(d.layout.offsets)  # type: ignore[assignment]
    target = other + unpack_from("<I", d.seed.data, other)[0] if d.g.random() < 0.7 else at + d.below(64)
    d.put("<I", at, target - at)


def _vtables(d: _Damage) -> None:
    """A field is left out, or lies elsewhere in its table; or a vtable is of another size."""
    at: int = d.pick(list(d.layout.vtables))  # type: ignore[assignment]
    entry = at + 2 * d.below(d.layout.vtables[at] // 2)
    pack_into("<H", d.data, entry, int(d.pick((0, 0, 4, 8, d.below(64), d.below(1 << 16)))))  # type: ignore[call-overload]


def _flips(d: _Damage) -> None:
    limit = len(d.data) if d.g.random() < 0.5 else min(len(d.data), 1024)
    for _ in range(1 + d.below(4)):
        d.data[d.below(limit)] ^= 1 << d.below(8)


def _truncated(d: _Damage) -> None:
    del d.data[d.below(len(d.data)) :]


def _spliced(d: _Damage) -> None:
    """A piece of this file, or of another one, in place of another piece, or between two."""
    source = d.seed.data if d.g.random() < 0.5 else d.pick(seeds()).data  # type: ignore[attr-defined]
    size = 4 * (1 + d.below(32))
    start, at = 4 * d.below(len(source) // 4), 4 * d.below(len(d.data) // 4)
    piece = source[start : start + size]
    d.data[at : at + (len(piece) if d.g.random() < 0.8 else 0)] = piece


WAYS: dict[str, Callable[[_Damage], None]] = {
    "types": _types,
    "all types": _all_types,
    "shapes": _shapes,
    "all shapes": _all_shapes,
    "indices": _indices,
    "quantisation": _quantization,
    "codes": _codes,
    "options": _options,
    "constants": _constants,
    "lengths": _lengths,
    "offsets": _offsets,
    "vtables": _vtables,
    "flips": _flips,
    "truncated": _truncated,
    "spliced": _spliced,
}


_DEEP = list(WAYS).index("lengths")
"""Of the ways, those that mostly leave a file which loads; second and third ones are of these."""


def mutant(campaign: int, number: int) -> Mutant:
    """Number `number` of the campaign: each seed and each way in turn, at times with one or two more."""
    g = np.random.default_rng((campaign, number))
    seed = seeds()[number % len(seeds())]
    ways = list(WAYS)
    chosen = [ways[number // len(seeds()) % len(ways)]]
    chosen += [ways[int(g.integers(_DEEP))] for _ in range(int(g.choice(3, p=(0.6, 0.3, 0.1))))]
    damage = _Damage(seed, g)
    for way in chosen:
        if len(damage.data) < len(seed.data):
            break
        WAYS[way](damage)
    return Mutant(number, seed.name, "+".join(chosen), bytes(damage.data))

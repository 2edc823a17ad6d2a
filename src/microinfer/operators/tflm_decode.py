"""TFLM_DECODE: constants that a file holds compressed, unpacked in every run, for the operators behind it.

Specification: two inputs for each output, both constant: the codes, and what is told of them, see
`compressed`; the output is of any type that the kind of code has. TFLM unpacks anew in each run; here that
is done once. Source: TFLM, micro/kernels/decode.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import ITEM_BYTES
from ..words.dataclass import dataclass
from .compressed import LUT, PRUNE, unpacked
from .example import Draw
from .reals import real_values
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec

ENCODED = ("uint8", "int8", "uint32", "int32")
DECODED = ("int8", "int16", "int32", "int64", "float32", "bool")


@dataclass(frozen=True, slots=True)
class DecodeGeometry(Geometry):
    """Of each output its kind of code, its elements, their type, the zero points that are copied, and what
    the codes make a device do, see `Unpacked`."""

    kinds: tuple[int, ...]
    elements: tuple[int, ...]
    dtypes: tuple[str, ...]
    zero_points: tuple[int, ...]
    widths: tuple[int, ...]
    channels: tuple[int, ...]
    last: tuple[bool, ...]
    quick: tuple[bool, ...]
    kept: tuple[int, ...]
    lookups: tuple[int, ...]
    put_back: tuple[int, ...]
    entries: tuple[int, ...]

    @property
    def item_bytes(self) -> tuple[int, ...]:
        return tuple(ITEM_BYTES[dtype] for dtype in self.dtypes)


def prepare(node: Node) -> Prepared:
    count = len(node.outputs)
    if not count or len(node.inputs) != 2 * count:
        node.expect_counts(2 * max(1, count), max(1, count))
    made = []
    for place in range(count):
        node.input(2 * place, *ENCODED)
        node.input(2 * place + 1, *ENCODED)
        target = node.output(place, *DECODED)
        codes, about = node.constant_input(2 * place), node.constant_input(2 * place + 1)
        made.append(unpacked(node, codes, about, target))
    parts = [one for _, one in made]
    geometry = DecodeGeometry(
        kinds=tuple(kind for kind, _ in made),
        elements=tuple(one.array.size for one in parts),
        dtypes=tuple(target.dtype for target in node.outputs),
        zero_points=tuple(one.zero_points for one in parts),
        widths=tuple(one.width for one in parts),
        channels=tuple(one.channels for one in parts),
        last=tuple(one.last for one in parts),
        quick=tuple(one.quick for one in parts),
        kept=tuple(one.kept for one in parts),
        lookups=tuple(one.lookups for one in parts),
        put_back=tuple(one.put_back for one in parts),
        entries=tuple(one.entry for one in parts),
    )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn

        return in_turn([copy(one.array.reshape(y.shape), y) for y, one in zip(outputs, parts, strict=True)])

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    target = node.outputs[0]
    _, made = unpacked(node, node.constant_input(0), node.constant_input(1), target)
    return real_values(made.array.reshape(target.shape), target)


def example(d: Draw) -> Any:
    """Weights of a product: four values and two bits each, or half of them pruned."""
    kind = d.pick(LUT, PRUNE)
    codes = d.g.integers(0, 256, 6, np.uint8)
    head = np.zeros(16, np.uint8)
    head[[0, 1, 4, 5, 6]] = kind, 1, 1, 2, 4
    values = d.weights(4 if kind == LUT else 24)
    about = np.concatenate([head, values.view(np.uint8)])
    return d.b.decode(d.b.constant(codes), d.b.constant(about), (3, 8), scale=d.scale(), zero_point=0)


SPEC = Spec(
    "TFLM_DECODE",
    prepare=prepare,
    geometry=DecodeGeometry,
    types=dict.fromkeys(ENCODED, DECODED),
    in_reals=in_reals,
    example=example,
)

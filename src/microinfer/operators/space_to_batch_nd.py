"""SPACE_TO_BATCH_ND: every so-manieth pixel becomes an image of its own; BATCH_TO_SPACE_ND undoes it.

Specification: [batch, h, c] or [batch, h, w, c], float32 or int8, output as input. inputs[1] is the block's
height and width, inputs[2] pairs of pixels to pad (SPACE_TO_BATCH_ND) or to crop: int32, constant or
computed. Image (i x block_w + j) x batch + n of the many has the pixels of image n from row i and column j
on. Converters put the two around a dilated convolution.

TFLM looks at no batch. A converter that does not know it writes 1 for the many: then SPACE_TO_BATCH_ND makes
the first image alone, and BATCH_TO_SPACE_ND writes the pixels of the image that it gets; the others keep what
their memory held before.

TFLM never sets the number that SPACE_TO_BATCH_ND pads with: it is 0 in an arena that was zeroed, and not
the zero point of an int8 tensor. Source: TFLM, micro/kernels/space_to_batch_nd.cc, batch_to_space_nd.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from ..words.dataclass import dataclass, replace
from .example import Draw
from .late import Late
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Versions

LARGEST_GUESS = 8

Four = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class BatchSpaceGeometry(ItemGeometry):
    """The few large images and the many small ones, as [batch, h, w, c]; `before`: pixels to pad or to
    crop above and on the left."""

    large: Four
    small: Four
    block: tuple[int, int]
    before: tuple[int, int]
    dtype: str
    gather: bool = False

    @property
    def images(self) -> int:
        """The many images that the block makes of the large ones."""
        return self.large[0] * self.block[0] * self.block[1]

    @property
    def unwritten(self) -> tuple[tuple[int, int], ...]:
        return _unwritten(self) if self.gather and self.small[0] < self.images else ()


@lru_cache(maxsize=32)
def _unwritten(g: BatchSpaceGeometry) -> tuple[tuple[int, int], ...]:
    """Of large images without number those alone are looked at to which a small one goes."""
    batch, height, width, channels = g.large
    begun = min(batch, g.small[0])
    kept = np.ones((begun, height, width), bool)
    first = replace(g, large=(begun, height, width, channels))
    for there, _ in image_pairs(first, kept, np.empty(g.small[:3], bool)):
        there[...] = False
    edges = np.flatnonzero(np.diff(kept.ravel(), prepend=False, append=False)).tolist()
    if begun < batch:
        if edges[-1:] == [kept.size]:
            edges.pop()
        else:
            edges.append(kept.size)
        edges.append(batch * height * width)
    size = channels * g.item_bytes
    return tuple((a * size, b * size) for a, b in zip(edges[::2], edges[1::2], strict=True))


def prepare(node: Node) -> Prepared:
    return prepare_batches(node, gather=False)


def prepare_batches(node: Node, *, gather: bool) -> Prepared:
    """`gather`: many images to few, as BATCH_TO_SPACE_ND."""
    node.expect_counts(3, 1)
    source = node.input(0, "float32", "int8")
    target = node.output(0, source.dtype)
    spatial = len(source.shape) - 2
    if spatial not in (1, 2):
        node.fail(f"inputs[0] ({source.name!r}) has shape {source.shape}, expected 3 or 4 dimensions")
    blocks, amounts = node.constant_input(1, "int32"), node.constant_input(2, "int32")
    if blocks.shape != (spatial,) or amounts.shape != (spatial, 2):
        node.fail(
            f"inputs[1] and inputs[2] have shapes {blocks.shape} and {amounts.shape}, expected {(spatial,)} "
            f"and {(spatial, 2)}"
        )
    block, around = blocks.tolist(), amounts.tolist()
    if min(block) < 1 or min(map(min, around)) < 0:
        node.fail(f"blocks of {block} and {around} pixels around, expected 1 or more, and 0 or more")
    batch, *sizes, channels = source.shape
    images = 1
    for factor in block:
        images *= factor
    made = []
    for size, factor, (before, after) in zip(sizes, block, around, strict=True):
        length, rest = (
            (size * factor - before - after, 0) if gather else divmod(size + before + after, factor)
        )
        if rest or length < 0:
            node.fail(f"{size} pixels with {before} and {after} around do not go with a block of {factor}")
        made.append(length)
    expected = (batch // images if gather else batch * images, *made, channels)
    if target.shape[1:] != expected[1:] or not all((*target.shape, *source.shape)):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    large, small = (target, source) if gather else (source, target)
    geometry = BatchSpaceGeometry(
        _four(large.shape),
        _four(small.shape),
        (block[0], block[1] if spatial == 2 else 1),
        (around[0][0], around[1][0] if spatial == 2 else 0),
        source.dtype,
        gather,
    )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, fill, in_turn

        x, y = inputs[0], outputs[0]
        assert x is not None
        big, many = (y, x) if gather else (x, y)
        pairs = image_pairs(geometry, big.reshape(geometry.large), many.reshape(geometry.small))
        if gather:
            return in_turn([copy(part, image) for image, part in pairs])
        runs = [copy(image, part) for image, part in pairs]
        if any(any(pair) for pair in around) or geometry.small[0] > geometry.images:
            runs.insert(0, fill(y, y.dtype.type(0).reshape(())))
        return in_turn(runs) if runs else _nothing

    return Prepared(geometry, bind)


def _nothing() -> None:
    pass


def _four(shape: tuple[int, ...]) -> Four:
    batch, height, *width, channels = shape
    return batch, height, width[0] if width else 1, channels


def image_pairs(g: BatchSpaceGeometry, large: Array, small: Array) -> list[tuple[Array, Array]]:
    """Views of equal shape, of the large and the small images, that hold the same pixels."""
    batch, many = g.large[0], g.small[0]
    images = -(-many // batch)
    columns = [
        (number, *found)
        for number in range(min(g.block[1], images, g.before[1] + g.large[2]))
        if (found := _run(number - g.before[1], g.block[1], g.large[2], g.small[2])) is not None
    ]
    pairs = []
    for row in range(min(-(-images // g.block[1]), g.before[0] + g.large[1])):
        vertical = _run(row - g.before[0], g.block[0], g.large[1], g.small[1])
        if vertical is None:
            continue
        ys, yt = vertical
        for column, xs, xt in columns:
            first = (row * g.block[1] + column) * batch
            count = min(batch, many - first)
            if count > 0:
                pair = large[:count, ys, xs], small[first : first + count, yt, xt]
                pairs += [pair] if pair[0].size else []
    return pairs


def _run(offset: int, step: int, large: int, small: int) -> tuple[slice, slice] | None:
    """Pixels offset + i x step of the large image, for the i of the small one that lie inside it, if any."""
    first = max(0, -(offset // step)) if offset < 0 else 0
    last = min(small, max(0, -((offset - large) // step)))
    if last <= first:
        return None
    start = offset + first * step
    return slice(start, start + (last - first) * step, step), slice(first, last)


def _amounts(gather: bool) -> Callable[[Node], Iterable[Sequence[Sequence[int]]]]:
    """Blocks, with all that is padded or cropped behind the image."""

    def guess(node: Node) -> Iterable[Sequence[Sequence[int]]]:
        source, target, block = node.input(0), node.output(0), node.input(1)
        sizes = [tensor.shape[1:-1] for tensor in ((target, source) if gather else (source, target))]
        known = None if block.data is None else [block.data.reshape(-1).tolist()]
        free = product(range(1, LARGEST_GUESS + 1), repeat=min(block.elements, len(sizes[1])))
        for factors in known or free:
            spare = [a * b - c for a, b, c in zip(sizes[1], factors, sizes[0], strict=False)]
            if spare and min(spare) >= 0:
                yield [factors, [amount for rest in spare for amount in (0, rest)]]

    return guess


LATE = Late((1, 2), _amounts(gather=False))
LATE_CROPS = Late((1, 2), _amounts(gather=True))


def example(d: Draw) -> Any:
    return d.b.space_to_batch_nd(d.image(), d.pick((2, 2), (1, 2), (2, 1)), [(0, 0), (0, 0)])


SPEC = Spec(
    "SPACE_TO_BATCH_ND",
    prepare=LATE.around(prepare),
    late=LATE,
    geometry=BatchSpaceGeometry,
    types=same("int8", "float32"),
    moves="data",
    versions=Versions(int8=2, int16=2, when=((lambda of: len(of.shapes[0]) != 4, 3),)),
    example=example,
    misshaped=True,
)

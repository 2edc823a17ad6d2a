"""DEPTH_TO_SPACE: channels become blocks of pixels; SPACE_TO_DEPTH goes the other way.

Specification: [batch, h, w, c] float32 or int8, output as input. The channels of a pixel hold block_size
rows of block_size pixels, each with the channels of the output. Source: TFLM,
micro/kernels/depth_to_space.cc and space_to_depth.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..words.dataclass import dataclass
from ..words.printing import counted
from .batching import always
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Versions


@dataclass(frozen=True, slots=True)
class BlockGeometry(ItemGeometry):
    """Blocks of `block` x `block` pixels, and the shapes before and after."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    block: int
    dtype: str


def prepare(node: Node) -> Prepared:
    return prepare_blocks(node, deepen=False)


def prepare_blocks(node: Node, *, deepen: bool) -> Prepared:
    """`deepen`: pixels to channels, as SPACE_TO_DEPTH."""
    node.expect_counts(1, 1)
    source = node.input(0, "float32", "int8")
    target = node.output(0, source.dtype)
    if len(source.shape) != 4:
        node.fail(f"inputs[0] ({source.name!r}) has shape {source.shape}, expected 4 dimensions")
    block = node.options["block_size"]
    batch, height, width, channels = source.shape
    if block < 1:
        node.fail(f"block_size is {block}, expected 1 or more")
    if deepen:
        if height % block or width % block:
            node.fail(
                f"inputs[0] ({source.name!r}) has {height} x {width} pixels, expected multiples of {block}"
            )
        small = (batch, height // block, width // block)
        expected = (*small, channels * block * block)
        depth = channels
    else:
        depth, rest = divmod(channels, block * block)
        if rest:
            node.fail(
                f"inputs[0] ({source.name!r}) has {counted(channels, 'channel')}, expected a multiple of "
                f"{block * block}"
            )
        small = (batch, height, width)
        expected = (batch, height * block, width * block, depth)
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    rows, columns = small[1:]
    in_pixels = (batch, rows, block, columns, block, depth)
    in_channels = (batch, rows, columns, block, block, depth)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy

        x, y = inputs[0], outputs[0]
        assert x is not None
        if deepen:
            return copy(x.reshape(in_pixels).transpose(0, 1, 3, 2, 4, 5), y.reshape(in_channels))
        return copy(x.reshape(in_channels).transpose(0, 1, 3, 2, 4, 5), y.reshape(in_pixels))

    geometry = BlockGeometry(source.shape, target.shape, block, source.dtype)
    return Prepared(geometry, bind)


def example(d: Draw) -> Any:
    return d.b.depth_to_space(d.image(channels=d.pick(4, 8)), 2)


SPEC = Spec(
    "DEPTH_TO_SPACE",
    prepare=prepare,
    geometry=BlockGeometry,
    types=same("int8", "float32"),
    batch=always,
    moves="data",
    versions=Versions(int8=2, int16=2),
    example=example,
)

"""RESIZE_NEAREST_NEIGHBOR: another height and width, each pixel taken from the nearest one.

Specification: [batch, h, w, channels], output as input, float32, int8 or int16; inputs[1] is the
output's height and width, a constant int32 [2]. Output index i takes input index floor(i x scale) with
scale = input / output size; `align_corners` makes it round(i x (input - 1) / (output - 1)),
`half_pixel_centers` adds 0.5 to i first. A device allows both options together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .batching import always
from .carry import carry_resize
from .example import Draw, draw_resize
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Use, Versions


@dataclass(frozen=True, slots=True)
class ResizeGeometry(ItemGeometry):
    """NHWC sizes in elements."""

    batch: int
    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    align_corners: bool
    half_pixel_centers: bool
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, "float32", "int8", "int16")
    geometry = resize_geometry(node)
    node.output(0, source.dtype)
    options = geometry.align_corners, geometry.half_pixel_centers

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.resize import resize_nearest_neighbor

        source = inputs[0]
        assert source is not None
        return resize_nearest_neighbor(source, outputs[0], *options)

    return Prepared(geometry, bind)


def nearest_places(size: int, made: int, g: ResizeGeometry) -> Array:
    """Which of `size` rows or columns stands at each of as many as are made."""
    from ..kernels.resize import resize_nearest_neighbor

    source = np.arange(size, dtype=np.int16).reshape(1, size, 1, 1)
    found = np.zeros((1, made, 1, 1), np.int16)
    resize_nearest_neighbor(source, found, g.align_corners, g.half_pixel_centers)()
    return found.reshape(-1)


def resize_geometry(node: Node) -> ResizeGeometry:
    """The shapes of a resize, checked; RESIZE_BILINEAR has the same."""
    source, target = node.input(0), node.output(0)
    if len(source.shape) != 4 or 0 in source.shape:
        node.fail(f"inputs[0] ({source.name!r}) has shape {source.shape}, expected [batch, h, w, channels]")
    size = node.constant_input(1, "int32")
    if size.shape != (2,):
        node.fail(f"inputs[1], the size, has shape {size.shape}, expected (2,)")
    expected = (source.shape[0], int(size[0]), int(size[1]), source.shape[3])
    if min(expected) < 1 or target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    return ResizeGeometry(
        *source.shape,
        output_h=expected[1],
        output_w=expected[2],
        align_corners=bool(node.options["align_corners"]),
        half_pixel_centers=bool(node.options["half_pixel_centers"]),
        dtype=source.dtype,
    )


def maps_otherwise(of: Use) -> bool:
    """Whether an option asks for another mapping of positions than the plain one."""
    return of.option("align_corners", "half_pixel_centers")


def example(d: Draw) -> Any:
    return draw_resize(d, "resize_nearest_neighbor")


SPEC = Spec(
    "RESIZE_NEAREST_NEIGHBOR",
    prepare=prepare,
    geometry=ResizeGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    moves="data",
    carry=carry_resize,
    copies="data",
    versions=Versions(int8=2, int16=2, when=((maps_otherwise, 3),)),
    example=example,
)

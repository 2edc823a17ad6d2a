"""RESIZE_BILINEAR: another height and width, each pixel blended from its four neighbours.

Specification: [batch, h, w, channels] int8 or float32, output as input; inputs[1] is the output's height and
width, a constant int32 [2]. Positions and weights of int8 have 10 fraction bits, those of float32 are real
numbers. `align_corners` and `half_pixel_centers` exclude one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .batching import always
from .carry import carry_resize
from .example import Draw, draw_resize
from .real_elementwise import only
from .resize_nearest_neighbor import ResizeGeometry, maps_otherwise, resize_geometry
from .spec import Array, Node, Prepared, Real, Reals, Run, Spec, same
from .versions import Versions

ONE = 1 << 10


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    first = node.input(0, "int8", "float32")
    node.output(0, first.dtype)
    geometry = resize_geometry(node)
    if geometry.align_corners and geometry.half_pixel_centers:
        node.fail("has both align_corners and half_pixel_centers, expected at most one")
    options = geometry.align_corners, geometry.half_pixel_centers
    if first.dtype == "float32":
        plain, fused = (partial(_bind_reals, options, contracted) for contracted in (False, True))
        return Prepared(geometry, plain, contracted=fused)
    sizes = ((geometry.input_h, geometry.output_h), (geometry.input_w, geometry.output_w))
    for size, wanted in sizes:
        last = (wanted - 1) * scale(size, wanted, options[0])
        last += scale(size, wanted, options[0]) // 2 - ONE // 2 if options[1] else 0
        if last // ONE >= size:
            node.fail(
                f"resizes {size} to {wanted}: with positions rounded to 1/{ONE} of a pixel the last one "
                "lies outside, and a device reads out of bounds"
            )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.resize import resize_bilinear

        source = inputs[0]
        assert source is not None
        scales = [scale(size, wanted, options[0]) for size, wanted in sizes]
        return resize_bilinear(source, outputs[0], scales, options[1])

    return Prepared(geometry, bind)


def _bind_reals(
    options: tuple[bool, bool], contracted: bool, inputs: Sequence[Array | None], outputs: Sequence[Array]
) -> Run:
    from ..kernels.resize import resize_bilinear_reals

    source = inputs[0]
    assert source is not None
    return resize_bilinear_reals(source, outputs[0], *options, contracted)


def neighbours(geometry: ResizeGeometry) -> list[list[Any]]:
    """Of rows, then of columns: for every output index both neighbours, and the weight of the second."""
    from ..kernels import resize as kernels

    g, corners, centres = geometry, geometry.align_corners, geometry.half_pixel_centers
    sizes = (g.input_h, g.output_h), (g.input_w, g.output_w)
    if g.dtype == "float32":
        return [kernels.real_neighbours(*pair, corners, centres, False) for pair in sizes]
    return [kernels.neighbours(*pair, scale(*pair, corners), centres) for pair in sizes]


def scale(size: int, wanted: int, align_corners: bool) -> int:
    """Input pixels an output pixel, times 1024, rounded."""
    if align_corners and wanted > 1:
        size, wanted = size - 1, wanted - 1
    return (ONE * size + wanted // 2) // wanted


def in_reals(node: Node, inputs: Reals) -> Real:
    x = only(inputs)
    corners, centres = node.options["align_corners"], node.options["half_pixel_centers"]
    for axis in (1, 2):
        size, wanted = x.shape[axis], node.outputs[0].shape[axis]
        scale = (size - 1) / (wanted - 1) if corners and wanted > 1 else size / wanted
        position = np.arange(wanted) * scale
        if centres:
            position = np.maximum(position + 0.5 * scale - 0.5, 0.0)
        lower = np.minimum(np.floor(position).astype(int), size - 1)
        upper = np.minimum(lower + 1, size - 1)
        shape = [1] * x.ndim
        shape[axis] = wanted
        share = np.minimum(position - lower, 1.0).reshape(shape)
        x = x.take(lower, axis) * (1.0 - share) + x.take(upper, axis) * share
    return x


def example(d: Draw) -> Any:
    return draw_resize(d, "resize_bilinear")


SPEC = Spec(
    "RESIZE_BILINEAR",
    prepare=prepare,
    geometry=ResizeGeometry,
    types=same("int8", "float32"),
    batch=always,
    in_reals=in_reals,
    carry=carry_resize,
    copies="data",
    versions=Versions(int8=2, int16=2, when=((maps_otherwise, 3),)),
    example=example,
)

"""Images that are cut into blocks, put together of them, or resized between pixels, in C."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from ...operators.resize_bilinear import neighbours
from ...operators.resize_nearest_neighbor import ResizeGeometry
from ...operators.space_to_batch_nd import BatchSpaceGeometry
from ..kernel import Inner, Kernel
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .float_layers import kernel_of
from .one_kernel import calls, one_kernel

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Lower, Place
    from .parameters import Field


def _blocks(function: str) -> Kernel:
    return Kernel(
        variant=one_kernel, counts=block_counts, functions=calls(function), lower=lower_blocks(function)
    )


def lower_blocks(function: str) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, BatchSpaceGeometry)
        if g.unwritten:
            raise unsupported(
                place.step,
                f"gets {g.small[0]} of the {g.images} images that its block makes, and leaves pixels as they "
                "were; give the batch a fixed size",
            )
        sizes = {
            "images": g.small[0],
            "small_h": g.small[1],
            "small_w": g.small[2],
            "batch": g.large[0],
            "large_h": g.large[1],
            "large_w": g.large[2],
            "block_h": g.block[0],
            "block_w": g.block[1],
            "bytes": g.small[3] * g.item_bytes,
        }
        fields: list[Field] = [
            *((name, "uint16_t", size) for name, size in sizes.items()),
            ("before_h", "int16_t", g.before[0]),
            ("before_w", "int16_t", g.before[1]),
        ]
        parameters = Parameters("mi_image_blocks_parameters", place.name, tuple(fields))
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("image_blocks.c", function, arguments, (parameters,))]

    return lower


def block_counts(g: BatchSpaceGeometry, seen: Observed) -> Counts:
    """Pixels of the small images that are one of the large ones, and others: left out, or 0."""
    images, height, width, channels = g.small
    pixels, copied, size = images * height * width, prod(g.large[:3]), channels * g.item_bytes
    return {
        "call": 1,
        "images": images,
        "rows": images * height,
        "copied": copied,
        "copied_bytes": copied * size,
        "outside": pixels - copied,
        "outside_bytes": (pixels - copied) * size,
    }


def lower_resize_bilinear(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ResizeGeometry)
    share = "<f4" if g.dtype == "float32" else "<i2"
    tables = []
    for name, (lower, upper, second) in zip(("rows", "columns"), neighbours(g), strict=True):
        entries = zip(lower.astype("<u2"), upper.astype("<u2"), second.astype(share), strict=True)
        stored = b"".join(part.tobytes() for entry in entries for part in entry)
        tables.append(ByteArray(f"{place.name}_{name}", ((stored, ""),)))
    sizes = {
        "batch": g.batch,
        "input_h": g.input_h,
        "input_w": g.input_w,
        "channels": g.channels,
        "output_h": g.output_h,
        "output_w": g.output_w,
    }
    fields: list[Field] = [
        *((name, "uint16_t", size) for name, size in sizes.items()),
        ("rows", "pointer", tables[0].name),
        ("columns", "pointer", tables[1].name),
    ]
    parameters = Parameters("mi_resize_parameters", place.name, tuple(fields))
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("resize_bilinear.c", resize_functions(g)[0], arguments, (*tables, parameters))]


def resize_functions(g: ResizeGeometry) -> tuple[str, ...]:
    return (f"mi_resize_bilinear_{'float' if g.dtype == 'float32' else g.dtype}",)


def resize_counts(g: ResizeGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return {"call": 1, "rows": g.batch * g.output_h, "pixels": pixels, "outputs": pixels * g.channels}


BATCH_TO_SPACE_ND = _blocks("mi_batch_to_space")

RESIZE_BILINEAR = Kernel(
    variant=kernel_of,
    counts=resize_counts,
    inner={"bare_c_float32": Inner(resize_counts)},
    functions=resize_functions,
    lower=lower_resize_bilinear,
)

SPACE_TO_BATCH_ND = _blocks("mi_space_to_batch")

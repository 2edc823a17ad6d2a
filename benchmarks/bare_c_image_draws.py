"""Products of matrices, images resized, cut and put together, and norms, drawn for bare-c's kernels."""

from __future__ import annotations

import numpy as np

from avr_draws import Random, TooLargeError, log_uniform, nest
from bare_c_draws import Drawn, Made, numbers, pick, scaled
from bare_c_int16_draws import out, whole_bias
from bare_c_layer_draws import MOST, image, window
from microinfer.builder import ModelBuilder


def batch_matmul(dtype: str) -> Drawn:
    """Two of five have a constant."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        left, right = bool(rng.random() < 0.3), bool(rng.random() < 0.3)
        rows, depth, columns = (log_uniform(rng, 1, most) for most in (8, 16, 8))
        before = nest(rng, 1, 3, 6) if rng.random() < 0.6 else ()
        shapes = [
            (*before, *((depth, rows) if left else (rows, depth))),
            (*before, *((columns, depth) if right else (depth, columns))),
        ]
        if before and rng.random() < 0.3:
            shapes[1] = (*(1 for _ in before), *shapes[1][-2:])
        if max(np.prod(shape) for shape in shapes) > MOST[dtype]:
            raise TooLargeError
        x = b.input(shapes[0], dtype, **scaled(rng, dtype))
        quantization = scaled(rng, dtype)
        held = rng.random() < 0.4
        y = b.constant(numbers(rng, shapes[1], dtype), **quantization) if held else None
        y = y if y is not None else b.input(shapes[1], dtype, **quantization)
        return b.batch_matmul(x, y, adj_x=left, adj_y=right, **out(rng, dtype))

    return draw


def transpose_conv(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = image(b, rng, dtype)
        kernel, options = window(rng, x, False)
        channels = log_uniform(rng, 1, 6)
        stored = "float32" if dtype == "float32" else "int8"
        weights = numbers(rng, (channels, *kernel, x.shape[3]), stored)
        bias = numbers(rng, (channels,), dtype) if dtype == "float32" else whole_bias(rng, channels)
        return b.transpose_conv(x, weights, bias, **options, **out(rng, dtype, channels))

    return draw


def resize_bilinear(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        size = log_uniform(rng, 1, 12), log_uniform(rng, 1, 12)
        options = pick(rng, {}, {"half_pixel_centers": True}, {"align_corners": True})
        return b.resize_bilinear(image(b, rng, dtype), size, **options)

    return draw


def space_to_batch(b: ModelBuilder, rng: Random) -> Made:
    x = image(b, rng, pick(rng, "int8", "float32"))
    block = pick(rng, (2, 2), (1, 2), (2, 1), (3, 2), (1, 1))
    before = [int(rng.integers(0, 2)) for _ in block]
    behind = [-(size + first) % side for size, first, side in zip(x.shape[1:3], before, block, strict=True)]
    return b.space_to_batch_nd(x, block, list(zip(before, behind, strict=True)))


def batch_to_space(b: ModelBuilder, rng: Random) -> Made:
    dtype, block = pick(rng, "int8", "float32"), pick(rng, (2, 2), (1, 2), (2, 1), (3, 2), (1, 1))
    sides = [log_uniform(rng, 1, 8) for _ in block]
    images = block[0] * block[1] * (2 if rng.random() < 0.1 else 1)
    shape = (images, *sides, log_uniform(rng, 1, 8))
    if np.prod(shape) > MOST[dtype]:
        raise TooLargeError
    room = [min(2, size * side - 1) for size, side in zip(sides, block, strict=True)]
    crops = [
        (int(first), 0) if rng.random() < 0.5 else (0, int(first))
        for first in rng.integers(0, room, 2, endpoint=True)
    ]
    return b.batch_to_space_nd(b.input(shape, dtype, **scaled(rng, dtype)), block, crops)


def by_rows(kind: str, dtype: str) -> Drawn:
    """Half of those of int8 have a zero point of 0: a row of nothing else has no norm."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        shape, quantization = (log_uniform(rng, 1, 6), log_uniform(rng, 1, 60)), scaled(rng, dtype)
        if kind == "l2_normalization" and dtype == "int8" and rng.random() < 0.5:
            quantization["zero_point"] = 0
        return getattr(b, kind)(b.input(shape, dtype, **quantization))

    return draw


def quantize(source: str, target: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        scales = [float(np.float32(rng.uniform(0.01, 0.2))) for _ in range(2)]
        zeros = [int(rng.integers(-128, 128)) if dtype == "int8" else 0 for dtype in (source, target)]
        x = b.input((1, log_uniform(rng, 1, 150)), source, scales[0], zeros[0])
        return b.quantize(x, target, scale=scales[1], zero_point=zeros[1])

    return draw

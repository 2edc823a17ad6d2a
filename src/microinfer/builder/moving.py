"""Operators that tell shapes, take parts, make tensors of one number, or move pixels between dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from ..errors import InputError
from ..words.printing import counted
from .model_writer import Graph, Handle

__all__ = ["Moving"]


class Moving(Graph):
    """The output keeps the input's quantisation."""

    def shape(self, x: Handle, *, name: str | None = None) -> Handle:
        """SHAPE: the dimensions of `x` as int32."""
        options = {"out_type": "int32"}
        return self._emit("SHAPE", [x], [len(x.shape)], x, None, None, options, name, dtype="int32")

    def slice(
        self, x: Handle, begin: Sequence[int], size: Sequence[int], *, name: str | None = None
    ) -> Handle:
        """SLICE: `size` elements from `begin` on, in each dimension; a size of -1 goes to the end."""
        if not len(begin) == len(size) == len(x.shape):
            raise InputError(
                f"SLICE: begin and size of {counted(len(x.shape), 'number')}, found {begin} and {size}"
            )
        shape = [
            length - first if count == -1 else count
            for first, count, length in zip(begin, size, x.shape, strict=True)
        ]
        parts = zip(begin, shape, x.shape, strict=True)
        if any(first < 0 or count < 0 or first + count > length for first, count, length in parts):
            raise InputError(f"SLICE: {list(size)} from {list(begin)} on is no part of {x.shape}")
        inputs = [x, *(self.constant(np.array(values, np.int32)) for values in (begin, size))]
        return self._emit("SLICE", inputs, shape, x, None, None, None, name, inherit=x)

    def split_v(
        self, x: Handle, lengths: Sequence[int], axis: int, *, name: str | None = None
    ) -> tuple[Handle, ...]:
        """SPLIT_V into parts of these lengths along `axis`."""
        at = self._axis("SPLIT_V", axis, len(x.shape))
        if not lengths or min(lengths) < 0 or sum(lengths) != x.shape[at]:
            raise InputError(f"SPLIT_V: {x.shape[at]} elements into parts of {list(lengths)}")
        base = name or f"split_v_{len(self._operators)}"
        quantization = (x.scale, x.zero_point) if x.scales else (None, None)
        made = tuple(
            self.tensor(
                (*x.shape[:at], length, *x.shape[at + 1 :]), x.dtype, *quantization, name=f"{base}:{i}"
            )
            for i, length in enumerate(lengths)
        )
        sizes, place = np.array(lengths, np.int32), np.array(axis, np.int32)
        options = {"num_splits": len(lengths)}
        self.operator("SPLIT_V", [x, self.constant(sizes), self.constant(place)], made, options)
        return made

    def gather(
        self,
        x: Handle,
        indices: Handle | Sequence[int],
        axis: int = 0,
        *,
        batch_dims: int = 0,
        name: str | None = None,
    ) -> Handle:
        """GATHER: the slices of `x` at int32 `indices`, numbers or a tensor, along `axis`."""
        at = self._axis("GATHER", axis, len(x.shape))
        if not isinstance(indices, Handle):
            indices = self.constant(np.array(indices, np.int32))
        if not 0 <= batch_dims <= min(at, len(indices.shape)):
            raise InputError(f"GATHER: batch_dims {batch_dims}, expected 0 to {min(at, len(indices.shape))}")
        shape = [*x.shape[:at], *indices.shape[batch_dims:], *x.shape[at + 1 :]]
        options = {"axis": axis, "batch_dims": batch_dims}
        return self._emit("GATHER", [x, indices], shape, x, None, None, options, name, inherit=x)

    def depth_to_space(self, x: Handle, block_size: int, *, name: str | None = None) -> Handle:
        """DEPTH_TO_SPACE of NHWC: channels become blocks of pixels."""
        self._expect_rank("DEPTH_TO_SPACE", x, 4)
        batch, height, width, channels = x.shape
        if block_size < 1 or channels % block_size**2:
            raise InputError(
                f"DEPTH_TO_SPACE: {counted(channels, 'channel')} to blocks of {block_size} x {block_size}"
            )
        shape = [batch, height * block_size, width * block_size, channels // block_size**2]
        options = {"block_size": block_size}
        return self._emit("DEPTH_TO_SPACE", [x], shape, x, None, None, options, name, inherit=x)

    def space_to_depth(self, x: Handle, block_size: int, *, name: str | None = None) -> Handle:
        """SPACE_TO_DEPTH of NHWC: blocks of pixels become channels."""
        self._expect_rank("SPACE_TO_DEPTH", x, 4)
        batch, height, width, channels = x.shape
        if block_size < 1 or height % block_size or width % block_size:
            raise InputError(f"SPACE_TO_DEPTH: {x.shape} in blocks of {block_size} x {block_size}")
        shape = [batch, height // block_size, width // block_size, channels * block_size**2]
        options = {"block_size": block_size}
        return self._emit("SPACE_TO_DEPTH", [x], shape, x, None, None, options, name, inherit=x)

    def space_to_batch_nd(
        self,
        x: Handle,
        block: Sequence[int],
        paddings: Sequence[tuple[int, int]],
        *,
        name: str | None = None,
    ) -> Handle:
        """SPACE_TO_BATCH_ND: every block'th pixel to an image of its own, after padding each side."""
        batch, *sizes, channels = self._images("SPACE_TO_BATCH_ND", x, block, paddings)
        padded = [size + sum(pair) for size, pair in zip(sizes, paddings, strict=True)]
        if any(size % factor for size, factor in zip(padded, block, strict=True)):
            raise InputError(f"SPACE_TO_BATCH_ND: {padded} padded pixels in blocks of {list(block)}")
        small = [size // factor for size, factor in zip(padded, block, strict=True)]
        inputs = [x, *(self.constant(np.array(values, np.int32)) for values in (block, paddings))]
        shape = [batch * prod(block), *small, channels]
        return self._emit("SPACE_TO_BATCH_ND", inputs, shape, x, None, None, None, name, inherit=x)

    def batch_to_space_nd(
        self,
        x: Handle,
        block: Sequence[int],
        crops: Sequence[tuple[int, int]],
        *,
        name: str | None = None,
    ) -> Handle:
        """BATCH_TO_SPACE_ND: images woven into large ones, of which each side is cropped."""
        batch, *sizes, channels = self._images("BATCH_TO_SPACE_ND", x, block, crops)
        large = [size * factor - sum(pair) for size, factor, pair in zip(sizes, block, crops, strict=True)]
        if batch % prod(block) or min(large) < 0:
            raise InputError(f"BATCH_TO_SPACE_ND: {x.shape} with blocks of {list(block)} and {list(crops)}")
        inputs = [x, *(self.constant(np.array(values, np.int32)) for values in (block, crops))]
        shape = [batch // prod(block), *large, channels]
        return self._emit("BATCH_TO_SPACE_ND", inputs, shape, x, None, None, None, name, inherit=x)

    def fill(self, shape: Sequence[int], value: Handle, *, name: str | None = None) -> Handle:
        """FILL: a tensor of the one number that the scalar `value` holds."""
        if value.shape:
            raise InputError(f"FILL: {value.name!r} has shape {value.shape}, expected a scalar")
        inputs = [self.constant(np.array(shape, np.int32)), value]
        return self._emit("FILL", inputs, shape, value, None, None, None, name, inherit=value)

    def zeros_like(self, x: Handle, *, name: str | None = None) -> Handle:
        """ZEROS_LIKE: stored zeros, whatever the zero point."""
        return self._emit("ZEROS_LIKE", [x], x.shape, x, None, None, None, name, inherit=x)

    def broadcast_to(self, x: Handle, shape: Sequence[int], *, name: str | None = None) -> Handle:
        """BROADCAST_TO: repeat dimensions of length 1, and new ones in front."""
        tail = tuple(shape)[len(shape) - len(x.shape) :]
        if len(shape) < len(x.shape) or any(a not in (1, b) for a, b in zip(x.shape, tail, strict=True)):
            raise InputError(f"BROADCAST_TO: {x.shape} to {tuple(shape)}")
        inputs = [x, self.constant(np.array(shape, np.int32))]
        return self._emit("BROADCAST_TO", inputs, shape, x, None, None, None, name, inherit=x)

    def cast(self, x: Handle, dtype: str, *, name: str | None = None) -> Handle:
        """CAST: the stored numbers as `dtype`; an integer of 8 or 16 bits keeps the quantisation."""
        options = {"in_data_type": x.dtype, "out_data_type": dtype}
        keeps = x if dtype in ("int8", "int16") else None
        return self._emit("CAST", [x], x.shape, x, None, None, options, name, inherit=keeps, dtype=dtype)

    @staticmethod
    def _axis(operator: str, axis: int, rank: int) -> int:
        if not -rank <= axis < rank:
            raise InputError(f"{operator}: axis {axis} of a tensor of {counted(rank, 'dimension')}")
        return axis % rank

    @staticmethod
    def _images(
        operator: str, x: Handle, block: Sequence[int], around: Sequence[tuple[int, int]]
    ) -> tuple[int, ...]:
        spatial = len(x.shape) - 2
        if spatial not in (1, 2) or not len(block) == len(around) == spatial:
            raise InputError(f"{operator}: {x.shape} with blocks {list(block)} and {list(around)} around")
        if min(block) < 1 or min(map(min, around)) < 0:
            raise InputError(f"{operator}: blocks of {list(block)} and {list(around)} pixels around")
        return x.shape

"""Operators that move, join, cut or resize."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..words.printing import counted
from .fields import given_axes
from .model_writer import Graph, Handle

__all__ = ["Shaping"]


class Shaping(Graph):
    """The output keeps the input's quantisation unless a method takes a scale and is given one."""

    def reshape(self, x: Handle, shape: Sequence[int], *, name: str | None = None) -> Handle:
        """RESHAPE, with the new shape both as an input and as an option; one size may be -1."""
        wanted = [int(size) for size in shape]
        elements = int(np.prod(x.shape, dtype=np.int64))
        known = int(np.prod([size for size in wanted if size != -1], dtype=np.int64))
        if wanted.count(-1) == 1 and known:
            made = [elements // known if size == -1 else size for size in wanted]
        else:
            made = wanted
        if min(made, default=1) < 0 or int(np.prod(made, dtype=np.int64)) != elements:
            raise InputError(f"RESHAPE: {x.shape} to {tuple(wanted)}")
        inputs = [x, self.constant(np.array(wanted, np.int32))]
        options = {"new_shape": wanted}
        return self._emit("RESHAPE", inputs, made, x, None, None, options, name, inherit=x)

    def broadcast_args(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """BROADCAST_ARGS: the shape that the shapes x and y, vectors of int32 or int64, broadcast to."""
        shape = (max(x.shape[0], y.shape[0]),)
        return self._emit("BROADCAST_ARGS", [x, y], shape, x, None, None, None, name)

    def squeeze(self, x: Handle, axes: Sequence[int] = (), *, name: str | None = None) -> Handle:
        """SQUEEZE: drop dimensions of size 1, all of them where no axis is given."""
        rank = len(x.shape)
        chosen = {axis % rank for axis in given_axes("SQUEEZE", axes, rank)} or {
            axis for axis in range(rank) if x.shape[axis] == 1
        }
        if any(x.shape[axis] != 1 for axis in chosen):
            raise InputError(f"SQUEEZE: axes {tuple(axes)} of shape {x.shape} are not all 1")
        shape = [size for axis, size in enumerate(x.shape) if axis not in chosen]
        options = {"squeeze_dims": tuple(axes)}
        return self._emit("SQUEEZE", [x], shape, x, None, None, options, name, inherit=x)

    def expand_dims(self, x: Handle, axis: int, *, name: str | None = None) -> Handle:
        """EXPAND_DIMS: a new dimension of size 1 at `axis`."""
        (at,) = given_axes("EXPAND_DIMS", axis, len(x.shape) + 1)
        shape = list(x.shape)
        shape.insert(at % (len(x.shape) + 1), 1)
        inputs = [x, self.constant(np.array([axis], np.int32))]
        return self._emit("EXPAND_DIMS", inputs, shape, x, None, None, None, name, inherit=x)

    def transpose(self, x: Handle, permutation: Sequence[int], *, name: str | None = None) -> Handle:
        """TRANSPOSE, numpy's way."""
        order = [int(axis) for axis in permutation]
        if sorted(order) != list(range(len(x.shape))):
            raise InputError(
                f"TRANSPOSE: {tuple(order)} is no permutation of {counted(len(x.shape), 'dimension')}"
            )
        shape = [x.shape[axis] for axis in order]
        inputs = [x, self.constant(np.array(order, np.int32))]
        return self._emit("TRANSPOSE", inputs, shape, x, None, None, None, name, inherit=x)

    def pad(self, x: Handle, paddings: Sequence[tuple[int, int]], *, name: str | None = None) -> Handle:
        """PAD with zeros (the zero point): a pair (before, after) for each dimension."""
        inputs = [x, self._paddings("PAD", x, paddings)]
        shape = [size + sum(amount) for size, amount in zip(x.shape, paddings, strict=True)]
        return self._emit("PAD", inputs, shape, x, None, None, None, name, inherit=x)

    def padv2(
        self, x: Handle, paddings: Sequence[tuple[int, int]], value: float, *, name: str | None = None
    ) -> Handle:
        """PADV2 with `value`, as stored: the quantised number where x is quantised."""
        inputs = [
            x,
            self._paddings("PADV2", x, paddings),
            self.constant(
                np.array([value], x.dtype),
                x.scale if x.scales else None,
                x.zero_point if x.scales else None,
            ),
        ]
        shape = [size + sum(amount) for size, amount in zip(x.shape, paddings, strict=True)]
        return self._emit("PADV2", inputs, shape, x, None, None, None, name, inherit=x)

    def concatenation(
        self,
        values: Sequence[Handle],
        axis: int,
        *,
        activation: str | int = "NONE",
        name: str | None = None,
    ) -> Handle:
        """CONCATENATION along `axis`; quantised as the first input, as TFLM demands of all of them."""
        if not values:
            raise InputError("CONCATENATION: nothing to join")
        x = values[0]
        (at,) = given_axes("CONCATENATION", axis, len(x.shape))
        at %= len(x.shape)
        for value in values:
            if len(value.shape) != len(x.shape) or any(
                a != b for i, (a, b) in enumerate(zip(value.shape, x.shape, strict=True)) if i != at
            ):
                raise InputError(f"CONCATENATION: {value.shape} beside {x.shape} along axis {at}")
        shape = [*x.shape[:at], sum(value.shape[at] for value in values), *x.shape[at + 1 :]]
        options = {"axis": axis, "fused_activation_function": activation}
        return self._emit("CONCATENATION", values, shape, x, None, None, options, name, inherit=x)

    def split(self, x: Handle, count: int, axis: int, *, name: str | None = None) -> tuple[Handle, ...]:
        """SPLIT into `count` equal parts along `axis`."""
        (at,) = given_axes("SPLIT", axis, len(x.shape))
        at %= len(x.shape)
        if count < 1 or x.shape[at] % count:
            raise InputError(f"SPLIT: {x.shape[at]} elements into {count} equal parts")
        shape = [*x.shape[:at], x.shape[at] // count, *x.shape[at + 1 :]]
        return self._many(
            "SPLIT",
            [self.constant(np.array(axis, np.int32)), x],
            x,
            shape,
            count,
            {"num_splits": count},
            name,
        )

    def pack(self, values: Sequence[Handle], axis: int = 0, *, name: str | None = None) -> Handle:
        """PACK: stack equal shapes along a new dimension at `axis`."""
        if not values or any(value.shape != values[0].shape for value in values):
            raise InputError(f"PACK: shapes {[value.shape for value in values]} are not all the same")
        x = values[0]
        (at,) = given_axes("PACK", axis, len(x.shape) + 1)
        shape = list(x.shape)
        shape.insert(at % (len(x.shape) + 1), len(values))
        options = {"values_count": len(values), "axis": axis}
        return self._emit("PACK", values, shape, x, None, None, options, name, inherit=x)

    def unpack(self, x: Handle, axis: int = 0, *, name: str | None = None) -> tuple[Handle, ...]:
        """UNPACK: one tensor for each index of `axis`."""
        (at,) = given_axes("UNPACK", axis, len(x.shape))
        at %= len(x.shape)
        shape = [*x.shape[:at], *x.shape[at + 1 :]]
        return self._many("UNPACK", [x], x, shape, x.shape[at], {"num": x.shape[at], "axis": axis}, name)

    def strided_slice(
        self,
        x: Handle,
        begin: Sequence[int],
        end: Sequence[int],
        strides: Sequence[int] | None = None,
        *,
        begin_mask: int = 0,
        end_mask: int = 0,
        shrink_axis_mask: int = 0,
        name: str | None = None,
    ) -> Handle:
        """STRIDED_SLICE: x[begin:end:stride] in each dimension; a mask's bit i speaks of dimension i."""
        rank = len(x.shape)
        steps = tuple(strides) if strides is not None else (1,) * rank
        if not len(begin) == len(end) == len(steps) == rank or 0 in steps:
            raise InputError(
                f"STRIDED_SLICE: begin, end and strides of {counted(rank, 'number')}, strides not 0"
            )
        shape = []
        for axis, size in enumerate(x.shape):
            if shrink_axis_mask >> axis & 1:
                continue
            first = None if begin_mask >> axis & 1 else begin[axis]
            last = None if end_mask >> axis & 1 else end[axis]
            shape.append(len(range(*slice(first, last, steps[axis]).indices(size))))
        inputs = [x, *(self.constant(np.array(values, np.int32)) for values in (begin, end, steps))]
        options = {"begin_mask": begin_mask, "end_mask": end_mask, "shrink_axis_mask": shrink_axis_mask}
        return self._emit("STRIDED_SLICE", inputs, shape, x, None, None, options, name, inherit=x)

    def resize_nearest_neighbor(
        self,
        x: Handle,
        size: tuple[int, int],
        *,
        align_corners: bool = False,
        half_pixel_centers: bool = False,
        name: str | None = None,
    ) -> Handle:
        """RESIZE_NEAREST_NEIGHBOR of NHWC to (height, width)."""
        return self._resize("RESIZE_NEAREST_NEIGHBOR", x, size, align_corners, half_pixel_centers, name)

    def resize_bilinear(
        self,
        x: Handle,
        size: tuple[int, int],
        *,
        align_corners: bool = False,
        half_pixel_centers: bool = False,
        name: str | None = None,
    ) -> Handle:
        """RESIZE_BILINEAR of NHWC to (height, width)."""
        return self._resize("RESIZE_BILINEAR", x, size, align_corners, half_pixel_centers, name)

    def _paddings(self, operator: str, x: Handle, paddings: Sequence[tuple[int, int]]) -> Handle:
        table = np.asarray(paddings, np.int32)
        if table.shape != (len(x.shape), 2) or table.min(initial=0) < 0:
            raise InputError(
                f"{operator}: paddings {table.tolist()}, expected {counted(len(x.shape), 'pair')} from 0 up"
            )
        return self.constant(table)

    def _many(
        self,
        operator: str,
        inputs: Sequence[Handle],
        x: Handle,
        shape: Sequence[int],
        count: int,
        options: dict[str, int],
        name: str | None,
    ) -> tuple[Handle, ...]:
        base = name or f"{operator.lower()}_{len(self._operators)}"
        quantization = (x.scale, x.zero_point) if x.scales else (None, None)
        made = tuple(
            self.tensor(shape, x.dtype, *quantization, name=f"{base}:{part}") for part in range(count)
        )
        self.operator(operator, inputs, made, options)
        return made

    def _resize(
        self,
        operator: str,
        x: Handle,
        size: tuple[int, int],
        align_corners: bool,
        half_pixel_centers: bool,
        name: str | None,
    ) -> Handle:
        self._expect_rank(operator, x, 4)
        shape = (x.shape[0], int(size[0]), int(size[1]), x.shape[3])
        inputs = [x, self.constant(np.array(size, np.int32))]
        options = {"align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
        return self._emit(operator, inputs, shape, x, None, None, options, name, inherit=x)

"""Operators that make one number of all along an axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .fields import Scale, ZeroPoint, given_axes
from .model_writer import Graph, Handle

__all__ = ["Reducing"]


class Reducing(Graph):
    """Sums, means, the largest and the least, and where they lie."""

    def mean(
        self,
        x: Handle,
        axes: int | Sequence[int],
        *,
        keep_dims: bool = False,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """MEAN over `axes`."""
        return self._reduce("MEAN", x, axes, keep_dims, scale, zero_point, name)

    def sum(
        self,
        x: Handle,
        axes: int | Sequence[int],
        *,
        keep_dims: bool = False,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """SUM over `axes`."""
        return self._reduce("SUM", x, axes, keep_dims, scale, zero_point, name)

    def reduce_max(
        self, x: Handle, axes: int | Sequence[int], *, keep_dims: bool = False, name: str | None = None
    ) -> Handle:
        """REDUCE_MAX over `axes`."""
        return self._reduce("REDUCE_MAX", x, axes, keep_dims, None, None, name)

    def reduce_min(
        self, x: Handle, axes: int | Sequence[int], *, keep_dims: bool = False, name: str | None = None
    ) -> Handle:
        """REDUCE_MIN over `axes`."""
        return self._reduce("REDUCE_MIN", x, axes, keep_dims, None, None, name)

    def reduce_all(
        self, x: Handle, axes: int | Sequence[int], *, keep_dims: bool = False, name: str | None = None
    ) -> Handle:
        """REDUCE_ALL of bools over `axes`."""
        return self._reduce("REDUCE_ALL", x, axes, keep_dims, None, None, name)

    def cumsum(
        self,
        x: Handle,
        axis: int,
        *,
        exclusive: bool = False,
        reverse: bool = False,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """CUMSUM: sums along `axis` up to each number, without it where `exclusive`."""
        given_axes("CUMSUM", axis, len(x.shape))
        inputs = [x, self.constant(np.array(axis, np.int32))]
        options = {"exclusive": exclusive, "reverse": reverse}
        return self._emit("CUMSUM", inputs, x.shape, x, scale, zero_point, options, name, inherit=x)

    def arg_max(self, x: Handle, axis: int = -1, *, dtype: str = "int32", name: str | None = None) -> Handle:
        """ARG_MAX along `axis`; the indices are `dtype`, int32 or int64, of which TFLM has int32."""
        return self._index("ARG_MAX", x, axis, dtype, name)

    def arg_min(self, x: Handle, axis: int = -1, *, dtype: str = "int32", name: str | None = None) -> Handle:
        """ARG_MIN, as ARG_MAX."""
        return self._index("ARG_MIN", x, axis, dtype, name)

    def _index(self, operator: str, x: Handle, axis: int, dtype: str, name: str | None) -> Handle:
        (at,) = given_axes(operator, axis, len(x.shape))
        at %= len(x.shape)
        shape = [*x.shape[:at], *x.shape[at + 1 :]]
        inputs = [x, self.constant(np.array(axis, np.int32))]
        return self._emit(operator, inputs, shape, x, None, None, {"output_type": dtype}, name, dtype=dtype)

    def _reduce(
        self,
        operator: str,
        x: Handle,
        axes: int | Sequence[int],
        keep_dims: bool,
        scale: Scale,
        zero_point: ZeroPoint,
        name: str | None,
    ) -> Handle:
        rank = len(x.shape)
        given = given_axes(operator, axes, rank)
        gone = {axis % rank for axis in given}
        shape = [1 if i in gone else size for i, size in enumerate(x.shape) if keep_dims or i not in gone]
        inputs = [x, self.constant(np.array(given, np.int32))]
        options = {"keep_dims": keep_dims}
        return self._emit(operator, inputs, shape, x, scale, zero_point, options, name, inherit=x)

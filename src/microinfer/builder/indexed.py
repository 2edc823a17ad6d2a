"""Operators that mirror, reverse, look up or replace parts of a tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..model.flexbuffers import write_map
from .fields import Scale, ZeroPoint, given_axes
from .model_writer import Graph, Handle

__all__ = ["Indexed"]


class Indexed(Graph):
    """The output keeps the quantisation of the data."""

    def mirror_pad(
        self,
        x: Handle,
        paddings: Sequence[tuple[int, int]],
        *,
        symmetric: bool = False,
        name: str | None = None,
    ) -> Handle:
        """MIRROR_PAD: (before, after) for each dimension; the edge itself is repeated where `symmetric`."""
        if len(paddings) != len(x.shape) or any(min(pair) < 0 for pair in paddings):
            raise InputError(f"MIRROR_PAD: {list(paddings)} for {x.shape}")
        shape = [size + sum(pair) for size, pair in zip(x.shape, paddings, strict=True)]
        inputs = [x, self.constant(np.array(paddings, np.int32).reshape(-1, 2))]
        options = {"mode": int(symmetric)}
        return self._emit("MIRROR_PAD", inputs, shape, x, None, None, options, name, inherit=x)

    def reverse_v2(self, x: Handle, axes: int | Sequence[int], *, name: str | None = None) -> Handle:
        """REVERSE_V2: elements in reverse order along axes, which TFLM takes if they are neighbours."""
        given = given_axes("REVERSE_V2", axes, len(x.shape))
        inputs = [x, self.constant(np.array(given, np.int32))]
        return self._emit("REVERSE_V2", inputs, x.shape, x, None, None, None, name, inherit=x)

    def gather_nd(
        self, x: Handle, indices: Handle | Sequence[Sequence[int]], *, name: str | None = None
    ) -> Handle:
        """GATHER_ND: elements or slices of `x` at the rows of `indices`, int32, numbers or a tensor."""
        if not isinstance(indices, Handle):
            indices = self.constant(np.array(indices, np.int32))
        if not indices.shape or not 0 < indices.shape[-1] <= len(x.shape):
            raise InputError(f"GATHER_ND: indices of {indices.shape} into {x.shape}")
        shape = [*indices.shape[:-1], *x.shape[indices.shape[-1] :]]
        return self._emit("GATHER_ND", [x, indices], shape, x, None, None, None, name, inherit=x)

    def embedding_lookup(
        self,
        table: Handle,
        indices: Handle | Sequence[int],
        *,
        dtype: str | None = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """EMBEDDING_LOOKUP: rows of `table` at int32 indices; int8 to `dtype` "float32" is dequantised."""
        if not isinstance(indices, Handle):
            indices = self.constant(np.array(indices, np.int32))
        shape, made = [*indices.shape, *table.shape[1:]], dtype or table.dtype
        keeps = table if made == "int8" else None
        inputs = [indices, table]
        return self._emit(
            "EMBEDDING_LOOKUP", inputs, shape, table, scale, zero_point, None, name, inherit=keeps, dtype=made
        )

    def circular_buffer(self, x: Handle, rows: int, *, cycles: int = 0, name: str | None = None) -> Handle:
        """CIRCULAR_BUFFER: x, [1, 1, w, c] int8, behind the last rows; the rest runs every `cycles` times."""
        self._expect_rank("CIRCULAR_BUFFER", x, 4)
        shape = (x.shape[0], rows, *x.shape[2:])
        y = self.tensor(shape, x.dtype, x.scale, x.zero_point, name=name, is_variable=True)
        options = write_map({"cycles_max": cycles})
        self.operator("CUSTOM", [x], [y], custom_code="CIRCULAR_BUFFER", custom_options=options)
        return y

    def decode(
        self,
        codes: Handle,
        about: Handle,
        shape: Sequence[int],
        *,
        dtype: str = "int8",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        quantized_dimension: int = 0,
        name: str | None = None,
    ) -> Handle:
        """TFLM_DECODE: a tensor of `shape` from compressed codes and what is told of them, bytes both."""
        y = self.tensor(shape, dtype, scale, zero_point, quantized_dimension=quantized_dimension, name=name)
        self.operator("CUSTOM", [codes, about], [y], custom_code="TFLM_DECODE")
        return y

    def dynamic_update_slice(
        self, x: Handle, update: Handle, start: Handle | Sequence[int], *, name: str | None = None
    ) -> Handle:
        """DYNAMIC_UPDATE_SLICE: `x` with `update` from `start` on, moved inside where it would reach out."""
        if not isinstance(start, Handle):
            start = self.constant(np.array(start, np.int32))
        inputs = [x, update, start]
        return self._emit("DYNAMIC_UPDATE_SLICE", inputs, x.shape, x, None, None, None, name, inherit=x)

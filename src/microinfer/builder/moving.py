"""Operators that tell shapes, take parts, or move elements between dimensions."""

from __future__ import annotations

from .graph import Graph, Handle

__all__ = ["Moving"]


class Moving(Graph):
    """The output keeps the input's quantisation."""

    def shape(self, x: Handle, *, name: str | None = None) -> Handle:
        """SHAPE: the dimensions of `x` as int32."""
        options = {"out_type": "int32"}
        return self._emit("SHAPE", [x], [len(x.shape)], x, None, None, options, name, dtype="int32")

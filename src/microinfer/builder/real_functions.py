"""Functions of one number: of float32, and some of int8 and int16, too."""

from __future__ import annotations

from .fields import Scale, ZeroPoint
from .model_writer import Graph, Handle

__all__ = ["RealFunctions"]


class RealFunctions(Graph):
    """Outputs of int8 and int16 are quantised as the input where no scale is given."""

    def abs(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """ABS. Quantised as the input where no scale is given."""
        return self._emit("ABS", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def logical_not(self, x: Handle, *, name: str | None = None) -> Handle:
        """LOGICAL_NOT of bool."""
        return self._emit("LOGICAL_NOT", [x], x.shape, x, None, None, None, name)

    def neg(self, x: Handle, *, name: str | None = None) -> Handle:
        """NEG: -x, of float32."""
        return self._emit("NEG", [x], x.shape, x, None, None, None, name)

    def sqrt(self, x: Handle, *, name: str | None = None) -> Handle:
        """SQRT: the square root, of float32."""
        return self._emit("SQRT", [x], x.shape, x, None, None, None, name)

    def rsqrt(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """RSQRT: 1 / sqrt(x)."""
        return self._emit("RSQRT", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def square(self, x: Handle, *, name: str | None = None) -> Handle:
        """SQUARE: x * x, of float32."""
        return self._emit("SQUARE", [x], x.shape, x, None, None, None, name)

    def exp(self, x: Handle, *, name: str | None = None) -> Handle:
        """EXP: e to the power of x, of float32."""
        return self._emit("EXP", [x], x.shape, x, None, None, None, name)

    def log(self, x: Handle, *, name: str | None = None) -> Handle:
        """LOG: the natural logarithm, of float32."""
        return self._emit("LOG", [x], x.shape, x, None, None, None, name)

    def sin(self, x: Handle, *, name: str | None = None) -> Handle:
        """SIN: the sine, of float32."""
        return self._emit("SIN", [x], x.shape, x, None, None, None, name)

    def cos(self, x: Handle, *, name: str | None = None) -> Handle:
        """COS: the cosine, of float32."""
        return self._emit("COS", [x], x.shape, x, None, None, None, name)

    def ceil(self, x: Handle, *, name: str | None = None) -> Handle:
        """CEIL: up to a whole number, of float32."""
        return self._emit("CEIL", [x], x.shape, x, None, None, None, name)

    def floor(self, x: Handle, *, name: str | None = None) -> Handle:
        """FLOOR: down to a whole number, of float32."""
        return self._emit("FLOOR", [x], x.shape, x, None, None, None, name)

    def round(self, x: Handle, *, name: str | None = None) -> Handle:
        """ROUND: to the nearest whole number, halves to the even one, of float32."""
        return self._emit("ROUND", [x], x.shape, x, None, None, None, name)

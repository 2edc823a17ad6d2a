"""Operators that work on one element at a time, softmax, and changes of type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..words.spelling import did_you_mean
from .fields import Scale, ZeroPoint
from .model_writer import Graph, Handle

__all__ = ["Elementwise"]

_FIXED: dict[tuple[str, str], tuple[float, int]] = {
    ("L2_NORMALIZATION", "int8"): (1 / 128, 0),
    ("LOG_SOFTMAX", "int8"): (1 / 16, 127),
    ("LOGISTIC", "int8"): (1 / 256, -128),
    ("LOGISTIC", "int16"): (1 / 32768, 0),
    ("SOFTMAX", "int8"): (1 / 256, -128),
    ("SOFTMAX", "int16"): (1 / 32768, 0),
    ("TANH", "int8"): (1 / 128, 0),
    ("TANH", "int16"): (1 / 32768, 0),
}
"""Output quantisation that TensorFlow Lite prescribes; the default of these operators."""


class Elementwise(Graph):
    """Two inputs broadcast as numpy's do. `scale` and `zero_point` are the output's."""

    def add(
        self,
        x: Handle,
        y: Handle,
        *,
        activation: str | int = "NONE",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """ADD."""
        return self._binary("ADD", x, y, scale, zero_point, name, {"fused_activation_function": activation})

    def sub(
        self,
        x: Handle,
        y: Handle,
        *,
        activation: str | int = "NONE",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """SUB: x - y."""
        return self._binary("SUB", x, y, scale, zero_point, name, {"fused_activation_function": activation})

    def mul(
        self,
        x: Handle,
        y: Handle,
        *,
        activation: str | int = "NONE",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """MUL."""
        return self._binary("MUL", x, y, scale, zero_point, name, {"fused_activation_function": activation})

    def div(
        self,
        x: Handle,
        y: Handle,
        *,
        activation: str | int = "NONE",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """DIV: x / y."""
        return self._binary("DIV", x, y, scale, zero_point, name, {"fused_activation_function": activation})

    def floor_div(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """FLOOR_DIV: x / y down to a whole number, of float32."""
        return self._binary("FLOOR_DIV", x, y, None, None, name, None)

    def floor_mod(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """FLOOR_MOD: what FLOOR_DIV leaves, of float32."""
        return self._binary("FLOOR_MOD", x, y, None, None, name, None)

    def add_n(
        self,
        inputs: Sequence[Handle],
        *,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """ADD_N: the sum of inputs of one shape and one quantisation, which the output has, too, where no
        scale is given."""
        first, *_ = inputs
        return self._emit(
            "ADD_N", [*inputs], first.shape, first, scale, zero_point, None, name, inherit=first
        )

    def logical_and(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """LOGICAL_AND of bool."""
        return self._binary("LOGICAL_AND", x, y, None, None, name, None)

    def logical_or(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """LOGICAL_OR of bool."""
        return self._binary("LOGICAL_OR", x, y, None, None, name, None)

    def squared_difference(
        self,
        x: Handle,
        y: Handle,
        *,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """SQUARED_DIFFERENCE: (x - y) squared."""
        return self._binary("SQUARED_DIFFERENCE", x, y, scale, zero_point, name, None)

    def maximum(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """MAXIMUM. Both inputs and the output have the quantisation of x."""
        return self._binary("MAXIMUM", x, y, None, None, name, None, x)

    def minimum(self, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """MINIMUM. Both inputs and the output have the quantisation of x."""
        return self._binary("MINIMUM", x, y, None, None, name, None, x)

    def compare(self, operator: str, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER or GREATER_EQUAL: bool."""
        comparisons = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
        if operator not in comparisons:
            hint = did_you_mean(operator, comparisons, f"expected {' or '.join(comparisons)}")
            raise InputError(f"comparison {operator!r}: {hint}")
        return self._binary(operator, x, y, None, None, name, None, dtype="bool")

    def select_v2(self, condition: Handle, x: Handle, y: Handle, *, name: str | None = None) -> Handle:
        """SELECT_V2: x where the bool condition holds, else y; quantised as x."""
        try:
            shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
        except ValueError:
            raise InputError(
                f"SELECT_V2: shapes {condition.shape}, {x.shape} and {y.shape} do not broadcast"
            ) from None
        return self._emit("SELECT_V2", [condition, x, y], shape, x, None, None, None, name, inherit=x)

    def prelu(
        self,
        x: Handle,
        alpha: Handle,
        *,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """PRELU: alpha, a constant as a rule, broadcasts over x."""
        return self._binary("PRELU", x, alpha, scale, zero_point, name, None)

    def relu(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """RELU. The output is quantised as the input where no scale is given."""
        return self._emit("RELU", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def relu6(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """RELU6. The output is quantised as the input where no scale is given."""
        return self._emit("RELU6", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def elu(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """ELU: exp(x) - 1 below zero. Quantised as the input where no scale is given."""
        return self._emit("ELU", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def leaky_relu(
        self,
        x: Handle,
        alpha: float,
        *,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """LEAKY_RELU: alpha is the slope below zero. Quantised as the input where no scale is given."""
        options = {"alpha": alpha}
        return self._emit("LEAKY_RELU", [x], x.shape, x, scale, zero_point, options, name, inherit=x)

    def hard_swish(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """HARD_SWISH: x * relu6(x + 3) / 6. Quantised as the input where no scale is given."""
        return self._emit("HARD_SWISH", [x], x.shape, x, scale, zero_point, None, name, inherit=x)

    def logistic(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """LOGISTIC. The output's scale is 1/256, its zero point -128 (int8) where none is given."""
        return self._fixed("LOGISTIC", x, scale, zero_point, None, name)

    def tanh(
        self, x: Handle, *, scale: Scale = None, zero_point: ZeroPoint = None, name: str | None = None
    ) -> Handle:
        """TANH. The output's scale is 1/128, its zero point 0 (int8) where none is given."""
        return self._fixed("TANH", x, scale, zero_point, None, name)

    def softmax(
        self,
        x: Handle,
        *,
        beta: float = 1.0,
        dtype: str | None = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """SOFTMAX over the last dimension; `dtype` "int16" is TFLM's int8-to-int16 form."""
        if dtype == "int16" and x.dtype == "int8" and scale is None:
            scale, zero_point = 1 / 65536, -32768 if zero_point is None else zero_point
        return self._fixed("SOFTMAX", x, scale, zero_point, {"beta": beta}, name, dtype)

    def log_softmax(self, x: Handle, *, name: str | None = None) -> Handle:
        """LOG_SOFTMAX over the last dimension. int8 outputs have the scale 1/16 and the zero point 127."""
        return self._fixed("LOG_SOFTMAX", x, None, None, None, name)

    def l2_normalization(self, x: Handle, *, name: str | None = None) -> Handle:
        """L2_NORMALIZATION over the last dimension. int8 outputs have the scale 1/128, zero point 0."""
        options = {"fused_activation_function": "NONE"}
        return self._fixed("L2_NORMALIZATION", x, None, None, options, name)

    def quantize(
        self,
        x: Handle,
        dtype: str = "int8",
        *,
        scale: Scale,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """QUANTIZE: float32 to integers, or integers to another scale or type."""
        return self._emit("QUANTIZE", [x], x.shape, x, scale, zero_point, None, name, dtype=dtype)

    def dequantize(self, x: Handle, *, name: str | None = None) -> Handle:
        """DEQUANTIZE: to float32."""
        return self._emit("DEQUANTIZE", [x], x.shape, x, None, None, None, name, dtype="float32")

    def _binary(
        self,
        operator: str,
        x: Handle,
        y: Handle,
        scale: Scale,
        zero_point: ZeroPoint,
        name: str | None,
        options: Mapping[str, Any] | None,
        inherit: Handle | None = None,
        dtype: str | None = None,
    ) -> Handle:
        try:
            shape = np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            raise InputError(f"{operator}: shapes {x.shape} and {y.shape} do not broadcast") from None
        return self._emit(
            operator, [x, y], shape, x, scale, zero_point, options, name, inherit=inherit, dtype=dtype
        )

    def _fixed(
        self,
        operator: str,
        x: Handle,
        scale: Scale,
        zero_point: ZeroPoint,
        options: Mapping[str, Any] | None,
        name: str | None,
        dtype: str | None = None,
    ) -> Handle:
        wanted = dtype or x.dtype
        if scale is None and (operator, wanted) in _FIXED:
            scale, point = _FIXED[operator, wanted]
            zero_point = point if zero_point is None else zero_point
        return self._emit(operator, [x], x.shape, x, scale, zero_point, options, name, dtype=wanted)

"""Operators that remember, and the product of two computed matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..words.printing import counted
from .fields import Scale, ZeroPoint
from .model_writer import Graph, Handle

__all__ = ["Recurrent"]

GATES = ("input", "forget", "cell", "output")


class Recurrent(Graph):
    """State is a variable tensor of the model, zero until the first invocation."""

    def svdf(
        self,
        x: Handle,
        feature_weights: Handle,
        time_weights: Handle,
        bias: Handle | None = None,
        *,
        rank: int,
        state_scale: float | None = None,
        state_zero_point: int = 0,
        activation: str | int = "RELU",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """SVDF. x: batch x inputs; feature_weights: filters x inputs; time_weights: filters x memory.

        There are filters / rank units. The state has the type of the time weights: int16, or int8.
        """
        filters, memory = time_weights.shape
        if feature_weights.shape != (filters, x.shape[1]) or rank < 1 or filters % rank:
            raise InputError(
                f"SVDF: feature weights {feature_weights.shape}, time weights {time_weights.shape}, "
                f"rank {rank} for an input of shape {x.shape}"
            )
        state = self.tensor(
            (x.shape[0], filters * memory),
            time_weights.dtype,
            state_scale,
            None if state_scale is None else state_zero_point,
            name=f"svdf_state_{len(self._tensors)}",
            is_variable=True,
        )
        inputs = [x, feature_weights, time_weights, bias, state]
        options = {"rank": rank, "fused_activation_function": activation}
        shape = (x.shape[0], filters // rank)
        return self._emit("SVDF", inputs, shape, x, scale, zero_point, options, name)

    def unidirectional_sequence_lstm(
        self,
        x: Handle,
        input_weights: Sequence[ArrayLike],
        recurrent_weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        *,
        input_weight_scales: Sequence[float] | None = None,
        recurrent_weight_scales: Sequence[float] | None = None,
        cell_scale: float = 2.0**-11,
        cell_clip: float = 0.0,
        time_major: bool = False,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """UNIDIRECTIONAL_SEQUENCE_LSTM, no peephole, projection or layer norm, as TFLM has it.

        Args:
            x: batch x time x inputs, or time x batch x inputs where `time_major`; int8, int16 or float32.
            input_weights: int8, units x inputs, for the input, forget, cell and output gate.
            recurrent_weights: int8, units x units, in the same order.
            biases: int32, or int64 beside int16, units, in the same order; their scale is input scale x input
                weight scale.
            cell_scale: of the int16 cell state, a power of two.
            scale: of output and hidden state. With float32 everything is, and nothing has a scale.
        """
        self._expect_rank("UNIDIRECTIONAL_SEQUENCE_LSTM", x, 3)
        units = np.asarray(biases[0]).shape[0]
        batch = x.shape[1] if time_major else x.shape[0]
        base = name or f"unidirectional_sequence_lstm_{len(self._operators)}"
        hidden = self.tensor(
            (batch, units), x.dtype, scale, zero_point, name=f"{base}/hidden", is_variable=True
        )
        real = x.dtype == "float32"
        cell = self.tensor(
            (batch, units),
            "float32" if real else "int16",
            None if real else cell_scale,
            None if real else 0,
            name=f"{base}/cell",
            is_variable=True,
        )

        def gates(
            kind: str, values: Sequence[ArrayLike], given: Sequence[float] | None, dtype: str
        ) -> list[Handle]:
            scales: Sequence[float | None] = [None] * 4 if real else given or ()
            if len(values) != 4 or len(scales) != 4:
                found = f"{counted(len(values), 'gate')}, {len(scales)} of them with a scale"
                raise InputError(f"UNIDIRECTIONAL_SEQUENCE_LSTM: {kind} of {found}, expected 4")
            return [
                self.constant(value, step, dtype=dtype, name=f"{base}/{gate}_{kind}")
                for gate, value, step in zip(GATES, values, scales, strict=True)
            ]

        bias_scales = (
            None
            if input_weight_scales is None or real
            else [float(np.float32(x.scale) * np.float32(step)) for step in input_weight_scales]
        )
        weights, bias = (
            ("float32", "float32") if real else ("int8", "int64" if x.dtype == "int16" else "int32")
        )
        inputs = [
            x,
            *gates("weights", input_weights, input_weight_scales, weights),
            *gates("recurrent_weights", recurrent_weights, recurrent_weight_scales, weights),
            *(None,) * 3,
            *gates("bias", biases, bias_scales, bias),
            *(None,) * 2,
            hidden,
            cell,
            *(None,) * 4,
        ]
        between: list[Handle] = []
        if not real:
            between = [
                self.tensor((0,), "int16", 2.0**-12, 0, name=f"{base}/{kind}_intermediate") for kind in GATES
            ]
            between.append(self.tensor((0,), x.dtype, scale, zero_point, name=f"{base}/hidden_intermediate"))
        options = {
            "fused_activation_function": "TANH",
            "cell_clip": cell_clip,
            "time_major": time_major,
        }
        return self._emit(
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            inputs,
            (*x.shape[:2], units),
            x,
            scale,
            zero_point,
            options,
            base,
            intermediates=between,
        )

    def batch_matmul(
        self,
        x: Handle,
        y: Handle,
        *,
        adj_x: bool = False,
        adj_y: bool = False,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """BATCH_MATMUL: x @ y over the last two dimensions, the others broadcast; adj transposes one."""
        if len(x.shape) < 2 or len(y.shape) < 2:
            raise InputError(f"BATCH_MATMUL: shapes {x.shape} and {y.shape}, expected 2 dimensions or more")
        rows, inner = x.shape[-2:][::-1] if adj_x else x.shape[-2:]
        depth, columns = y.shape[-2:][::-1] if adj_y else y.shape[-2:]
        try:
            batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        except ValueError:
            batch = None
        if batch is None or inner != depth:
            raise InputError(f"BATCH_MATMUL: shapes {x.shape} and {y.shape} do not fit")
        options = {"adj_x": adj_x, "adj_y": adj_y}
        shape = (*batch, rows, columns)
        return self._emit("BATCH_MATMUL", [x, y], shape, x, scale, zero_point, options, name)

"""Why an operator could not be prepared, and which rule tells of it: one refusal, one finding."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from ..errors import Reason, UnsupportedError
from ..export.resolver import TFLM_CUSTOM
from ..graph import Node
from ..model import Tensor
from ..ops import OpResolver
from .release import OPERATORS

__all__ = ["Refusal", "classify"]

INTEGER_WEIGHTS = frozenset({"int8", "uint8", "int4"})
WEIGHTED = frozenset(
    {
        "BATCH_MATMUL",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "SVDF",
        "TRANSPOSE_CONV",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
    }
)
_LOOPS = frozenset({"WHILE", "IF", "CALL_ONCE"})


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """An operator, what its preparation said, and the rule that it belongs to."""

    node: Node
    error: UnsupportedError
    rule: str

    @property
    def said(self) -> str:
        """The error's message without its place."""
        return str(self.error).removeprefix(f"{self.error.place}: ")


_RULES = MappingProxyType(
    {
        Reason.COMPUTED: "computed-parameter",
        Reason.MULTIPLIER: "multiplier-out-of-range",
        Reason.FIXED_SCALE: "fixed-output-scale",
        Reason.CHANNEL_SCALES: "per-channel-refused",
    }
)
"""Reason to rule, where neither the operator nor its types decide."""


def classify(node: Node, error: UnsupportedError, resolver: OpResolver) -> str:
    """The rule that tells of a refusal, by its reason and the node's types, never by words or names."""
    name = node.operator.name
    if name not in resolver:
        return _missing(node)
    types = {tensor.dtype for tensor in (*node.inputs, *node.outputs) if tensor is not None}
    if "float16" in types:
        return "float16-tensor"
    if "float32" in types and name not in {"QUANTIZE", "DEQUANTIZE"}:
        return "hybrid-operator" if is_hybrid(node) else "float-tensor"
    if "uint8" in types and name not in {"QUANTIZE", "DEQUANTIZE"}:
        return "uint8-tensor"
    if error.mismatch is not None and error.mismatch.found == "int16":
        return "int16-tensor"
    return _RULES.get(error.reason, "operator-refused")


def _missing(node: Node) -> str:
    operator = node.operator
    if operator.opcode == "CUSTOM":
        return "operator-not-emulated" if operator.name in TFLM_CUSTOM else "custom-operator"
    if operator.opcode in _LOOPS:
        return "control-flow"
    return "operator-not-emulated" if operator.opcode in OPERATORS else "unsupported-operator"


def _given(node: Node) -> list[Tensor]:
    return [tensor for tensor in node.inputs if tensor is not None]


def is_hybrid(node: Node) -> bool:
    """Real activations with integer weights."""
    given = _given(node)
    activations = any(tensor.dtype == "float32" and not tensor.is_constant for tensor in given)
    weights = any(tensor.dtype in INTEGER_WEIGHTS and tensor.is_constant for tensor in given)
    return activations and weights and node.operator.name in WEIGHTED

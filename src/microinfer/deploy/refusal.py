"""Why an operator could not be prepared, and which rule tells of it: one refusal, one finding."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from ..errors import Reason, UnsupportedError
from ..libraries.library import kernel_library
from ..model.tables import Tensor
from ..operators.registry import row
from ..operators.resolver import OpResolver
from ..operators.spec import Node
from ..operators.tflm_operators import ACCELERATORS, TYPES, brings, data_tensor, takes
from ..words.dataclass import dataclass

__all__ = ["OPEN", "Refusal", "certain", "classify", "refusals"]

OPEN = frozenset({"custom-operator", "operator-not-emulated"})
"""Rules of what TFLM runs, or may run, and microinfer does not model."""

INTEGER_WEIGHTS = frozenset({"int8", "uint8", "int4"})
_REFUSED_TYPE = {"float16": "float16-tensor", "uint8": "uint8-tensor"}
"""Type to rule, where TFLM has no kernel for it."""


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

    @property
    def flex(self) -> bool:
        """One of TensorFlow's own operators, which SELECT_TF_OPS keeps and TFLM can never run."""
        return self.rule == "custom-operator" and self.node.operator.custom_code.startswith("Flex")


def refusals(refused: Iterable[tuple[Node, UnsupportedError]], resolver: OpResolver) -> tuple[Refusal, ...]:
    """What `graph.survey` could not prepare, each with its rule."""
    return tuple(Refusal(node, error, classify(node, error, resolver)) for node, error in refused)


def certain(refusal: Refusal, library: str) -> bool:
    """Whether the device refuses it, too: bare-c has no kernels but those that are modelled."""
    return refusal.rule not in OPEN or refusal.flex or not kernel_library(library).interprets


_RULES = MappingProxyType(
    {
        Reason.COMPUTED: "computed-parameter",
        Reason.MULTIPLIER: "multiplier-out-of-range",
        Reason.FIXED_SCALE: "fixed-output-scale",
        Reason.CHANNEL_SCALES: "per-channel-refused",
        Reason.BEYOND_16_BITS: "operator-not-emulated",
    }
)
"""Reason to rule, where neither the operator nor its types decide."""


def classify(node: Node, error: UnsupportedError, resolver: OpResolver) -> str:
    """The rule that tells of a refusal, by its reason and the node's types, never by words or names."""
    name = node.operator.name
    types = {tensor.dtype for tensor in (*node.inputs, *node.outputs) if tensor is not None}
    if name in ACCELERATORS and node.operator.opcode == "CUSTOM":
        return "accelerator-operator"
    if "string" in types:
        return "string-tensor"
    missing = not resolver.covers(node.operator)
    if node.operator.opcode == "CUSTOM" and missing:
        return "operator-not-emulated" if brings(node.operator) else "custom-operator"
    if missing and name not in TYPES:
        return "unsupported-operator"
    return _by_type(node, error, missing=missing)


def _by_type(node: Node, error: UnsupportedError, *, missing: bool) -> str:
    """The rule for an operator that TFLM has: the type decides, where it is the reason."""
    name = node.operator.name
    mismatch = error.mismatch
    if not missing and mismatch is None:
        return _RULES.get(error.reason, "operator-refused")
    if is_hybrid(node):
        return "hybrid-operator"
    data = data_tensor(name, node.inputs, node.outputs)
    found = {tensor.dtype for tensor in (data, *node.outputs[:1]) if tensor is not None}
    if mismatch is not None:
        found = {mismatch.found, *found} if mismatch.found in found else {mismatch.found}
    for dtype, rule in _REFUSED_TYPE.items():
        if dtype in found and not takes(name, dtype):
            return rule
    if data is not None and not takes(name, data.dtype):
        return "unsupported-type"
    if missing:
        return "operator-not-emulated"
    assert mismatch is not None
    spec = row(name)
    at_data = spec is not None and mismatch.where == f"inputs[{spec.data_input}]"
    return "operator-not-emulated" if at_data else "operator-refused"


def _given(node: Node) -> list[Tensor]:
    return [tensor for tensor in node.inputs if tensor is not None]


def is_hybrid(node: Node) -> bool:
    """Real activations with integer weights."""
    given = _given(node)
    activations = any(tensor.dtype == "float32" and not tensor.is_constant for tensor in given)
    weights = any(tensor.dtype in INTEGER_WEIGHTS and tensor.is_constant for tensor in given)
    spec = row(node.operator.name)
    return activations and weights and spec is not None and spec.multiplies

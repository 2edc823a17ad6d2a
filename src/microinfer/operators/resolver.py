"""The op resolver: from an operator's name to the function that prepares it.

A new builtin operator is one module in this folder with a `prepare(node)` and one line in `_BUILTIN`.
Modules are imported when a model asks for them, so that a small model starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TypeAlias

from ..errors import InputError, Reason, UnsupportedError
from ..model.tables import Operator
from ..operators.tflm_operators import knows
from .spec import Node, Prepared

__all__ = ["OpResolver", "Prepare"]

Prepare: TypeAlias = Callable[[Node], Prepared]

_BUILTIN: dict[str, str] = {
    "ABS": "abs",
    "ADD": "add",
    "ARG_MAX": "arg_max",
    "ARG_MIN": "arg_min",
    "AVERAGE_POOL_2D": "average_pool_2d",
    "BATCH_MATMUL": "batch_matmul",
    "BATCH_TO_SPACE_ND": "batch_to_space_nd",
    "BROADCAST_TO": "broadcast_to",
    "CAST": "cast",
    "CONCATENATION": "concatenation",
    "CONV_2D": "conv_2d",
    "DEPTHWISE_CONV_2D": "depthwise_conv_2d",
    "DEPTH_TO_SPACE": "depth_to_space",
    "DEQUANTIZE": "dequantize",
    "ELU": "elu",
    "EQUAL": "equality",
    "EXPAND_DIMS": "expand_dims",
    "FILL": "fill",
    "FULLY_CONNECTED": "fully_connected",
    "GATHER": "gather",
    "GREATER": "comparison",
    "GREATER_EQUAL": "comparison",
    "HARD_SWISH": "hard_swish",
    "LEAKY_RELU": "leaky_relu",
    "LESS": "comparison",
    "LESS_EQUAL": "comparison",
    "LOGISTIC": "logistic",
    "MAXIMUM": "maximum",
    "MAX_POOL_2D": "max_pool_2d",
    "MEAN": "mean",
    "MINIMUM": "minimum",
    "MUL": "mul",
    "NOT_EQUAL": "equality",
    "PACK": "pack",
    "PAD": "pad",
    "PADV2": "pad",
    "PRELU": "prelu",
    "QUANTIZE": "quantize",
    "REDUCE_MAX": "reduce_max",
    "RELU": "relu",
    "RELU6": "relu6",
    "RESHAPE": "reshape",
    "RESIZE_BILINEAR": "resize_bilinear",
    "RESIZE_NEAREST_NEIGHBOR": "resize_nearest_neighbor",
    "SELECT_V2": "select_v2",
    "SHAPE": "shape",
    "SLICE": "slice",
    "SOFTMAX": "softmax",
    "SPACE_TO_BATCH_ND": "space_to_batch_nd",
    "SPACE_TO_DEPTH": "space_to_depth",
    "SPLIT": "split",
    "SPLIT_V": "split_v",
    "SQUEEZE": "squeeze",
    "STRIDED_SLICE": "strided_slice",
    "SUB": "sub",
    "SUM": "sum",
    "SVDF": "svdf",
    "TANH": "tanh",
    "TRANSPOSE": "transpose",
    "TRANSPOSE_CONV": "transpose_conv",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "unidirectional_sequence_lstm",
    "UNPACK": "unpack",
    "ZEROS_LIKE": "zeros_like",
}
"""Operator to module of this package; each has a `prepare`."""


class OpResolver:
    """The operators that an interpreter may use, as a MicroMutableOpResolver on the device.

    >>> resolver = OpResolver.builtin().subset(["CONV_2D", "SOFTMAX"])
    >>> resolver.register("MY_OP", my_prepare)
    """

    def __init__(self) -> None:
        self._found: dict[str, Prepare | str] = {}

    @classmethod
    def builtin(cls) -> OpResolver:
        """Every operator that microinfer has."""
        resolver = cls()
        resolver._found.update(_BUILTIN)
        return resolver

    def subset(self, names: Iterable[str]) -> OpResolver:
        """A resolver with only these operators.

        Raises:
            InputError: a name is not in this resolver.
        """
        made = OpResolver()
        for name in names:
            if name not in self._found:
                raise InputError(f"operator {name!r} is not in the resolver; it has {', '.join(self.names)}")
            made._found[name] = self._found[name]
        return made

    def register(self, name: str, prepare: Prepare) -> None:
        """Add an operator, or replace one: a builtin by its name, a custom one by its custom code."""
        self._found[name] = prepare

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._found))

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __len__(self) -> int:
        return len(self._found)

    def find(self, operator: Operator) -> Prepare:
        """The `prepare` of an operator.

        Raises:
            UnsupportedError: in TFLM's words, and what to do about it.
        """
        found = self._found.get(operator.name)
        if found is None:
            modelled = operator.name in _BUILTIN
            if knows(operator.name) and not modelled:
                said = f"{operator.name} is not modelled by microinfer, though TFLM has it"
            elif operator.opcode == "CUSTOM":
                said = f"Failed to get registration from op code CUSTOM ({operator.custom_code!r})"
            else:
                said = f"Didn't find op for builtin opcode '{operator.opcode}'"
            if modelled:
                advice = f"this resolver was restricted; add {operator.name} to its subset"
            else:
                advice = (
                    "register it with OpResolver.register(name, prepare), or replace the operator before "
                    "conversion; `microinfer ops` lists what there is"
                )
            raise UnsupportedError(f"{said}: {advice}", operator.place, Reason.NO_KERNEL)
        if isinstance(found, str):
            prepare: Prepare = import_module(f".{found}", __package__).prepare
            self._found[operator.name] = prepare
            return prepare
        return found

"""The types that an operator takes, as its `prepare` itself tells them by what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from microinfer.errors import MicroinferError, Mismatch, UnsupportedError
from microinfer.model.tables import ITEM_BYTES, Operator, Quantization, Tensor
from microinfer.operators.spec import Node, Prepared

__all__ = ["types_of"]

_POSITIONS = 6
_SHAPE = (1, 4, 4, 4)


def types_of(prepare: Callable[[Node], Prepared], data_input: int = 0) -> dict[str, tuple[str, ...]]:
    """Type of the data to the types that the first output may have, as `prepare` itself tells them.

    It is given tensors of a type that nobody takes, and then, step by step, of each type that its errors
    say was expected.
    """
    found: dict[str, list[str]] = {}

    def explore(dtypes: dict[str, str]) -> None:
        complaint = _mismatch(prepare, dtypes)
        if complaint is None:
            source = dtypes.get(f"inputs[{data_input}]", "")
            target = dtypes.get("outputs[0]", source)
            if source and target not in found.setdefault(source, []):
                found[source].append(target)
        elif complaint.where not in dtypes:
            for dtype in complaint.wanted:
                explore({**dtypes, complaint.where: dtype})

    explore({})
    return {source: tuple(found[source]) for source in found}


def _mismatch(prepare: Callable[[Node], Prepared], dtypes: Mapping[str, str]) -> Mismatch | None:
    """The type that `prepare` refuses of an operator whose tensors have these types."""

    def tensor(where: str) -> Tensor:
        dtype = dtypes.get(where, "string")
        data = np.zeros(_SHAPE, dtype) if dtype in ITEM_BYTES else None
        zero_point = np.array([-128 if dtype == "int8" else 0])
        return Tensor(0, "", dtype, _SHAPE, Quantization(np.array([0.5], np.float32), zero_point), data)

    inputs = tuple(tensor(f"inputs[{position}]") for position in range(_POSITIONS))
    node = _AnyCount(Operator(0, "", (), (), _Options()), inputs, (tensor("outputs[0]"),))
    try:
        prepare(node)
    except UnsupportedError as error:
        return error.mismatch
    except (MicroinferError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return None


class _AnyCount(Node):
    """Takes any number of inputs and outputs."""

    __slots__ = ()

    def expect_counts(self, inputs: int | range, outputs: int | range) -> None:
        pass


class _Options(dict[str, Any]):
    """Every option, as plain as can be."""

    def __missing__(self, key: str) -> int | str:
        plain = {"fused_activation_function": "NONE", "padding": "SAME", "weights_format": "DEFAULT"}
        return plain.get(key, 0)

"""What an operator of constants gives is computed beforehand, or left to the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.operators.folding import NotConstant, evaluate

A = np.array([[1, -2, 3], [4, 5, 6]], np.int32)


V = np.array([7, 2, 2], np.int32)


I32 = np.int32


@pytest.mark.parametrize(
    ("name", "values", "options", "wanted"),
    [
        ("REDUCE_PROD", [V, np.array([0], I32)], {}, np.array(28, I32)),
        ("REDUCE_PROD", [A, np.array([-1], I32)], {}, np.array([[-6], [120]], I32)),
        ("REDUCE_PROD", [V, np.array([], I32)], {}, V),
        ("REDUCE_MIN", [A, np.array([0, 1], I32)], {}, np.array(-2, I32)),
        ("REDUCE_MAX", [A, np.array([0], I32)], {}, np.array([4, 5, 6], I32)),
        ("SUM", [A, np.array([0], I32)], {}, np.array([5, 3, 9], I32)),
        ("GATHER", [V, np.array([2, 0], I32)], {"axis": 0, "batch_dims": 0}, np.array([2, 7], I32)),
        ("GATHER", [A, np.array(1, I32)], {"axis": -1, "batch_dims": 0}, np.array([-2, 5], I32)),
        ("CAST", [V], {}, V.astype(np.int64)),
        ("FLOOR_DIV", [V, np.array([-2, 3, 2], I32)], {}, np.array([-4, 0, 1], I32)),
        ("FLOOR_MOD", [V, np.array([-2, 3, 2], I32)], {}, np.array([-1, 2, 0], I32)),
        ("MAXIMUM", [A, np.array(3, I32)], {}, np.maximum(A, 3)),
        ("MINIMUM", [V, V[::-1].copy()], {}, np.array([2, 2, 2], I32)),
        ("MUL", [np.array([1 << 30], I32), np.array([4], I32)], {"fused_activation_function": "NONE"},
         np.array([0], I32)),
        ("SUB", [V, np.array(2, I32)], {"fused_activation_function": "NONE"}, np.array([5, 0, 0], I32)),
        ("RANGE", [np.array(1, I32), np.array(8, I32), np.array(3, I32)], {}, np.array([1, 4, 7], I32)),
        ("FILL", [np.array([2, 2], I32), np.array(-3, np.int8)], {}, np.full((2, 2), -3, np.int8)),
        ("BROADCAST_TO", [V, np.array([2, 3], I32)], {}, np.stack([V, V])),
        ("SLICE", [A, np.array([0, 1], I32), np.array([-1, 2], I32)], {}, A[:, 1:]),
        ("TRANSPOSE", [A, np.array([1, 0], I32)], {}, A.T),
        ("SPLIT", [np.array(1, I32), A], {}, [A[:, :1], A[:, 1:2], A[:, 2:]]),
        ("UNPACK", [A], {"axis": 0}, [A[0], A[1]]),
        ("SQUEEZE", [A.reshape(2, 1, 3)], {}, A),
    ],
)  # fmt: skip
def test_operators(name: str, values: list[Any], options: dict[str, Any], wanted: Any) -> None:
    """Also those that TFLM has no kernel for, or none for int32: their meaning is the standard's."""
    outputs = wanted if isinstance(wanted, list) else [wanted]
    found = evaluate(_node(name, values, options, outputs), values)
    assert len(found) == len(outputs)
    for array, right in zip(found, outputs, strict=True):
        np.testing.assert_array_equal(array, right)
        assert array.dtype == right.dtype
        assert not array.flags.writeable


def _node(name: str, values: list[Any], options: dict[str, Any], outputs: list[Any]) -> Any:
    from microinfer.model.tables import Operator, Tensor
    from microinfer.operators.spec import Node

    inputs = tuple(Tensor(i, f"x{i}", v.dtype.name, v.shape) for i, v in enumerate(values))
    made = tuple(Tensor(9 + i, f"y{i}", v.dtype.name, v.shape) for i, v in enumerate(outputs))
    operator = Operator(0, name, tuple(range(len(inputs))), tuple(t.index for t in made), options)
    return Node(operator, inputs, made)


NONE = {"fused_activation_function": "NONE"}


@pytest.mark.parametrize(
    ("name", "values", "options", "wanted"),
    [
        ("MUL", [V.astype(np.float32), V.astype(np.float32)], NONE, V.astype(np.float32)),
        ("ADD", [V, V], {"fused_activation_function": "RELU"}, V),
        ("ADD", [V, V], NONE, np.zeros(4, np.int32)),
        ("GATHER", [V, np.array([3], I32)], {"axis": 0, "batch_dims": 0}, np.zeros(1, I32)),
        ("GATHER", [V, np.array([-1], I32)], {"axis": 0, "batch_dims": 0}, np.zeros(1, I32)),
        ("FLOOR_DIV", [V, np.zeros(3, I32)], {}, V),
        ("FILL", [np.array([4096], I32), np.array(1, np.int8)], {}, np.zeros(4096, np.int8)),
        ("SLICE", [V, np.array([2], I32), np.array([2], I32)], {}, np.zeros(2, I32)),
        ("PACK", [V, V], {"axis": 5}, np.stack([V, V])),
        ("SOFTMAX", [V], {}, V),
        ("RESHAPE", [V, None], {}, V),
        ("CAST", [V], {}, V.astype(np.float32)),
    ],
)
def test_what_is_left_to_the_device(
    name: str, values: list[Any], options: dict[str, Any], wanted: Any
) -> None:
    node = _node(name, [V if value is None else value for value in values], options, [wanted])
    with pytest.raises(NotConstant):
        evaluate(node, values)

"""Constants that the file says are sparse: TFLM does not look, and takes them for dense."""

from __future__ import annotations

from struct import pack_into

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import UnsupportedError
from microinfer.checks import check
from microinfer.model.read import load

from support.flatbuffer_fields import field_of, follow, sparse_layer, tables_of
from support.oracle import Interpreter, tflm


def test_data_of_full_length_are_taken_for_dense() -> None:
    model, x = sparse_layer(), np.array([[1, -2, 30, 4]], np.int8)
    interpreter = Interpreter(model)
    interpreter.set_tensor(0, x)
    interpreter.invoke()
    made = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_array_equal(made, tflm(model, [x])[0], strict=True)
    found = [one for one in check(model).findings if one.rule == "sparse-tensor"]
    assert [one.severity for one in found] == ["error"]
    assert "in the order in which they lie" in found[0].cause


def test_data_that_are_shorter_are_refused() -> None:
    data = bytearray(sparse_layer())
    buffers = tables_of(data, field_of(data, follow(data, 0), 4))
    weights = buffers[load(bytes(data)).subgraphs[0].tensors[1].buffer]
    pack_into("<I", data, follow(data, field_of(data, weights, 0)), 9)
    with pytest.raises(UnsupportedError, match="is sparse, expected dense data; TFLM reads beyond it"):
        Interpreter(bytes(data))
    (found,) = [one for one in check(bytes(data)).findings if one.rule == "sparse-tensor"]
    assert "reads beyond them" in found.cause

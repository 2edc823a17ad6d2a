"""Every operator against what TFLM computed elsewhere: an oracle for platforms that TFLM is not built for."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.testing import assert_array_equal

from microinfer import OpResolver

from support import golden_file
from support.oracle import Interpreter

pytestmark = pytest.mark.kernels
GOLDEN = golden_file.read()


def test_the_oracle_is_named_and_every_operator_is_there() -> None:
    for found in GOLDEN.values():
        assert found["oracle"]["package"] == "tflite-micro"
        assert found["oracle"]["version"]
        assert int(found["oracle"]["commit"], 16)
    assert set(GOLDEN) == set(OpResolver.builtin().names)
    assert sum(path.stat().st_size for path in golden_file.FOLDER.iterdir()) <= 250_000


@pytest.mark.parametrize("operator", sorted(GOLDEN))
def test_outputs_are_the_golden_ones(operator: str) -> None:
    for number, case in enumerate(GOLDEN[operator]["cases"]):
        assert_golden(case, f"{operator}, model {number}")


def assert_golden(case: dict[str, Any], place: str) -> None:
    interpreter = Interpreter(golden_file.decode_model(case))
    for detail, record in zip(interpreter.get_input_details(), case["inputs"], strict=True):
        interpreter.set_tensor(detail["index"], golden_file.decode_array(record))
    interpreter.invoke()
    for detail, record in zip(interpreter.get_output_details(), case["outputs"], strict=True):
        found, expected = interpreter.get_tensor(detail["index"]), golden_file.decode_array(record)
        assert found.dtype == expected.dtype, place
        assert_array_equal(found, expected, err_msg=place, strict=True)


def test_a_changed_output_is_noticed() -> None:
    case = dict(GOLDEN["CONV_2D"]["cases"][0])
    changed = dict(case["outputs"][0])
    changed["data"] = f"{int(changed['data'][:2], 16) ^ 1:02x}" + changed["data"][2:]
    with pytest.raises(AssertionError, match="here"):
        assert_golden(case | {"outputs": [changed]}, "here")

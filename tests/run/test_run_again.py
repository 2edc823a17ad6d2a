"""What runs in the first inference alone is left out of those that follow, until the device starts again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import zoo
from microinfer.kernels._jit import switched_off

from support.oracle import Interpreter

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def test_a_model_that_keeps_state_runs_in_one_native_call() -> None:
    interpreter = Interpreter(zoo.load("wake_word"))
    assert interpreter._run_settled is not bool
    (detail,) = interpreter.get_input_details()
    values = np.random.default_rng(1).integers(-128, 128, (6, *detail["shape"])).astype(np.int8)

    def answers(count: int) -> list[np.ndarray]:
        found = []
        for value in values[:count]:
            interpreter.set_tensor(detail["index"], value)
            interpreter.invoke()
            found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
        return found

    first = answers(6)
    assert len({answer.tobytes() for answer in first}) > 1
    for count in (1, 6):
        interpreter.restart()
        assert_array_equal(answers(count), first[:count])

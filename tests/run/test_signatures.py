"""Signatures: what LiteRT's own interpreter lists and gives, name by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder
from microinfer.errors import InputError

litert = pytest.importorskip("ai_edge_litert.interpreter")


def named(*keys: str) -> bytes:
    """Two inputs and outputs whose names are not in the order of the graph."""
    b = ModelBuilder("named")
    x, y = b.input((1, 4), scale=0.5, name="x:0"), b.input((1, 4), scale=0.5, name="y:0")
    total, larger = b.add(x, y, scale=1.0), b.maximum(x, y)
    b.output(larger, total)
    for key in keys:
        b.signature({"right": y, "left": x}, {"total": total, "larger": larger}, key)
    return b.build()


# sums are even: halves, which LiteRT rounds otherwise than TFLM, are not what this is about
INPUTS = {
    "left": np.array([[1, -2, 3, 100]], np.int8),
    "right": np.array([[5, 6, -127, 100]], np.int8),
}


@pytest.mark.parametrize("keys", [(), ("serving_default",), ("serve", "again")])
def test_the_list_is_that_of_litert(keys: tuple[str, ...]) -> None:
    data = named(*keys)
    found = microinfer.Interpreter(data).get_signature_list()
    assert found == litert.Interpreter(model_content=data).get_signature_list()
    assert [one.key for one in microinfer.load(data).signatures] == list(keys)


@pytest.mark.parametrize("key", [None, "serving_default"])
def test_a_runner_gives_what_that_of_litert_gives(key: str | None) -> None:
    data = named("serving_default")
    interpreter = microinfer.Interpreter(data)
    runner = interpreter.get_signature_runner(key)
    theirs: Any = litert.Interpreter(model_content=data)
    theirs.allocate_tensors()
    want = theirs.get_signature_runner(key)
    for inputs in (INPUTS, {name: -array for name, array in INPUTS.items()}):
        got, wanted = runner(**inputs), want(**inputs)
        assert sorted(got) == sorted(wanted)
        for name, array in got.items():
            np.testing.assert_array_equal(array, wanted[name])
    for side in ("get_input_details", "get_output_details"):
        ours, others = getattr(runner, side)(), getattr(want, side)()
        assert sorted(ours) == sorted(others)
        for name, detail in ours.items():
            for field in ("name", "index", "dtype", "quantization"):
                assert detail[field] == others[name][field], (name, field)
    assert "serving_default(left, right) -> larger, total" in repr(runner)


def test_wrong_names() -> None:
    interpreter = microinfer.Interpreter(named("serve", "again"))
    with pytest.raises(InputError, match="which signature"):
        interpreter.get_signature_runner()
    with pytest.raises(InputError, match=r"no signature 'served' \(did you mean 'serve'\?\)"):
        interpreter.get_signature_runner("served")
    with pytest.raises(InputError, match="the model has none"):
        microinfer.Interpreter(named()).get_signature_runner()
    runner = interpreter.get_signature_runner("serve")
    with pytest.raises(InputError, match="no array for right"):
        runner(left=INPUTS["left"])
    with pytest.raises(InputError, match="has no input 'rigth'"):
        runner(left=INPUTS["left"], rigth=INPUTS["right"])
    with pytest.raises(InputError, match="expected int8"):
        runner(left=INPUTS["left"], right=INPUTS["right"] / 2)


def test_signatures_outlive_folding_and_copies() -> None:
    import pickle

    interpreter = microinfer.Interpreter(named("serve"), library="bare-c", profile="arduino-uno")
    again = pickle.loads(pickle.dumps(interpreter))
    got = again.get_signature_runner("serve")(**INPUTS)
    for name, array in interpreter.get_signature_runner("serve")(**INPUTS).items():
        np.testing.assert_array_equal(array, got[name])
    other = ModelBuilder("other")
    with pytest.raises(InputError, match="belongs to another builder"):
        other.signature({"x": ModelBuilder("third").input((1,), scale=1.0)}, {})

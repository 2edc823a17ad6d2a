"""What a run keeps of all tensors beside an interpreter is what one that preserves them holds."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.operators.spec import Run, Step
from microinfer.run.kept_tensors import kept_tensors
from microinfer.run.machine import Machine


@pytest.mark.parametrize(
    "name", ["digits", "ecg", "wake_word", "audio_features", "sine_float", "decimator_int16"]
)
@pytest.mark.parametrize("profile", [None, "arduino-uno"])
def test_tensors_are_those_of_an_interpreter_that_preserves_them(name: str, profile: str | None) -> None:
    library = "bare-c" if profile and name in ("wake_word", "audio_features") else None
    here = Interpreter(name, profile, library=library)
    apart = Interpreter(name, profile, library=library, preserve_all_tensors=True)
    rng = np.random.default_rng(0)
    inputs = []
    for detail in here.get_input_details():
        shape, dtype = detail["shape"], np.dtype(detail["dtype"])
        real = rng.standard_normal(shape) * (40 if dtype.kind == "i" else 1)
        inputs.append(real.astype(dtype))
        for interpreter in (here, apart):
            interpreter.set_tensor(detail["index"], inputs[-1])
    here.invoke(record=True)
    apart.invoke()
    before = here.get_tensor(here.subgraph.outputs[0])
    arrays = kept_tensors(here, inputs)
    for tensor in here.subgraph.tensors:
        array = arrays[tensor.index]
        if array is not None:
            np.testing.assert_array_equal(array, apart.get_tensor(tensor.index))
    np.testing.assert_array_equal(here.get_tensor(here.subgraph.outputs[0]), before)
    for made in range(0, len(here.first_steps), 3):
        wanted = [tensor.index for step in here.first_steps[:made] for tensor in step.node.outputs]
        some = kept_tensors(here, inputs, wanted)
        for index in wanted:
            np.testing.assert_array_equal(some[index], apart.get_tensor(index))


def test_operators_behind_what_is_wanted_are_not_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4), scale=0.1, zero_point=0)
    for _ in range(10):
        x = builder.relu(x)
    builder.output(x)
    here = Interpreter(builder.build())
    here.invoke()
    bound: list[int] = []
    bind = Machine._bind

    def noted(machine: Machine, step: Step) -> Run:
        bound.append(step.index)
        return bind(machine, step)

    monkeypatch.setattr(Machine, "_bind", noted)
    third = here.first_steps[2].node.outputs[0].index
    kept_tensors(here, [np.ones((1, 4), np.int8)], [third])
    assert bound == [0, 1, 2]

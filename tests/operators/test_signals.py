"""The signal library of the audio front end: bits, state and memory as TFLM's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from microinfer import Interpreter, ModelBuilder, load
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.planning import plan_memory
from microinfer.operators.example import Draw
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import row
from microinfer.validation.shadow import Shadow

from support.arena_trials import works
from support.signal_models import NAMES, drawn, same_over_invocations, values
from support.strategies import generators

REMEMBER = tuple(name for name in NAMES if (spec := row(name)) is not None and spec.remembers)


@pytest.mark.kernels
@pytest.mark.parametrize("name", NAMES)
@given(g=generators)
def test_as_in_tflm_over_several_invocations(name: str, g: np.random.Generator) -> None:
    same_over_invocations(drawn(name, g), g)


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_arena_is_exact(name: str) -> None:
    models = [drawn(name, np.random.default_rng(seed)) for seed in range(6)]
    said = []
    for data in models:
        model = load(data)
        recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
        assert recording is not None
        said.append(recording.min_arena_bytes)
    assert all(works(list(zip(models, said, strict=True))))
    assert not any(works([(data, size - 1) for data, size in zip(models, said, strict=True)]))


def rounds(model: Interpreter, x: Any) -> list[bytes]:
    index = model.get_input_details()[0]["index"]
    found = []
    for sample in x:
        model.set_tensor(index, sample)
        model.invoke()
        found.append(b"".join(model.get_tensor(d["index"]).tobytes() for d in model.get_output_details()))
    return found


@pytest.mark.parametrize("name", sorted(set(REMEMBER) - {"SignalFramer", "SignalStacker"}))
def test_state_is_reset_copied_and_kept_in_batches(name: str) -> None:
    g = np.random.default_rng(5)
    model = Interpreter(drawn(name, g))
    x = np.stack([values(model.get_input_details()[0], g) for _ in range(6)])
    whole = rounds(model, x)
    model.reset()
    assert rounds(model, x[:3]) == whole[:3]
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model):
        assert rounds(other, x[3:]) == whole[3:]

    def batch(**how: Any) -> list[bytes]:
        found = model.run_batch(x, **how)
        outputs = found if isinstance(found, list) else [found]
        return [b"".join(output[sample].tobytes() for output in outputs) for sample in range(len(x))]

    assert batch(keep_state=True) == whole
    fresh = Interpreter(model.model)
    alone = []
    for sample in x:
        fresh.reset()
        alone += rounds(fresh, [sample])
    assert batch() == alone != whole


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(REMEMBER)))
def test_the_real_number_twin(name: str) -> None:
    """Close to the bits, where nothing is bounded or wraps; the twin divides where the bits are cut off."""
    bounded = {
        "SignalFilterBankSquareRoot": 8,
        "SignalPCAN": 16,
        "SignalFilterBankLog": 29,
        "SignalEnergy": 14,
    }
    spec = row(name)
    assert spec is not None
    for seed in range(8):
        g = np.random.default_rng(seed)
        draw = Draw(ModelBuilder(name), g)
        made = spec.example(draw)
        made = made if isinstance(made, tuple) else (made,)
        draw.b.output(*made)
        model = Interpreter(draw.b.build(), preserve_all_tensors=True)
        detail = model.get_input_details()[0]
        dtype = np.dtype(detail["dtype"])
        top = 1 << bounded.get(name, 8 * dtype.itemsize - 2)
        x = (
            g.normal(size=detail["shape"]).astype(dtype)
            if dtype.kind == "f"
            else g.integers(0, min(top, np.iinfo(dtype).max), detail["shape"]).astype(dtype)
        )
        model.set_tensor(detail["index"], x)
        model.invoke()
        real = Shadow(model.model).run([x.astype(np.float64)])
        for output in model.get_output_details():
            found, wanted = model.get_tensor(output["index"]).astype(np.float64), real[output["index"]]
            limit = (
                np.iinfo(output["dtype"]) if np.dtype(output["dtype"]).kind in "iu" else np.finfo(np.float32)
            )
            wanted = np.clip(wanted, float(limit.min), float(limit.max))
            room = {"SignalRfft": 4, "SignalIrfft": 8, "SignalPCAN": 80, "SignalFilterBankLog": 12}.get(
                name, 1
            )
            np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=room)

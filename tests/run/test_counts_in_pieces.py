"""What is counted of large tensors piece by piece is what is counted of them whole."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import Interpreter
from microinfer.operators import pieces
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec
from microinfer.run import record

from support.single_operators import drawn_model

counted = [spec for spec in rows() if spec.observe is not None and spec.observe.over != "nothing"]


@pytest.mark.kernels
@pytest.mark.parametrize("spec", counted, ids=lambda spec: spec.name)
def test_counts_add_up(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every operator that has branches, its examples in pieces of seven elements."""
    found = []
    for size in (pieces.PIECE, 7):
        monkeypatch.setattr(pieces, "PIECE", size)
        monkeypatch.setattr(record, "PIECE", size)
        for seed in range(6):
            interpreter = Interpreter(drawn_model(spec.name, seed))
            generator = np.random.default_rng(seed)
            for detail in interpreter.get_input_details():
                array = interpreter.tensor(detail["index"])()
                array[...] = np.resize(generator.integers(-128, 128, 256), array.shape).astype(array.dtype)
            interpreter.invoke(record=True)
            found.append(interpreter.recorded_branches)
    assert found[:6] == found[6:]


@pytest.mark.parametrize("shape", [(3, 4, 5), (1,), (), (2, 0, 3), (600, 1000)])
def test_pieces_hold_every_element_once(shape: tuple[int, ...]) -> None:
    whole = np.arange(np.prod(shape)).reshape(shape)
    beside = np.broadcast_to(np.int8(3), shape[1:])
    read = [np.stack(piece) for piece in pieces.pieces((whole, beside), shape)]
    assert np.concatenate([*read, np.empty((2, 0))], axis=1).tolist() == [
        whole.reshape(-1).tolist(),
        [3] * whole.size,
    ]
    assert all(one.shape[1] <= pieces.PIECE for one in read)

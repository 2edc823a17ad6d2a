"""Drawn models of the signal library's operators, and runs of them beside TFLM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import row, rows

from support.oracle import ARENA_BYTES, Interpreter

__all__ = ["NAMES", "WIDER", "drawn", "same_over_invocations", "values"]

NAMES = tuple(spec.name for spec in rows() if spec.name.startswith("Signal"))


def _window(d: Draw) -> Any:
    length = d.pick(1, 3, 20)
    shape = d.pick((length,), (2, length), (3, 2, length), (4 * length,))
    weights = d.g.integers(-(1 << 15), 1 << 15, length, np.int16)
    return d.b.signal_window(d.b.input(shape, "int16"), weights, shift=int(d.g.integers(0, 32)))


def _transform(method: str) -> Callable[[Draw], Any]:
    def make(d: Draw) -> Any:
        half = d.pick(
            2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25, 27, 30, 32, 36, 45, 48, 50, 64, 75, 128, 256
        )
        dtype, outer = d.pick("int16", "int32", "float32"), d.pick((), (1,), (3,), (2, 2))
        size = 2 * half + 2 if method == "signal_irfft" else int(d.g.integers(1, 2 * half + 1))
        return getattr(d.b, method)(d.b.input((*outer, size), dtype), 2 * half)

    return make


def _energy(d: Draw) -> Any:
    bins = int(d.g.integers(1, 40))
    start = int(d.g.integers(0, bins))
    return d.b.signal_energy(d.b.input((2 * bins,), "int16"), start, int(d.g.integers(start, bins + 1)))


def _subtraction(d: Draw) -> Any:
    bits = int(d.g.integers(0, 40))
    return d.b.signal_filter_bank_spectral_subtraction(
        d.b.input((int(d.g.integers(1, 9)),), "uint32"),
        smoothing=int(d.g.integers(0, 1 << min(bits + 1, 31))),
        alternate_smoothing=int(d.g.integers(0, 1 << min(bits + 1, 31))),
        min_signal_remaining=int(d.g.integers(0, 1 << min(bits + 1, 31))),
        smoothing_bits=int(d.g.integers(0, 32)),
        spectral_subtraction_bits=bits,
        clamping=d.pick(True, False),
    )


def _pcan(d: Draw) -> Any:
    x = d.b.input((int(d.g.integers(1, 9)),), "uint32")
    noise = d.b.input(x.shape, "uint32")
    gains = d.g.integers(-(1 << 15), 1 << 15, 125 + d.pick(0, 7), np.int16)
    return d.b.signal_pcan(x, noise, gains, snr_shift=int(d.g.integers(0, 64)))


def _log(d: Draw) -> Any:
    x = d.b.input((int(d.g.integers(1, 40)),), "uint32")
    scale = d.pick(64, 1600, 65536, -5, int(d.g.integers(-(1 << 31), 1 << 31)))
    return d.b.signal_filter_bank_log(x, output_scale=scale, input_correction_bits=int(d.g.integers(0, 32)))


def _framer(d: Draw) -> Any:
    step, prefill = int(d.g.integers(1, 8)), d.pick(True, False)
    size = int(d.g.integers(step if prefill else 1, 30))
    shape = *d.pick((), (1,), (2, 2)), step * int(d.g.integers(1, 6))
    return d.b.signal_framer(d.b.input(shape, "int16"), size, step, prefill=prefill)


def _stacker(d: Draw) -> Any:
    left, right = int(d.g.integers(0, 4)), int(d.g.integers(0, 4))
    x = d.b.input((int(d.g.integers(1, 6)),), "int16")
    return d.b.signal_stacker(x, left=left, right=right, step=int(d.g.integers(1, left + right + 2)))


def _delay(d: Draw) -> Any:
    shape = *d.pick((), (1,), (3,), (2, 2)), int(d.g.integers(1, 20))
    return d.b.signal_delay(d.b.input(shape, "int16"), int(d.g.integers(0, 50)))


WIDER: dict[str, Callable[[Draw], Any]] = {
    "SignalDelay": _delay,
    "SignalEnergy": _energy,
    "SignalFilterBankLog": _log,
    "SignalFilterBankSpectralSubtraction": _subtraction,
    "SignalFramer": _framer,
    "SignalIrfft": _transform("signal_irfft"),
    "SignalPCAN": _pcan,
    "SignalRfft": _transform("signal_rfft"),
    "SignalStacker": _stacker,
    "SignalWindow": _window,
}


def drawn(name: str, g: np.random.Generator) -> bytes:
    """A model of one operator, by a wider draw where there is one, else as its row draws it."""
    found = row(name)
    assert found is not None
    draw = Draw(ModelBuilder(name), g)
    made = WIDER.get(name, found.example)(draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    model: bytes = draw.b.build()
    return model


def values(detail: dict[str, Any], g: np.random.Generator) -> Any:
    """All magnitudes alike, so that loud and quiet come as often, and now and then nothing but the ends."""
    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if dtype.kind == "f":
        return (np.float32(2.0) ** g.integers(-20, 20) * g.standard_normal(shape)).astype(dtype)
    ends = np.iinfo(dtype)
    found = g.integers(ends.min, ends.max, shape, dtype, endpoint=True)
    if g.integers(8) == 0:
        return np.where(found & 1, dtype.type(ends.min), dtype.type(ends.max)).astype(dtype)
    return np.asarray(found >> dtype.type(g.integers(0, 8 * dtype.itemsize))).astype(dtype)


def _written(model: Interpreter, outputs: list[Any]) -> list[Any]:
    """What an operator wrote of its outputs: not the bins outside, nor a frame that is not whole."""
    (step,) = model.steps
    if step.name == "SignalEnergy":
        start, end = step.geometry.start, step.geometry.end  # type: ignore[attr-defined]
        return [outputs[0][start:end]]
    whole = [output for output in outputs if output.dtype == bool]
    return whole if whole and not whole[0].all() else outputs


def same_over_invocations(model: bytes, g: np.random.Generator, times: int = 5) -> None:
    """The bits of TFLM in every invocation, and again after a reset."""
    from tflite_micro.python.tflite_micro import runtime

    ours, theirs = Interpreter(model), runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    inputs, outputs = ours.get_input_details(), ours.get_output_details()
    for time in range(times):
        if time == times - 2:
            ours.reset()
            theirs.reset()
        for place, detail in enumerate(inputs):
            value = values(detail, g)
            ours.set_tensor(detail["index"], value)
            theirs.set_input(value, place)
        ours.invoke()
        theirs.invoke()
        found = _written(ours, [ours.get_tensor(detail["index"]) for detail in outputs])
        wanted = _written(ours, [np.array(theirs.get_output(place)) for place in range(len(outputs))])
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)

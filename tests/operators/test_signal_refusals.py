"""Hostile options and shapes of the signal library: a clear refusal, and nothing out of bounds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import Interpreter, MicroinferError, ModelBuilder, UnsupportedError, check, load
from microinfer.model.flexbuffers import write_map
from microinfer.operators.prepare import prepare

from support.signal_models import NAMES, drawn, values


def one(name: str, inputs: list[Any], outputs: list[Any], options: Any) -> bytes:
    b = ModelBuilder(name)
    given = [b.constant(i) if isinstance(i, np.ndarray) else b.input(*i) for i in inputs]
    made = [b.tensor(*o) for o in outputs]
    raw = options if isinstance(options, bytes) else write_map(options)
    b.operator("CUSTOM", given, made, custom_code=name, custom_options=raw)
    b.output(*made)
    return b.build()


I16, U32 = "int16", "uint32"
FRAME = [((8,), I16)]
BANK = [np.ones(4, np.int16), np.ones(4, np.int16)]


def bank(starts: list[int], places: list[int], widths: list[int]) -> list[Any]:
    return [((8,), U32), *BANK, *(np.array(table, np.int16) for table in (starts, places, widths))]


NOISE = {"a": 1, "b": 1, "c": False, "d": 1, "e": 4, "f": 1, "g": 1, "h": 3, "i": 14}
HOSTILE = [
    (
        "SignalFramer",
        [((20_000, 8), I16)],
        [((20_000, 4, 4), I16), ((), "bool")],
        {"frame_size": 4, "frame_step": 2, "prefill": True},
        "keeps something for each of 20000 rows, expected at most 16384",
    ),
    (
        "SignalOverlapAdd",
        [((20_000, 2, 4), I16)],
        [((20_000, 4), I16)],
        {"frame_step": 2, "T": 7},
        "keeps something for each of 20000 rows",
    ),
    (
        "SignalWindow",
        [((8,), I16), np.ones(8, np.int16)],
        FRAME,
        {"shift": 32},
        "shift is 32, expected 0 to 31",
    ),
    ("SignalWindow", [((8,), I16), np.ones(8, np.int16)], FRAME, {"shift": -1}, "shift is -1"),
    ("SignalWindow", [((8,), I16), np.ones(3, np.int16)], FRAME, {"shift": 1}, "whole frames of 3"),
    ("SignalWindow", [((8,), I16), np.ones(8, np.int16)], FRAME, {}, "have 0 values, expected 'shift'"),
    ("SignalWindow", [((8,), I16), np.ones(8, np.int16)], FRAME, {"shift": 1.5}, "FlexBuffer type 3"),
    ("SignalWindow", [((8,), I16), np.ones(8, np.int16)], FRAME, b"", "0 bytes, expected a FlexBuffer"),
    ("SignalWindow", [((8,), I16), np.ones(8, np.int16)], FRAME, b"\xff" * 9, "read beside them"),
    ("SignalRfft", FRAME, [((10,), I16)], {"T": 7, "fft_length": 7}, "an even number"),
    ("SignalRfft", FRAME, [((16,), I16)], {"T": 7, "fft_length": 14}, "no factors but 2, 3 and 5"),
    ("SignalRfft", FRAME, [((4,), I16)], {"T": 7, "fft_length": 2}, "fft_length is 2"),
    ("SignalRfft", FRAME, [((4,), I16)], {"T": 7, "fft_length": 0}, "fft_length is 0"),
    ("SignalRfft", FRAME, [((4,), I16)], {"T": 7, "fft_length": -8}, "fft_length is -8"),
    ("SignalRfft", FRAME, [((10,), I16)], {"T": 0, "fft_length": 8}, r"T is 0 \(float32\)"),
    ("SignalRfft", FRAME, [((10,), I16)], {"T": 99, "fft_length": 8}, "T is 99"),
    ("SignalRfft", FRAME, [((6,), I16)], {"T": 7, "fft_length": 4}, "expected 1 to 4 samples"),
    ("SignalRfft", FRAME, [((8,), I16)], {"T": 7, "fft_length": 8}, r"expected \(10,\)"),
    ("SignalRfft", FRAME, [((10,), I16)], {"T": 7, "fft_length": 1 << 40}, "fft_length is 0"),
    ("SignalIrfft", [((10,), I16)], [((4,), I16)], {"T": 7, "fft_length": 8}, "expected 8 samples"),
    ("SignalIrfft", [((8,), I16)], [((8,), I16)], {"T": 7, "fft_length": 8}, r"expected \(10,\)"),
    (
        "SignalEnergy",
        FRAME,
        [((4,), U32)],
        {"end_index": 5, "start_index": 0},
        "end_index is 5, expected up to 4",
    ),
    (
        "SignalEnergy",
        FRAME,
        [((2,), U32)],
        {"end_index": 3, "start_index": 0},
        "end_index is 3, expected up to 2",
    ),
    ("SignalEnergy", FRAME, [((4,), U32)], {"end_index": 4, "start_index": -1}, "start_index is -1"),
    ("SignalFilterBank", bank([7, 0], [0, 0], [2, 1]), [((1,), "uint64")], {"num_channels": 1}, "bin 8 of 8"),
    (
        "SignalFilterBank",
        bank([0, -1], [0, 0], [2, 1]),
        [((1,), "uint64")],
        {"num_channels": 1},
        "bin -1 of 8",
    ),
    (
        "SignalFilterBank",
        bank([0, 0], [0, 3], [2, 2]),
        [((1,), "uint64")],
        {"num_channels": 1},
        "weight 4 of 4",
    ),
    (
        "SignalFilterBank",
        bank([0], [0], [2]),
        [((1,), "uint64")],
        {"num_channels": 1},
        "expected 2 for 1 channel",
    ),
    (
        "SignalFilterBank",
        bank([0, 0], [0, 0], [1, 1]),
        [((2,), "uint64")],
        {"num_channels": 1},
        r"expected \(1,\)",
    ),
    (
        "SignalFilterBank",
        bank([0, 0], [0, 0], [1, 1]),
        [((1,), "uint64")],
        {"num_channels": 0},
        "num_channels is 0",
    ),
    (
        "SignalPCAN",
        [((4,), U32), ((4,), U32), np.ones(124, np.int16)],
        [((4,), U32)],
        {"snr_shift": 6},
        "124 gains",
    ),
    (
        "SignalPCAN",
        [((4,), U32), ((4,), U32), np.ones(125, np.int16)],
        [((4,), U32)],
        {"snr_shift": 64},
        "snr_shift",
    ),
    (
        "SignalPCAN",
        [((4,), U32), ((3,), U32), np.ones(125, np.int16)],
        [((4,), U32)],
        {"snr_shift": 6},
        r"\(4,\)",
    ),
    ("SignalFilterBankLog", [((4,), U32)], [((4,), I16)], {"a": 32, "b": 1}, "input_correction_bits is 32"),
    ("SignalFilterBankLog", [((4,), U32)], [((3,), I16)], {"a": 3, "b": 1}, r"expected \(4,\)"),
    (
        *("SignalFilterBankSpectralSubtraction", [((4,), U32)], [((4,), U32), ((4,), U32)]),
        *({**NOISE, "e": 5}, r"expected \(5,\)"),
    ),
    (
        *("SignalFilterBankSpectralSubtraction", [((4,), U32)], [((4,), U32), ((4,), U32)]),
        *({**NOISE, "h": 32}, "smoothing_bits is 32"),
    ),
    (
        *("SignalFilterBankSpectralSubtraction", [((4,), U32)], [((4,), U32), ((5,), U32)]),
        *(NOISE, r"outputs\[1\].*expected \(4,\)"),
    ),
    ("SignalDelay", FRAME, FRAME, {"delay_length": -1}, "delay_length is -1"),
    ("SignalDelay", FRAME, FRAME, {"delay_length": 1 << 30}, "than the 16777216 that any device"),
    (
        "SignalFramer",
        FRAME,
        [((2, 6), I16), ((), "bool")],
        {"a": 6, "b": 3, "c": 0},
        "a multiple of frame_step 3",
    ),
    ("SignalFramer", FRAME, [((2, 6), I16), ((), "bool")], {"a": 6, "b": 0, "c": 0}, "frame_step is 0"),
    ("SignalFramer", FRAME, [((2, 2), I16), ((), "bool")], {"a": 2, "b": 4, "c": 1}, "or more with prefill"),
    ("SignalFramer", FRAME, [((2, 5), I16), ((), "bool")], {"a": 6, "b": 4, "c": 0}, r"expected \(2, 6\)"),
    (
        "SignalFramer",
        FRAME,
        [((1, 1 << 26), I16), ((), "bool")],
        {"a": 1 << 26, "b": 8, "c": 0},
        "any device",
    ),
    (
        "SignalStacker",
        FRAME,
        [((8,), I16), ((), "bool")],
        {"a": 8, "b": 0, "c": 0, "d": 2},
        "stacker_step is 2",
    ),
    (
        "SignalStacker",
        FRAME,
        [((8,), I16), ((), "bool")],
        {"a": 8, "b": 0, "c": 0, "d": 0},
        "stacker_step is 0",
    ),
    (
        "SignalStacker",
        FRAME,
        [((9,), I16), ((), "bool")],
        {"a": 9, "b": 0, "c": 0, "d": 1},
        "num_channels 9 or more",
    ),
    (
        "SignalStacker",
        FRAME,
        [((8,), I16), ((), "bool")],
        {"a": 8, "b": -1, "c": 0, "d": 1},
        "left_context is -1",
    ),
    ("SignalOverlapAdd", [((2, 4), I16)], [((10,), I16)], {"T": 7, "frame_step": 5}, "frame_step is 5"),
    ("SignalOverlapAdd", [((2, 4), I16)], [((4,), I16)], {"T": 2, "frame_step": 2}, r"T is 2 \(int32\)"),
    ("SignalOverlapAdd", [((2, 4), I16)], [((5,), I16)], {"T": 7, "frame_step": 2}, r"expected \(4,\)"),
]


@pytest.mark.parametrize(("name", "inputs", "outputs", "options", "words"), HOSTILE)
def test_what_a_device_would_read_or_write_beside_is_refused(
    name: str, inputs: list[Any], outputs: list[Any], options: Any, words: str
) -> None:
    data = one(name, inputs, outputs, options)
    with pytest.raises(UnsupportedError, match=words) as caught:
        prepare(load(data))
    assert str(caught.value).startswith("subgraphs[0].operators[0]: ")
    assert "\n" not in str(caught.value)
    report = check(data)
    assert report.verdict == "no"


def test_tables_of_a_filter_bank_are_constants() -> None:
    tables = [((2,), I16)] * 3
    data = one("SignalFilterBank", [((8,), U32), *BANK, *tables], [((1,), "uint64")], {"num_channels": 1})
    with pytest.raises(UnsupportedError, match="expected a constant"):
        prepare(load(data))


def test_types_that_tflm_lacks_are_no() -> None:
    report = check(one("SignalWindow", [((8,), "float32"), np.ones(8, np.int16)], FRAME, {"shift": 1}))
    assert report.verdict == "no"
    assert {finding.rule for finding in report.findings if finding.severity == "error"} == {
        "unsupported-type"
    }


def test_a_custom_operator_with_a_builtin_name_is_foreign() -> None:
    data = one("SOFTMAX", [((1, 4), "float32")], [((1, 4), "float32")], b"")
    with pytest.raises(
        UnsupportedError, match=r"Failed to get registration from op code CUSTOM \('SOFTMAX'\)"
    ):
        prepare(load(data))
    assert check(data).verdict == "cannot-tell"


@given(st.data())
def test_no_options_end_in_anything_but_an_answer(data: Any) -> None:
    g = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    name = data.draw(st.sampled_from(NAMES))
    model = bytearray(drawn(name, g))
    found = load(bytes(model)).subgraphs[0].operators[0].custom_options
    at = bytes(model).find(found) if found else 0
    for _ in range(data.draw(st.integers(1, 3))):
        model[at + int(g.integers(len(found) or 1))] = int(g.integers(256))
    with suppress(MicroinferError):
        interpreter = Interpreter(bytes(model))
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], values(detail, g))
        interpreter.invoke()

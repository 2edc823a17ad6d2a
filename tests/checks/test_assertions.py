"""The assertions of the pytest fixture, without pytest around them."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.checks.assertions import Mcu
from microinfer.errors import InputError, ProfileError


@pytest.fixture(scope="module")
def mcu_l4() -> Mcu:
    return Mcu("nucleo-l4r5zi")


def test_a_budget_is_held_by_the_interval(mcu_l4: Mcu) -> None:
    digits = zoo.load("digits")
    high = 2 * _estimate(mcu_l4, digits)
    with pytest.raises(AssertionError, match="certain=False holds that alone"):
        assert mcu_l4.cycles_below(digits, _estimate(mcu_l4, digits) + 1)
    assert mcu_l4.cycles_below(digits, _estimate(mcu_l4, digits) + 1, certain=False)
    assert mcu_l4.cycles_below(digits, high)
    assert mcu_l4.milliseconds_below(digits, high / 120e3)
    assert mcu_l4.microjoules_below(digits, 200)
    with pytest.raises(AssertionError, match=r"expected at most 0\.001"):
        mcu_l4.milliseconds_below(digits, 0.001)
    with pytest.raises(AssertionError, match="µJ"):
        mcu_l4.microjoules_below(digits, 1)


def _estimate(mcu: Mcu, model: bytes) -> float:
    from microinfer.timing.prices import estimate, total

    steps = microinfer.prepare(microinfer.load(model))
    return total(estimate(steps, mcu.profile, mcu.library)).cycles


def test_memory(mcu_l4: Mcu) -> None:
    digits = zoo.load("digits")
    assert mcu_l4.fits("digits")
    with pytest.raises(AssertionError, match="too small by"):
        mcu_l4.fits(digits, arena_bytes=1024)
    with pytest.raises(AssertionError, match="bytes of flash"):
        mcu_l4.flash_below(digits, 100)
    with pytest.raises(AssertionError, match=r"mobilenet_v1|does not fit"):
        Mcu("arduino-uno").fits("mobilenet_v1")


def test_what_is_not_known_is_not_held() -> None:
    with pytest.raises(AssertionError, match="energy is not known"):
        Mcu("cortex-m4").microjoules_below("digits", 1e9)


def test_bits(mcu_l4: Mcu) -> None:
    digits, x = zoo.load("digits"), zoo.sample("digits")
    (y,) = mcu_l4.run(digits, x)
    assert mcu_l4.bit_exact(digits, x, y)
    assert mcu_l4.bit_exact(digits, {"serving_default_input:0": x}, [y])
    assert mcu_l4.bit_exact(digits, x, crc32(y.tobytes()))
    assert mcu_l4.bit_exact(digits, x, f"crc32:{crc32(y.tobytes()):08x}")
    other = y.copy()
    other[0, 3] += 2
    with pytest.raises(AssertionError, match=r"differs in 1 of 10 values, by 2 at most; first at \[0, 3\]"):
        mcu_l4.bit_exact(digits, x, other)
    with pytest.raises(AssertionError, match="expected int16"):
        mcu_l4.bit_exact(digits, x, y.astype(np.int16))
    with pytest.raises(AssertionError, match="crc32"):
        mcu_l4.bit_exact(digits, x, 7)
    with pytest.raises(InputError, match="quantize_input"):
        mcu_l4.bit_exact(digits, x.astype(np.float32), y)
    for expected, words in (("crc32:zz", "hexadecimal"), ([y, y], "2 arrays"), ("none.npy", "none.npy")):
        with pytest.raises(InputError, match=words):
            mcu_l4.bit_exact(digits, x, expected)


def test_nan_is_a_bit_pattern() -> None:
    builder = ModelBuilder("floats")
    builder.output(builder.dequantize(builder.input((1, 2), scale=1.0, zero_point=0)))
    model = builder.build()
    with pytest.raises(AssertionError, match="first at"):
        Mcu().bit_exact(model, np.zeros((1, 2), np.int8), np.array([[-0.0, 0.0]], np.float32))


def test_wrong_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="did you mean"):
        Mcu("cortex-m44")
    with pytest.raises(InputError):
        Mcu("cortex-m4", "cmsis")
    with pytest.raises((InputError, OSError)):
        Mcu(root=tmp_path).fits("nowhere.tflite")


def _with_tail(operator: str, **options: str) -> bytes:
    """An operator of any name behind a convolution."""
    b = ModelBuilder()
    x = b.conv_2d(
        b.input((1, 16, 16, 4), scale=0.05, zero_point=0), np.ones((8, 3, 3, 4)), scale=0.5, zero_point=0
    )
    y = b.tensor(x.shape, scale=0.1, zero_point=0)
    b.operator(operator, [x], [y], **options)
    b.output(y)
    return b.build()


def test_budgets_are_numbers_or_figures_with_units() -> None:
    mcu = Mcu("nucleo-l4r5zi")
    assert mcu.fits("digits", arena_bytes="16k")
    assert mcu.arena_below("digits", "4k")
    assert mcu.arena_below("digits", 4096)
    assert mcu.flash_below("digits", "1M")
    assert mcu.milliseconds_below("digits", "50ms")
    assert mcu.microjoules_below("digits", "2mJ")
    with pytest.raises(AssertionError, match="more than 1,024"):
        mcu.arena_below("digits", "1k")
    with pytest.raises(InputError, match=r"limit_bytes.*16q"):
        mcu.arena_below("digits", "16q")
    with pytest.raises(InputError, match="no time with its unit"):
        mcu.milliseconds_below("digits", "50")


def test_the_fixture_says_when_nobody_can_tell() -> None:
    mcu = Mcu("cortex-m4")
    data = _with_tail("CUSTOM", custom_code="MINE")
    with pytest.raises(AssertionError, match="cannot tell whether it fits, without what MINE asks"):
        mcu.fits(data)
    with pytest.raises(AssertionError, match="arena, of at least 4,"):
        mcu.arena_below(data, 1 << 20)
    with pytest.raises(AssertionError, match="needs an arena of"):
        mcu.arena_below(data, 4000)
    with pytest.raises(AssertionError, match="time is not known"):
        mcu.cycles_below(data, 1e12)
    with pytest.raises(AssertionError, match="does not fit: Didn't find op"):
        mcu.fits(_with_tail("GELU"))

"""Models on which a build with asserts stops: as TFLM 90b983c2 did on an emulated Cortex-M4, x being 17."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import ModelBuilder, check, load, load_profile

BOARD = load_profile("cortex-m4")


def quotient(divisor: int, zero_point: int = 17) -> bytes:
    """x of scale 0.1 by y of 0.05 into 0.3: a shift of 3."""
    b = ModelBuilder("quotient")
    y = b.constant(np.full((1, 8), divisor, np.int8), 0.05, 0)
    b.output(b.div(b.input((1, 8), scale=0.1, zero_point=zero_point), y, scale=0.3, zero_point=0))
    return b.build()


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize(
    ("model", "stops"),
    [
        (quotient(15), False),
        (quotient(16), True),
        (quotient(127), True),
        (quotient(-16), True),
    ],
    ids=["15", "16", "127", "-16"],
)
def test_where_asserts_stop(model: bytes, stops: bool, library: str) -> None:
    loaded = load(model)
    for build, told in (("O2", False), ("O2,strings", False), ("O2,asserts", stops), ("Os,asserts", stops)):
        found = check(loaded, BOARD.built(build), library=library)
        said = [one for one in found.findings if "with asserts" in one.cause]
        assert bool(said) == told, build
        assert all(not one.certain for one in said)
        assert not told or found.verdict != "yes"


def test_a_divisor_that_is_fed_may_be_any() -> None:
    b = ModelBuilder("quotient")
    x, y = (b.input((1, 8), scale=scale, zero_point=0) for scale in (0.1, 0.05))
    b.output(b.div(x, y, scale=0.3, zero_point=0))
    found = check(load(b.build()), BOARD.built("asserts"), library="tflm-reference")
    assert any("which may be 128" in one.cause for one in found.findings)

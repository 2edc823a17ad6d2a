"""Elementary functions by vectors: taken where they have the C library's bits, left where they have not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.kernels import elementary, float_elementwise
from microinfer.kernels._jit import Kernel, switched_off
from microinfer.kernels._processor import SWITCH, fuses_reals, has_vectors, has_wide_reals
from microinfer.kernels.elementary import BY_VECTORS, TELLING, agrees, fastest, probe

from support.oracle import tflm

OPERATORS = {
    "exponential": "exp",
    "logarithm": "log",
    "sine": "sin",
    "cosine": "cos",
    "elu": "elu",
    "tanh": "tanh",
    "logistic": "logistic",
}
NEAREST: dict[str, Any] = {
    "exponential": np.exp,
    "logarithm": np.log,
    "sine": np.sin,
    "cosine": np.cos,
    "elu": np.expm1,
    "tanh": np.tanh,
}
EDGES = (
    *(0.0, 2.0**-12, 0.699, 0.75, 1.0, 9.0, 16.619047, 22.0, 88.7228, 103.28, 103.972, 104.0, 120.0, 1e9),
    *(times * math.log(2) for times in (0.5, 1.5, 27)),
    *(math.pi / 4, math.pi / 2, math.inf, math.nan),
)

by_vectors = pytest.mark.skipif(
    not has_vectors() or not fuses_reals(), reason="no vectors that fuse, or they are switched off"
)


def every_size() -> NDArray[np.float32]:
    """Drawn numbers of each exponent and sign, denormal ones among them, and the neighbours of edges."""
    generator = np.random.default_rng(0)
    upper = np.repeat(np.arange(512, dtype=np.uint32), 500) << 23
    drawn = (upper | generator.integers(0, 1 << 23, upper.size, np.uint32)).view(np.float32)
    usual = generator.normal(0, 4, 100_000).astype(np.float32)
    edges = np.array(EDGES, np.float32).view(np.uint32)[:, None] + np.arange(-40, 41)
    both = np.concatenate((edges, edges + (1 << 31))).astype(np.uint32).reshape(-1)
    made = np.concatenate((drawn, usual, both.view(np.float32)))
    made.flags.writeable = False
    return made


@by_vectors
@pytest.mark.parametrize("name", BY_VECTORS)
def test_vectors_have_the_bits_of_the_library(name: str) -> None:
    if not agrees(name):
        pytest.skip("this C library has other algorithms")
    x = every_size()
    found, expected = np.zeros_like(x), np.zeros_like(x)
    BY_VECTORS[name](x, found)
    getattr(float_elementwise, name)(x, expected)
    assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


@by_vectors
@pytest.mark.parametrize("name", BY_VECTORS)
def test_every_length_and_in_place(name: str) -> None:
    x = np.random.default_rng(1).normal(1, 3, 70).astype(np.float32)
    whole = np.zeros_like(x)
    BY_VECTORS[name](x, whole)
    for size in range(len(x)):
        y = np.full(len(x), 7, np.float32)
        BY_VECTORS[name](x[:size], y[:size])
        assert_array_equal(y[:size].view(np.uint32), whole[:size].view(np.uint32))
        assert_array_equal(y[size:], 7)
    BY_VECTORS[name](x, x)
    assert_array_equal(x.view(np.uint32), whole.view(np.uint32))


@by_vectors
@pytest.mark.parametrize("name", BY_VECTORS)
def test_machine_code_has_vectors(name: str) -> None:
    from microinfer.kernels._compiler import assembly

    text = assembly(BY_VECTORS[name])
    if name in ("elu", "tanh"):
        assert "vdivps\t%zmm" in text if has_wide_reals() else "vdivps\t%ymm" in text
    else:
        assert "vcvtpd2ps" in text
        assert "213pd\t" in text
        assert (
            "vpermt2pd" in text or "vpermi2pd" in text or name in ("sine", "cosine") or not has_wide_reals()
        )


def test_each_probe_tells() -> None:
    """Of the numbers that tell algorithms apart the library's result is not the nearest, where it is ours."""
    for name, numbers in TELLING.items():
        x = probe(name)[: len(numbers.split())].copy()
        if not agrees(name):
            continue
        y = np.zeros_like(x)
        BY_VECTORS[name](x, y)
        missed = y != NEAREST[name](x.astype(np.float64)).astype(np.float32)
        told_by_fusing = {"exponential": 2, "sine": 3}.get(name, 0)
        assert missed[told_by_fusing:].all()


@by_vectors
@pytest.mark.parametrize("name", TELLING)
def test_another_library_is_called_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that rounds to the nearest always; and one that is not there to be asked."""

    def nearest(_: str) -> Any:
        return lambda x: float(NEAREST[name](np.float64(x)))

    for library in (nearest, lambda _: None):
        monkeypatch.setattr(elementary, "linked_function", library)
        elementary._is_equal.cache_clear()
        try:
            with np.errstate(all="ignore"):
                assert fastest(name) is getattr(float_elementwise, name)
        finally:
            elementary._is_equal.cache_clear()


@pytest.mark.parametrize("name", BY_VECTORS)
def test_the_fast_way_is_taken_and_left(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By models of one operator, with the bits of TFLM's package; vectors can be switched off."""
    shape = (3, 4, 37)
    builder = ModelBuilder()
    builder.output(getattr(builder, OPERATORS[name])(builder.input(shape, dtype="float32")))
    model = builder.build()
    x = np.random.default_rng(2).normal(0, 5, shape).astype(np.float32)
    x[0, 0, :4] = np.inf, -np.inf, 0.0, -0.0
    expected = tflm(model, [x])[0]
    for switch in ("on", "off"):
        monkeypatch.setenv(SWITCH, switch)
        interpreter = Interpreter(model)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert_array_equal(np.isnan(found), np.isnan(expected))
        real = ~np.isnan(found)
        assert_array_equal(found[real].view(np.uint32), expected[real].view(np.uint32))
        if not switched_off():
            run: Any = interpreter._runs[0]
            module = "elementary" if switch == "on" and agrees(name) else "float_elementwise"
            assert run.kernel.name == f"{module}.{name}"


@by_vectors
@pytest.mark.parametrize("name", ["exponential", "logarithm", "sine", "logistic"])
def test_processors_that_pick_nothing_from_vectors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """AVX2's: numbers of tables are loaded one by one."""
    from microinfer.kernels import _lanes_of_reals, _loading
    from microinfer.kernels._compiler import assembly, compile_kernel

    monkeypatch.setattr(_lanes_of_reals, "has_wide_reals", lambda: False)
    made = Kernel(BY_VECTORS[name].py_func, BY_VECTORS[name].signature)
    code = compile_kernel(made)
    assert "vpermt2pd" not in assembly(made)
    made._entry = _loading.load(code, made.symbol)
    x = every_size()
    found, expected = np.zeros_like(x), np.zeros_like(x)
    made(x, found)
    BY_VECTORS[name](x, expected)
    assert_array_equal(found.view(np.uint32), expected.view(np.uint32))

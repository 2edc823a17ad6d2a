"""Lite residuals that learn: their C's bits here and on an ATmega328P, their bytes, the gradient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from microinfer import load_profile
from microinfer.errors import InputError
from microinfer.learning import BiasLearner, bias_cost
from microinfer.learning.residual_module import added

from support.firmware import KERNELS, run, simavr
from support.learners import NETWORKS, Drawn, learner_of, learning_program, learnt, samples_of

LEVELS = ("-O0", "-O1", "-O2", "-O3")


def made(name: str, residuals: int, rate: float = 0.02) -> BiasLearner:
    build, layers = NETWORKS[name]
    return learner_of(build(), layers, rate, residuals=residuals)


@pytest.mark.parametrize(("name", "residuals", "level"), [
    (name, 3, LEVELS[at]) for at, name in enumerate(NETWORKS)
] + [("in time", 1, "-O2")])  # fmt: skip
def test_the_c_of_this_computer_gives_the_same_bits(
    name: str, residuals: int, level: str, tmp_path: Path
) -> None:
    learner = made(name, residuals)
    x, y = samples_of(learner, 25)
    program = learning_program(learner, tmp_path, level)
    stream = b"".join(one.tobytes() + right.tobytes() for one, right in zip(x, y, strict=True))
    assert run([str(program)], input=stream) == learnt(learner, x, y)
    assert len(learner.residuals) == residuals
    assert all((abs(one) >= 1).any() for one in learner.residuals.values())


def test_an_atmega328p_gives_the_same_bits_in_the_bytes_said(tmp_path: Path) -> None:
    package = simavr()
    from simavr.bias_learner import learns_on_simavr

    tools = package.Toolchain(tmp_path / "kernels", KERNELS, "-O2")
    for name in ("in time", "dense"):
        learner = made(name, 2)
        x, y = samples_of(learner, 6)
        ran = learns_on_simavr(learner, x, y, tools, tmp_path / name)
        assert ran.outputs == learnt(learner, x, y)
        layer = learner.layer.geometry
        own = layer.weights_bytes + layer.scratch_bytes + learner.geometry.ram_bytes
        assert ran.ram_bytes == learner.interpreter.plan.arena_used_bytes + own


def test_a_layer_of_too_many_channels_has_none() -> None:
    """Of 256 no sum overflows; a file of 257 is refused."""

    def dense(inputs: int) -> bytes:
        d = Drawn(9)
        return d.built(d.dense(d.input(inputs), 5, "NONE"))

    learner = learner_of(dense(256), 1, residuals=1)
    (weights,) = learner.residuals.values()
    most = added(np.full_like(weights, 32767), np.full(256, 255, np.int16))
    assert (most == (32767 * 255 * 256 + 128) >> 8).all()
    assert 32767 * 255 * 256 + 128 < 1 << 31
    with pytest.raises(InputError, match="has 257 channels, a lite residual takes at most 256"):
        learner_of(dense(257), 1, residuals=1)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_goes_down_the_gradient(name: str) -> None:
    """Of a weight it is the bias's by the average of its input, both in real numbers."""
    learner = made(name, 3, rate=1e-3)
    x, y = samples_of(learner, 1)
    learner.learn(x[0], int(y[0]))
    for one, place in zip(learner.passages, learner._places(), strict=True):
        weights = learner.residuals.get(one.step.index)
        if weights is None:
            continue
        source, scales = one.step.node.input(0), one.scales
        assert scales is not None
        moved = (learner.changes[place] + learner.rests[place].astype(float)) * scales
        real = learner._averages[one.step.index] * float(source.scale)
        taken = weights * (scales / float(source.scale))[:, np.newaxis] / 256
        np.testing.assert_allclose(taken, np.outer(moved, real), rtol=1e-4, atol=1e-9)


def test_without_a_step_the_network_is_as_it_was() -> None:
    x, _ = samples_of(made("pictures", 3), 5)
    for one in x:
        np.testing.assert_array_equal(made("pictures", 3).features(one), made("pictures", 0).features(one))


def test_where_nothing_was_counted_nothing_is_said() -> None:
    learner = made("dense", 1)
    cost = bias_cost(learner, load_profile("cortex-m7"))
    assert cost.network is cost.predict is cost.learn is None
    assert "were not measured on cortex-m7" in cost.note


def test_a_residual_takes_longer_than_none() -> None:
    """Each, both in a sample that is told and in a step."""
    part = load_profile("atmega328p").built("O2")
    costs = [bias_cost(made("dense", residuals), part) for residuals in range(4)]
    for name in ("network", "learn"):
        spans = [getattr(one, name) for one in costs]
        for end in ("low", "typical", "high"):
            ends = [getattr(one, end) for one in spans]
            assert ends == sorted(set(ends))


def test_no_file_has_them() -> None:
    with pytest.raises(InputError, match="a file of the network has none"):
        made("dense", 1).model()
    with pytest.raises(InputError, match="residuals: found 4, expected a number of layers from 0 to 3"):
        made("dense", 4)

"""Biases that learn: their C's bits here and on an ATmega328P, TFLM's bits of the file, the gradient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, load
from microinfer.errors import InputError
from microinfer.learning import BiasLearner, OnlineLayer, write_bias_learner
from microinfer.operators.prepare import prepare
from microinfer.operators.quantization import activation_range
from microinfer.operators.real_windowed import conv_sums, depthwise_sums
from microinfer.operators.registry import row

from support.firmware import KERNELS, run, simavr
from support.learners import NETWORKS, Drawn, learner_of, learning_program, learnt, samples_of

SAMPLES = 25
EVERY = [(name, layers) for name, (_, most) in NETWORKS.items() for layers in range(1, most + 1)]


def made(name: str, layers: int, **words: Any) -> BiasLearner:
    return learner_of(NETWORKS[name][0](), layers, **words)


@pytest.mark.parametrize(("name", "layers"), EVERY, ids=str)
def test_the_c_of_this_computer_gives_the_same_bits(name: str, layers: int, tmp_path: Path) -> None:
    learner = made(name, layers)
    x, y = samples_of(learner, SAMPLES)
    program = learning_program(learner, tmp_path, ("-O0", "-O2", "-O3")[layers - 1])
    stream = b"".join(one.tobytes() + right.tobytes() for one, right in zip(x, y, strict=True))
    assert run([str(program)], input=stream) == learnt(learner, x, y)
    assert learner.changes.any()


def test_an_atmega328p_gives_the_same_bits_in_the_bytes_said(tmp_path: Path) -> None:
    """RAM to the byte: the arena, the layer with its scratch, and the biases."""
    package = simavr()
    from simavr.bias_learner import learns_on_simavr

    tools = package.Toolchain(tmp_path / "kernels", KERNELS, "-O2")
    for name, (_, layers) in NETWORKS.items():
        learner = made(name, layers)
        x, y = samples_of(learner, 8)
        ran = learns_on_simavr(learner, x, y, tools, tmp_path / name)
        assert ran.outputs == learnt(learner, x, y)
        layer = learner.layer.geometry
        own = layer.weights_bytes + layer.scratch_bytes + learner.geometry.ram_bytes
        assert ran.ram_bytes == learner.interpreter.plan.arena_used_bytes + own


@pytest.mark.parametrize("name", NETWORKS)
def test_tflms_own_program_gives_the_bits_of_what_was_learnt(name: str) -> None:
    from tflite_micro import runtime

    learner = made(name, NETWORKS[name][1])
    x, y = samples_of(learner, SAMPLES)
    learnt(learner, x, y)
    theirs = runtime.Interpreter.from_bytes(learner.model())
    for one in x:
        theirs.set_input(one, 0)
        theirs.invoke()
        np.testing.assert_array_equal(theirs.get_output(0).reshape(-1), learner.features(one))


SUMS = {
    "CONV_2D": conv_sums,
    "DEPTHWISE_CONV_2D": depthwise_sums,
    "FULLY_CONNECTED": lambda node, x, weights: x @ weights.T,
}


def largest(step: Any, x: Any, y: Any, moved: Any) -> Any:
    """How the first of the largest of each window moves."""
    g, found = step.geometry, np.zeros(y.shape)
    for at in np.ndindex(y.shape[1:]):
        top, left = at[0] * g.stride_h - g.pad_h, at[1] * g.stride_w - g.pad_w
        places = [
            (0, row, column, at[2])
            for row in range(max(0, top), min(g.input_h, top + g.kernel_h))
            for column in range(max(0, left), min(g.input_w, left + g.kernel_w))
        ]
        found[(0, *at)] = next(moved[one] for one in places if x[one] == y[(0, *at)])
    return found


def slopes(learner: BiasLearner, sample: Any, errors: Any) -> Any:
    """How the loss moves with each bias, forwards: what clamps and what is largest stays as int8 has it."""
    interpreter = learner.interpreter
    whole = Interpreter(interpreter.model, "atmega328p", library="bare-c", preserve_all_tensors=True)
    whole.set_tensor(interpreter.subgraph.inputs[0], sample)
    whole.invoke()
    found = []
    learning = {one.step.index: one for one in learner.learning}
    for layer in learner.learning:
        for channel in range(layer.biases):
            moved: Any = None
            for step in interpreter.steps[layer.step.index :]:
                one, y = learning.get(step.index), whole.get_tensor(step.node.output(0).index)
                if one is None:
                    x, reals = whole.get_tensor(step.node.input(0).index), row(step.name).in_reals
                    if step.name == "MAX_POOL_2D":
                        moved = largest(step, x, y, moved)
                    else:
                        axes = [None if t is None else t.data.astype(float) for t in step.node.inputs[1:]]
                        moved = moved.reshape(y.shape) if reals is None else reals(step.node, [moved, *axes])
                    continue
                if one is layer:
                    moved = np.broadcast_to(np.arange(layer.biases) == channel, y.shape).astype(float)
                else:
                    weights = step.node.input(1)
                    scales = np.asarray(weights.quantization.scale, float)
                    shape = [1] * weights.data.ndim
                    shape[weights.quantization.quantized_dimension] = scales.size
                    moved = SUMS[step.name](step.node, moved, weights.data * scales.reshape(shape))
                low, high = activation_range(
                    step.node.options["fused_activation_function"], step.node.output(0)
                )
                activation = step.node.options["fused_activation_function"]
                if activation != "NONE":
                    moved = moved * (y > low)
                if activation not in ("NONE", "RELU"):
                    moved = moved * (y < high)
            found.append(errors @ learner.layer.weights[:, 1:].astype(float) @ moved.reshape(-1))
    return np.array(found)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_goes_down_the_gradient(name: str) -> None:
    """That of forward mode, in real numbers, to what 14 bits tell."""
    learner = made(name, NETWORKS[name][1], rate=1e-3)
    x, y = samples_of(learner, 4)
    for one, right in zip(x, y, strict=True):
        fresh = made(name, NETWORKS[name][1], rate=1e-3)
        errors = fresh.predict(one).astype(float)
        errors[right] -= 1
        wanted = slopes(fresh, one, errors)
        fresh.learn(one, int(right))
        scales = np.concatenate([layer.scales for layer in fresh.learning])
        taken = -(fresh.changes + fresh.rests.astype(float)) * scales / 1e-3
        assert np.linalg.norm(wanted) > 0
        assert np.linalg.norm(taken - wanted) < 2e-3 * np.linalg.norm(wanted)


def test_a_step_is_kept_until_it_is_whole() -> None:
    """Small ones add up, in what is left of them."""
    learner = made("in time", 3, rate=1e-6)
    x, y = samples_of(learner, 1)
    for _ in range(3):
        learner.learn(x[0], int(y[0]))
    assert not learner.changes.any()
    assert learner.rests.any()
    assert (abs(learner.rests) < 1).all()


def with_sum() -> bytes:
    d = Drawn(7)
    x = d.conv(d.input(4, 4, 2), 2, (1, 1))
    y = d.conv(x, 2, (3, 3), padding="SAME")
    y = d.builder.add(x, y, scale=0.05, zero_point=-128)
    return d.built(d.conv(y, 3, (4, 4)))


def without_bias() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 6), scale=0.1, zero_point=0)
    b.output(b.fully_connected(x, np.ones((3, 6), np.int8), None, weight_scale=0.1, scale=0.1))
    return b.build()


@pytest.mark.parametrize(
    ("data", "layers", "said"),
    [
        (NETWORKS["dense"][0], 0, "expected a number of layers from 1 on"),
        (NETWORKS["dense"][0], 4, "found 4, but drawn 4 has 3 with weights that learn"),
        (with_sum, 2, "ADD is not passed backwards; let fewer layers learn"),
        (without_bias, 1, "has no bias of its own"),
    ],
)
def test_what_cannot_learn_is_refused(data: Any, layers: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        learner_of(data(), layers)


def test_a_network_with_a_sum_learns_behind_it() -> None:
    learner = learner_of(with_sum(), 1)
    x, y = samples_of(learner, 5)
    learnt(learner, x, y)
    assert learner.changes.any()


def test_a_sample_of_another_type_or_size_and_a_layer_of_other_features_are_refused() -> None:
    learner = made("dense", 1)
    for wrong in (np.zeros(12), np.zeros(11, np.int8)):
        with pytest.raises(InputError, match="sample: found"):
            learner.learn(wrong, 0)
    with pytest.raises(InputError, match="takes 3 features, the network gives 5"):
        BiasLearner(learner.interpreter, OnlineLayer(np.zeros((2, 4)), 0.1, 0), 1)


def test_biases_that_grow_beyond_all_numbers_are_told() -> None:
    learner = made("in time", 3, rate=1e30, loss="squares")
    x, _ = samples_of(learner, 1)

    def learn_often() -> None:
        for _ in range(20):
            learner.learn(x[0], np.ones(4, np.float32))

    with np.errstate(all="ignore"), pytest.raises(InputError, match="take a smaller one"):
        learn_often()


@pytest.mark.parametrize("name", NETWORKS)
def test_no_sum_of_the_largest_gradients_overflows(name: str) -> None:
    """As many bits as are told, of the sign that is worst for each sum."""
    from microinfer.learning.backward_pass import sums_back

    for one in made(name, NETWORKS[name][1]).passages:
        if not one.through:
            continue
        for sign in (1, -1):
            given = np.full(one.window.outputs, sign << one.bits, np.int16)
            kept = np.zeros(one.window.outputs, np.uint8)
            found = sums_back(one, given, kept)[0].astype(np.int64)
            assert abs(found).max() <= 1 << 30


def test_the_golden_plan_of_the_network_stays(tmp_path: Path) -> None:
    """Biases in RAM change nothing of the arena."""
    learner = made("pictures", 3)
    write_bias_learner(learner, tmp_path / "one")
    text = (tmp_path / "one/src/model.h").read_text()
    assert f"#define MODEL_ARENA_BYTES {learner.interpreter.plan.arena_used_bytes}\n" in text
    data = NETWORKS["pictures"][0]()
    assert len(prepare(load(data))) == len(Interpreter(data).steps)

"""A stream whose data drift: the layer follows, and forgets; what a part takes for it; its project in C."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import microinfer
from microinfer import Interpreter, ModelBuilder
from microinfer.builder import quantize_weights
from microinfer.errors import InputError
from microinfer.learning import OnlineLayer, features_of, write_learner

from support.firmware import run

INPUTS, FEATURES, CLASSES = 8, 16, 3


def network(dtype: str = "int8") -> bytes:
    """A frozen layer of random weights."""
    random = np.random.default_rng(3)
    builder = ModelBuilder()
    weights = random.standard_normal((FEATURES, INPUTS)).astype(np.float32)
    if dtype == "float32":
        x = builder.input((1, INPUTS), dtype="float32")
        builder.output(builder.fully_connected(x, weights, np.zeros(FEATURES, np.float32)))
        return builder.build()
    x = builder.input((1, INPUTS), scale=0.03, zero_point=0)
    stored, scale = quantize_weights(weights)
    y = builder.fully_connected(
        x, stored, np.zeros(FEATURES, np.float32), weight_scale=scale, scale=0.05, zero_point=-128,
        activation="RELU",
    )  # fmt: skip
    builder.output(y)
    return builder.build()


def samples(turned: bool, count: int, seed: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Three heaps of points; turned, each stands where the next one stood."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((CLASSES, INPUTS)) * 1.5
    y = random.integers(0, CLASSES, count)
    x = centres[(y + turned) % CLASSES] + random.standard_normal((count, INPUTS)) * 0.4
    return np.clip(np.rint(x / 0.03), -128, 127).astype(np.int8), y


def taught() -> tuple[bytes, OnlineLayer]:
    """A layer that knows the heaps as they stand at first."""
    model = network()
    found = features_of(Interpreter(model))
    layer = OnlineLayer(np.zeros((CLASSES, 1 + FEATURES)), found.scale, found.zero_point)
    first = microinfer.learn(model, data=samples(False, 200, 4), layer=layer)
    assert first.stream.learning > first.stream.frozen
    return model, layer


def test_the_layer_follows_what_drifts_and_what_it_forgets_is_said() -> None:
    model, layer = taught()
    known = samples(False, 100, 5)
    report = microinfer.learn(model, "arduino-uno", data=samples(True, 300, 6), known=known, layer=layer)
    first, *_, last = report.stream.stretches
    assert first.learning < last.learning
    assert last.learning > 0.95
    assert report.stream.frozen < 0.1
    assert report.kept is not None
    assert report.kept.before > 0.95
    assert report.kept.after < 0.2
    assert report.kept.forgotten == report.kept.before - report.kept.after
    assert sum(one.last - one.first + 1 for one in report.stream.stretches) == 300


def test_the_result_speaks_as_others_do() -> None:
    model, layer = taught()
    report = microinfer.learn(model, "arduino-uno", data=samples(True, 60, 6), layer=layer, every=25)
    assert report.verdict == "yes"
    assert report.weights_bytes == 4 * CLASSES * (1 + FEATURES)
    assert report.scratch_bytes == 4 * (CLASSES + FEATURES)
    assert report.provisional
    assert json.loads(report.to_json()) == report.to_dict()
    assert report.to_dict()["schema"] == "microinfer.learning/1"
    assert "learning on arduino-uno" in repr(report)
    assert "told rightly" in report._repr_html_()
    assert len(report.stream.stretches) == 3


@pytest.mark.parametrize("board", ["nucleo-f767zi", "esp32-c3"])
def test_elsewhere_its_time_is_provisional(board: str) -> None:
    report = microinfer.learn(network(), board, data=samples(False, 30, 6))
    assert report.provisional
    assert report.verdict == "yes"
    assert report.learn is not None
    assert report.microjoules is not None
    assert "not measured" in report.note
    assert "provisional" in repr(report)


def test_a_layer_that_is_too_large_is_told() -> None:
    model = network()
    found = features_of(Interpreter(model))
    layer = OnlineLayer(np.zeros((40, 1 + FEATURES)), found.scale, found.zero_point)
    assert microinfer.learn(model, "arduino-uno", data=samples(False, 5, 6), layer=layer).verdict == "no"


def test_the_project_learns_in_c_what_python_learns(tmp_path: Path) -> None:
    """The frozen network and the layer, compiled by this computer's gcc."""
    model, layer = taught()
    x, y = samples(True, 40, 8)
    interpreter = Interpreter(model, "arduino-uno")
    files = write_learner(interpreter, layer, tmp_path / "project")
    assert {"Makefile", "src/model.c", "src/learner.c", "src/online_layer.c"} <= set(files)
    run(["make", "-C", str(tmp_path / "project")])
    main = tmp_path / "main.c"
    main.write_text(
        "#include <stdio.h>\n#include <stdint.h>\n#include <string.h>\n"
        '#include "model.h"\n#include "learner.h"\n'
        "int main(void) {\n    int8_t x[MODEL_INPUT_0_BYTES];\n    uint16_t y;\n"
        "    while (fread(x, 1, sizeof x, stdin) && fread(&y, 2, 1, stdin)) {\n"
        "        memcpy(model_input_0(), x, sizeof x);\n        model_invoke();\n"
        "        fwrite(learner_predict(model_output_0()), sizeof(float), LEARNER_OUTPUTS, stdout);\n"
        "        learner_learn(y);\n    }\n    return 0;\n}\n"
    )
    sources = [str(path) for path in sorted((tmp_path / "project/src").glob("*.c"))]
    program = str(tmp_path / "learner")
    run(["gcc", "-O2", f"-I{tmp_path / 'project/src'}", str(main), *sources, "-o", program, "-lm"])
    stream = b"".join(a.tobytes() + np.uint16(b).tobytes() for a, b in zip(x, y, strict=True))
    given = interpreter.run_batch(x)
    wanted = np.stack([layer.learn(one, int(label)) for one, label in zip(given, y, strict=True)])
    assert run([program], input=stream) == wanted.tobytes()


def test_real_numbers_and_files_are_taken(tmp_path: Path) -> None:
    x, y = samples(False, 20, 9)
    np.savez(tmp_path / "stream.npz", x=x, y=y)
    stored = microinfer.learn(network(), data=tmp_path / "stream.npz")
    real = microinfer.learn(network(), data=(x.astype(np.float32) * np.float32(0.03), y))
    assert stored.stream == real.stream


X, Y = samples(False, 4, 2)


@pytest.mark.parametrize(
    ("dtype", "given", "said"),
    [
        ("float32", {"data": (X, Y)}, "expected int8 with one scale"),
        ("int8", {"data": (X, Y[:2])}, "expected whole numbers of (4,)"),
        ("int8", {"data": (X, Y.astype(float))}, "expected whole numbers of (4,)"),
        ("int8", {"data": (X, Y - 9)}, "expected 0 to"),
        ("int8", {"data": (X[:0], Y[:0])}, "found no samples"),
        ("int8", {"data": (X, Y, Y)}, "expected (x, y)"),
        ("int8", {"data": "no.npz"}, "no.npz: cannot be read"),
        ("int8", {"data": X}, "data: found ndarray, expected (x, y)"),
        ("int8", {"data": (X, ["a", "b", "c", "d"])}, "expected whole numbers of (4,)"),
        ("int8", {"data": (X, Y.astype(np.int64) + 10**9)}, "expected 0 to"),
        ("int8", {"data": (np.full(X.shape, np.nan, np.float32), Y)}, "data: has values that are not finite"),
        ("int8", {"data": (X, Y), "every": 2.5}, "every: found 2.5"),
        ("int8", {"data": (X, Y), "every": 0}, "every: found 0"),
        ("int8", {"data": (X, Y), "every": "3"}, "every: found '3'"),
        ("int8", {"data": (X, Y), "layer": 3}, "layer: found int, expected an OnlineLayer"),
        ("int8", {"data": (X, Y), "part": ["arduino-uno"]}, "part: found list, expected a name, a path"),
        ("int8", {"data": (X, Y), "rate": -1.0}, "rate: found -1.0"),
        ("int8", {"data": (X, Y), "known": (X, Y[:1])}, "known: found labels"),
        (
            "int8",
            {"data": (X, Y), "layer": OnlineLayer(np.zeros((3, 5)), 0.05, -128)},
            "layer: found 4 inputs",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(dtype: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        microinfer.learn(network(dtype), **given)
    assert said in str(caught.value)


def test_a_layer_goes_behind_its_own_network_alone(tmp_path: Path) -> None:
    layer = OnlineLayer(np.zeros((3, 5)), 0.05, -128)
    with pytest.raises(InputError, match="takes 4 features, the network gives 16"):
        write_learner(Interpreter(network(), "arduino-uno"), layer, tmp_path / "project")


@pytest.mark.parametrize("name", ["array.npy", "empty.npz", "torn.npz"])
def test_files_that_hold_no_samples_are_refused(name: str, tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", X)
    (tmp_path / "empty.npz").touch()
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="cannot be read as x and y"):
        microinfer.learn(network(), data=tmp_path / name)

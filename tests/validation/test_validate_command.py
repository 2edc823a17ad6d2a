"""`microinfer validate`: what it shows, prints and refuses, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from microinfer import zoo
from microinfer.cli import main

X, Y = zoo.samples("digits")


KEYS = {
    "schema", "model", "sha256", "profile", "library", "release", "data", "samples", "total", "complete",
    "resumed", "seconds", "inputs", "clipped", "task", "labels", "metrics", "float_model", "layers",
    "layer_samples", "warnings", "advice", "accuracy", "min_accuracy", "passed",
}  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


def test_the_command_shows_what_it_found() -> None:
    result = run("digits", "--min-accuracy", "0.9")
    assert result.exit_code == 0
    assert "97.78%, 352 of 360; at least the 90.00% that were asked for" in result.output
    assert "DEPTHWISE_CONV_2D" in result.output
    assert run("digits", "--min-accuracy", "0.99").exit_code == 1
    assert run("sine", "--min-accuracy", "0.99").exit_code == 2
    assert "--min-accuracy needs classes" in run("sine", "--min-accuracy", "0.99").output
    assert run("sine").exit_code == 0


def test_a_part_that_does_not_hold_the_model_is_said() -> None:
    result = run("masks", "-p", "arduino-uno", "--layers", "0")
    assert result.exit_code == 0
    assert "arduino-uno does not hold the model (" in " ".join(result.output.split())
    (warning,) = json.loads(run("masks", "-p", "arduino-uno", "--layers", "0", "--json").stdout)["warnings"]
    assert "are those of a larger part" in warning
    assert json.loads(run("masks", "-p", "portenta-h7", "--layers", "0", "--json").stdout)["warnings"] == []


def test_the_command_prints_json() -> None:
    content = json.loads(run("digits", "--json", "--min-accuracy", "0.99").stdout)
    assert set(content) == KEYS
    assert content["schema"] == "microinfer.validate/1"
    assert (content["passed"], content["accuracy"]) == (False, 352 / 360)
    assert {"index", "operator", "sqnr_db", "own_sqnr_db", "saturated", "unused", "stands_out"} <= set(
        content["layers"][0]
    )
    assert json.loads(run("sine", "--json", "--layers", "0").stdout)["layers"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("digits", "--pixels", "3"),
        ("digits", "--pixels", "3:1"),
        ("digits", "--labels", "a,a"),
        ("digits", "--task", "other"),
        ("digits", "--data", "nothing.npz"),
        ("digits", "--min-accuracy", "97"),
        ("digits", "--resume", "--state", "nothing.npz"),
        ("ds_cnn",),
    ],
)
def test_usage(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert len(result.output.splitlines()) == 1


def test_answers_that_do_not_suit_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("digits", "--labels", "a,b")
    assert result.exit_code == 2
    assert result.output.strip() == "microinfer: 2 labels for an output of 10 classes"
    np.savez("d.npz", x=X, y=Y + 3)
    assert "class 1" in run("digits", "--data", "d.npz").output
    assert [path.name for path in tmp_path.iterdir()] == ["d.npz"]


def test_labels_from_a_file(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\n".join(f"digit {i}" for i in range(10)))
    assert "digit 9" in run("digits", "--labels", str(names)).output


SLOW = """
import time
from microinfer import zoo

def samples():
    for _ in range(50):
        for x, y in zip(*zoo.samples("digits")):
            time.sleep(0.002)
            yield x, y
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to a single process on Windows")
def test_ctrl_c_prints_and_keeps_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "slow_samples.py").write_text(SLOW)
    program = [sys.executable, "-m", "microinfer", "validate", "digits", "--data", "slow_samples.py:samples"]
    options = ["--layers", "0", "--json", "--state", "state.npz"]
    process = subprocess.Popen(
        [*program, *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        process.communicate(timeout=float(os.environ.get("MICROINFER_PATIENCE", "8")))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    if not out:
        pytest.skip("the machine was too busy to start in time")
    content = json.loads(out)
    assert not content["complete"]
    assert content["samples"] > 0
    assert "--resume goes on from state.npz" in err
    done = subprocess.run(
        [*program, "--limit", str(content["samples"] + 5), *options, "--resume"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    resumed = json.loads(done.stdout)
    assert resumed["resumed"] == content["samples"]
    assert resumed["samples"] == content["samples"] + 5
    assert not (tmp_path / "state.npz").exists()

"""A validation that is broken off: what is kept, what goes on from it, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import InputError, zoo
from microinfer.validation import ValidationSettings
from microinfer.validation.blocks import from_arrays

from support.broken_runs import again, broken_off, content
from support.commands import call, error_of

posix = pytest.mark.skipif(os.name != "posix", reason="signals have other names here")
X, Y = zoo.samples("digits")
NAMES = tuple("abcdefghij")
SAMPLES = """
import time
from microinfer import zoo
from helper import shift
X, Y = zoo.samples("digits")
def samples():
    for i in range(300):
        time.sleep({pause}); yield X[i], int(Y[i] + shift) % 10
def words():
    for x, y in samples():
        yield x, "abcdefghij"[y]
def short():
    for i in range(20):
        yield X[i], int(Y[i])
def arrays():
    return X[:300], (Y[:300] + shift) % 10
"""
QUIET = ("--layers", "4", "--json", "--workers", "1")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helper.py").write_text("shift = 0\n")
    (tmp_path / "d.py").write_text(SAMPLES.format(pause=0))
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    (tmp_path / "float.npy").write_bytes(b"")
    np.save(tmp_path / "float.npy", np.eye(10)[Y])
    for name in ("d", "helper"):
        sys.modules.pop(name, None)
    yield tmp_path  # type: ignore[misc]
    sys.path[:] = [path for path in sys.path if path != str(tmp_path)]
    for name in ("d", "helper"):
        sys.modules.pop(name, None)


CHANGES: dict[str, tuple[Any, ValidationSettings, Callable[[], Any], str]] = {
    "labels": ("d.py:words", ValidationSettings(labels=NAMES), lambda: None, "labels"),
    "function": (
        "d.py:samples",
        ValidationSettings(),
        lambda: Path("d.py").write_text(SAMPLES.format(pause=0) + "\n"),
        "data",
    ),
    "helper": (
        "d.py:samples", ValidationSettings(), lambda: Path("helper.py").write_text("shift = 1\n"), "data"
    ),
    "arrays of a function": (
        "d.py:arrays", ValidationSettings(), lambda: Path("helper.py").write_text("shift = 1\n"), "data"
    ),
    "content": ("d.npz", ValidationSettings(), lambda: np.savez("d.npz", x=X, y=(Y + 1) % 10), "data"),
    "time": ("d.npz", ValidationSettings(), lambda: os.utime("d.npz", (1, 1)), "data"),
    "answers": ("x.npy", ValidationSettings(), lambda: np.save("y.npy", (Y + 1) % 10), "data"),
    "float": (
        "d.npz",
        ValidationSettings(float_model=Path("float.npy")),
        lambda: np.save("float.npy", np.eye(10)[Y] + 1),
        "float model",
    ),
}  # fmt: skip
DAMAGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "short y": lambda z: {"y": z["y"][:-5]},
    "y of words": lambda z: {"y": z["y"].astype(str)},
    "no outputs": lambda z: {"outputs": None},
    "other type": lambda z: {"outputs": z["outputs"].astype(np.float32)},
    "other shape": lambda z: {"outputs": z["outputs"][:, :3]},
    "empty": lambda z: {"outputs": z["outputs"][:0], "y": z["y"][:0]},
    "far too many": lambda z: {"outputs": np.repeat(z["outputs"], 50, 0), "y": np.repeat(z["y"], 50, 0)},
    "one number": lambda z: {"outputs": np.array(3)},
    "key list": lambda z: {"key": np.array("[1,2]")},
    "key number": lambda z: {"key": np.array("5")},
    "key array": lambda z: {"key": np.zeros(3)},
    "key text": lambda z: {"key": np.array("{")},
    "deep key": lambda z: {"key": np.array("[" * 200_000)},
    "deep object": lambda z: {"key": np.array('{"a":' * 200_000)},
    "deep notes": lambda z: {"notes": np.array("[" * 200_000)},
    "no notes": lambda z: {"notes": np.array("{}")},
    "odd notes": lambda z: {"notes": np.array('{"fitters": [[1, 2, 3, 4]], "examples": {}}')},
    "odd generator": lambda z: {
        "notes": np.array(
            json.dumps({**json.loads(str(z["notes"])), "examples": {"seen": 120, "generator": 5}})
        )
    },
    "extra column": lambda z: {"column_zz": np.zeros(3)},
    "extra array": lambda z: {"zz": np.zeros(3)},
    "no examples": lambda z: {"example_0": None},
    "fewer examples": lambda z: {"example_0": z["example_0"][:2]},
    "other examples": lambda z: {"example_0": z["example_0"].astype(float)},
    "objects": lambda z: {"y": np.array([{}], object)},
}


class TestGoingOn:
    @pytest.mark.parametrize(
        ("data", "settings"),
        [
            (None, ValidationSettings()),
            ("d.npz", ValidationSettings(layer_samples=40)),
            ("x.npy", ValidationSettings(float_model=Path("float.npy"))),
            ("d.py:samples", ValidationSettings()),
            ("d.py:words", ValidationSettings(labels=NAMES)),
            ("d.py:arrays", ValidationSettings()),
            ((X * 1.5, Y), ValidationSettings()),
        ],
    )
    def test_a_resumed_run_equals_an_uninterrupted_one(
        self, here: Path, data: Any, settings: ValidationSettings
    ) -> None:
        whole = again(data, settings)
        list(whole.run())
        list(whole.look_at_layers())
        broken_off(data, settings)
        rest = again(data, settings)
        rest.resume(Path("state.npz"))
        list(rest.run())
        list(rest.look_at_layers())
        assert rest.result().resumed == 120
        assert content(rest.result()) == content(whole.result())

    def test_a_block_that_is_broken_off_has_not_begun(self, here: Path) -> None:
        validator = broken_off(None)
        before = validator.session._mark()
        for position in range(3):
            session = validator.session
            block = next(validator.dataset.blocks(120, 10))
            target, name = (
                (session, "extra"),
                (session.examples, "see"),
                (session.interpreter, "run_batch"),
            )[position]
            original = getattr(target, name)

            def interrupt(*_: Any, **__: Any) -> Any:
                raise KeyboardInterrupt

            setattr(target, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                session._add_whole(block)
            setattr(target, name, original)
            after = session._mark()
            assert after.parts == before.parts
            assert after.fitters == before.fitters
            assert after.y_parts == before.y_parts


class TestRefused:
    @pytest.mark.parametrize("what", CHANGES)
    def test_another_run(self, here: Path, what: str) -> None:
        data, settings, change, named = CHANGES[what]
        broken_off(data, settings)
        if what == "labels":
            settings = ValidationSettings(labels=("b", "a", *NAMES[2:]))
        change()
        with pytest.raises(InputError, match=f"is of another run, .*{named}.* differs?;"):
            again(data, settings).resume(Path("state.npz"))

    def test_same_content_at_the_same_time_goes_on(self, here: Path) -> None:
        broken_off("d.npz")
        times = Path("d.npz").stat()
        np.savez("d.npz", x=X, y=Y)
        os.utime("d.npz", ns=(times.st_atime_ns, times.st_mtime_ns))
        again("d.npz").resume(Path("state.npz"))

    def test_other_arrays(self, here: Path) -> None:
        broken_off((X, Y))
        with pytest.raises(InputError, match="data differ"):
            again((X, (Y + 1) % 10)).resume(Path("state.npz"))

    def test_more_samples_than_the_data_or_the_limit(self, here: Path) -> None:
        broken_off("d.npz")
        with pytest.raises(InputError, match="has 120 samples, this run 100"):
            again("d.npz", ValidationSettings(limit=100)).resume(Path("state.npz"))
        again("d.npz", ValidationSettings(limit=120)).resume(Path("state.npz"))
        fewer = again("d.npz")
        fewer.dataset = from_arrays("d", fewer.dataset.fingerprint, [X[:50]], Y[:50])
        with pytest.raises(InputError, match="has 120 samples, this run 50"):
            fewer.resume(Path("state.npz"))

    def test_a_stream_that_ends_before_where_the_state_stands(self, here: Path) -> None:
        validator = again("d.py:short")
        with pytest.raises(InputError, match="yields 20 samples, 120 were run before"):
            list(validator.dataset.blocks(120, 10))

    @pytest.mark.parametrize("what", DAMAGE)
    def test_damaged_states_are_one_line(self, here: Path, what: str) -> None:
        broken_off("d.npz")
        with np.load("state.npz") as found:
            arrays = dict(found)
        changed = {k: v for k, v in {**arrays, **DAMAGE[what](arrays)}.items() if v is not None}
        np.savez("state.npz", **changed)
        line = error_of("validate", "digits", "--data", "d.npz", "--state", "state.npz", "--resume")
        assert "state.npz: " in line

    @pytest.mark.parametrize("size", [0, 1, 100, -100, -1])
    def test_cut_files_and_others(self, here: Path, size: int) -> None:
        broken_off("d.npz")
        whole = Path("state.npz").read_bytes()
        Path("state.npz").write_bytes(whole[:size])
        error_of("validate", "digits", "--data", "d.npz", "--state", "state.npz", "--resume")

    def test_a_state_is_not_written_over(self, here: Path) -> None:
        broken_off("d.npz")
        before = Path("state.npz").read_bytes()
        line = error_of("validate", "digits", "--data", "d.npz", "--state", "state.npz")
        assert "--resume goes on from it, --force starts anew" in line
        assert Path("state.npz").read_bytes() == before
        assert call("validate", "digits", "--data", "d.npz", "--state", "state.npz", "--force").exit_code == 0
        error_of("validate", "digits", "--state", "-")
        error_of("validate", "digits", "--state", "no/folder.npz")


@posix
class TestSignals:
    def start(self, folder: Path, *more: str) -> subprocess.Popen[str]:
        (folder / "d.py").write_text(SAMPLES.format(pause=0.02))
        return subprocess.Popen(
            [sys.executable, "-m", "microinfer", "validate", "digits", "--data", "d.py:samples",
             "--state", "state.npz", *QUIET, *more],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_for_state(self, folder: Path) -> None:
        end = time.monotonic() + 60
        while not (folder / "state.npz").exists():
            assert time.monotonic() < end
            time.sleep(0.05)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
    def test_what_is_done_is_kept_and_gone_on_from(self, here: Path, number: signal.Signals) -> None:
        process = self.start(here)
        self.wait_for_state(here)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        if number != signal.SIGKILL:
            assert process.returncode == 130
            assert "--resume goes on from state.npz" in err
            part = json.loads(out)
            assert not part["complete"]
        assert sorted(path.name for path in here.iterdir() if path.suffix == ".part") == []
        rest = self.start(here, "--resume")
        out, err = rest.communicate(timeout=120)
        assert rest.returncode == 0, err
        resumed = json.loads(out)
        assert resumed["resumed"] > 0
        assert not (here / "state.npz").exists()
        whole = json.loads(call("validate", "digits", "--data", "d.py:samples", *QUIET).stdout)
        for one in (whole, resumed):
            for key in ("resumed", "seconds"):
                one.pop(key)
        assert resumed == whole

"""Compiled kernels: kept, shared, damaged, and called."""

from __future__ import annotations

import ast
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import kernels
from microinfer.kernels import _jit
from microinfer.kernels._jit import Kernel, kernel, parse

compiled = pytest.mark.skipif(_jit.switched_off(), reason="numba is switched off")

PROGRAM = """
import json, sys
from microinfer import Interpreter, zoo
from microinfer.kernels._jit import on_compile
compiled = []
on_compile(compiled.append)
interpreter = Interpreter(zoo.load("digits"))
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("digits"))
interpreter.invoke()
output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
print(json.dumps([output.tolist(), compiled, "numba" in sys.modules]))
"""


def start(cache: Path, **extra: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "MICROINFER_CACHE_DIR": str(cache), **extra}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process: subprocess.Popen[str]) -> tuple[Any, list[str], bool]:
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    output, names, numba = json.loads(stdout)
    return output, names, numba


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, list[str]]:
    """A folder with the kernels of `digits`, its output, and what was compiled."""
    folder = tmp_path_factory.mktemp("cache")
    output, names, numba = finish(start(folder))
    assert numba
    assert names
    return folder, output, names


@compiled
class TestCache:
    def test_what_is_kept_runs_without_numba(self, digits: tuple[Path, Any, list[str]]) -> None:
        folder, output, _ = digits
        assert finish(start(folder)) == (output, [], False)

    def test_there_is_a_file_a_kernel_and_nothing_else(self, digits: tuple[Path, Any, list[str]]) -> None:
        """But for the call past ctypes and the method of it, and what LLVM says of the processor."""
        folder, _, names = digits
        (versions,) = folder.glob("kernels-*")
        assert sorted(file.name.rsplit(".", 2)[0] for file in versions.iterdir()) == sorted(
            [*names, "direct", "install"]
        )

    @pytest.mark.parametrize("damage", ["empty", "cut", "changed", "rubbish", "folder"])
    def test_what_is_damaged_is_made_anew(
        self, tmp_path: Path, damage: str, digits: tuple[Path, Any, list[str]]
    ) -> None:
        folder, output, _ = digits
        (versions,) = folder.glob("kernels-*")
        copy = tmp_path / versions.name
        copy.mkdir()
        chosen = sorted(versions.iterdir())[0]
        for file in versions.iterdir():
            (copy / file.name).write_bytes(file.read_bytes())
        target, content = copy / chosen.name, chosen.read_bytes()
        if damage == "folder":
            target.unlink()
            target.mkdir()
        else:
            middle = len(content) // 2
            target.write_bytes(
                {
                    "empty": b"",
                    "cut": content[:middle],
                    "changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                    "rubbish": b"\x80\x04rubbish" * 99,
                }[damage]
            )
        name = chosen.name.rsplit(".", 2)[0]
        assert finish(start(tmp_path)) == (output, [name], True)
        if damage != "folder":
            assert finish(start(tmp_path)) == (output, [], False)

    def test_without_a_place_to_write_everything_is_compiled_each_time(
        self, tmp_path: Path, digits: tuple[Path, Any, list[str]]
    ) -> None:
        _, output, names = digits
        (tmp_path / "file").touch()
        assert finish(start(tmp_path / "file" / "cache")) == (output, names, True)

    def test_processes_that_compile_at_once_do_not_disturb_each_other(
        self, tmp_path: Path, digits: tuple[Path, Any, list[str]]
    ) -> None:
        _, output, _ = digits
        processes = [start(tmp_path) for _ in range(3)]
        assert [finish(process)[0] for process in processes] == [output] * 3
        assert finish(start(tmp_path)) == (output, [], False)
        assert not [file for file in tmp_path.rglob("*") if file.name.startswith(".")]

    def test_another_processor_has_code_of_its_own_and_the_same_bits(
        self, digits: tuple[Path, Any, list[str]]
    ) -> None:
        folder, output, names = digits
        plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
        found, made, numba = finish(start(folder, **plain))
        assert (found, len(made), numba) == (output, len(names), True)
        assert len(list(folder.glob("kernels-*"))) == 2
        assert finish(start(folder)) == (output, [], False)

    def test_a_change_of_any_kernel_source_is_noticed(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MICROINFER_CACHE_DIR", str(tmp_path))
        before = _jit.cache_folder.__wrapped__()
        monkeypatch.setattr(_jit, "__file__", str(tmp_path / "_jit.py"))
        (tmp_path / "other.py").write_text("# changed")
        assert _jit.cache_folder.__wrapped__() != before


@kernel("void(int16[:, ::1], Array(int16, 1, 'C', readonly=True), int64, float64, float32, int32)")
def scale(y: Any, x: Any, a: Any, b: Any, c: Any, d: Any) -> None:
    for row in range(y.shape[0]):
        for i in range(y.shape[1]):
            y[row, i] = np.int16(x[i] * a + b + c + d)


@kernel("void(int64[::1])")
def raising(x: Any) -> None:
    if x[0] > 3:
        raise ValueError
    x[0] = 1


@kernel("void(int64[::1])")
def allocating(x: Any) -> None:
    x[0] = np.zeros(4, np.int64)[x[0]]


class TestBind:
    def test_arguments_arrive(self) -> None:
        x, y = np.arange(3, dtype=np.int16), np.zeros((2, 3), np.int16)
        x.flags.writeable = False
        run = scale.bind(y, x, -2, 0.5, np.float32(1.5), -7)
        run()
        np.testing.assert_array_equal(y, [[-5, -7, -9]] * 2)
        y[:] = 0
        run()
        np.testing.assert_array_equal(y, [[-5, -7, -9]] * 2)

    @pytest.mark.parametrize(
        ("y", "x", "said"),
        [
            (np.zeros((2, 3), np.int8), np.zeros(3, np.int16), "argument 0: int8"),
            (np.zeros(3, np.int16), np.zeros(3, np.int16), "expected a writable array of int16 with 2 dim"),
            (np.zeros((3, 2), np.int16).T, np.zeros(3, np.int16), "contiguous"),
            (np.zeros((2, 3), np.int16), None, "argument 1: NoneType, expected an array"),
        ],
    )
    def test_what_does_not_fit_the_signature_is_refused(self, y: Any, x: Any, said: str) -> None:
        with pytest.raises(TypeError, match=said):
            scale.bind(y, x, 0, 0.0, 0.0, 0)

    def test_what_cannot_be_written_is_refused(self) -> None:
        y = np.zeros((2, 3), np.int16)
        y.flags.writeable = False
        with pytest.raises(TypeError, match="expected a writable array"):
            scale.bind(y, np.zeros(3, np.int16), 0, 0.0, 0.0, 0)
        with pytest.raises(TypeError, match="1 arguments, expected 6"):
            scale.bind(y)

    def test_arrays_live_as_long_as_the_call(self) -> None:
        interpreters = [scale.bind(np.zeros((2, 3), np.int16), np.ones(3, np.int16), 1, 0.0, 0.0, 0)] * 2
        for run in interpreters:
            run()
            assert run.arguments[0].tolist() == [[1] * 3] * 2  # type: ignore[attr-defined]

    def test_a_signature_that_is_not_understood_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not understood"):
            parse("void(int64, int8[:, :])")


@compiled
def test_a_kernel_that_would_raise_or_allocate_does_not_compile() -> None:
    from numba.core.errors import NumbaError

    with pytest.raises(TypeError, match="raising can raise an exception"):
        raising.compile()
    with pytest.raises((NumbaError, NotImplementedError)):
        allocating.compile()


def all_kernels() -> Iterator[Kernel]:
    for module in pkgutil.iter_modules(kernels.__path__):
        if not module.name.startswith("_"):
            import_module(f"{kernels.__name__}.{module.name}")
    for made in _jit.registered():
        if made.py_func.__module__.startswith(kernels.__name__):
            yield made


def test_kernels_neither_raise_nor_assert() -> None:
    for made in all_kernels():
        tree = ast.parse(textwrap.dedent(inspect.getsource(made.py_func)))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.Assert)], made.name


def test_no_two_kernels_share_a_symbol() -> None:
    symbols = [made.symbol for made in all_kernels()]
    assert len(symbols) == len(set(symbols))


def test_a_kernel_says_how_many_arguments_it_has() -> None:
    for made in all_kernels():
        assert len(inspect.signature(made.py_func).parameters) == len(made.arguments), made.name

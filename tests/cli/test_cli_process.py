"""The command line as a process: its streams, its signals, what it imports."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from microinfer.cli.console import noting_interrupts

from support.commands import spawn


class TestProcess:
    def test_the_first_run_says_that_it_compiles(self, tmp_path: Path) -> None:
        first = spawn("run", "sine", "--json", MICROINFER_CACHE_DIR=str(tmp_path))
        assert first.stderr == "compiling kernels, once\n"
        second = spawn("run", "sine", "--json", MICROINFER_CACHE_DIR=str(tmp_path))
        assert second.stderr == ""
        assert json.loads(second.stdout) == json.loads(first.stdout)

    def test_narrow_encodings_and_widths(self) -> None:
        done = spawn("run", "digits", "-p", "arduino-uno", PYTHONIOENCODING="ascii", COLUMNS="60")
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= 60
        assert spawn("plan", "digits", PYTHONIOENCODING="ascii").returncode == 0

    def test_a_plan_keeps_within_a_narrow_terminal(self) -> None:
        for columns in (60, 80):
            done = spawn("plan", "ds_cnn", COLUMNS=str(columns))
            assert max(map(len, done.stdout.splitlines())) <= columns

    @pytest.mark.skipif(shutil.which("sh") is None, reason="a shell closes the stream")
    def test_closed_streams(self) -> None:
        for line, code in (
            ("ops >&-", 2),
            ("ops >&- 2>&-", 2),
            ("opps 2>&-", 2),
            ("check digits >&-", 2),
            ("check digits --json >&-", 2),
            ("check digits -p arduino-uno --max-latency 1us >&-", 1),
        ):
            command = f'"{sys.executable}" -m microinfer {line}'
            done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout) == (code, "")
            lost = code == 2 and "2>&-" not in line
            assert ("standard output is closed" in done.stderr) == lost
            assert done.stderr.count("\n") == lost

    def test_an_interrupt_that_a_callback_swallows_counts_all_the_same(self) -> None:
        with noting_interrupts() as raise_lost:
            raise_lost()
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                raise_lost()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_an_interrupt_while_an_object_is_freed_is_raised_later_without_a_traceback(self) -> None:
        program = (
            "import signal\nfrom microinfer.cli.console import noting_interrupts\n"
            "class Freed:\n"
            "    def __del__(self):\n        signal.raise_signal(signal.SIGINT)\n"
            "with noting_interrupts() as raise_lost:\n"
            "    Freed()\n"
            "    try:\n        raise_lost()\n"
            "    except KeyboardInterrupt:\n        print('raised')\n"
            "class Other:\n"
            "    def __del__(self):\n        raise ValueError('told')\n"
            "Other()\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "raised\n")
        assert "KeyboardInterrupt" not in done.stderr
        assert "told" in done.stderr

    def test_planning_imports_no_numba(self) -> None:
        program = (
            "import sys\nfrom microinfer.cli import main\n"
            "try:\n    main(['plan', 'digits'])\nexcept SystemExit:\n    pass\n"
            "assert 'numba' not in sys.modules\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
    def test_interruption_leaves_a_clean_line(self, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "microinfer", "warmup"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "MICROINFER_CACHE_DIR": str(tmp_path)},
        )
        wait_for(lambda: any(tmp_path.rglob("*.o")))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 130
        assert stdout == ""
        assert stderr.strip().splitlines()[-1] == "microinfer: interrupted"
        assert "Traceback" not in stderr

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
    def test_a_reader_that_leaves_is_no_error(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "microinfer", "ops"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        process.wait(60)


def wait_for(done: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)

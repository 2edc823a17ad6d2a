"""What a stranger's run of the tests says that it could not check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.unchecked import TRUTH, summary

FOLDER = Path(__file__).resolve().parents[1]


def test_causes_are_counted() -> None:
    reasons = [
        "Skipped: avr-gcc is not installed",
        "Skipped: the truth files are not here; MICROINFER_SHARED names their folder",
        "Skipped: got empty parameter set for (row)",
    ]
    expected = f"not checked here: 3 tests, 2 as {TRUTH}; 1 as avr-gcc is not installed"
    assert summary(reasons) == expected
    assert summary([]) == "every test could be run here"


def test_a_run_without_the_truth_files_says_so(tmp_path: Path) -> None:
    tests = FOLDER / "libraries" / "test_flash_stack.py"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            tests,
        ],
        cwd=FOLDER.parent,
        env={**os.environ, "MICROINFER_SHARED": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("not checked here: ")]
    assert line.endswith(f"as {TRUTH}")

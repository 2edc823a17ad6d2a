"""benchmarks/fuzz.py: some of its mutants, and whether it would notice what it looks for.

MICROINFER_HOSTILE sets another number of mutants.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
MUTANTS = os.environ.get("MICROINFER_HOSTILE", "3000")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="guard pages and peaks of memory are Linux's")


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "fuzz.py"), *arguments], capture_output=True, text=True, timeout=900
    )


def script(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r})\n{text}"],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_nothing_is_found_and_a_campaign_goes_on(tmp_path: Path) -> None:
    store = str(tmp_path / "campaign.db")
    first = program("--mutants", MUTANTS, "--store", store)
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    assert f"{int(MUTANTS):,} mutants" in first.stdout
    assert "findings: 0" in first.stdout
    again = program("--mutants", MUTANTS, "--store", store)
    assert again.stdout == first.stdout
    assert not again.stderr, "a block was run twice"


def test_a_store_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    """A full disk ends a store's pages where this limit of files does; a folder is none."""
    full = script(
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, 1 << 14)); sys.argv += "
        f"['--mutants', '40', '--store', {str(tmp_path / 'full.db')!r}]; import fuzz; sys.exit(fuzz.main())"
    )
    nowhere = program("--mutants", "40", "--store", str(tmp_path))
    for done in (full, nowhere):
        assert done.returncode == 2
        assert str(tmp_path) in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("on_start", "beside"), [(False, 7), (True, -1)])
def test_one_byte_beside_an_array_is_a_fault(on_start: bool, beside: int) -> None:
    ended = script(f"""
import ctypes
import numpy as np
from fuzzing.guard_pages import guard_arrays, lean
guard_arrays()
lean({on_start})
a = np.zeros(7, np.int8)
print(bytes(ctypes.string_at(a.ctypes.data, 7)), flush=True)
ctypes.string_at(a.ctypes.data + {beside}, 1)
print("read")
""")
    assert ended.returncode < 0
    assert ended.stdout.strip() == str(bytes(7))


def test_a_fault_and_a_foreign_error_are_findings_and_no_end() -> None:
    ended = script("""
import ctypes
from fuzzing import task
from fuzzing.attempt import Outcome
def attempt(mutant, places):
    if mutant.number == 3:
        ctypes.string_at(1, 1)
    return Outcome("load", foreign="KeyError" * (mutant.number == 5), seconds=mutant.number == 8)
task.attempt = attempt
tally = task.run(1, 0, 10)
print(tally.mutants, [(found.number, found.what) for found in tally.findings])
""")
    assert ended.stdout.strip() == "10 [(3, 'ended by SIGSEGV'), (5, 'KeyError')]", ended.stderr


def test_a_mutant_is_the_same_everywhere() -> None:
    said = "from fuzzing.damage import mutant\nfor n in range(0, 9000, 450): print(mutant(1, n))"
    first, second = script(said), script(said)
    assert first.stdout
    assert first.stdout == second.stdout


def test_every_operator_stands_among_the_sound_models_in_every_type() -> None:
    ended = script("""
from fuzzing.attempt import kinds_of
from fuzzing.seeds import seeds
from microinfer import load
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import rows
known = {kind for seed in seeds() for kind in kinds_of(prepare(load(seed.data)))}
print([(spec.name, dtype) for spec in rows() for dtype in spec.types if (spec.name, dtype) not in known])
""")
    assert ended.stdout.strip() == "[]", ended.stdout + ended.stderr

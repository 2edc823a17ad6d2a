"""benchmarks/fuzz.py on real workers of Dask's: the same mutants end in the same way, and none is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.clients import begin as begin_python
from support.clients import rows_of_table, wait_for_rows
from support.dask_processes import DaskProcesses

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="guard pages and peaks of memory are Linux's")

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MUTANTS, BLOCK = 480, 40
SAME = ("mutants", "reached", "refusals", "ways", "ran")
"""What of a tally does not hang on how long something took."""


def begin(store: Path, *options: str) -> subprocess.Popen[str]:
    """The program, in smaller blocks."""
    arguments = ["fuzz.py", "--mutants", str(MUTANTS), "--store", str(store), *options]
    text = f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); import fuzz; fuzz.BLOCK = {BLOCK}"
    text += f"; sys.argv = {arguments!r}; sys.exit(fuzz.main())"
    return begin_python("-c", text)


def tally(store: Path) -> dict[str, Any]:
    text = (
        f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); from fuzzing.store import Store; import json"
    )
    text += f"; found = Store({str(store)!r}).tally(1)"
    text += "; print(json.dumps([found.to_dict(), [[each.number, each.what] for each in found.findings]]))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    counted, findings = json.loads(done.stdout)
    return {"findings": findings, **{name: counted[name] for name in SAME}}


def test_workers_elsewhere_count_the_same(dask: DaskProcesses, tmp_path: Path) -> None:
    """Though one of them is killed, and then whoever asked, and another goes on."""
    for name in ("first", "second"):
        dask.add_worker(name, PYTHONPATH=str(BENCHMARKS))
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    out, err = begin(here, "--jobs", "2").communicate(timeout=600)
    assert f"{MUTANTS:,} mutants" in out, err
    client = begin(there, "--scheduler", dask.address)
    wait_for_rows(there, "blocks", 2, client, 300)
    dask.workers[0].kill()
    wait_for_rows(there, "blocks", 5, client, 300)
    client.kill()
    client.communicate()
    before = rows_of_table(there, "blocks")
    assert 5 <= before < MUTANTS // BLOCK
    client = begin(there, "--scheduler", dask.address)
    out, err = client.communicate(timeout=600)
    assert client.returncode == 0, err
    assert err.count("found in this block") == MUTANTS // BLOCK - before
    assert tally(there) == tally(here)
    again = begin(there, "--scheduler", dask.address)
    assert again.communicate(timeout=300) == (out, "")


def test_workers_without_this_folder_are_told(dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("stranger")
    client = begin(tmp_path / "s.db", "--scheduler", dask.address)
    _, err = client.communicate(timeout=300)
    assert client.returncode == 1
    assert "expected " in err.splitlines()[-1]
    assert f"set its PYTHONPATH to {BENCHMARKS}" in err.splitlines()[-1]

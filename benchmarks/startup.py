"""How long it takes until something happens: a table of commands, and one of kernels.

    python benchmarks/startup.py [--runs 5] [--json] [--check]

Commands run in processes of their own, beside the bare interpreter and numpy; the least of several runs,
by the clock and by the processor. `first run` compiles into an empty folder. The kernels' table has, for
each, the seconds that compiling takes (numba and its first use not counted), the size of the object file
and the milliseconds that loading it takes. `--check` fails where a limit is broken; what the processor
was busy for is held against it, since other work on the machine only adds to the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from models import models

MODEL = "kws_ref_model"
STAND_IN = "ds_cnn"
"""The same network with random weights, which every installation has."""

KERNELS = """
import json, pkgutil, sys
from importlib import import_module
from time import process_time
from microinfer import kernels
from microinfer.kernels import _jit, _machine_code
for module in pkgutil.iter_modules(kernels.__path__):
    if not module.name.startswith("_"):
        import_module(f"{kernels.__name__}.{module.name}")
start = process_time()
from microinfer.kernels import _compiler
_compiler._refreshed()
rows = [["numba", process_time() - start, 0, 0.0]]
for kernel in _jit.registered():
    start = process_time()
    code = _compiler.compile_kernel(kernel)
    compiled = process_time()
    _machine_code.load(code, kernel.symbol)
    types = " ".join(dict.fromkeys(one.dtype for one in kernel.arguments if one.dimensions is not None))
    rows.append([f"{kernel.name} ({types})", compiled - start, len(code), process_time() - compiled])
json.dump(rows, sys.stdout)
"""

KEEPING = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As in a user's shell: Python keeps what it has compiled of an installed package."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The least of several runs: by the clock, and what the processor was busy for, in seconds."""

    wall: float
    busy: float
    limit: float | None = None


def timed(command: list[str], runs: int, limit: float | None = None, **environment: str) -> Timed:
    walls, busies = [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = perf_counter()
        subprocess.run(command, check=True, capture_output=True, env={**KEEPING, **environment})
        walls.append(perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        busies.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return Timed(min(walls), min(busies), limit)


def first_runs(command: list[str], runs: int, limit: float) -> Timed:
    """Each into a cache folder of its own, which is empty."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            found.append(timed(command, 1, MICROINFER_CACHE_DIR=folder))
    return Timed(min(one.wall for one in found), min(one.busy for one in found), limit)


def commands(runs: int) -> Mapping[str, Timed]:
    """What a user waits for, with the limits that the project has set itself."""
    python, tool = [sys.executable, "-c"], [sys.executable, "-m", "microinfer"]
    known = models()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.tflite"
        model.write_bytes(known.get(MODEL, known[STAND_IN]))
        run = [*tool, "run", str(model)]
        subprocess.run(run, check=True, capture_output=True)
        found = {
            "python": timed([*python, "pass"], runs),
            "import numpy": timed([*python, "import numpy"], runs),
            "import numba": timed([*python, "import numba"], runs),
            "import microinfer": timed([*python, "import microinfer"], runs, 0.2),
            "microinfer --version": timed([*tool, "--version"], runs),
            "microinfer plan": timed([*tool, "plan", str(model)], runs, 0.4),
            "microinfer check": timed([*tool, "check", str(model)], runs, 0.4),
            "microinfer run": timed(run, runs, 0.8),
            "first run": first_runs(run, max(1, runs // 3), 4.0),
        }
        with tempfile.TemporaryDirectory() as cache:
            found["microinfer warmup"] = timed([*tool, "warmup"], 1, MICROINFER_CACHE_DIR=cache)
    return found


def kernels() -> list[tuple[str, float, int, float]]:
    """Name, seconds to compile, bytes of object file, seconds to load; numba itself first."""
    done = subprocess.run([sys.executable, "-c", KERNELS], check=True, capture_output=True, text=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def show(found: Mapping[str, Timed], rows: list[tuple[str, float, int, float]]) -> None:
    print("| command | seconds | busy | limit |")
    print("| --- | ---: | ---: | ---: |")
    for name, one in found.items():
        limit = "" if one.limit is None else f"{one.limit:g}"
        print(f"| {name} | {one.wall:.3f} | {one.busy:.3f} | {limit} |")
    print()
    print("| kernel | compile, s | object, bytes | load, ms |")
    print("| --- | ---: | ---: | ---: |")
    for name, compiling, size, loading in rows:
        print(f"| {name} | {compiling:.2f} | {size or ''} | {f'{1e3 * loading:.2f}' if size else ''} |")
    compiling, size, loading = (sum(row[column] for row in rows) for column in (1, 2, 3))
    print(f"| all {len(rows) - 1} | {compiling:.2f} | {size} | {1e3 * loading:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="fail where a limit is broken")
    arguments = parser.parse_args()
    found, rows = commands(arguments.runs), kernels()
    if arguments.json:
        content: dict[str, Any] = {
            "commands": {name: {"wall": one.wall, "busy": one.busy} for name, one in found.items()},
            "kernels": [dict(zip(("name", "compile", "bytes", "load"), row, strict=True)) for row in rows],
        }
        print(json.dumps(content, indent=1))
    else:
        show(found, rows)
    slow = [name for name, one in found.items() if one.limit is not None and one.busy > one.limit]
    if arguments.check and slow:
        sys.exit(f"too slow: {', '.join(slow)}")


if __name__ == "__main__":
    main()

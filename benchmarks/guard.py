"""Has anything become slow? Ratios of this run against committed ones; fails below half of any.

    python benchmarks/guard.py [--update]

A ratio is how many times faster than tflite-micro, in this run, single thread, same inputs, runtimes
taking turns; for start-up, than importing numpy in a process of its own. Ratios travel between
machines as times do not, but for what vector instructions give: `ratios.json` has them for the
processor that wrote it, and for any other as it is without AVX-512. `--update` writes both. Only models
that ship with the package or are built by it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from microinfer import Interpreter, zoo
from models import RUNTIMES

FILE = Path(__file__).with_name("ratios.json")
MODELS = (
    "sine",
    "digits",
    "ds_cnn",
    "mobilenet_v1",
    "resnet_8",
    "autoencoder",
    "streaming_keyword",
    "wake_word",
    "sine_float",
    "audio_features",
    "decimator_int16",
    "vibration",
    "drive",
    "ecg",
    "ecg_int16",
    "gesture",
    "masks",
    "press",
    "sounds",
    "digits_9x9",
)
BATCHED = ("digits", "ds_cnn", "resnet_8")
SAMPLES = 64
ROUNDS, ROUND_SECONDS = 6, 0.02
STARTS = 5
ANY_OTHER, WITHOUT_AVX512 = "any other", "haswell"
LEAST = 0.5


def least(runs: list[Callable[[], Any]]) -> list[float]:
    """The shortest run of each, of several rounds in which they take turns."""
    best = [float("inf")] * len(runs)
    for _ in range(ROUNDS):
        for position, run in enumerate(runs):
            end = perf_counter() + ROUND_SECONDS
            while perf_counter() < end:
                start = perf_counter()
                run()
                best[position] = min(best[position], perf_counter() - start)
    return best


def single(model: bytes) -> float:
    ours, theirs = least([RUNTIMES[name](model) for name in ("microinfer", "tflite-micro")])
    return theirs / ours


def batched(model: bytes) -> float:
    interpreter = Interpreter(model)
    shape = tuple(interpreter.get_input_details()[0]["shape"])
    x = np.random.default_rng(0).integers(-128, 128, (SAMPLES, *shape[1:])).astype(np.int8)
    ours, theirs = least([lambda: interpreter.run_batch(x, workers=1), RUNTIMES["tflite-micro"](model)])
    return theirs * SAMPLES / ours


def busy(arguments: list[str]) -> float:
    """What a process's processor is busy for at least, in seconds."""
    found = []
    for _ in range(STARTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def starts() -> dict[str, float]:
    numpy = busy(["-c", "import numpy"])
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.tflite"
        model.write_bytes(zoo.load("ds_cnn"))
        commands = {
            "start: import microinfer": ["-c", "import microinfer"],
            "start: plan": ["-m", "microinfer", "plan", str(model)],
            "start: run": ["-m", "microinfer", "run", str(model)],
        }
        subprocess.run([sys.executable, *commands["start: run"]], check=True, capture_output=True)
        return {name: numpy / busy(command) for name, command in commands.items()}


def measure() -> dict[str, float]:
    found = {f"invoke: {name}": single(zoo.load(name)) for name in MODELS}
    found |= {f"batch: {name}": batched(zoo.load(name)) for name in BATCHED}
    return found | starts()


def update() -> None:
    """For this processor, and for any other: as it is where kernels are compiled for AVX2."""
    found = {llvm.get_host_cpu_name(): _rounded(measure())}
    plain = {**os.environ, "NUMBA_CPU_NAME": WITHOUT_AVX512, "NUMBA_CPU_FEATURES": ""}
    done = subprocess.run(
        [sys.executable, __file__, "--json"], check=True, capture_output=True, text=True, env=plain
    )
    found[ANY_OTHER] = _rounded(json.loads(done.stdout))
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _rounded(found: Mapping[str, float]) -> dict[str, float]:
    return {name: float(f"{ratio:.3g}") for name, ratio in found.items()}


def compare(found: Mapping[str, float], committed: Mapping[str, float]) -> list[str]:
    """What has become slow, or is not committed; prints a table of all."""
    wrong = []
    print("| | committed | now | share |")
    print("| --- | ---: | ---: | ---: |")
    for name, ratio in found.items():
        if name not in committed:
            wrong.append(f"{name}: not in {FILE.name}; run with --update")
            continue
        share = ratio / committed[name]
        print(f"| {name} | {committed[name]:.3g} | {ratio:.3g} | {share:.0%} |")
        if share < LEAST:
            wrong.append(f"{name}: {ratio:.3g}, expected at least half of {committed[name]:.3g}")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true", help="write ratios.json")
    parser.add_argument("--json", action="store_true", help="print the ratios and compare nothing")
    arguments = parser.parse_args()
    if arguments.update:
        update()
        return
    found = measure()
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    if wrong := compare(found, committed.get(llvm.get_host_cpu_name(), committed[ANY_OTHER])):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

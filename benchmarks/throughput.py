"""Many inferences: run_batch beside tflite-micro and LiteRT, as a table of microseconds a sample.

    python benchmarks/throughput.py [model ...] [--samples 512] [--threads 2] [--repeat 5] [--json]

The same samples for all, with as many threads each; the best of several rounds in which all take their
turn. LiteRT runs with XNNPACK, whose bits are others, in the quicker of two ways: one interpreter with
so many threads, or one interpreter a thread. tflite-micro has one interpreter a thread.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

import microinfer
from microinfer.run.batch import default_workers
from models import TFLM_ARENA_BYTES, models

Run: TypeAlias = Callable[[], Any]


LARGE_BYTES = 1 << 20
MANY, FEW = 256, 32


def has_one_input(model: bytes) -> bool:
    return len(microinfer.Interpreter(model).get_input_details()) == 1


def fitting_samples(model: bytes) -> int:
    """How many samples are timed; of a large network a few tell as much."""
    return FEW if len(model) > LARGE_BYTES else MANY


def samples(model: bytes, count: int) -> Any:
    """Random samples of the model's only input, batch of one each."""
    detail = microinfer.Interpreter(model).get_input_details()[0]
    if detail["dtype"] == np.float32:
        return np.random.default_rng(0).random((count, *detail["shape"]), np.float32)
    low, high = np.iinfo(detail["dtype"]).min, np.iinfo(detail["dtype"]).max
    shape = (count, *detail["shape"])
    return np.random.default_rng(0).integers(low, high, shape, detail["dtype"], endpoint=True)


def in_threads(works: Sequence[Callable[[Any], None]], x: Any) -> Run:
    """Each thread takes its part of the samples."""
    parts = np.array_split(x, len(works))
    pool = ThreadPoolExecutor(len(works))
    return lambda: list(pool.map(lambda pair: pair[0](pair[1]), zip(works, parts, strict=True)))


def ours(model: bytes, x: Any, threads: int) -> Run:
    interpreter = microinfer.Interpreter(model)
    return lambda: interpreter.run_batch(x, workers=threads)


def tflite_micro(model: bytes, x: Any, threads: int) -> Run:
    from tflite_micro.python.tflite_micro import runtime

    def work() -> Callable[[Any], None]:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=TFLM_ARENA_BYTES)

        def run(part: Any) -> None:
            for sample in part:
                interpreter.set_input(sample, 0)
                interpreter.invoke()
                interpreter.get_output(0)

        return run

    return in_threads([work() for _ in range(threads)], x)


def _litert(model: bytes, threads: int) -> Callable[[Any], None]:
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def run(part: Any) -> None:
        for sample in part:
            interpreter.set_tensor(source, sample)
            interpreter.invoke()
            interpreter.get_tensor(target)

    return run


def litert_together(model: bytes, x: Any, threads: int) -> Run:
    run = _litert(model, threads)
    return lambda: run(x)


def litert_apart(model: bytes, x: Any, threads: int) -> Run:
    return in_threads([_litert(model, 1) for _ in range(threads)], x)


RUNTIMES: dict[str, Callable[[bytes, Any, int], Run]] = {
    "microinfer": ours,
    "tflite-micro": tflite_micro,
    "LiteRT, threads": litert_together,
    "LiteRT, interpreters": litert_apart,
}


OTHERS = ("LiteRT, threads", "LiteRT, interpreters")


def measure(
    model: bytes, count: int, threads: int, repeat: int, wanted: Sequence[str] = tuple(RUNTIMES)
) -> dict[str, float]:
    """Seconds a sample by runtime; one that is not installed or refuses the model is left out."""
    x = samples(model, count)
    runs: dict[str, tuple[Run, int]] = {}
    for name in wanted:
        make = RUNTIMES[name]
        # tflite-micro is so much slower that a few samples tell as much.
        part = x[: max(2, count // 16)] if name == "tflite-micro" else x
        try:
            runs[name] = make(model, part, threads), len(part)
            runs[name][0]()
        except (ImportError, RuntimeError, ValueError, microinfer.MicroinferError):
            runs.pop(name, None)
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(repeat):
        for name, (run, length) in runs.items():
            start = perf_counter()
            run()
            best[name] = min(best[name], (perf_counter() - start) / length)
    return best


def row(name: str, found: dict[str, float]) -> str:
    xnnpack = min((seconds for runtime, seconds in found.items() if "LiteRT" in runtime), default=None)
    micro, own = found.get("tflite-micro"), found.get("microinfer")
    cells = [f"{1e6 * seconds:.1f}" if seconds else "-" for seconds in (own, micro, xnnpack)]
    ratios = [f"{other / own:.2f}" if own and other else "-" for other in (micro, xnnpack)]
    return f"| {name} | {' | '.join((*cells, *ratios))} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="*", help="names; default all with one input")
    parser.add_argument("--samples", type=int, default=512)
    parser.add_argument("--threads", type=int, default=default_workers())
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="seconds a sample by model and runtime")
    arguments = parser.parse_args()
    known = models()
    if unknown := [name for name in arguments.models if name not in known]:
        parser.error(f"no model {', '.join(unknown)}; there are {', '.join(known)}")
    found = {}
    for name in arguments.models or known:
        if has_one_input(known[name]):
            found[name] = measure(known[name], arguments.samples, arguments.threads, arguments.repeat)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    print(f"µs a sample, {arguments.threads} threads, {arguments.samples} samples\n")
    print("| model | microinfer | tflite-micro | LiteRT | tflite-micro / ours | LiteRT / ours |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, times in found.items():
        print(row(name, times))


if __name__ == "__main__":
    main()

"""One inference, microinfer beside tflite-micro and LiteRT: prints a table of times and ratios.

    python benchmarks/speed.py [model ...] [--seconds 0.3] [--everything] [--json]
    python benchmarks/speed.py --readme

Single thread, same inputs, after warm-up; the runtimes take turns, and the shortest run of each counts.
tflite-micro computes the same bits, LiteRT with XNNPACK others. `--everything` prints all that
there is: many inferences on one thread and on two (`throughput.py`) and start-up (`startup.py`) too.
`--readme` prints the README's table: one inference on one thread, and a sample of many on two.
"""

from __future__ import annotations

import argparse
import json

import startup
import throughput
from microinfer.bench.host import describe_computer
from microinfer.errors import MicroinferError
from microinfer.kernels._processor import byte_products, has_dot_products
from microinfer.run.batch import default_workers
from models import RUNTIMES, best_seconds, models

ROUNDS = 5
README = {
    "kws_ref_model": "MLPerf Tiny keyword spotting",
    "vww_96_int8": "MLPerf Tiny visual wake words",
    "pretrainedResnet_quant": "MLPerf Tiny image classification",
    "ad01_int8": "MLPerf Tiny anomaly detection",
    "person_detect": "TFLM's person detection",
    "mobilenet_v2_96": "MobileNetV2, 96 pixels, 56 MMAC",
    "mobilenet_v2_224": "MobileNetV2, 224 pixels, 301 MMAC",
}
"""The networks of the README's table, and what it calls them."""
THREADS = 2


def measure(model: bytes, seconds: float) -> dict[str, float]:
    """Seconds by runtime; a runtime that is not installed or refuses the model is left out."""
    made = {}
    for name, make in RUNTIMES.items():
        try:
            made[name] = make(model)
        except (ImportError, MicroinferError, RuntimeError, ValueError):
            continue
    found = dict.fromkeys(made, float("inf"))
    for _ in range(ROUNDS):
        for name, invoke in made.items():
            found[name] = min(found[name], best_seconds(invoke, seconds / ROUNDS))
    return found


def describe_vectors() -> str:
    """The instructions that layers of int8 are summed with here."""
    way = byte_products() if has_dot_products() else None
    return "no dot products of bytes" if way is None else way.title


def row(name: str, times: dict[str, float]) -> str:
    cells = [f"{1e6 * times[runtime]:.1f}" if runtime in times else "-" for runtime in RUNTIMES]
    ours = times.get("microinfer")
    for other in ("tflite-micro", "LiteRT"):
        cells.append(f"{times[other] / ours:.2f}" if ours and other in times else "-")
    return f"| {name} | {' | '.join(cells)} |"


def readme_row(title: str, one: dict[str, float], many: dict[str, float]) -> str:
    """`one`: seconds of an inference by runtime; `many`: of a sample by `throughput`'s runtimes."""
    ours, micro, other = (one.get(name) for name in RUNTIMES)
    batch = many.get("microinfer")
    others = min((value for name, value in many.items() if "LiteRT" in name), default=None)
    cells = [_us(ours), _us(micro), _us(other), f"{micro / ours:.0f}" if micro and ours else "-"]
    return f"| {title} | {' | '.join((*cells, _us(batch), _us(others)))} |"


def _us(seconds: float | None) -> str:
    if seconds is None:
        return "refused"
    return f"{1e6 * seconds:.3g}" if seconds < 1e-4 else f"{1e6 * seconds:.0f}"


def show_readme(known: dict[str, bytes], seconds: float) -> None:
    print("| model | microinfer | tflite-micro | LiteRT | times tflite-micro | many, two threads | LiteRT |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in [name for name in README if name in known]:
        model = known[name]
        count = throughput.fitting_samples(model)
        many = throughput.measure(model, count, THREADS, ROUNDS, ("microinfer", *throughput.OTHERS))
        print(readme_row(README[name], measure(model, seconds), many), flush=True)
    print(f"\n{describe_computer().describe()}; {describe_vectors()}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", help="names; default all")
    parser.add_argument("--seconds", type=float, default=0.3, help="for each model and runtime")
    parser.add_argument("--everything", action="store_true", help="throughput and start-up, too")
    parser.add_argument("--readme", action="store_true", help="the README's table")
    parser.add_argument("--json", action="store_true", help="seconds by model and runtime")
    arguments = parser.parse_args()
    known = models()
    if unknown := [name for name in arguments.models if name not in known]:
        parser.error(f"no model {', '.join(unknown)}; there are {', '.join(known)}")
    if arguments.readme:
        show_readme(known, arguments.seconds)
        return
    found = {name: measure(known[name], arguments.seconds) for name in arguments.models or known}
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{describe_computer().describe()}; {describe_vectors()}\n")
    print("µs an inference, one thread\n")
    print("| model | microinfer, µs | tflite-micro, µs | LiteRT, µs | tflite-micro / ours | LiteRT / ours |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, times in found.items():
        print(row(name, times))
    if arguments.everything:
        for threads in dict.fromkeys((1, min(2, default_workers()))):
            print(f"\nµs a sample of many, {threads} thread{'s' if threads > 1 else ''}\n")
            print("| model | microinfer | tflite-micro | LiteRT | tflite-micro / ours | LiteRT / ours |")
            print("| --- | ---: | ---: | ---: | ---: | ---: |")
            for name in found:
                if throughput.has_one_input(known[name]):
                    samples = throughput.fitting_samples(known[name])
                    print(throughput.row(name, throughput.measure(known[name], samples, threads, 3)))
        print()
        startup.show(startup.commands(5), startup.kernels())


if __name__ == "__main__":
    main()

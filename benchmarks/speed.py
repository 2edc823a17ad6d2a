"""One inference, microinfer beside tflite-micro and LiteRT: prints a table of times and ratios.

    python benchmarks/speed.py [model ...] [--seconds 0.3] [--json]

Single thread, same inputs, after warm-up; the shortest of all runs. tflite-micro computes the same bits,
LiteRT with XNNPACK others.
"""

from __future__ import annotations

import argparse
import json

from microinfer.errors import MicroinferError
from models import RUNTIMES, best_seconds, models


def measure(model: bytes, seconds: float) -> dict[str, float]:
    """Seconds by runtime; a runtime that is not installed or refuses the model is left out."""
    found = {}
    for name, make in RUNTIMES.items():
        try:
            found[name] = best_seconds(make(model), seconds)
        except (ImportError, MicroinferError, RuntimeError, ValueError):
            continue
    return found


def row(name: str, times: dict[str, float]) -> str:
    cells = [f"{1e6 * times[runtime]:.1f}" if runtime in times else "-" for runtime in RUNTIMES]
    ours = times.get("microinfer")
    for other in ("tflite-micro", "LiteRT"):
        cells.append(f"{times[other] / ours:.2f}" if ours and other in times else "-")
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names; default all")
    parser.add_argument("--seconds", type=float, default=0.3, help="for each model and runtime")
    parser.add_argument("--json", action="store_true", help="seconds by model and runtime")
    arguments = parser.parse_args()
    known = models()
    if unknown := [name for name in arguments.models if name not in known]:
        parser.error(f"no model {', '.join(unknown)}; there are {', '.join(known)}")
    found = {name: measure(known[name], arguments.seconds) for name in arguments.models or known}
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    print("| model | microinfer, µs | tflite-micro, µs | LiteRT, µs | tflite-micro / ours | LiteRT / ours |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, times in found.items():
        print(row(name, times))


if __name__ == "__main__":
    main()

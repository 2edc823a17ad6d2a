"""Writes docs/accuracy.md: bits, bytes, cycles and energy, predicted beside measured.

    python benchmarks/accuracy.py            print the page
    python benchmarks/accuracy.py --write    and write it

What was measured on networks and single operators is in the truth files, whose folder MICROINFER_SHARED names
(default: `shared` beside the repository); boards and counted cycles are in benchmarks/data/.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests"), str(ROOT / "tests/memory")]

import boards as held  # noqa: E402
from avr_accuracy import HEAD, rows, worst_errors  # noqa: E402
from microinfer import Interpreter, load, load_profile, prepare  # noqa: E402
from microinfer.libraries.code_size import code_size  # noqa: E402
from microinfer.libraries.stack import stack_use  # noqa: E402
from microinfer.libraries.target import load_core  # noqa: E402
from microinfer.memory.planning import plan_memory  # noqa: E402
from microinfer.model.tables import Model  # noqa: E402
from microinfer.operators.spec import Step  # noqa: E402
from microinfer.run.patterns import pattern  # noqa: E402
from microinfer.timing.prices import estimate, total  # noqa: E402

SHARED = Path(os.environ.get("MICROINFER_SHARED", ROOT.parent / "shared"))
PAGE = ROOT / "docs" / "accuracy.md"
LIBRARIES = {"tflm-reference": "ref", "tflm-cmsis-nn": "cmsis"}
SEARCH_FAILED = "depthwise_conv_2d_120"
"""The one row of the grid whose smallest arena reads as all that was tried: no measurement."""


def truth(name: str) -> Any:
    path = SHARED / "truth" / name
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


@cache
def model(file: str) -> tuple[Model, tuple[Step, ...]]:
    loaded = load(SHARED / file)
    return loaded, prepare(loaded)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' if i == 0 else '---:' for i in range(len(head)))} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def short(library: str) -> str:
    return library.removeprefix("tflm-")


def bits() -> Iterator[str]:
    yield "## Bits\n"
    yield (
        "The CRC-32 of every operator's output, against those that TFLM computed, compiled for a Cortex-M4 "
        "and emulated by QEMU, for two input patterns and under both kernel libraries. Equal or not; there "
        "is no tolerance.\n"
    )
    rows = []
    for name, found in truth("outputs.json")["models"].items():
        cells = [name]
        for library in LIBRARIES:
            equal = every = 0
            for number in (0, 1):
                interpreter = Interpreter(SHARED / f"models/{name}.tflite", "cortex-m4", library=library)
                for detail in interpreter.get_input_details():
                    dtype = np.dtype(detail["dtype"]).name
                    interpreter.set_tensor(detail["index"], pattern(number, tuple(detail["shape"]), dtype))
                interpreter.invoke(record=True)
                expected = [[o["crc32"] for o in entry["out"]] for entry in found[f"op_crcs_pattern{number}"]]
                for mine, theirs in zip(interpreter.recorded_crc32 or (), expected, strict=True):
                    equal += [f"{crc:08x}" for crc in mine] == theirs
                    every += 1
            cells.append(f"{equal} of {every}")
        rows.append(cells)
    yield from table(["network", *(f"{short(library)}: operators equal" for library in LIBRARIES)], rows)
    yield from grid_bits()


def grid_bits() -> Iterator[str]:
    from test_grid_truth import PATTERNS

    equal: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in truth("cortex_m4_grid.json.gz")["rows"]:
        if row["library"] != "tflm-reference":
            continue
        interpreter = Interpreter(SHARED / row["file"])
        for index, detail in enumerate(interpreter.get_input_details()):
            make = PATTERNS[row["input_pattern"]]
            value = make(tuple(detail["shape"]), np.dtype(detail["dtype"]), index)
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        outputs = [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
        found = [f"{crc32(array.tobytes()):08x}" for array in outputs]
        equal[row["op"]][0] += found == row["output_crc32"]
        equal[row["op"]][1] += 1
    good, every = (sum(pair[i] for pair in equal.values()) for i in (0, 1))
    yield (
        f"Single operators with random shapes, options, weights and scales: {good} of {every} runs equal, "
        f"over {len(equal)} kinds of operator."
    )
    for operator, (mine, all_of) in sorted(equal.items()):
        if mine != all_of:
            yield f"{operator}: {mine} of {all_of}."
    yield ""


def memory() -> Iterator[str]:
    yield "## Bytes\n"
    yield (
        "The smallest tensor arena that works, the code and the stack. Emulated: TFLM, "
        "compiled for a Cortex-M4, under QEMU: arenas tried in steps of 16 bytes, and the stack painted; the "
        "code is from the linker's map. The arena predicted is the multiple of 16 to use. Release build; "
        "code without model, of a resolver with the operators that were linked.\n"
    )
    arenas, flash_stack = truth("arena.json")["models"], truth("flash_stack.json")
    rows = []
    for name in sorted(arenas):
        loaded, steps = model(f"models/{name}.tflite")
        for library in LIBRARIES:
            plan = plan_memory(loaded, steps, library)
            linked = flash_stack["flash"].get(name, {}).get(library)
            code = code_size(library, "cortex-m4", linked["operators"]) if linked else None
            painted = flash_stack["stack_bytes"].get(name, {}).get(library)
            stack = stack_use(library, load_core("cortex-m4"), [(step.name, step.geometry) for step in steps])
            rows.append(
                [
                    name,
                    short(library),
                    both(plan.recommended_arena_bytes, arenas[name][library]["min_arena"]),
                    both(
                        code.bytes if code else None,
                        sum(linked["flash_bytes_by_group"].values()) if linked else None,
                    ),
                    both(
                        stack.bytes if stack else None,
                        max(painted["AllocateTensors"], painted["Invoke"]) if painted else None,
                    ),
                ]
            )
    head = [
        "network",
        "library",
        "arena: predicted, emulated",
        "code: predicted, linked",
        "stack: predicted, emulated",
    ]
    yield from table(head, rows)
    exact = every = 0
    for row in truth("cortex_m4_grid.json.gz")["rows"]:
        if row["min_arena_measured"] and row["name"] != SEARCH_FAILED:
            loaded, steps = model(row["file"])
            exact += plan_memory(loaded, steps, row["library"]).recommended_arena_bytes == row["min_arena"]
            every += 1
    yield f"Single operators: the smallest arena is exact in {exact} of {every} rows.\n"


def both(predicted: int | None, measured: int | None) -> str:
    if measured is None:
        return ""
    return f"{predicted:,}, {measured:,}" if predicted is not None else f"unknown, {measured:,}"


def cycles() -> Iterator[str]:
    yield "## Cycles\n"
    yield (
        "Whole networks, which are not in the fit of the prices. Emulated: TFLM under QEMU, every "
        "executed instruction counted and priced by a model of the core's timing with an ideal memory (M4: "
        "its table; M7: an in-order dual-issue pipeline); no silicon. The interval is for all data.\n"
    )
    rows = []
    inside = every = 0
    for (name, library, core), took in measured_networks().items():
        said = total(estimate(model(f"models/{name}.tflite")[1], load_profile(core), library))
        good = said.cycles_low <= took <= said.cycles_high
        inside, every = inside + good, every + 1
        rows.append(
            [
                name,
                short(library),
                core,
                f"{said.cycles:,}",
                f"{took:,}",
                f"{said.cycles / took - 1:+.1%}",
                f"{said.cycles_low / took - 1:+.1%} to {said.cycles_high / took - 1:+.1%}",
            ]
        )
    yield from table(["network", "library", "core", "predicted", "emulated", "error", "interval"], rows)
    yield f"{inside} of {every} lie inside their interval.\n"
    coverage = (ROOT / "benchmarks" / "interval_coverage.txt").read_text(encoding="utf-8")
    yield (
        "Single operators, each predicted by prices to which it did not contribute, held against 90 % "
        "intervals. Printed by `benchmarks/interval_coverage.py`; errors kernel by kernel are in "
        "`benchmarks/calibrate_cortex_m.txt`.\n"
    )
    yield f"```text\n{coverage.split(chr(10) * 2)[0].strip()}\n```\n"


def measured_networks() -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    with (SHARED / "truth" / "cortex_m4_models.csv").open() as file:
        for row in csv.DictReader(file):
            for library, column in LIBRARIES.items():
                found[row["model"], library, "cortex-m4"] += int(row[f"{column}_est_cycles"])
    for name, libraries in truth("cortex_m7.json.gz")["models"].items():
        for library, column in LIBRARIES.items():
            operators = libraries[column]["ops"]
            found[name, library, "cortex-m7"] = sum(o["est_cycles_m7"] for o in operators if not o["depth"])
    return dict(sorted(found.items()))


def boards() -> Iterator[str]:
    yield "## Milliseconds, microjoules and flash on real boards\n"
    yield (
        "Published rows, *measured* by others on boards: `benchmarks/data/published.json` has every one with "
        "its source, `benchmarks/data/published_stacks.toml` what its stack is to microinfer. Printed by "
        "`benchmarks/boards.py`. A board's memory figures are fitted on rows of its own stack alone "
        "(`benchmarks/fit_boards.txt`); a board with an asterisk has none, or its kernels were not counted, "
        "and its figures are provisional. The benchmark's own copy of its input is added where it is known.\n"
    )
    yield f"{held.head()}\n"
    yield from held.by_stack()
    yield from (*held.each(), *held.each_flash())
    yield (
        "Other engines run the same networks in their own time. Nothing of theirs is in a fit; this is how "
        "many times as long they took as CMSIS-NN under TFLM is said to.\n"
    )
    yield from held.engines()
    yield "What is not held, and why:\n"
    yield from held.left_out()


def avr() -> Iterator[str]:
    found = list(rows())
    if not found:
        return
    operators, median, p95 = worst_errors()
    yield "## An Arduino Uno's ATmega328P\n"
    yield (
        "The exported C of the trained models of the zoo that fit it, compiled by avr-gcc and run on "
        "simavr, which counts cycles exactly. The output is equal to the bit, or this page would not have "
        "been written. "
        f"Arena: all variables. Prices of {operators} operators, fitted one operator at a time: on shapes "
        f"that were held out the worst operator is {median:.1%} off in the median, and 19 of 20 are within "
        f"{p95:.1%}.\n"
    )
    yield from table(HEAD, found)


def page() -> str:
    lines = [
        "# Accuracy: predicted beside emulated and measured\n",
        "Written by `benchmarks/accuracy.py`; nothing on this page was typed by hand. The networks are "
        "real ones that do not ship with microinfer. *Emulated* is what QEMU ran, with cycles from a model "
        "of the core's timing, *simulated* what simavr ran, *measured* what a real board did. What is "
        "neither yet is marked *provisional* wherever it is shown.\n",
        f"On real boards: {held.head()}\n",
    ]
    for section in (bits, memory, cycles, boards, avr):
        lines += section()
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    options = parser.parse_args(arguments)
    if not (SHARED / "truth").is_dir():
        print(f"the truth files are not at {SHARED}; MICROINFER_SHARED names their folder", file=sys.stderr)
        return 2
    made = page()
    print(made)
    if options.write:
        PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

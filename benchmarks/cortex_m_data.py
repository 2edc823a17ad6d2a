"""The measurements that the Cortex-M price lists rest on: shapes of operators and what they took.

`benchmarks/data/cortex_m_grid.json.gz` holds, for every model that was measured, its operators'
geometries and, by library and input pattern, cycles on Cortex-M4 and M7 and instructions on M4. It is
made from the truth files, which hold much more, by `calibrate_cortex_m.py --truth FOLDER`.
"""

from __future__ import annotations

import csv
import dataclasses
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer.operators.spec import Geometry
from microinfer.run.interpreter import Interpreter

DATA = Path(__file__).parent / "data" / "cortex_m_grid.json.gz"
MORE = Path(__file__).parent / "data" / "cortex_m4_more.json.gz"
"""Random shapes that were run on an emulator of ours: the same TFLM, compiler and timing table; operators
for which it agrees with the grid within 0.4 %. Cortex-M4 only."""
MORE_WHAT = (
    "Random shapes, TFLM 90b983c2, GNU Arm 12.2.1 -O2, run on an instruction-set emulator, priced by the "
    "same Cortex-M4 timing table as the grid; operators for which it agrees with the grid within 0.4 %."
)
TYPES = Path(__file__).parent / "data" / "cortex_m4_types.json.gz"
"""Operators and types of data that neither has, with random shapes: run under QEMU, whose counts are the
grid's own where both have an operator. Cortex-M4 only."""
TYPES_WHAT = (
    "Operators and types of data that the grid lacks, random shapes, TFLM 90b983c2 and CMSIS-NN 4ab83cc3, "
    "GNU Arm 12.2.1 -O2, instructions counted under QEMU, priced by the same Cortex-M4 timing table as the "
    "grid."
)
BUILDS = Path(__file__).parent / "data" / "cortex_m_builds.json.gz"
"""What the shapes of the grid and of `TYPES` take in other builds than -O2, and on cores that were counted
for themselves: cycles and instructions by core and level."""
ASSERTS = Path(__file__).parent / "data" / "cortex_m4_asserts.json.gz"
"""The same with asserts on. Of models of float32, drawn anew, it says which branches their own data took."""
OLDER = Path(__file__).parent / "data" / "cortex_m_older.json.gz"
"""The same of older kernels, in the form of `BUILDS`: TensorFlow 2.3.1 with CMSIS_5 1150e71e (as vendored by
eliberis/mcu-deployment-tutorial, its interpreter and TFLM's own kernels by mlcommons/tiny_results_v0.5), and
tflite-micro d41f2011 with CMSIS_5 c43379be. Whatever these kernels do not do (groups, no bias, a batch in a
maximum, a rank above 2; in 2020 dilation and a batch of pictures too) is left out."""
ARDUINO = Path(__file__).parent / "data" / "cortex_m_arduino.json.gz"
ARDUINO_O3 = ARDUINO.with_name("cortex_m_arduino_o3.json.gz")
"""The same under the Arduino library of 2023, whose kernels are older; at -O3, float32 is drawn anew."""
RISC_V = Path(__file__).parent / "data" / "rv32imc_builds.json.gz"
"""The same on RV32IMC in other builds than -O2: the grid's shapes, and some of float32 drawn anew."""
LIBRARIES = {"tflm-reference": "ref", "tflm-cmsis-nn": "cmsis"}
LINKED_OTHERWISE = {
    "tflm-pico": "tflm-cmsis-nn",
    "tflm-2020": "tflm-cmsis-nn",
    "tflm-2021": "tflm-cmsis-nn",
    "tflm-arduino": "tflm-cmsis-nn",
}
"""Kernels of another library, linked with other functions of C's library, or as they once were: whose shapes
were counted so."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One operator of one model under one library, with one input pattern; cycles by core."""

    model: str
    operator: str
    geometry: Geometry
    library: str
    pattern: str
    seen: Mapping[str, int]
    cycles: Mapping[str, int]
    instructions: Mapping[str, int]


def inputs(interpreter: Interpreter, pattern: str) -> None:
    """Set the truth's inputs: a congruential generator, seeded by the input's number, or 17 throughout."""
    for number, detail in enumerate(interpreter.get_input_details()):
        elements = int(np.prod(detail["shape"]))
        values = np.full(elements, 17) if pattern == "const17" else lcg(elements, number)
        if detail["dtype"] == np.float32:
            values = values / 128
        elif detail["dtype"] == np.int16:
            values = values * 256
        interpreter.set_tensor(detail["index"], values.astype(detail["dtype"]).reshape(detail["shape"]))


def lcg(elements: int, number: int) -> NDArray[Any]:
    values, x = np.empty(elements, np.int64), 12345 + 1000003 * number
    for i in range(elements):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = (x >> 24) - 128
    return values


def observed(path: Path, pattern: str) -> dict[str, int]:
    """How many elements of a single-operator model take each branch that depends on the data."""
    interpreter = Interpreter(path)
    inputs(interpreter, pattern)
    interpreter.invoke(record=True)
    return dict((interpreter.recorded_branches or ({},))[0])


def write(truth: Path, path: Path, prepare: Callable[[Path], list[tuple[str, Geometry]]]) -> None:
    """Make the data file of the truth folder. `prepare` answers the operators of a model file."""
    shared = truth.parent
    classes: dict[str, Any] = {}

    def packed(operator: str, geometry: Geometry) -> list[Any]:
        kind = type(geometry)
        classes[operator] = {
            "class": f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}",
            "fields": [field.name for field in dataclasses.fields(geometry)],
        }
        return [getattr(geometry, field.name) for field in dataclasses.fields(geometry)]

    m7 = json.loads(gzip.decompress((truth / "cortex_m7.json.gz").read_bytes()))
    by_row = {(row["name"], row["lib"], row["input_pattern"]): row for row in m7["grid"]}
    grid: dict[str, Any] = {}
    for row in json.loads(gzip.decompress((truth / "cortex_m4_grid.json.gz").read_bytes()))["rows"]:
        name, pattern = row["name"], row["input_pattern"]
        if name not in grid:
            steps = prepare(shared / row["file"])
            if len(steps) != 1:
                continue
            operator, geometry = steps[0]
            made = {"operator": operator, "geometry": packed(operator, geometry), "measured": {}, "seen": {}}
            for kind in ("lcg", "const17"):
                if seen := observed(shared / row["file"], kind):
                    made["seen"][kind] = seen
            grid[name] = made
        other = by_row[name, LIBRARIES[row["library"]], pattern]
        grid[name]["measured"].setdefault(row["library"], {})[pattern] = [
            row["est_cycles_m4"],
            other["est_cycles_m7"],
            row["instructions"],
            other["instructions_m7"],
        ]
    networks = dict(_networks(truth, m7, prepare, packed))
    document = {
        "what": "Shapes of operators and what TFLM 90b983c2 took to run them: cycles on Cortex-M4 "
        "(instructions under its timing table, zero wait states) and M7 (in-order dual-issue model, ideal "
        "memory), then instructions on both. GNU Arm 12.2.1 -O2, run under QEMU. Geometries by field.",
        "columns": [
            "cycles cortex-m4",
            "cycles cortex-m7",
            "instructions cortex-m4",
            "instructions cortex-m7",
        ],
        "geometries": classes,
        "grid": grid,
        "networks": networks,
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text, 9, mtime=0))


def _networks(
    truth: Path,
    m7: Any,
    prepare: Callable[[Path], list[tuple[str, Geometry]]],
    packed: Callable[[str, Geometry], list[Any]],
) -> Iterable[tuple[str, list[Any]]]:
    with (truth / "cortex_m4_models.csv").open() as file:
        rows = list(csv.DictReader(file))
    for model in dict.fromkeys(row["model"] for row in rows):
        mine = [row for row in rows if row["model"] == model]
        steps = prepare(truth.parent / "models" / f"{model}.tflite")
        if len(steps) != len(mine):
            continue
        made = []
        for index, (row, (operator, geometry)) in enumerate(zip(mine, steps, strict=True)):
            measured = {}
            for library, short in LIBRARIES.items():
                other = [op for op in m7["models"][model][short]["ops"] if op["depth"] == 0][index]
                measured[library] = [
                    int(row[f"{short}_est_cycles"]),
                    other["est_cycles_m7"],
                    int(row[f"{short}_instr"]),
                    other["instructions_m7"],
                ]
            made.append({"operator": operator, "geometry": packed(operator, geometry), "measured": measured})
        yield model, made


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


_OF_WIDTH = {1: "int8", 2: "int16", 4: "float32", 8: "int64"}
"""A type of each width: what moves elements has a kernel a width, and older rows say the width alone."""


def _geometry(kinds: Mapping[str, Any], entry: Mapping[str, Any]) -> Geometry:
    described = kinds[entry["operator"]]
    module, _, name = described["class"].partition(".")
    kind = getattr(import_module(f"microinfer.operators.{module}"), name)
    values = dict(zip(described["fields"], _tuples(entry["geometry"]), strict=True))
    width = values.pop("item_bytes", None)
    if isinstance(width, tuple):
        values["dtypes"] = tuple(_OF_WIDTH[one] for one in width)
    elif width is not None:
        values["dtype"] = _OF_WIDTH[width]
    geometry: Geometry = kind(**values)
    return geometry


def _sample(
    model: str, entry: Any, geometry: Geometry, library: str, pattern: str, seen: Any, got: Any
) -> Sample:
    cycles = {"cortex-m4": got[0], "cortex-m7": got[1]}
    instructions = {"cortex-m4": got[2], "cortex-m7": got[3]}
    return Sample(model, entry["operator"], geometry, library, pattern, seen, cycles, instructions)


def read_more(path: Path = MORE) -> list[Sample]:
    """Samples of random shapes, which have no cycles of a Cortex-M7."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    kinds = document["geometries"]
    found = []
    for model, library, operator, values, seen, cycles, instructions in document["rows"]:
        geometry = _geometry(kinds, {"operator": operator, "geometry": values})
        figures = {"cortex-m4": cycles}, {"cortex-m4": instructions}
        found.append(Sample(model, operator, geometry, library, "", seen, *figures))
    return found


def write_more(
    path: Path,
    rows: Iterable[tuple[str, str, str, Geometry, Mapping[str, int], int, int]],
    what: str = MORE_WHAT,
) -> None:
    """The reverse: model, library, operator, geometry, branches seen, cycles, instructions."""
    classes: dict[str, Any] = {}
    packed = []
    for model, library, operator, geometry, seen, cycles, instructions in rows:
        names = [field.name for field in dataclasses.fields(geometry)]
        kind = f"{type(geometry).__module__.rpartition('.')[2]}.{type(geometry).__name__}"
        classes[operator] = {"class": kind, "fields": names}
        values = [getattr(geometry, name) for name in names]
        packed.append([model, library, operator, values, dict(seen), cycles, instructions])
    document = {
        "what": what,
        "columns": ["model", "library", "operator", "geometry", "branches", "cycles", "instructions"],
        "geometries": classes,
        "rows": packed,
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    path.write_bytes(gzip.compress(text, 9, mtime=0))


def read(path: Path) -> tuple[list[Sample], dict[str, list[Sample]]]:
    """The grid's samples, and those of whole networks by model and library."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    kinds = document["geometries"]
    grid: list[Sample] = []
    for model, entry in document["grid"].items():
        geometry = _geometry(kinds, entry)
        for library, patterns in entry["measured"].items():
            for pattern, got in patterns.items():
                seen = entry["seen"].get(pattern, {})
                grid.append(_sample(model, entry, geometry, library, pattern, seen, got))
    networks: dict[str, list[Sample]] = {}
    for model, operators in document["networks"].items():
        for entry in operators:
            geometry = _geometry(kinds, entry)
            for library, got in entry["measured"].items():
                networks.setdefault(f"{model} {library}", []).append(
                    _sample(model, entry, geometry, library, "", {}, got)
                )
    return grid, networks


def read_builds(path: Path = BUILDS) -> tuple[list[str], list[Sample]]:
    """Columns, each a core and what differs from -O2; and the samples of all shapes, by library, with their
    cycles and instructions by column."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    columns: list[str] = document["columns"]
    grid, _ = read(DATA)
    known = {(s.library, s.model): s for s in read_more(TYPES)}
    known |= {(s.library, s.model): s for s in grid if s.pattern == "lcg"}
    found = []
    for library, models in document["rows"].items():
        shapes = LINKED_OTHERWISE.get(library, library)
        for model, figures in models.items():
            cycles = {name: figures[2 * i] for i, name in enumerate(columns) if figures[2 * i] is not None}
            counts = {name: figures[2 * i + 1] for i, name in enumerate(columns) if name in cycles}
            sample = known.get((shapes, model))
            if sample is not None:
                seen = document.get("seen", {}).get(library, {}).get(model, sample.seen)
                new = {"library": library, "seen": seen, "cycles": cycles, "instructions": counts}
                found.append(dataclasses.replace(sample, **new))
    return columns, found

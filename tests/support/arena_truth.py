"""What real TFLM asked of memory for the grid's models of one operator, and these models made anew.

`tests/truth/cortex_m4_arena.json.gz` is made from the truth folder and its models by

    python tests/support/arena_truth.py FOLDER

Weights and biases are not kept: no byte of the arena hangs on them. Scales keep three digits, for only
their number counts, and which of them are alike.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.model.read import load
from microinfer.model.tables import Tensor

__all__ = ["PATH", "Asked", "Single", "read"]

PATH = Path(__file__).resolve().parents[1] / "truth" / "cortex_m4_arena.json.gz"
LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")
SEARCH_FAILED = "depthwise_conv_2d_120"
"""The one row whose smallest arena reads 15 MiB, the whole arena that was tried: no measurement."""
ACTIVATION, INPUT, VARIABLE, WEIGHTS, VALUES = range(5)
EXACT = 2.0**16
"""Scales that operators prescribe, such as 1 / 256, are multiples of its inverse and kept as they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Bytes that one operator asked for under one library, in order, and what came of it.

    `requests`: ("init" or "prepare", bytes). `smallest` is the smallest multiple of 16 that worked, None
    where it was not searched for. `prepare_stack`, `invoke_stack`: marks below AllocateTensors and Invoke.
    """

    scratch: tuple[int, ...]
    requests: tuple[tuple[str, int], ...]
    head: int
    tail: int
    smallest: int | None
    prepare_stack: int
    invoke_stack: int


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One model of the grid: how it is built, and what was asked by library."""

    name: str
    operator: str
    skeleton: Mapping[str, Any]
    asked: Mapping[str, Asked]

    def build(self) -> bytes:
        """The `.tflite` file, with zeros for weights."""
        b = ModelBuilder(self.name)
        made = [_tensor(b, *row) for row in self.skeleton["tensors"]]
        pick = [None if index < 0 else made[index] for index in self.skeleton["inputs"]]
        b.operator(
            self.operator,
            pick,
            [made[index] for index in self.skeleton["outputs"]],
            self.skeleton["options"],
            version=self.skeleton["version"],
            intermediates=[made[index] for index in self.skeleton["intermediates"]],
        )
        b.output(*(made[index] for index in self.skeleton["results"]))
        return b.build()


def _tensor(
    b: ModelBuilder, kind: int, dtype: str, shape: list[int], scales: int, scale: float, zero: int,
    dimension: int, values: list[int],
) -> Any:  # fmt: skip
    quantised: tuple[Any, Any] = ([scale] * scales, [zero] * scales) if scales else (None, None)
    if kind == INPUT:
        return b.input(shape, dtype, *quantised)
    if kind in (ACTIVATION, VARIABLE):
        return b.tensor(shape, dtype, *quantised, quantized_dimension=dimension, is_variable=kind == VARIABLE)
    array = np.array(values, dtype).reshape(shape) if kind == VALUES else np.zeros(shape, dtype)
    return b.constant(array, *quantised, quantized_dimension=dimension)


@cache
def read() -> tuple[Single, ...]:
    """The models of the grid, in its order."""
    document = json.loads(gzip.decompress(PATH.read_bytes()))
    return tuple(
        Single(name, operator, skeleton, {library: _asked(*row) for library, row in asked.items()})
        for name, operator, skeleton, asked in document["rows"]
    )


def _asked(scratch: list[int], requests: list[list[Any]], *rest: Any) -> Asked:
    return Asked(tuple(scratch), tuple((phase, size) for phase, size in requests), *rest)


def _rounded(scale: float) -> float:
    return scale if (scale * EXACT).is_integer() else float(f"{scale:.3g}")


def _described(tensor: Tensor, fed: bool) -> list[Any]:
    values: list[int] = []
    kind = INPUT if fed else VARIABLE if tensor.is_variable else ACTIVATION
    if tensor.data is not None:
        kind = WEIGHTS
        if tensor.quantization is None and tensor.dtype == "int32":
            kind, values = VALUES, tensor.data.ravel().tolist()
    quantization = tensor.quantization
    scales = len(quantization.scale) if quantization is not None else 0
    dimension = quantization.quantized_dimension if quantization is not None else 0
    return [
        kind, tensor.dtype, list(tensor.shape), scales, _rounded(tensor.scale), tensor.zero_point, dimension,
        values,
    ]  # fmt: skip


def _skeleton(path: Path) -> tuple[str, dict[str, Any]]:
    (subgraph,) = load(path).subgraphs
    (operator,) = subgraph.operators
    return operator.name, {
        "tensors": [_described(tensor, tensor.index in subgraph.inputs) for tensor in subgraph.tensors],
        "inputs": operator.inputs,
        "outputs": operator.outputs,
        "intermediates": operator.intermediates,
        "results": subgraph.outputs,
        "options": dict(operator.options),
        "version": operator.version,
    }


def _rows(shared: Path) -> Iterator[list[Any]]:
    """The input pattern changes nothing here: one row a model and library."""
    rows = json.loads(gzip.decompress((shared / "truth/cortex_m4_grid.json.gz").read_bytes()))["rows"]
    by_model: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_model.setdefault(row["name"], {})[row["library"]] = row
    for name, by_library in by_model.items():
        operator, skeleton = _skeleton(shared / next(iter(by_library.values()))["file"])
        asked = {}
        for library, row in by_library.items():
            measured = row["min_arena_measured"] and name != SEARCH_FAILED
            asked[library] = [
                row["scratch_bytes"],
                row["persistent_requests"],
                row["head"],
                row["tail"],
                row["min_arena"] if measured else None,
                row["stack_bytes"]["AllocateTensors"],
                row["stack_bytes"]["Invoke"],
            ]
        yield [name, operator, skeleton, asked]


def main(truth: Path) -> None:
    document = {
        "what": "Models of one operator, and what TFLM 90b983c2 with CMSIS-NN 4ab83cc3 asked of memory for "
        "each on a Cortex-M4: scratch; persistent requests; head; tail; the smallest arena that worked, a "
        "multiple of 16; stack marks of AllocateTensors and Invoke. GNU Arm 12.2.1 -O2, run under QEMU.",
        "rows": list(_rows(truth.parent)),
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    PATH.write_bytes(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

"""Single-operator models with random weights: every output's CRC as TFLM had it on a Cortex-M4.

Generic over operators: whatever the resolver has is held against every row that the truth files have
for it, with both input patterns.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from microinfer import Interpreter

from conftest import shared_folder

LIBRARY = "tflm-reference"
"""CMSIS-NN gives other bits in a few corners; what microinfer computes is the reference's."""


def _rows() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Operator -> model's file -> its rows."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    folder = shared_folder()
    path = folder and folder / "truth/cortex_m4_grid.json.gz"
    if path and path.is_file():
        for row in json.loads(gzip.decompress(path.read_bytes()))["rows"]:
            if row["library"] == LIBRARY:
                found[row["op"]][row["file"]].append(row)
    return found


ROWS = _rows()


def lcg(shape: tuple[int, ...], dtype: np.dtype[Any], index: int) -> NDArray[Any]:
    """x <- 1664525 x + 1013904223 modulo 2^32 for each element, from a seed of the input's own."""
    count = int(np.prod(shape))
    powers = np.full(count + 1, 1664525, np.uint32)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    x = powers[1:] * np.uint32(12345 + 1000003 * index)
    x += np.cumsum(powers[:-1], dtype=np.uint32) * np.uint32(1013904223)
    byte = (x >> 24).astype(np.int64) - 128
    if dtype == np.int16:
        return ((x >> 16).astype(np.int64) - 32768).astype(np.int16).reshape(shape)
    if dtype == np.float32:
        return (byte / 128).astype(np.float32).reshape(shape)
    return byte.astype(dtype).reshape(shape)


def const17(shape: tuple[int, ...], dtype: np.dtype[Any], index: int) -> NDArray[Any]:
    value = {"int16": 17 * 256, "float32": 17 / 128}.get(dtype.name, 17)
    return np.full(shape, value, dtype)


PATTERNS = {"lcg": lcg, "const17": const17}


@pytest.mark.skipif(not ROWS, reason="the truth files are not here; MICROINFER_SHARED names their folder")
@pytest.mark.parametrize("operator", sorted(ROWS))
def test_outputs_of_the_grid(operator: str) -> None:
    folder = shared_folder()
    assert folder is not None
    differing = []
    for file, rows in ROWS[operator].items():
        for row in rows:
            interpreter = Interpreter(folder / file)
            for index, detail in enumerate(interpreter.get_input_details()):
                make = PATTERNS[row["input_pattern"]]
                value = make(tuple(detail["shape"]), np.dtype(detail["dtype"]), index)
                interpreter.set_tensor(detail["index"], value)
            interpreter.invoke()
            found = [
                f"{crc32(interpreter.get_tensor(detail['index']).tobytes()):08x}"
                for detail in interpreter.get_output_details()
            ]
            if found != row["output_crc32"]:
                differing.append((row["name"], row["input_pattern"], found, row["output_crc32"]))
    assert not differing

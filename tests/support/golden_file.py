"""The golden files, one an operator: models, their inputs and what TFLM made of them, as compressed text.

JSON: "oracle" has package, version and commit of what ran; "seed" is the plan's; "cases" is a list of
"model" (the file), "sha256" of it, "inputs" and "outputs", each with "dtype", "shape" and "data". Bytes are
in hexadecimal, numbers little-endian and C-contiguous.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer.operators.registry import row_names

__all__ = ["FOLDER", "decode_array", "decode_model", "encode_array", "encode_case", "read", "write"]

FOLDER = Path(__file__).parents[1] / "golden"


def encode_case(
    model: bytes, inputs: Sequence[NDArray[Any]], outputs: Sequence[NDArray[Any]]
) -> dict[str, Any]:
    return {
        "model": model.hex(),
        "sha256": sha256(model).hexdigest(),
        "inputs": [encode_array(value) for value in inputs],
        "outputs": [encode_array(value) for value in outputs],
    }


def encode_array(value: NDArray[Any]) -> dict[str, Any]:
    data = np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes().hex()
    return {"dtype": value.dtype.name, "shape": list(value.shape), "data": data}


def decode_array(record: Mapping[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(record["dtype"])
    values = np.frombuffer(bytes.fromhex(record["data"]), dtype.newbyteorder("<"))
    return values.astype(dtype).reshape(record["shape"])


def decode_model(record: Mapping[str, Any]) -> bytes:
    """Raises AssertionError where the bytes are not those that were written."""
    model = bytes.fromhex(record["model"])
    assert sha256(model).hexdigest() == record["sha256"]
    return model


def read(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """What each operator's file holds, by the operator's name."""
    names = {name.lower(): name for name in row_names()}
    return {
        names[path.name.partition(".")[0]]: json.loads(gzip.decompress(path.read_bytes()))
        for path in sorted(folder.glob("*.json.gz"))
    }


def write(operator: str, content: Mapping[str, Any], folder: Path = FOLDER) -> int:
    """Returns the file's bytes; no time is in them, so that the same content is the same file."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    data = gzip.compress(text.encode(), 9, mtime=0)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{operator.lower()}.json.gz").write_bytes(data)
    return len(data)

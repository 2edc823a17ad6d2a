"""The golden file: models, their inputs and what TFLM made of them, as text that is compressed.

JSON: "oracle" has package, version and commit of what ran; "seed" is the plan's; "cases" has, for each
operator, a list of "model" (the file), "sha256" of it, "inputs" and "outputs", each with "dtype", "shape"
and "data". Bytes are in hexadecimal, numbers little-endian and C-contiguous.
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

__all__ = ["PATH", "decode_array", "decode_model", "encode_array", "encode_case", "read", "write"]

PATH = Path(__file__).parents[1] / "golden" / "operators.json.gz"


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


def read(path: Path = PATH) -> dict[str, Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def write(content: Mapping[str, Any], path: Path = PATH) -> int:
    """Returns the file's bytes; no time is in them, so that the same content is the same file."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    data = gzip.compress(text.encode(), 9, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return len(data)

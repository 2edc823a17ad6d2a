"""Every tensor of a model after one run, as arrays: for looking into a layer, or for holding against a board.

tensors.npz     `tensor_<index>`, in the tensor's own shape and type, constants included
tensors.json    name, type, shape, scales and maker of each, in the order of the file
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..files.folder import write_all
from ..model.tables import ITEM_BYTES, Tensor
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass
from .project import set_golden

__all__ = ["NpzExport", "export", "write"]

SCHEMA = "microinfer.tensors/1"


@dataclass(frozen=True, slots=True)
class NpzExport:
    """What was written: `tensors` arrays, of them `activations` computed by the model's operators."""

    directory: Path
    files: tuple[str, ...]
    tensors: int
    activations: int


def export(
    source: Any,
    directory: str | Path,
    *,
    inputs: Sequence[NDArray[Any]] | None = None,
    force: bool = False,
) -> NpzExport:
    """Run a model once and write all its tensors.

    Args:
        source: path, bytes or Model, as the Interpreter takes it.
        directory: is made if need be; `force` says whether files of the same names are replaced.
        inputs: an array an input; default: the pattern called 1.

    Raises:
        ModelError: an operator cannot run.
        InputError: the inputs do not fit, a file is there already and not to be replaced, or the directory
            cannot be written.
    """
    interpreter = Interpreter(source, preserve_all_tensors=True)
    set_golden(interpreter, inputs)
    return write(interpreter, directory, force=force)


def write(
    interpreter: Interpreter, directory: str | Path, *, input_source: str = "", force: bool = False
) -> NpzExport:
    """As `export`, of an interpreter with `preserve_all_tensors` whose inputs are set; it is reset and
    invoked once."""
    interpreter.restart()
    interpreter.invoke()
    subgraph = interpreter.subgraph
    makers = {index: step for step in interpreter.first_steps for index in step.node.operator.outputs}
    arrays: dict[str, Array] = {}
    listed: list[dict[str, Any]] = []
    for tensor in subgraph.tensors:
        if tensor.dtype not in ITEM_BYTES:
            continue
        array = interpreter.get_tensor(tensor.index)
        arrays[f"tensor_{tensor.index}"] = array
        maker = makers.get(tensor.index)
        listed.append(
            {
                **_described(tensor),
                "role": _role(tensor, subgraph.inputs, subgraph.outputs),
                "operator": None if maker is None else {"index": maker.index, "name": maker.name},
                "crc32": f"{crc32(array.tobytes()):08x}",
            }
        )
    content = {
        "schema": SCHEMA,
        "model": {"name": interpreter.model.name, "sha256": interpreter.model.sha256},
        "input_source": input_source or None,
        "tensors": listed,
    }
    target = Path(directory)
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_all(target, {"tensors.npz": packed.getvalue(), "tensors.json": text}, force=force)
    made = sum(entry["operator"] is not None for entry in listed)
    return NpzExport(target, ("tensors.npz", "tensors.json"), len(arrays), made)


def _described(tensor: Tensor) -> dict[str, Any]:
    quantization = tensor.quantization
    return {
        "key": f"tensor_{tensor.index}",
        "index": tensor.index,
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "scale": [float(scale) for scale in quantization.scale] if quantization else None,
        "zero_point": [int(point) for point in quantization.zero_point] if quantization else None,
        "quantized_dimension": quantization.quantized_dimension
        if quantization and quantization.per_channel
        else None,
    }


def _role(tensor: Tensor, inputs: Sequence[int], outputs: Sequence[int]) -> str:
    if tensor.index in inputs:
        return "input"
    if tensor.index in outputs:
        return "output"
    if tensor.is_constant:
        return "constant"
    return "variable" if tensor.is_variable else "activation"

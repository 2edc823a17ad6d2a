"""Tensors read back from a board, held against what the device should have computed.

After a run, most activations are gone: later ones lie where they lay. A dump taken then shows the later
bytes, which is recognised by running the model in the planned arena and comparing with what lies there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from ..errors import InputError
from ..files.arrays import read_arrays
from ..model.tables import Tensor
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass
from ..words.printing import counted

__all__ = ["DeviceDifference", "TensorDifference", "compare_dump", "dumped_inputs", "read_dump"]


@dataclass(frozen=True, slots=True)
class TensorDifference:
    """One dumped tensor. `verdict`: equal, differs, or overwritten, when it holds what a run leaves in the
    tensor's place. `layer` is the operator that makes it, -1 for an input. `first_element` is the first that
    differs, in memory order, with what was `expected` and `found` there.
    """

    tensor: int
    name: str
    layer: int
    operator: str
    verdict: Literal["equal", "differs", "overwritten"]
    share: float
    largest_step: float
    first_element: int | None
    expected: int | float | None
    found: int | float | None


@dataclass(frozen=True, slots=True)
class DeviceDifference:
    """`first_bad` is the position in `tensors` of the first in the order of the operators that differs.

    `unknown` are keys of the dump that are no tensors; `missing` counts operator outputs that are not in it.
    """

    tensors: tuple[TensorDifference, ...]
    first_bad: int | None
    missing: int
    unknown: tuple[str, ...]


def read_dump(
    path: Path, tensors: Sequence[Tensor], inputs: Mapping[str, int] = MappingProxyType({})
) -> tuple[dict[int, Array], tuple[str, ...]]:
    """(arrays by tensor index, keys that name no tensor) of an .npz whose keys are indices or names.

    Args:
        inputs: further names of inputs, with the indices of their tensors: the signature's.

    Raises:
        InputError: not an .npz file of numbers, a name that two tensors have, or an array of another size.
    """
    if not path.exists():
        raise InputError(f"--device {path}: no such file")
    arrays = read_arrays(path, f"--device {path}")
    if isinstance(arrays, np.ndarray):
        raise InputError(f"--device {path}: not an .npz file of arrays of numbers")
    by_name: dict[str, list[int]] = {}
    for tensor in tensors:
        by_name.setdefault(tensor.name, []).append(tensor.index)
    known: dict[int, Array] = {}
    unknown = []
    for key, array in arrays.items():
        number = re.fullmatch(r"(?:tensor|t|arr)?_?(\d+)", key)
        if len(by_name.get(key, ())) > 1:
            raise InputError(
                f"--device {path}: {counted(len(by_name[key]), 'tensor')} are named {key!r}, use their "
                "indices"
            )
        index = by_name[key][0] if key in by_name else int(number[1]) if number else inputs.get(key, -1)
        if not 0 <= index < len(tensors):
            unknown.append(key)
            continue
        known[index] = _fitted(path, key, array, tensors[index])
    if not known:
        raise InputError(
            f"--device {path}: holds {', '.join(arrays) or 'nothing'}; keys are indices (0 to "
            f"{len(tensors) - 1}) or names of tensors"
        )
    return known, tuple(unknown)


def _fitted(path: Path, key: str, array: Array, tensor: Tensor) -> Array:
    """In the tensor's shape and type: raw bytes are read as such, other integers by their values."""
    wanted = np.dtype(tensor.dtype)
    if array.dtype.kind not in "biuf":
        raise InputError(f"--device {path}: {key} is of {array.dtype}, expected numbers")
    if array.dtype == np.uint8 and wanted != np.uint8 and array.size == tensor.size_bytes:
        array = np.ascontiguousarray(array).reshape(-1).view(wanted)
    if array.size != tensor.elements:
        raise InputError(
            f"--device {path}: {key} has {counted(array.size, 'element')} of {array.dtype}, expected "
            f"{tensor.elements} "
            f"of {tensor.dtype}, tensor {tensor.index} ({tensor.name!r})"
        )
    return array.reshape(tensor.shape)


def dumped_inputs(dump: Mapping[int, Array], interpreter: Interpreter) -> list[Array] | None:
    """The model's inputs, if the dump has them all as the model stores them."""
    subgraph = interpreter.subgraph
    found = [dump.get(index) for index in subgraph.inputs]
    made = []
    for index, array in zip(subgraph.inputs, found, strict=True):
        if array is None:
            return None
        made.append(array.astype(subgraph.tensors[index].dtype))
    return made


def compare_dump(
    interpreter: Interpreter, inputs: Sequence[Array], dump: Mapping[int, Array], unknown: Sequence[str]
) -> DeviceDifference:
    """The dump against the bits of one run on `inputs`, in the order of the operators."""
    keeping = Interpreter(
        interpreter.model,
        interpreter.profile,
        library=interpreter.library,
        release=interpreter.release,
        resolver=interpreter.resolver,
        preserve_all_tensors=True,
        contracts=interpreter.contracts,
        max_turns=interpreter.max_turns,
    )
    subgraph = interpreter.subgraph
    for each in (keeping, interpreter):
        each.restart()
        for index, array in zip(subgraph.inputs, inputs, strict=True):
            each.set_tensor(index, array)
        each.invoke()
    makers = {t.index: step for step in keeping.first_steps for t in step.node.outputs}
    order = [*subgraph.inputs, *makers, *(t.index for t in subgraph.tensors if t.is_constant)]
    rows = []
    for index in dict.fromkeys(order):
        if index in dump:
            step = makers.get(index)
            left = interpreter.tensor(index)() if index in interpreter.plan.tensor_offsets else None
            rows.append(
                _row(
                    subgraph.tensors[index],
                    -1 if step is None else step.index,
                    "input" if step is None else step.name,
                    keeping.tensor(index)(),
                    dump[index],
                    left,
                )
            )
    bad = next((position for position, row in enumerate(rows) if row.verdict == "differs"), None)
    missing = sum(1 for index in makers if index not in dump)
    return DeviceDifference(tuple(rows), bad, missing, tuple(unknown))


def _row(
    tensor: Tensor, layer: int, operator: str, expected: Array, found: Array, left: Array | None
) -> TensorDifference:
    differing = expected != found
    if expected.dtype.kind == "f":
        differing &= ~(np.isnan(expected) & np.isnan(found))
    count = int(np.count_nonzero(differing))
    if not count:
        return TensorDifference(
            tensor.index, tensor.name, layer, operator, "equal", 0.0, 0.0, None, None, None
        )
    first = int(np.flatnonzero(differing)[0])
    overwritten = left is not None and left.shape == found.shape and bool((left == found).all())
    with np.errstate(all="ignore"):
        steps = np.abs(expected.astype(np.float64) - found.astype(np.float64))[differing]
    return TensorDifference(
        tensor.index,
        tensor.name,
        layer,
        operator,
        "overwritten" if overwritten else "differs",
        count / expected.size,
        float(np.nan_to_num(steps, nan=np.inf, posinf=np.inf).max()),
        first,
        expected.reshape(-1)[first].item(),
        found.reshape(-1)[first].item(),
    )

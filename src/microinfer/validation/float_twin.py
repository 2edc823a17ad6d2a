"""What quantisation cost: the device's answers beside a float model's on the same samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, MicroinferError
from ..model.read import load
from ..model.tables import Model, Tensor
from ..operators.spec import Array, Real
from ..run.samples import sample_shape
from ..words.dataclass import dataclass
from ..words.printing import counted
from .datasets import load_arrays
from .metrics import Classification, Regression, confusion_matrix, cosine_rows
from .shadow import Shadow

__all__ = ["ClassCost", "FloatComparison", "FloatModel", "compare_outputs", "open_float_model"]


@dataclass(frozen=True, slots=True, eq=False)
class FloatModel:
    """`run(real inputs [n, *sample], first)` gives real outputs [n, *sample]; `source` says what it is."""

    source: str
    run: Callable[[Sequence[Real], int], Real]


@dataclass(frozen=True, slots=True)
class ClassCost:
    """One class: share of its samples that are right with the float model and on the device; `lost` were
    right before quantisation and are wrong now, `gained` the other way round."""

    name: str
    support: int
    float_recall: float
    recall: float
    lost: int
    gained: int


@dataclass(frozen=True, slots=True)
class FloatComparison:
    """`metrics` are the float model's; `agreement` is the share of equal answers; `rmse`, `sqnr_db` and
    `cosine` compare the outputs as real numbers, `sqnr_db` None where they are equal or the float ones 0."""

    source: str
    metrics: Classification | Regression | None
    agreement: float | None
    rmse: float
    sqnr_db: float | None
    cosine: float | None
    classes: tuple[ClassCost, ...]


def open_float_model(
    path: Path, source: Tensor, target: Tensor, output: int, count: int | None
) -> FloatModel:
    """A float .tflite, or the outputs of one as .npy, or as the only array or "outputs" of an .npz.

    Raises:
        InputError: not of the same inputs and outputs, or not as many samples.
    """
    if path.suffix.lower() in (".npy", ".npz"):
        return _outputs(path, target, count)
    try:
        model = load(path)
    except MicroinferError as error:
        raise InputError(f"--float {path}: {error}") from error
    subgraph = model.subgraphs[0]
    takes, gives = (
        [subgraph.tensors[index] for index in indices] for indices in (subgraph.inputs, subgraph.outputs)
    )
    if (
        len(takes) != 1
        or takes[0].dtype != "float32"
        or output >= len(gives)
        or gives[output].dtype != "float32"
    ):
        raise InputError(f"--float {path}: expected a model from one float32 input to float32 outputs")
    for what, own, other in (("input", source, takes[0]), ("output", target, gives[output])):
        if int(np.prod(sample_shape(own))) != int(np.prod(sample_shape(other))):
            raise InputError(f"--float {path}: its {what} has shape {other.shape}, the model's {own.shape}")
    return _litert(path, model, output) or _shadow(path, model, output)


def _outputs(path: Path, target: Tensor, count: int | None) -> FloatModel:
    found = load_arrays(path)
    array: Any = found
    if isinstance(found, dict):
        name = "outputs" if "outputs" in found else next(iter(found), "")
        if not found or (len(found) > 1 and name != "outputs"):
            raise InputError(
                f"--float {path}: holds {', '.join(found) or 'nothing'}, expected one array or 'outputs'"
            )
        array = found[name]
    shape = sample_shape(target)
    if array.dtype.kind not in "iuf" or array.ndim == 0 or array[:1].size != int(np.prod(shape)):
        raise InputError(
            f"--float {path}: {array.dtype} {array.shape}, expected real numbers (samples, {shape})"
        )
    if count is not None and len(array) != count:
        raise InputError(f"--float {path}: outputs of {counted(len(array), 'sample')}, the data have {count}")
    real = np.asarray(array, np.float64).reshape(len(array), *shape)

    def run(inputs: Sequence[Real], first: int) -> Real:
        part = real[first : first + len(inputs[0])]
        if len(part) != len(inputs[0]):
            raise InputError(f"--float {path}: outputs of {counted(len(real), 'sample')}, the data have more")
        return part

    return FloatModel(str(path), run)


def _litert(path: Path, model: Model, output: int) -> FloatModel | None:
    from ..runtimes.litert import LiteRT, RuntimeRefusedError

    try:
        litert = LiteRT(model, exposed=False)
    except RuntimeRefusedError:
        return None
    subgraph = model.subgraphs[0]
    shape, index = subgraph.tensors[subgraph.inputs[0]].shape, subgraph.outputs[output]

    def run(inputs: Sequence[Real], first: int) -> Real:
        samples = inputs[0].astype(np.float32).reshape(-1, *shape)
        return np.stack([litert([sample])[index].astype(np.float64) for sample in samples])

    return FloatModel(f"{path} in LiteRT", run)


def _shadow(path: Path, model: Model, output: int) -> FloatModel:
    shadow = Shadow(model)
    if shadow.missing:
        raise InputError(
            f"--float {path}: {', '.join(shadow.missing)} has no float reference here; "
            "pip install 'microinfer[litert]' runs the model in LiteRT"
        )
    index = model.subgraphs[0].outputs[output]

    def run(inputs: Sequence[Real], first: int) -> Real:
        made = []
        for sample in inputs[0]:
            shadow.reset()
            made.append(shadow.run([sample])[index])
        return np.stack(made)

    return FloatModel(f"{path} in microinfer's float reference", run)


def compare_outputs(
    source: str,
    outputs: Real,
    floats: Real,
    metrics: Classification | Regression | None,
    answers: tuple[Array, Array] | None,
    truth: Array | None,
    labels: Sequence[str],
) -> FloatComparison:
    """Real outputs [n, values] beside the float model's; `answers` are both classes (device, float)."""
    noise, signal = float(((outputs - floats) ** 2).sum()), float((floats**2).sum())
    classes: list[ClassCost] = []
    if answers is not None and truth is not None:
        device, float_ = answers
        kinds = int(max(device.max(), float_.max(), truth.max())) + 1
        counts = confusion_matrix(truth, truth, kinds).diagonal()
        for kind in np.flatnonzero(counts).tolist():
            own = truth == kind
            right, before = device[own] == kind, float_[own] == kind
            classes.append(
                ClassCost(
                    labels[kind] if kind < len(labels) else str(kind),
                    int(own.sum()),
                    float(before.mean()),
                    float(right.mean()),
                    int((before & ~right).sum()),
                    int((~before & right).sum()),
                )
            )
    return FloatComparison(
        source,
        metrics,
        float((answers[0] == answers[1]).mean()) if answers is not None else None,
        float(np.sqrt(noise / max(1, outputs.size))),
        10.0 * float(np.log10(signal / noise)) if noise > 0 and signal > 0 else None,
        float(cosine_rows(outputs, floats).mean()) if outputs.shape[1] > 1 else None,
        tuple(classes),
    )

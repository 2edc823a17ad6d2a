"""Who may compute: TFLM as the device does, the same with other roundings, and LiteRT in two ways.

A runtime takes one sample and gives every operator's outputs, by tensor index, as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import InputError, MicroinferError
from ..model.tables import Model
from ..operators.quantization import float_type
from ..operators.resolver import OpResolver
from ..operators.spec import Array
from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..runtimes.litert import LiteRT, RuntimeRefusedError
from .rescaling import RESCALING_OPERATORS, in_float32, once, resolver

__all__ = ["BASELINE", "RUNTIMES", "Runtime", "RuntimeRefusedError", "make_runtime"]

Sample: TypeAlias = Sequence[Array]
Run: TypeAlias = Callable[[Sample], Mapping[int, Array]]

BASELINE = "tflm"


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """`run(sample)`: one array an input in the tensor's shape to stored outputs by tensor index.

    `note` says what about it is not as its title says, if anything. `close` ends what it keeps.
    """

    name: str
    title: str
    run: Run
    note: str = ""
    close: Callable[[], Any] = lambda: None


RUNTIMES: dict[str, str] = {
    BASELINE: "TFLM, as on the device",
    "single-rounding": "TFLM's kernels, rescaling rounded once",
    "float-rescaling": "TFLM's kernels, rescaling in float32",
    "other-scales": "TFLM's kernels, products of scales in the other precision",
    "litert-reference": "LiteRT's reference kernels",
    "litert": "LiteRT as it comes, with XNNPACK",
}
"""Name to title, in the order in which they are shown."""


def make_runtime(name: str, model: Model, profile: Profile, library: str | None = None) -> Runtime:
    """A runtime for a model.

    Raises:
        RuntimeRefusedError: LiteRT is not installed, or a runtime refuses the model.
        InputError: there is no such runtime.
    """
    if name not in RUNTIMES:
        raise InputError(f"no runtime {name!r}, there are {', '.join(RUNTIMES)}")
    title = RUNTIMES[name]
    if name.startswith("litert"):
        litert = LiteRT(model, reference=name == "litert-reference")
        return Runtime(name, title, litert, close=litert.close)
    if name == BASELINE:
        return Runtime(name, title, _own(model, profile, library, None))
    if name == "other-scales":
        others = {np.float32: np.float64, np.float64: np.float32}
        other = others[float_type.get()]
        context = copy_context()
        context.run(float_type.set, other)
        since = (
            "float64, as TFLM has it since summer 2026"
            if other is np.float64
            else "float32, as up to summer 2026"
        )
        return Runtime(
            name, f"TFLM's kernels, scales in {since}", context.run(_own, model, profile, library, None)
        )
    rescale = once if name == "single-rounding" else in_float32
    try:
        run = _own(model, profile, library, resolver(rescale))
    except MicroinferError as error:
        raise RuntimeRefusedError(f"{title}: {error}") from error
    kept = sorted({o.name for o in model.subgraphs[0].operators} & {"SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM"})
    note = f"rescaled as in TFLM all the same: {', '.join(kept)}" if kept else ""
    if not {o.name for o in model.subgraphs[0].operators} & RESCALING_OPERATORS:
        note = note or "no operator of this model rescales"
    return Runtime(name, title, run, note)


def _own(model: Model, profile: Profile, library: str | None, operators: OpResolver | None) -> Run:
    interpreter = Interpreter(model, profile, library=library, resolver=operators, preserve_all_tensors=True)
    inputs = interpreter.subgraph.inputs
    made = {t.index for step in interpreter.steps for t in step.node.outputs}

    def run(sample: Sample) -> Mapping[int, Array]:
        interpreter.reset()
        for index, array in zip(inputs, sample, strict=True):
            interpreter.set_tensor(index, array)
        interpreter.invoke()
        return {index: interpreter.get_tensor(index) for index in made}

    return run

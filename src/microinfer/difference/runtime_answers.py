"""Who may compute: TFLM as the device does, the same with other roundings, and LiteRT in two ways.

A runtime takes one sample and gives every operator's outputs, by tensor index, as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import InputError, MicroinferError
from ..model.tables import Model
from ..operators.registry import row
from ..operators.release import DEFAULT_RELEASE, RELEASES, Release, find_release
from ..operators.resolver import OpResolver
from ..operators.spec import Array
from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..runtimes.litert import LiteRT, RuntimeRefusedError
from ..words.dataclass import dataclass
from .rescaling import in_float32, once, rescaling_operators, resolver

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


def make_runtime(
    name: str,
    model: Model,
    profile: Profile,
    library: str | None = None,
    release: Release = DEFAULT_RELEASE,
    max_turns: int | None = None,
) -> Runtime:
    """A runtime for a model; `max_turns` is that of `Interpreter`.

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
        return Runtime(name, title, _own(model, profile, library, release, None, max_turns))
    if name == "other-scales":
        other = next(r for r in map(find_release, reversed(RELEASES)) if r.factors != release.factors)
        since = {
            "float64": "float64, as TFLM has it since summer 2026",
            "float32": "float32, as up to summer 2026",
        }[other.factors]
        run = _own(model, profile, library, other, None, max_turns)
        return Runtime(name, f"TFLM's kernels, scales in {since}", run)
    rescale = once if name == "single-rounding" else in_float32
    try:
        run = _own(model, profile, library, release, resolver(rescale), max_turns)
    except MicroinferError as error:
        raise RuntimeRefusedError(f"{title}: {error}") from error
    names = {operator.name for graph in model.subgraphs for operator in graph.operators}
    kept = sorted(name for name in names if (spec := row(name)) is not None and spec.rescales_as_tflm)
    note = f"rescaled as in TFLM all the same: {', '.join(kept)}" if kept else ""
    if not names.intersection(rescaling_operators()):
        note = note or "no operator of this model rescales"
    return Runtime(name, title, run, note)


def _own(
    model: Model,
    profile: Profile,
    library: str | None,
    release: Release,
    operators: OpResolver | None,
    max_turns: int | None,
) -> Run:
    interpreter = Interpreter(
        model,
        profile,
        library=library,
        release=release,
        resolver=operators,
        preserve_all_tensors=True,
        contracts=False,
        max_turns=max_turns,
    )
    inputs = interpreter.subgraph.inputs
    made = {t.index for step in interpreter.first_steps for t in step.node.outputs}

    def run(sample: Sample) -> Mapping[int, Array]:
        interpreter.restart()
        for index, array in zip(inputs, sample, strict=True):
            interpreter.set_tensor(index, array)
        interpreter.invoke()
        return {index: interpreter.get_tensor(index) for index in made}

    return run

"""One mutant from its bytes to a report: what came out, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from traceback import extract_tb

import numpy as np

from microinfer import Interpreter, MicroinferError, Profile, load, load_profile, profile_names
from microinfer.checks import check
from microinfer.libraries.library import kernel_libraries
from microinfer.model.tables import Model, Tensor
from microinfer.operators.registry import row
from microinfer.operators.spec import Step

from .damage import Mutant
from .guard_pages import lean

__all__ = ["MOST_MEGABYTES", "MOST_SECONDS", "STAGES", "Outcome", "attempt", "deployments", "kinds_of"]

MOST_SECONDS, MOST_MEGABYTES = 1.0, 512
MOST_COPIED = 16 << 20
"""Bytes of constants that are given arrays of their own; tensors may share a buffer many times."""
DRAWN = 1 << 16
"""Numbers of an input; a larger one has them again and again."""
MOST_TURNS = 2000
"""Of a loop that does not end; the limit is the caller's, the second of the processor is ours."""
STAGES = ("", "load", "prepare", "invoke", "check", "report")
"""In order; the first is none."""


@dataclass(slots=True)
class Outcome:
    """`reached` is the last stage that was passed, `refusal` the class of our own error that ended it.

    `foreign` is an error that is not ours, with where it was raised. `ran` are the operators that were
    invoked, with the type of their data and the library. `seconds` are the processor's, `megabytes` the most
    that the process held, `arrays` those that lay between guard pages.
    """

    reached: str = ""
    refusal: str = ""
    foreign: str = ""
    ran: set[tuple[str, str, str]] = field(default_factory=set)
    seconds: float = 0.0
    megabytes: float = 0.0
    arrays: int = 0


def deployments() -> list[tuple[Profile, str]]:
    """Every library on a part that it runs on, and every part with its own library."""
    parts = [load_profile(name) for name in profile_names()]
    own = [(part, part.choose_library(None)) for part in parts]
    return [_a_part_of(library.name, parts) for library in kernel_libraries()] + own


def _a_part_of(library: str, parts: list[Profile]) -> tuple[Profile, str]:
    for part in parts:
        with suppress(MicroinferError):
            return part, part.choose_library(library)
    raise LookupError(library)


def attempt(mutant: Mutant, places: list[tuple[Profile, str]]) -> Outcome:
    """Load, prepare, plan, invoke, check and report it, in a place and with data drawn from its number."""
    g = np.random.default_rng(mutant.number)
    part, library = places[int(g.integers(len(places)))]
    apart, on_start = mutant.number % 3 != 0, mutant.number % 2 == 0
    outcome = Outcome()
    _forget_peak()
    lean(on_start)
    started = process_time()
    try:
        _attempt(mutant.data, part, library, apart, g, outcome)
    except MicroinferError as error:
        outcome.refusal = type(error).__name__
    except Exception as error:
        outcome.foreign = _describe(error)
    outcome.seconds = process_time() - started
    outcome.megabytes = _peak()
    return outcome


def _attempt(
    data: bytes, part: Profile, library: str, apart: bool, g: np.random.Generator, outcome: Outcome
) -> None:
    model = _constants_apart(load(data))
    outcome.reached = "load"
    try:
        interpreter = Interpreter(
            model, part, library=library, preserve_all_tensors=apart, max_turns=MOST_TURNS
        )
        outcome.reached = "prepare"
        _feed(interpreter, g)
        interpreter.invoke(record=bool(g.integers(2)))
        outcome.reached = "invoke"
        outcome.ran = {(*found, library) for found in kinds_of(interpreter.steps)}
    finally:
        check(model, part, library).to_json()
    outcome.reached = "check"
    interpreter.report().to_json()
    outcome.reached = "report"


def _constants_apart(model: Model) -> Model:
    """With every constant in an array of its own, so that it too ends at a guard page."""
    if (
        sum(t.data.nbytes for part in model.subgraphs for t in part.tensors if t.data is not None)
        > MOST_COPIED
    ):
        return model

    def apart(tensor: Tensor) -> Tensor:
        if tensor.data is None:
            return tensor
        own = tensor.data.copy()
        own.flags.writeable = False
        return replace(tensor, data=own)

    parts = [replace(part, tensors=tuple(map(apart, part.tensors))) for part in model.subgraphs]
    return replace(model, subgraphs=tuple(parts))


def _feed(interpreter: Interpreter, g: np.random.Generator) -> None:
    """Any bytes at all."""
    for detail in interpreter.get_input_details():
        array = interpreter.tensor(detail["index"])()
        if not array.size:
            continue
        size, kind = min(array.size, DRAWN), array.dtype
        if kind.kind == "b":
            drawn = g.integers(2, size=size)
        elif kind.kind == "f" and g.random() < 0.8:
            drawn = g.normal(size=size)
        elif g.random() < 0.3:
            drawn = g.integers(0, 4, size)
        else:
            drawn = np.frombuffer(g.bytes(size * kind.itemsize), kind)
        array[...] = np.resize(drawn.astype(kind), array.shape)


def kinds_of(steps: tuple[Step, ...]) -> Iterator[tuple[str, str]]:
    """Operators by name, with the type of their data."""
    for step in steps:
        spec = row(step.name)
        place = 0 if spec is None else spec.data_input
        tensors = step.node.inputs[place : place + 1] or step.node.outputs[:1]
        yield step.name, next((tensor.dtype for tensor in tensors if tensor is not None), "none")


def _describe(error: BaseException) -> str:
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:120]}"


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """The most memory that the process held since, in megabytes."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024

"""A model as files: what is written in each format, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from .. import zoo
from ..errors import InputError
from ..libraries.library import kernel_library
from ..model.tables import Model
from ..operators.release import Release, find_release
from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass
from ..words.printing import counted, printable
from ..words.result import Result, Summary, plain
from . import bare_c, npz, tflm
from .project import memory_apart

__all__ = ["DEFAULT_PROFILES", "ExportReport", "format_of", "write_export"]

SetInputs: TypeAlias = Callable[[Interpreter], str]
BARE_C = "bare-c"
"""The format that brings its own kernels, and the library of these kernels."""
DEFAULT_PROFILES = {BARE_C: "atmega328p", "tflm": "cortex-m4", "npz": "cortex-m4"}


@dataclass(frozen=True, slots=True, repr=False)
class ExportReport(Result):
    """What was written. `content` are the format's own figures, `lines` say them in words; `short` says why
    it does not fit, if so, and `unknown` what nobody knows that decides it. `input_source`: where the
    golden input came from."""

    schema: ClassVar[str] = "microinfer.export/1"

    form: str
    profile: str
    directory: Path
    files: tuple[str, ...]
    input_source: str
    content: dict[str, Any]
    lines: tuple[str, ...]
    short: str = ""
    unknown: str = ""

    def summary(self) -> Summary:
        """The folder, and what is to be known of it."""
        rows = [("", line) for line in self.lines]
        rows += [("does not fit", self.short)] if self.short else []
        rows += [("cannot tell", f"without {self.unknown}")] if self.unknown else []
        return Summary(f"{self.directory}: {counted(len(self.files), 'file')}", tuple(rows))

    def to_dict(self) -> dict[str, Any]:
        """The files, and the figures of the format."""
        said = {"schema": self.schema, "directory": str(self.directory), "format": self.form}
        return {**said, "profile": self.profile, "files": list(self.files), **plain(self.content)}


def format_of(part: Profile | None, library: str | None = None) -> str:
    """The format of the kernels that a part runs, "tflm" where TFLM runs them; "bare-c" for no part at all.

    Raises:
        InputError: the part has no such library.
    """
    if part is None:
        return "tflm" if library is not None and kernel_library(library).interprets else BARE_C
    return "tflm" if kernel_library(part.choose_library(library)).interprets else BARE_C


def write_export(
    model: Model,
    part: Profile,
    library: str | None,
    release: str | Release | None,
    form: str,
    directory: Path,
    give: SetInputs,
    *,
    force: bool = False,
    max_turns: int | None = None,
) -> ExportReport:
    """Write a model into a folder.

    Args:
        form: "bare-c", "tflm" or "npz".
        give: sets the golden input of the interpreter that it is handed, and says where it comes from.
        max_turns: of loops in the golden run, as for `Interpreter`.

    Raises:
        ModelError: something in the model cannot be exported.
        InputError: no such format, the part has not the library, or a file is there already and `force` is
            not given.
    """
    if form not in _WRITE:
        raise InputError(f"no format {form!r}; there are {', '.join(_WRITE)}")
    return _WRITE[form](model, part, library, find_release(release), directory, force, give, max_turns)


def _labels(model: Model) -> tuple[str, ...]:
    known = zoo.recognise(model.sha256)
    return zoo.labels(known) if known is not None else ()


def _arena(interpreter: Interpreter) -> tuple[str, str, str]:
    """A line about the arena, what is short on the part if anything is, else what nobody knows."""
    plan, part = interpreter.plan, interpreter.profile
    memory = interpreter.deployment.memory_in(plan.recommended_arena_bytes)
    least = "at least " if plan.unknown else ""
    arena, ram = plan.recommended_arena_bytes, memory.part_ram_bytes
    line = f"arena {least}{arena:,} of {ram:,} bytes of RAM on {part.name}"
    unknown = "" if memory.shortfalls else ", ".join(memory.unknown)
    return line, "; ".join(memory.shortfalls), unknown


def _bare_c(
    model: Model,
    part: Profile,
    library: str | None,
    release: Release,
    directory: Path,
    force: bool,
    give: SetInputs,
    max_turns: int | None,
) -> ExportReport:
    if BARE_C not in part.libraries:
        raise InputError(f"{part.name} has no {BARE_C}; its libraries are {', '.join(part.libraries)}")
    if library not in (None, BARE_C):
        raise InputError(f"--library {library}: --format bare-c brings its own kernels")
    interpreter = Interpreter(model, part, library=BARE_C, release=release, max_turns=max_turns)
    source = give(interpreter)
    made = bare_c.write(interpreter, directory, labels=_labels(model), input_source=source, force=force)
    arena, short, unknown = _arena(interpreter)
    memory = memory_apart(interpreter)
    return ExportReport(
        BARE_C,
        part.name,
        made.directory,
        made.files,
        source,
        {
            "arena_bytes": made.arena_bytes,
            "constant_bytes": made.constant_bytes,
            "kernels": list(made.kernels),
            **({"arena_memory": memory} if memory else {}),
        },
        (
            arena,
            *(
                [f"the arena is an ordinary array: MODEL_ARENA_PLACE in model.c lays it into {memory}"]
                if memory
                else []
            ),
            f"weights, tables and parameters {made.constant_bytes:,} bytes of flash",
            "make runs the golden test here; make avr and make arm build it for a board",
        ),
        short,
        unknown,
    )


def _tflm(
    model: Model,
    part: Profile,
    library: str | None,
    release: Release,
    directory: Path,
    force: bool,
    give: SetInputs,
    max_turns: int | None,
) -> ExportReport:
    chosen = tflm.tflm_library(part, library)
    interpreter = Interpreter(model, part, library=chosen, release=release, max_turns=max_turns)
    source = give(interpreter)
    made = tflm.write(interpreter, directory, labels=_labels(model), input_source=source, force=force)
    arena, short, unknown = _arena(interpreter)
    count = len(made.operators)
    return ExportReport(
        "tflm",
        part.name,
        made.directory,
        made.files,
        source,
        {
            "library": chosen,
            "arena_bytes": made.arena_bytes,
            "model_bytes": made.model_bytes,
            "operators": list(made.operators),
            **({"arena_memory": made.memory} if made.memory else {}),
        },
        (
            f"{arena}, with {chosen} kernels",
            f"model {made.model_bytes:,} bytes of flash, 16-byte aligned",
            f"resolver with {counted(count, 'operator')}: {', '.join(map(printable, made.operators))}",
            *(
                [f"no array is declared for the arena: hand Start() as much {made.memory}, 16-byte aligned"]
                if made.memory
                else []
            ),
            f"SelfTest({'arena' if made.memory else ''}) runs the golden input on the board and returns 0 if "
            "every bit is right",
        ),
        short,
        unknown,
    )


def _npz(
    model: Model,
    part: Profile,
    library: str | None,
    release: Release,
    directory: Path,
    force: bool,
    give: SetInputs,
    max_turns: int | None,
) -> ExportReport:
    interpreter = Interpreter(
        model, part, library=library, release=release, preserve_all_tensors=True, max_turns=max_turns
    )
    source = give(interpreter)
    made = npz.write(interpreter, directory, input_source=source, force=force)
    return ExportReport(
        "npz",
        part.name,
        made.directory,
        made.files,
        source,
        {"tensors": made.tensors, "activations": made.activations},
        (
            f"{made.tensors} tensors, {made.activations} of them computed",
            "tensors.npz has the arrays, tensors.json their names, scales and makers",
        ),
    )


_Writer: TypeAlias = Callable[
    [Model, Profile, str | None, Release, Path, bool, SetInputs, int | None], ExportReport
]
_WRITE: dict[str, _Writer] = {
    BARE_C: _bare_c,
    "tflm": _tflm,
    "npz": _npz,
}
"""Format to what writes it."""

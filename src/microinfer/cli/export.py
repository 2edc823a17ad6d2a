"""`microinfer export`: the model as files for a firmware project, or as arrays to look into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from ..errors import InputError
from ..files.output import is_standard_output
from .arguments import input_options, json_option, library_option, model_argument, open_model
from .outputs import force_option
from .terminal import compiling, emit, printable

if TYPE_CHECKING:
    from ..model.tables import Model
    from ..parts.profile import Profile
    from ..run.interpreter import Interpreter

    SetInputs: TypeAlias = Callable[[Interpreter], str]

__all__ = ["command"]

BARE_C = "bare-c"
"""The format that brings its own kernels, and the library of these kernels."""
DEFAULT_PROFILES = {BARE_C: "atmega328p", "tflm": "cortex-m4", "npz": "cortex-m4"}


@dataclass(frozen=True, slots=True)
class _Written:
    """`content` for --json, `lines` for people; `short` says why it does not fit, if so."""

    directory: Path
    files: tuple[str, ...]
    content: dict[str, Any]
    lines: tuple[str, ...]
    short: str = ""


@click.command("export")
@model_argument
@click.option(
    "-p",
    "--profile",
    metavar="PROFILE",
    help="Part or board whose memory plan the arena follows. Default: atmega328p for bare-c, else cortex-m4.",
)
@library_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(DEFAULT_PROFILES)),
    default=BARE_C,
    show_default=True,
    help="bare-c: microinfer's own C kernels, weights in flash, no library, no heap. "
    "tflm: what a TensorFlow Lite Micro project needs: array, arena, resolver, helpers, self test. "
    "npz: every tensor of every layer after one run.",
)
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder to write; sketch, files and namespace are named after it.",
)
@force_option
@input_options("The golden input")
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    form: str,
    directory: Path,
    force: bool,
    input_file: Path | None,
    quantize: bool,
    as_json: bool,
) -> int:
    """Write MODEL into DIR as a C project of its own, as files for a TFLM project, or as arrays.

    MODEL is a .tflite file or a name from 'microinfer zoo'.
    """
    from ..parts.profile import load_profile
    from .inputs import set_inputs

    if is_standard_output(directory):
        raise click.UsageError(f"-o {directory}: an export is a folder, which standard output cannot hold")
    loaded = open_model(model)
    part = load_profile(DEFAULT_PROFILES[form] if profile is None else profile)
    source = ""

    def give(interpreter: Interpreter) -> str:
        nonlocal source
        source = set_inputs(interpreter, input_file, quantize)
        return source

    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        made = _WRITE[form](loaded, part, library, directory, force, give)
    if as_json:
        said = {"directory": str(made.directory), "format": form, "profile": part.name}
        emit("microinfer.export/1", {**said, "files": list(made.files), **made.content})
        return 1 if made.short else 0
    click.echo(f"{printable(str(made.directory))}: {len(made.files)} files")
    for line in (*made.lines[:-1], f"golden input: {printable(source)}", *made.lines[-1:]):
        click.echo(f"  {line}")
    if made.short:
        click.echo(f"Does not fit: {made.short}", err=True)
        return 1
    return 0


def _labels(model: Model) -> tuple[str, ...]:
    from .. import zoo

    known = zoo.recognise(model.sha256)
    return zoo.labels(known) if known is not None else ()


def _arena(interpreter: Interpreter) -> tuple[str, str]:
    """A line about the arena, and what is short on the part if anything is."""
    from ..deploy.verdict import judge_memory

    plan, part = interpreter.plan, interpreter.profile
    memory = judge_memory(interpreter.model, plan, part, plan.recommended_arena_bytes, interpreter.steps)
    line = f"arena {plan.recommended_arena_bytes:,} of {part.ram_bytes:,} bytes of RAM on {part.name}"
    return line, "; ".join(memory.shortfalls)


def _bare_c(
    model: Model, part: Profile, library: str | None, directory: Path, force: bool, give: SetInputs
) -> _Written:
    from ..exports.bare_c import write
    from ..run.interpreter import Interpreter

    if BARE_C not in part.libraries:
        raise InputError(f"{part.name} has no {BARE_C}; its libraries are {', '.join(part.libraries)}")
    if library not in (None, BARE_C):
        raise InputError(f"--library {library}: --format bare-c brings its own kernels")
    interpreter = Interpreter(model, part, library=BARE_C)
    source = give(interpreter)
    made = write(interpreter, directory, labels=_labels(model), input_source=source, force=force)
    arena, short = _arena(interpreter)
    return _Written(
        made.directory,
        made.files,
        {
            "arena_bytes": made.arena_bytes,
            "constant_bytes": made.constant_bytes,
            "kernels": list(made.kernels),
        },
        (
            arena,
            f"weights, tables and parameters {made.constant_bytes:,} bytes of flash",
            "make runs the golden test here; make avr and make arm build it for a board",
        ),
        short,
    )


def _tflm(
    model: Model, part: Profile, library: str | None, directory: Path, force: bool, give: SetInputs
) -> _Written:
    from ..exports.tflm import tflm_library, write
    from ..run.interpreter import Interpreter

    chosen = tflm_library(part, library)
    interpreter = Interpreter(model, part, library=chosen)
    source = give(interpreter)
    made = write(interpreter, directory, labels=_labels(model), input_source=source, force=force)
    arena, short = _arena(interpreter)
    count = len(made.operators)
    return _Written(
        made.directory,
        made.files,
        {
            "library": chosen,
            "arena_bytes": made.arena_bytes,
            "model_bytes": made.model_bytes,
            "operators": list(made.operators),
        },
        (
            f"{arena}, with {chosen} kernels",
            f"model {made.model_bytes:,} bytes of flash, 16-byte aligned",
            f"resolver with {count} operator{'s'[: count != 1]}: {', '.join(map(printable, made.operators))}",
            "SelfTest() runs the golden input on the board and returns 0 if every bit is right",
        ),
        short,
    )


def _npz(
    model: Model, part: Profile, library: str | None, directory: Path, force: bool, give: SetInputs
) -> _Written:
    from ..exports.npz import write
    from ..run.interpreter import Interpreter

    interpreter = Interpreter(model, part, library=library, preserve_all_tensors=True)
    source = give(interpreter)
    made = write(interpreter, directory, input_source=source, force=force)
    return _Written(
        made.directory,
        made.files,
        {"tensors": made.tensors, "activations": made.activations},
        (
            f"{made.tensors} tensors, {made.activations} of them computed",
            "tensors.npz has the arrays, tensors.json their names, scales and makers",
        ),
    )


_WRITE: dict[str, Callable[[Model, Profile, str | None, Path, bool, SetInputs], _Written]] = {
    BARE_C: _bare_c,
    "tflm": _tflm,
    "npz": _npz,
}
"""Format to what writes it."""

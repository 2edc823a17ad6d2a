"""`microinfer export`: the model as files for a firmware project, or as arrays to look into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..files.output import is_standard_output
from ..words.printing import counted
from .arguments import (
    input_options,
    json_option,
    library_option,
    model_argument,
    open_model,
    release_option,
    turns_option,
)
from .completion import complete_profiles
from .console import compiling, printable
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT
from .outputs import force_option

if TYPE_CHECKING:
    from ..exports.formats import ExportReport

__all__ = ["command"]

FORMATS = ("bare-c", "tflm", "npz")


@click.command("export")
@model_argument
@click.option(
    "-p",
    "--profile",
    metavar="PROFILE",
    shell_complete=complete_profiles,
    help="Part or board whose memory plan the arena follows; its library decides the format, too. Default: "
    "atmega328p for bare-c, else cortex-m4.",
)
@library_option
@release_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Default: what PROFILE runs, bare-c without one. "
    "bare-c: microinfer's own C kernels, weights in flash, no library, no heap. "
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
@turns_option
@input_options("The golden input")
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    release: str | None,
    form: str | None,
    directory: Path,
    force: bool,
    max_turns: int | None,
    input_file: Path | None,
    as_json: bool,
) -> int:
    """Write MODEL into DIR as a C project of its own, as files for a TFLM project, or as arrays.

    MODEL is a .tflite file or a name from 'microinfer zoo'.
    """
    from ..exports.formats import DEFAULT_PROFILES, format_of, write_export
    from ..parts.profile import load_profile
    from ..run.inputs import set_inputs

    if is_standard_output(directory):
        raise click.UsageError(f"-o {directory}: an export is a folder, which standard output cannot hold")
    loaded = open_model(model)
    part = None if profile is None else load_profile(profile)
    chosen = form or format_of(part, library)
    part = part or load_profile(DEFAULT_PROFILES[chosen])

    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        made = write_export(
            loaded,
            part,
            library,
            release,
            chosen,
            directory,
            lambda interpreter: set_inputs(interpreter, input_file),
            force=force,
            max_turns=max_turns,
        )
    if as_json:
        click.echo(made.to_json())
        return _answer(made)
    why = "" if form else f", {chosen} (--format chooses)"
    if form is None and profile is None:
        why = f", {chosen} for {part.name} (--format and -p choose)"
    click.echo(f"{printable(str(made.directory))}: {counted(len(made.files), 'file')}{why}")
    for line in (*made.lines[:-1], f"golden input: {printable(made.input_source)}", *made.lines[-1:]):
        click.echo(f"  {line}")
    if made.short:
        click.echo(f"Does not fit: {made.short}", err=True)
    elif made.unknown:
        click.echo(f"Cannot tell without {printable(made.unknown)}", err=True)
    return _answer(made)


def _answer(made: ExportReport) -> int:
    return DOES_NOT_FIT if made.short else CANNOT_TELL if made.unknown else 0

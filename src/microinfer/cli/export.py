"""`microinfer export`: the model as a project that a board's compiler builds."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import InputError
from .arguments import json_option, model_argument, open_model
from .terminal import compiling, emit, printable

__all__ = ["command"]

DEFAULT_PROFILE = "atmega328p"


@click.command("export")
@model_argument
@click.option(
    "-p",
    "--profile",
    default=DEFAULT_PROFILE,
    show_default=True,
    metavar="PROFILE",
    help="Part or board whose memory plan the arena follows.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bare-c"]),
    default="bare-c",
    show_default=True,
    help="bare-c: microinfer's own C kernels, weights in flash, no library, no heap.",
)
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The project's folder; an Arduino sketch is named after it.",
)
@click.option(
    "--input",
    "input_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The golden input: .npy, or .npz by name or position.",
)
@click.option(
    "--quantize", is_flag=True, help="Quantise real numbers in the input file as the model wants them."
)
@json_option
def command(
    model: str,
    profile: str,
    form: str,
    directory: Path,
    input_file: Path | None,
    quantize: bool,
    as_json: bool,
) -> int:
    """Write MODEL as a self-contained C project into DIR: kernels, weights, arena, golden test, Makefile,
    Arduino sketch.

    MODEL is a .tflite file or a name from 'microinfer zoo'.
    """
    from .. import zoo
    from ..export.bare_c import write
    from ..interpreter import Interpreter
    from ..profile import load_profile
    from .inputs import set_inputs

    loaded = open_model(model)
    part = load_profile(profile)
    if "bare-c" not in part.libraries:
        raise InputError(f"{part.name} has no bare-c; its libraries are {', '.join(part.libraries)}")
    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        interpreter = Interpreter(loaded, part, library="bare-c")
        source = set_inputs(interpreter, input_file, quantize)
        known = zoo.recognise(loaded.sha256)
        labels = zoo.labels(known) if known is not None else ()
        made = write(interpreter, directory, labels=labels, input_source=source)
    spare = part.ram_bytes - made.arena_bytes
    if as_json:
        content = {
            "directory": str(made.directory),
            "format": form,
            "profile": part.name,
            "files": list(made.files),
            "arena_bytes": made.arena_bytes,
            "constant_bytes": made.constant_bytes,
            "kernels": list(made.kernels),
        }
        emit("microinfer.export/1", content)
        return 0 if spare > 0 else 1
    click.echo(f"{printable(str(made.directory))}: {len(made.files)} files")
    click.echo(f"  arena {made.arena_bytes:,} of {part.ram_bytes:,} bytes of RAM on {part.name}")
    click.echo(f"  weights, tables and parameters {made.constant_bytes:,} bytes of flash")
    click.echo(f"  golden input: {printable(source)}")
    click.echo("  make runs the golden test here; make avr and make arm build it for a board")
    if spare <= 0:
        click.echo(f"Does not fit: the arena exceeds {part.name}'s RAM by {-spare:,} bytes", err=True)
        return 1
    return 0

"""`microinfer report`: one page about a model on a part, to keep or to send."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from .arguments import (
    build_option,
    in_zoo,
    input_options,
    json_option,
    library_option,
    model_argument,
    open_model,
    part_of,
    profile_option,
    release_option,
    turns_option,
)
from .console import compiling, printable
from .exit_codes import of_memory
from .outputs import expect_outputs, force_option, output_option, write_file

__all__ = ["command"]


@click.command("report")
@model_argument
@profile_option
@library_option
@release_option
@build_option
@output_option("-o", "--output", required=True, words="The page, such as report.html.")
@force_option
@input_options()
@turns_option
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    output: Path,
    force: bool,
    input_file: Path | None,
    max_turns: int | None,
    as_json: bool,
) -> int:
    """Write one HTML page about MODEL: verdict, arena, cycles, energy, graph, ranges, other parts.

    A model that cannot run here is shown as far as it is known. The page needs no network and no other file.
    Exit codes: 0 it fits, 1 it does not, 3 cannot tell.

    MODEL is a .tflite file or a name from 'microinfer zoo'.
    """
    from .. import zoo
    from ..run.inputs import set_inputs
    from ..view.html.report_page import make_page

    silent = expect_outputs(output, force=force, as_json=as_json)
    loaded = open_model(model)
    part = part_of(profile, build)
    untrained = in_zoo(model) and not zoo.describe(model).trained
    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        page = make_page(
            loaded,
            part,
            library,
            release,
            lambda interpreter: set_inputs(interpreter, input_file),
            untrained=untrained,
            max_turns=max_turns,
        )
    write_file(output, page.html, force=force)
    if page.not_run:
        click.echo(f"microinfer: shown without a run: {printable(page.not_run)}", err=True)
    memory = page.memory
    if as_json:
        click.echo(dataclasses.replace(page, file=str(output)).to_json())
    elif not silent:
        click.echo(f"{printable(str(output))}: {page.bytes:,} bytes, open it in a browser")
        if memory.verdict == "cannot-tell":
            click.echo(f"Cannot tell without {', '.join(memory.unknown)}", err=True)
        if memory.verdict == "no":
            click.echo(f"Does not fit: {'; '.join(memory.shortfalls)}", err=True)
    return of_memory(memory)

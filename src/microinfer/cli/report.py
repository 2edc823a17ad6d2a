"""`microinfer report`: one page about a model on a part, to keep or to send."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import (
    build_option,
    in_zoo,
    input_options,
    json_option,
    library_option,
    open_model,
    part_of,
    profile_option,
    release_option,
    turns_option,
)
from .completion import complete_models
from .console import ProgressBar, compiling, printable
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT, of_memory
from .model_names import model_names
from .outputs import expect_outputs, force_option, output_option, write_file
from .viewer_files import FORMATS, expect_folder, write_viewer_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..parts.profile import Profile
    from ..run.interpreter import Interpreter

__all__ = ["command"]


@click.command("report")
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, shell_complete=complete_models)
@profile_option
@library_option
@release_option
@build_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="page",
    help="page: one file of HTML, the default. model-explorer: a folder of node data for Google's Model "
    "Explorer. netron: a copy of MODEL whose metadata, which Netron lists, say the figures.",
)
@output_option("-o", "--output", required=True, words="The page, such as report.html, or the folder or copy.")
@force_option
@input_options()
@turns_option
@json_option
def command(
    models: tuple[str, ...],
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    form: str,
    output: Path,
    force: bool,
    input_file: Path | None,
    max_turns: int | None,
    as_json: bool,
) -> int:
    """Write one HTML page about MODEL: verdict, arena, cycles, energy, graph, ranges, other parts. Or what
    viewers of graphs show of it.

    A model that cannot run here is shown as far as it is known. The page needs no network and no other file.
    Exit codes: 0 it fits, 1 it does not, 3 cannot tell.

    MODEL is a .tflite file, a pattern such as 'models/*.tflite', or a name from 'microinfer zoo'. Several
    come one after the other on one page, side by side at its top; the exit code is that of the worst.
    """
    from .. import zoo
    from ..run.inputs import set_inputs
    from ..view.html.report_page import make_page

    if form == "model-explorer":
        expect_folder(output)
    silent = form != "model-explorer" and expect_outputs(output, force=force, as_json=as_json)
    names = model_names(models)
    if len(names) > 1:
        if form != "page" or input_file is not None:
            what = f"--format {form}" if form != "page" else "an input file"
            raise click.UsageError(f"{what} is of one model, {len(names)} are named")
        return _several(names, profile, library, release, build, output, force, max_turns, silent, as_json)
    (model,) = names
    loaded = open_model(model)
    part = part_of(profile, build)
    untrained = in_zoo(model) and not zoo.describe(model).trained

    def give(interpreter: Interpreter) -> str:
        return set_inputs(interpreter, input_file)

    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        if form != "page":
            from ..view.graph_viewers import annotated

            found = annotated(loaded, part, library, release, give, max_turns=max_turns)
            return write_viewer_files(found, form, output, force=force, as_json=as_json)
        page = make_page(
            loaded,
            part,
            library,
            release,
            give,
            untrained=untrained,
            max_turns=max_turns,
            others=_told_of(),
        )
    write_file(output, page.html, force=force)
    if page.not_run:
        click.echo(f"microinfer: shown without a run: {printable(page.not_run)}", err=True)
    memory = page.memory
    if as_json:
        click.echo(dataclasses.replace(page, file=str(output)).to_json())
    elif not silent:
        click.echo(f"{printable(str(output))}: {page.bytes:,} bytes, open it in a browser")
        if memory.verdict == "perhaps":
            click.echo(f"Perhaps: {printable('; '.join(memory.possible))}", err=True)
        if memory.verdict == "cannot-tell":
            click.echo(f"Cannot tell without {printable(', '.join(memory.unknown))}", err=True)
        if memory.verdict == "no":
            click.echo(f"Does not fit: {printable('; '.join(memory.shortfalls))}", err=True)
    return of_memory(memory)


def _several(
    names: Sequence[str],
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    output: Path,
    force: bool,
    max_turns: int | None,
    silent: bool,
    as_json: bool,
) -> int:
    from .. import zoo
    from ..run.inputs import set_inputs
    from ..view.html.several_models import make_several

    loaded = [open_model(name) for name in names]
    with compiling(len({operator.name for model in loaded for operator in model.subgraphs[0].operators})):
        made = make_several(
            loaded,
            part_of(profile, build),
            library,
            release,
            lambda interpreter: set_inputs(interpreter, None),
            untrained=[in_zoo(name) and not zoo.describe(name).trained for name in names],
            max_turns=max_turns,
            others=_told_of,
        )
    write_file(output, made.html, force=force)
    for model in made.models:
        if model.not_run:
            said = f"{model.name}: shown without a run: {model.not_run}"
            click.echo(f"microinfer: {printable(said)}", err=True)
    if as_json:
        click.echo(dataclasses.replace(made, file=str(output)).to_json())
    elif not silent:
        click.echo(f"{printable(str(output))}: {made.bytes:,} bytes, open it in a browser")
        for model in made.models:
            open_ = "" if model.verdict == "perhaps" else " is not known"
            why = model.shortfalls or tuple(f"{one}{open_}" for one in model.unknown)
            if model.verdict != "yes":
                verdict = {"no": "does not fit", "perhaps": "perhaps fits"}.get(model.verdict, "cannot tell")
                click.echo(printable(f"{model.name} {verdict}: {'; '.join(why)}"), err=True)
    return {"yes": 0, "perhaps": 0, "no": DOES_NOT_FIT, "cannot-tell": CANNOT_TELL}[made.verdict]


def _told_of() -> Iterator[Profile]:
    """All stock profiles; a bar says how far they are where a page takes long."""
    from time import monotonic

    from ..parts.profile import load_profile, profile_names

    names = profile_names()
    bar, began = ProgressBar(len(names)), monotonic()
    try:
        for place, name in enumerate(names):
            if monotonic() - began >= bar.PATIENCE:
                bar.done = place
                bar.step(f"beside {name}")
            yield load_profile(name)
    finally:
        bar.close()

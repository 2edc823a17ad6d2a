"""What `microinfer report` writes in place of its page: for viewers of graphs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..files.folder import write_all
from ..files.output import is_standard_output
from ..words.printing import counted
from .console import printable
from .exit_codes import of_memory
from .outputs import write_file

if TYPE_CHECKING:
    from ..view.graph_viewers import Annotated

__all__ = ["FORMATS", "expect_folder", "write_viewer_files"]

FORMATS = ("page", "model-explorer", "netron")


def expect_folder(output: Path) -> None:
    """Raises UsageError where the files of a folder are to go to standard output."""
    if is_standard_output(output):
        raise click.UsageError(
            f"-o {output}: Model Explorer's data are a folder, which standard output cannot hold"
        )


def write_viewer_files(made: Annotated, form: str, output: Path, *, force: bool, as_json: bool) -> int:
    """Write them and say so, in the words of a report."""
    if form == "model-explorer":
        write_all(output, made.files, force=force)
        size = sum(len(text.encode()) for text in made.files.values())
        said = f"{counted(len(made.files), 'file')}: {', '.join(made.files)}; load them as custom node data"
    else:
        write_file(output, made.copy, force=force)
        size = len(made.copy)
        said = f"{size:,} bytes, open it in Netron"
    if made.not_run:
        click.echo(f"microinfer: told without a run: {printable(made.not_run)}", err=True)
    memory = made.memory
    if as_json:
        from .console import emit

        content = {"file": str(output), "bytes": size, "not_run": made.not_run or None}
        emit("microinfer.report/1", {**content, "fits": memory.fits, "verdict": memory.verdict})
    elif not is_standard_output(output):
        click.echo(f"{printable(str(output))}: {said}")
        if memory.verdict == "perhaps":
            click.echo(f"Perhaps: {'; '.join(memory.possible)}", err=True)
        if memory.verdict == "cannot-tell":
            click.echo(f"Cannot tell without {', '.join(memory.unknown)}", err=True)
        if memory.verdict == "no":
            click.echo(f"Does not fit: {'; '.join(memory.shortfalls)}", err=True)
    return of_memory(memory)

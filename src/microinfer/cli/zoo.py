"""`microinfer zoo`: the models that ship with microinfer."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import json_option
from .commands import Commands
from .outputs import expect_outputs, force_option, output_option, write_file
from .terminal import emit, printable, show, table

__all__ = ["command"]


@click.group("zoo", cls=Commands, invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the models that ship with microinfer, or export one as a .tflite file."""
    if context.invoked_subcommand is None:
        _list(as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the models."""
    _list(as_json)


@command.command("export")
@click.argument("name", metavar="NAME")
@output_option("-o", "--output", words="Default: NAME.tflite here.")
@force_option
@json_option
def export_command(name: str, output: Path | None, force: bool, as_json: bool) -> None:
    """Write model NAME to a .tflite file."""
    from .. import zoo

    data = zoo.load(name)
    path = output or Path(f"{name}.tflite")
    silent = expect_outputs(path, force=force, as_json=as_json)
    write_file(path, data, force=force)
    if as_json:
        emit("microinfer.zoo-export/1", {"name": name, "file": str(path), "bytes": len(data)})
    elif not silent:
        click.echo(f"{printable(str(path))}: {len(data):,} bytes")


def _list(as_json: bool) -> None:
    from .. import zoo

    entries = [zoo.describe(name) for name in zoo.names()]
    if as_json:
        content = [
            {
                "name": entry.name,
                "title": entry.title,
                "trained": entry.trained,
                "samples": len(zoo.samples(entry.name)[0]) if entry.trained else 0,
                "labels": list(entry.labels),
            }
            for entry in entries
        ]
        emit("microinfer.zoo/1", {"models": content})
        return
    made = table("model", "weights", "samples", "what", right=("samples",), wrap=("what",))
    for entry in entries:
        samples = str(len(zoo.samples(entry.name)[0])) if entry.trained else ""
        made.add_row(entry.name, "trained" if entry.trained else "random", samples, entry.title)
    show(made)

"""`microinfer zoo`: the models that ship with microinfer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .arguments import json_option
from .commands import Commands
from .completion import complete_zoo
from .console import emit, printable, show, table
from .outputs import expect_outputs, force_option, output_option, write_file

if TYPE_CHECKING:
    from ..zoo import Entry

__all__ = ["command"]


class Zoo(Commands):
    """`zoo NAME` is `zoo show NAME`."""

    otherwise = "show"


@click.group("zoo", cls=Zoo, invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the models that ship with microinfer, show one, 'microinfer zoo NAME', or export it."""
    if context.invoked_subcommand is None:
        _list(as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the models."""
    _list(as_json)


@command.command("show")
@click.argument("name", metavar="NAME", shell_complete=complete_zoo)
@click.option("-o", "--output", hidden=True)
@json_option
def show_command(name: str, output: str | None, as_json: bool) -> None:
    """Show model NAME: what it is for, its inputs and outputs, its operators."""
    from .. import zoo
    from .arguments import open_model

    entry = zoo.describe(name)
    if output is not None:
        raise click.UsageError(f"'microinfer zoo export {entry.name} -o FILE' writes it")
    if as_json:
        emit("microinfer.zoo/1", {"models": [_entry(entry)], "gallery": dict(zoo.GALLERY)})
        return
    model = open_model(name)
    graph = model.subgraphs[0]
    made = table("", "what", wrap=("what",))
    made.add_row("for", entry.title)
    made.add_row("weights", entry.weights)
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for index in indices:
            tensor = graph.tensors[index]
            made.add_row(what, f"{tensor.dtype} {'x'.join(map(str, tensor.shape))}")
    if entry.labels:
        made.add_row("labels", ", ".join(entry.labels))
    made.add_row("samples", f"in the repository's {_place(entry)}" if entry.folder else str(_samples(entry)))
    counts = Counter(operator.name for operator in graph.operators)
    each = (f"{name}{f' ({count})' if count > 1 else ''}" for name, count in counts.items())
    made.add_row("operators", ", ".join(each))
    made.add_row("file", f"{model.size_bytes:,} bytes; 'microinfer zoo export {entry.name}' writes it")
    show(entry.name, "", made)


@command.command("export")
@click.argument("name", metavar="NAME", shell_complete=complete_zoo)
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
        every = [*entries, *map(zoo.describe, zoo.further())]
        emit("microinfer.zoo/1", {"models": list(map(_entry, every)), "gallery": dict(zoo.GALLERY)})
        return
    made = table("model", "weights", "samples", "what", right=("samples",), wrap=("what",))
    for entry in entries:
        samples = str(_samples(entry) or "")
        made.add_row(entry.name, entry.weights, samples, entry.title)
    more = table("model", "made by", "what", wrap=("what",))
    for entry in map(zoo.describe, zoo.further()):
        more.add_row(entry.name, f"python {_place(entry)}/make.py", entry.title)
    below = "Trained, too: streams, and other networks of the same data, whose samples are in the repository"
    show(made, "", below, "", more)


def _place(entry: Entry) -> str:
    return f"examples/gallery/{entry.folder}"


def _samples(entry: Entry) -> int:
    from .. import zoo

    return len(zoo.samples(entry.name)[0]) if entry.trained and not entry.folder else 0


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "trained": entry.trained,
        "samples": _samples(entry),
        "labels": list(entry.labels),
    }

"""A page a command, out of click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from microinfer.cli import COMMANDS, main

from .words import plain, prose, table

__all__ = ["command_pages"]

DOCS = Path(__file__).resolve().parents[1]


def command_pages() -> Iterator[tuple[str, str]]:
    """Where, and what, of each command and of their list."""
    root = click.Context(main, info_name="microinfer")
    rows = [(f"[`{name}`]({name}.md)", prose(about)) for name, about in COMMANDS.items()]
    codes = " ".join(part for part in (main.epilog or "").split())
    intro = "Every command takes `--help`, and says what is wrong in one line on stderr."
    yield (
        "commands/index.md",
        f"# Commands\n\n{intro} {prose(codes)}\n\n{table(('command', 'what it does'), rows)}",
    )
    for name in COMMANDS:
        command = main.get_command(root, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=root)
        body = "\n".join(_command(command, context, 1))
        yield f"commands/{name}.md", f"{body}\n{_shown_in(name)}"


def _command(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}\n"
    usage = command.collect_usage_pieces(context)
    yield f"```console\n$ {' '.join([context.command_path, *usage])}\n```\n"
    yield f"{_paragraphs(command.help or '')}\n"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            yield f"`{record[0]}`\n:   {plain(record[1])}\n"
    if command.epilog:
        yield f"{_paragraphs(command.epilog)}\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None
            yield from _command(part, click.Context(part, info_name=name, parent=context), level + 1)


def _paragraphs(text: str) -> str:
    """click's help: paragraphs, of which those after a mark keep their lines."""
    made = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b"):
            made.append("\n".join(["```text", *paragraph.removeprefix("\b\n").splitlines(), "```"]))
        else:
            made.append(prose(" ".join(paragraph.split())))
    return "\n\n".join(made)


def _shown_in(name: str) -> str:
    """The pages on which it is run."""
    found = []
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if f"$ microinfer {name} " in text and page.name != "README.md":
            title = text.partition("\n")[0].removeprefix("# ")
            found.append(f"[{title}](../../{page.name})")
    return f"\nAt work in: {', '.join(found)}.\n" if found else ""

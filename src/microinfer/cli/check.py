"""`microinfer check`: will it run? All problems at once, each with its place, cause and remedy."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..checks.formats import FORMATS
from ..words.printing import counted
from .arguments import DEFAULT_PROFILE, build_option, check_release_option, library_option
from .completion import (
    complete_explained,
    complete_models,
    complete_operator_list,
    complete_profiles,
    complete_rules,
)
from .console import PIPED_WIDTH, WIDEST, emit, in_colour
from .exit_codes import CANNOT_TELL
from .model_names import model_names, told_apart
from .outputs import expect_outputs, force_option, output_option, write_file

if TYPE_CHECKING:
    from ..checks import CheckReport, Source

__all__ = ["command"]

NARROWEST = 40


@click.command("check")
@click.argument("models", metavar="[MODEL]...", nargs=-1, shell_complete=complete_models)
@click.option(
    "-p",
    "--profile",
    "profiles",
    metavar="PROFILE",
    shell_complete=complete_profiles,
    multiple=True,
    help=f"Part or board, a name or a .toml file; may be given several times. Default {DEFAULT_PROFILE}.",
)
@library_option
@check_release_option
@build_option
@click.option("--max-latency", metavar="TIME", help="Budget of one inference, such as 50ms.")
@click.option("--max-energy", metavar="ENERGY", help="Budget of one inference, such as 2mJ.")
@click.option("--max-arena", metavar="BYTES", help="Budget of the tensor arena, such as 64k.")
@click.option("--max-flash", metavar="BYTES", help="Budget of flash, such as 256k.")
@click.option("--max-stack", metavar="BYTES", help="The stack that the firmware reserves, such as 2048.")
@click.option(
    "--resolver",
    metavar="N|OPERATORS",
    shell_complete=complete_operator_list,
    help="The firmware's op resolver: its size, or its operators, separated by commas.",
)
@click.option(
    "--disable",
    metavar="RULE",
    multiple=True,
    shell_complete=complete_rules,
    help="Leave a rule out; several times, or with commas.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell the notes that ask for nothing, too.")
@click.option("--strict", is_flag=True, default=None, help="Warnings fail, too.")
@click.option(
    "--format", "format_name", type=click.Choice(tuple(FORMATS)), default=None, help="Default: text."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@output_option("-o", "--output", words="Write to a file.")
@force_option
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="Instead of a microinfer.toml."
)
@click.option("--no-config", is_flag=True, help="Ignore microinfer.toml.")
@click.option(
    "--explain",
    metavar="RULE",
    shell_complete=complete_explained,
    help="What a rule means and how to mend it; 'list', or 'all'.",
)
def command(
    models: tuple[str, ...],
    profiles: tuple[str, ...],
    library: str | None,
    release: str | None,
    build: str | None,
    max_latency: str | None,
    max_energy: str | None,
    max_arena: str | None,
    max_flash: str | None,
    max_stack: str | None,
    resolver: str | None,
    disable: tuple[str, ...],
    verbose: bool,
    strict: bool | None,
    format_name: str | None,
    as_json: bool,
    output: Path | None,
    force: bool,
    config: Path | None,
    no_config: bool,
    explain: str | None,
) -> int:
    """Say whether MODEL will run on a part, and everything that is in its way.

    MODEL is a .tflite file, a pattern such as 'models/**/*.tflite', or a name from 'microinfer zoo'; of
    several, each is checked on each part, and the exit code is that of the worst. Budgets and defaults may
    stand in a microinfer.toml, in this folder or above. Exit codes: 0 yes, 1 no, 2 unreadable or wrong usage,
    3 cannot tell: TFLM may well run it, but something that decides is not known.
    """
    if explain is not None:
        _explain(explain, as_json=as_json or format_name == "json")
        return 0
    if as_json and format_name not in (None, "json"):
        raise click.UsageError(f"--json and --format {format_name} are two answers to one question")
    format_name = "json" if as_json else format_name or "text"
    if expect_outputs(output, force=force):
        output = None
    from ..checks import check
    from ..checks.budgets import expect_boards, expect_models
    from ..checks.formats import render
    from ..checks.limits import read_limits
    from ..checks.settings import CheckSettings, load_settings, near_settings, parse_resolver
    from ..parts.profile import load_profile

    settings = load_settings(config) if config else CheckSettings() if no_config else near_settings()
    wanted = model_names(models or settings.models)
    if not wanted:
        raise click.UsageError("which MODEL? Name a .tflite file, or models = [...] in microinfer.toml")
    compiled = build if build is not None else settings.build
    names = profiles or settings.profiles or (DEFAULT_PROFILE,)
    parts = [load_profile(name).built(compiled) for name in names]
    chosen = settings.library if library is None else library
    for part in parts:
        part.choose_library(chosen)
    expect_boards(settings.budgets, parts)
    budgets = (max_latency, max_energy, max_arena, max_flash, max_stack)
    read_limits(*budgets)
    room = parse_resolver(resolver, "--resolver") if resolver is not None else settings.resolver
    left_out = (*settings.disable, *(name for names in disable for name in names.split(",") if name))
    sources = _open_all(wanted)
    checked = [(source.model, source.path) for source in sources]
    expect_models(settings.budgets, checked, str(Path(settings.path).parent))
    reports = [
        check(
            source,
            part,
            chosen,
            release=settings.release if release is None else release,
            limits=read_limits(*budgets, base=settings.limits_on(source.model, source.path, part)),
            resolver=room,
            disable=left_out,
            strict=settings.strict if strict is None else strict,
        )
        for source in sources
        for part in parts
    ]
    to_terminal = output is None
    text = render(reports, format_name, width=_width(), colour=to_terminal and in_colour(), verbose=verbose)
    if output is None:
        click.echo(text, nl=False, color=in_colour())
    else:
        write_file(output, text, force=force)
        click.echo(f"{_verdict(reports)}; written to {output}", err=True)
    return _exit_code(reports)


def _open_all(names: Sequence[str]) -> list[Source]:
    """Files or names of the zoo; where there are several, one that is missing is a finding, too."""
    from ..checks import missing_source
    from ..errors import InputError

    opened = []
    for name in names:
        try:
            opened.append(_open(name))
        except InputError as error:
            if len(names) == 1:
                raise
            opened.append(missing_source(name, error))
    called = told_apart([source.name for source in opened], names)
    return [dataclasses.replace(source, name=name) for source, name in zip(opened, called, strict=True)]


def _open(name: str) -> Source:
    """A file or a name of the zoo; one that cannot be read is a finding."""
    from ..checks import open_source
    from ..errors import ModelError
    from .arguments import open_model

    try:
        model = open_model(name)
    except ModelError:
        return open_source(name)
    return dataclasses.replace(open_source(model, name), name=model.name)


def _explain(name: str, *, as_json: bool) -> None:
    from ..checks.rule import expect_rule, rules

    known = rules()
    chosen = known.values() if name in ("list", "all") else [known[expect_rule(name, known)]]
    if as_json:
        keys = ("name", "severity", "title", "about")
        emit("microinfer.rules/1", {"rules": [{key: getattr(rule, key) for key in keys} for rule in chosen]})
    elif name == "list":
        widest = max(map(len, known))
        click.echo("\n".join(f"{rule.name:<{widest}}  {rule.severity:<7}  {rule.title}" for rule in chosen))
    else:
        texts = (
            f"{rule.name} ({rule.severity})\n\n{rule.title}.\n\n{rule.about}".rstrip() for rule in chosen
        )
        click.echo("\n\n\n".join(texts))


def _width() -> int:
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return PIPED_WIDTH
    import shutil

    return max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST) - 1)


def _verdict(reports: Sequence[CheckReport]) -> str:
    failed = sum(report.verdict in ("no", "unreadable") for report in reports)
    unknown = sum(report.verdict == "cannot-tell" for report in reports)
    if failed:
        return f"{failed} of {counted(len(reports), 'check')} failed"
    if unknown:
        return f"{unknown} of {counted(len(reports), 'check')} cannot tell"
    return f"{counted(len(reports), 'check')} passed"


def _exit_code(reports: Sequence[CheckReport]) -> int:
    """The worst answer: unreadable, no, cannot tell, yes."""
    verdicts = {report.verdict for report in reports}
    if "unreadable" in verdicts:
        return 2
    if "no" in verdicts:
        return 1
    return CANNOT_TELL if "cannot-tell" in verdicts else 0

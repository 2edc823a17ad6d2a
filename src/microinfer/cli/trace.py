"""`microinfer trace`: the modelled run as a file for Perfetto."""

from __future__ import annotations

from pathlib import Path

import click

from ..words.printing import counted
from .arguments import (
    build_option,
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
from .console import compiling, emit, interval, printable
from .exit_codes import CANNOT_TELL, of_memory
from .interpreters import interpreter_of
from .outputs import expect_outputs, force_option, output_option, write_file

__all__ = ["command"]


@click.command("trace")
@model_argument
@profile_option
@library_option
@release_option
@build_option
@output_option("-o", "--output", required=True, words="The trace, such as trace.json.")
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
    """Write a Chrome trace of one inference of MODEL: a slice an operator, with the arena's live bytes below.

    https://ui.perfetto.dev and chrome://tracing open it. MODEL is a .tflite file or a name from
    'microinfer zoo'.
    """
    from ..reports.run_figures import make_report
    from ..run.inputs import set_inputs
    from ..timing.untimed import untimed
    from ..view.chrome_trace import trace_json

    silent = expect_outputs(output, force=force, as_json=as_json)
    loaded = open_model(model)
    part = part_of(profile, build)
    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        interpreter = interpreter_of(loaded, part, library, release, max_turns=max_turns)
        if interpreter is None:
            return CANNOT_TELL
        source = set_inputs(interpreter, input_file)
        interpreter.invoke(record=True)
    report = make_report(interpreter, input_source=source)
    write_file(output, trace_json(report, interpreter.plan), force=force)
    if as_json:
        content = {
            "file": str(output),
            "operators": len(report.operators),
            "ms": report.time.ms,
            "ms_low": report.time.ms_low,
            "ms_high": report.time.ms_high,
            "provisional": report.time.provisional,
        }
        emit("microinfer.trace/1", content)
        return of_memory(report.memory)
    if silent:
        return of_memory(report.memory)
    time, took = report.time, "time not known"
    if time.ms is not None and time.ms_low is not None and time.ms_high is not None:
        took = interval(time.ms / 1e3, time.ms_low / 1e3, time.ms_high / 1e3, "s")
        took += f", {time.doubt}" if time.doubt else ""
    click.echo(
        f"{printable(str(output))}: {counted(len(report.operators), 'operator')}, {took} on {part.name} "
        f"with {part.library} kernels at {part.build.words}"
    )
    click.echo("open it in https://ui.perfetto.dev or chrome://tracing")
    deployment = interpreter.deployment
    if said := untimed(deployment.steps, deployment.costs, part):
        click.echo(f"without operators in it whose cycles are not known: {printable(said)}", err=True)
    if report.memory.verdict == "no":
        click.echo(f"Does not fit: {printable('; '.join(report.memory.shortfalls))}", err=True)
    return of_memory(report.memory)

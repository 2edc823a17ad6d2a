"""`microinfer run`: one inference, and one screen about it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ArenaError
from ..libraries.library import kernel_library
from .arguments import (
    Size,
    about,
    build_option,
    in_zoo,
    input_options,
    json_option,
    kernels,
    library_option,
    model_argument,
    open_model,
    part_of,
    profile_option,
    release_option,
    turns_option,
)
from .console import compiling, printable, show, table
from .exit_codes import CANNOT_TELL, of_memory
from .interpreters import interpreter_of
from .output_arrays import expect_arrays, packed
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .time_rows import time_rows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from ..deploy.verdict import MemoryReport
    from ..reports.run_report import RunReport, TensorReport
    from ..run.sequences import Ran

__all__ = ["command"]

TOP = 3
SHOWN = 24
"""Of the runs of a sequence, so many outputs."""


@click.command("run")
@model_argument
@profile_option
@library_option
@release_option
@build_option
@input_options()
@click.option(
    "--arena-size",
    type=Size(),
    metavar="BYTES",
    help="The tensor arena that the firmware has, such as 4096 or 64k. Default: the smallest that works.",
)
@output_option(
    "-o", "--output", words="Write the outputs as they are stored: .npz by name, or .npy where there is one."
)
@force_option
@turns_option
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    input_file: Path | None,
    arena_size: int | None,
    output: Path | None,
    max_turns: int | None,
    force: bool,
    as_json: bool,
) -> int:
    """Run MODEL, a .tflite file or a name from 'microinfer zoo', as the device would.

    Prints whether it fits, the memory and time it takes, and its outputs, to the bit. Exit codes: 0 it fits,
    1 it does not, 2 it cannot run or be read, 3 cannot tell: TFLM runs it, and microinfer does not model it.

    A model that keeps state also takes a sequence of samples, which are run one after the other without a
    reset, as on the device; what is printed is of the last, and -o writes the outputs of all.
    """
    from .. import zoo
    from ..reports.run_figures import make_report
    from ..run.interpreter import Interpreter
    from ..run.sequences import run_given

    silent, ran = expect_outputs(output, force=force, as_json=as_json), None
    loaded = open_model(model)
    if output is not None:
        expect_arrays(output, len(loaded.subgraphs[0].outputs))
    untrained = in_zoo(model) and not zoo.describe(model).trained
    part = part_of(profile, build)
    contracts = False if profile is None else None
    expected = len({operator.name for operator in loaded.subgraphs[0].operators})
    with compiling(expected):
        try:
            interpreter = interpreter_of(loaded, part, library, release, arena_size, contracts, max_turns)
        except ArenaError as error:
            if arena_size is None:
                raise
            roomy = Interpreter(loaded, part, library=library, release=release, contracts=contracts)
            report = make_report(roomy, arena_size=arena_size, untrained=untrained)
            report = dataclasses.replace(report, warnings=(str(error), *report.warnings))
        else:
            if interpreter is None:
                return CANNOT_TELL
            ran = run_given(interpreter, input_file)
            report = make_report(interpreter, input_source=ran.source, untrained=untrained)
            if output is not None:
                write_file(output, packed(output, interpreter, ran.outputs), force=force)
    if as_json:
        click.echo(report.to_json())
    elif not silent:
        _show(report, ran, default_profile=profile is None)
        if report.input_source is not None:
            click.echo("".join(f"\n{line}\n" for line in written(output)), nl=False)
    return of_memory(report.memory)


def _show(report: RunReport, ran: Ran | None, *, default_profile: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    head = Text(printable(report.model.name) or "model", style="bold")
    head.append(
        f" on {report.profile.name} with {_kernels(report)}",
        style="not bold",
    )
    part = about(report.profile.title, report.profile.clock_hz, default=default_profile)
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    _verdict(report, facts)
    _memory(report, facts)
    time_rows(report, facts)
    if report.input_source is not None:
        facts.add_row("Input", printable(report.input_source))
    for tensor in report.outputs:
        if tensor.crc32 is not None:
            facts.add_row("Output", _output(tensor, alone=len(report.outputs) == 1))
    if ran is not None and ran.runs > 1:
        _over_time(report, ran, facts)
    warnings = [Text.assemble(("warning  ", "yellow"), printable(warning)) for warning in report.warnings]
    show(head, part, "", facts, "", _operators(report), *([""] if warnings else []), *warnings)


def _over_time(report: RunReport, ran: Ran, facts: Table) -> None:
    """Of a sequence: the first output in each run, where it is a single number."""
    tensor, array = report.outputs[0], ran.outputs[0]
    if array[0].size != 1:
        return
    real = [_real(tensor, value) for value in array.ravel().tolist()]
    most = max(range(len(real)), key=real.__getitem__)
    shown = [f"{value:.3g}" for value in real[:SHOWN]]
    rest = f" and {len(real) - SHOWN} more" if len(real) > SHOWN else ""
    facts.add_row("Over time", f"{' '.join(shown)}{rest}; most is {real[most]:.3g} in run {most}")


def _kernels(report: RunReport) -> str:
    part = report.profile
    return kernels(part.library, part.release, part.build)


def _verdict(report: RunReport, facts: Table) -> None:
    from rich.text import Text

    memory = report.memory
    if memory.verdict == "no":
        facts.add_row(Text("Does not fit", style="bold red"), "; ".join(map(printable, memory.shortfalls)))
        return
    if memory.verdict == "cannot-tell":
        facts.add_row(Text("Cannot tell", style="bold magenta"), f"without {', '.join(memory.unknown)}")
        return
    stored = memory.counted[1]
    facts.add_row(
        Text("Perhaps", style="bold yellow") if memory.possible else Text("Fits", style="bold green"),
        f"arena {memory.arena_bytes:,} of {memory.part_ram_bytes:,} bytes of RAM, "
        f"{stored} {memory.stored_bytes:,} of {memory.part_flash_bytes:,} bytes of flash"
        + ("" if memory.ram_bytes is not None else "; code and stack are not counted yet"),
    )
    if memory.ram_bytes is not None:
        note = memory.say_firmware + ("; stack and code provisional" if memory.provisional else "")
        facts.add_row("Room", "; ".join(memory.placements) + note)


def _smallest(memory: MemoryReport) -> str:
    return f"smallest arena {'at least ' * memory.arena_unknown}{memory.min_arena_bytes:,} bytes"


def _memory(report: RunReport, facts: Table) -> None:
    memory = report.memory
    parts = f"head {memory.head_bytes:,} + tail {memory.tail_bytes:,}"
    spare = memory.recommended_arena_bytes - memory.min_arena_bytes
    use = f" (use {memory.recommended_arena_bytes:,})" if spare else ""
    more = "more than " * memory.arena_unknown
    if not kernel_library(report.profile.library).interprets:
        facts.add_row("Memory", _smallest(memory))
        return
    facts.add_row(
        "Memory",
        f"{_smallest(memory)}{'' if memory.arena_unknown else use}; "
        f"arena_used_bytes() says {more}{memory.arena_used_bytes:,} ({parts}); "
        f"sizes of {memory.layout.split(',')[0]}"
        + (", provisional" if "; provisional" in memory.layout else ""),
    )
    if memory.say_variables:
        facts.add_row("State", memory.say_variables)


def _output(tensor: TensorReport, *, alone: bool) -> RenderableType:
    """The largest values, with labels where there are any; one value as it is; of an image only its bits."""
    from rich.text import Text

    values = tensor.values or ()
    name = "" if alone else f"{printable(tensor.name)}: "
    whole = f"{name}{tensor.dtype} {list(tensor.shape)}, crc32 {tensor.crc32}"
    if sum(size > 1 for size in tensor.shape) > 1 or not values or None in values:
        return Text(whole)
    real = [_real(tensor, value) for value in values]
    if len(values) == 1:
        return Text(f"{name}{real[0]:.6g} (stored {values[0]}), crc32 {tensor.crc32}")
    order = sorted(range(len(values)), key=lambda i: (-real[i], i))[:TOP]
    tops = [f"{tensor.labels[i] if tensor.labels else f'[{i}]'}  {real[i]:.4g}" for i in order]
    return Text("   ".join(tops) + f"   ({whole})")


def _real(tensor: TensorReport, value: float | None) -> float:
    if tensor.scale is None or tensor.zero_point is None:
        return float(value or 0)
    return (float(value or 0) - tensor.zero_point) * tensor.scale


def _operators(report: RunReport) -> Table:
    total = report.time.cycles or 0
    scratch = any(operator.scratch_bytes for operator in report.operators)
    columns = [
        "",
        "operator",
        "kernel",
        "output",
        "MACs",
        "cycles",
        "share",
        *(["scratch"] if scratch else []),
    ]
    made = table(*columns, right=("", "MACs", "cycles", "share", "scratch"))
    for operator in report.operators:
        share = f"{operator.cycles / total:.1%}" if total and operator.cycles is not None else ""
        made.add_row(
            str(operator.index),
            printable(operator.operator),
            printable(operator.variant),
            ", ".join("x".join(map(str, shape)) or "scalar" for shape in operator.output_shapes),
            f"{operator.macs:,}" if operator.macs else "",
            "unknown" if operator.cycles is None else f"{operator.cycles:,}",
            share,
            *([f"{operator.scratch_bytes:,}" if operator.scratch_bytes else ""] if scratch else []),
        )
    return made

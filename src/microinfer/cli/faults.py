"""`microinfer faults`: bits that flip by themselves, what they cost and what protects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..words.printing import counted
from .arguments import (
    DEFAULT_PROFILE,
    in_zoo,
    json_option,
    library_option,
    model_argument,
    open_model,
    part_of,
    profile_option,
    release_option,
    turns_option,
)
from .checkpoints import as_interrupts
from .console import compiling, printable
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT, INTERRUPTED
from .interpreters import interpreter_of
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .progress_bar import task_bar
from .sample_arguments import Pixels, labels_of
from .sweep import say

if TYPE_CHECKING:
    from ..injection import FaultCampaign, FaultProgress
    from ..injection.fault_campaign import Watch
    from ..run.interpreter import Interpreter

__all__ = ["command"]


@click.command("faults")
@model_argument
@click.option(
    "--data",
    metavar="DATA",
    help="Samples, as 'microinfer validate' takes them. Default: the zoo's own.",
)
@profile_option
@library_option
@release_option
@click.option(
    "--rate",
    metavar="RATE",
    help="How often a bit flips: 1e-6/bit/day, 2e-15/bit/h, 500FIT/Mbit. Says what a device may expect.",
)
@click.option(
    "--lifetime", default="1y", metavar="TIME", help="Of the device, such as 30d or 10y. Default 1y."
)
@click.option(
    "--every",
    metavar="RATE",
    help="How often it infers: 'every 5s', 10/min. Default: one inference behind the other.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=2000,
    metavar="N",
    help="Flips in each memory; of flash no more than it has bits. Default 2000.",
)
@click.option(
    "--in",
    "memory",
    type=click.Choice(["flash", "arena", "both"]),
    default="both",
    help="Where bits flip. Default both.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, metavar="N", help="Of the same come the same flips."
)
@click.option(
    "--samples",
    type=click.IntRange(0),
    metavar="N",
    help="Of the data, spread over them; 0 for all. Default: as many as make a run short, 512 at the most.",
)
@click.option("--x", metavar="NAME", help="The array or columns with the samples.")
@click.option("--y", metavar="NAME", help="The array or column with the answers.")
@click.option("--labels", metavar="LIST", help="Names of the classes: a,b,c or a text file of lines.")
@click.option(
    "--task",
    type=click.Choice(["classification", "binary", "regression", "autoencoder", "none"]),
    help="What an answer is. Default: what the answers look like.",
)
@click.option("--output", metavar="NAME", help="The output to look at. Default: the first.")
@click.option("--threshold", type=float, help="Of a binary task: answers above it are 1.")
@click.option("--stored", is_flag=True, help="The numbers are the model's own, whatever type they have.")
@click.option("--pixels", type=Pixels(), help="What the bytes 0 and 255 of an image stand for.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=0.0,
    metavar="REAL",
    help="Of outputs that are no classes: what differs by no more is the same answer. Default 0.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where flips are kept that were tried, and looked for: an interrupted campaign goes on.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes of this machine. Default one; more want the extra 'scale'.",
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="A cluster of Dask's, of any size, whose workers have this microinfer (extra 'scale').",
)
@output_option("--svg", words="Draw what is lost by bit and by operator as SVG.")
@output_option("--html", words="Write the tables and the picture as a page that stands alone.")
@force_option
@turns_option
@json_option
def command(
    model: str,
    data: str | None,
    profile: str | None,
    library: str | None,
    release: str | None,
    rate: str | None,
    lifetime: str,
    every: str | None,
    runs: int,
    memory: str,
    seed: int,
    samples: int | None,
    labels: str | None,
    tolerance: float,
    store: Path | None,
    jobs: int | None,
    scheduler: str | None,
    svg: Path | None,
    html: Path | None,
    force: bool,
    max_turns: int | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Flip bits of MODEL in flash, and of its arena while it runs, and say what is lost and what protects.

    Each run is the device with one bit flipped, with its own bits: in flash from its start on, on all
    samples; in the arena while an operator runs, on one. Ctrl-C shows what is done, and --store keeps it.
    Exit codes: 0 good, 1 the part does not hold the model, 2 usage or bad input, 3 cannot tell.
    """
    from .. import zoo
    from ..injection import MEMORIES, FaultCampaign, FlipStore, choose_samples, parse_flip_rate, summarise
    from ..sweeps.hiring import hire_several
    from ..validation import ValidationSettings
    from ..words.quantities import parse_every, parse_hours

    silent = expect_outputs(svg, html, force=force, as_json=as_json)
    flips = None if rate is None else parse_flip_rate(rate, "--rate")
    hours = parse_hours(lifetime, "--lifetime")
    inferences = None if every is None else parse_every(every)
    crew = hire_several(scheduler, jobs, say)
    loaded = open_model(model)
    if data is None and not in_zoo(model) and zoo.recognise(loaded.sha256) is None:
        raise click.UsageError("--data is missing: a file, a folder or a Python function with samples")
    settings = ValidationSettings(labels=labels_of(labels), layer_samples=0, **given)
    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        part = part_of(DEFAULT_PROFILE if profile is None else profile)
        interpreter = interpreter_of(loaded, part, library, release, max_turns=max_turns)
        if interpreter is None:
            return CANNOT_TELL
        if not _holds(interpreter):
            return DOES_NOT_FIT
        specimen = choose_samples(interpreter, data, settings, samples, tolerance)
    with nullcontext() if store is None else FlipStore(store) as kept:
        wanted = MEMORIES if memory == "both" else (memory,)
        campaign = FaultCampaign(specimen, runs, wanted, seed, kept)
        interrupted = False
        try:
            with as_interrupts(), _bar() as watch:
                campaign.run(watch, crew)
        except KeyboardInterrupt:
            if not campaign.trials:
                raise
            interrupted = True
        report = summarise(campaign, flips, hours, inferences)
    if svg is not None:
        from ..view.fault_chart import draw_faults

        write_file(svg, draw_faults(report), force=force)
    if html is not None:
        from ..view.fault_page import render_faults

        write_file(html, render_faults(report, str(part.build)), force=force)
    if as_json:
        click.echo(report.to_json())
    elif not silent:
        from .faults_view import show_faults

        show_faults(report, str(part.build), default_profile=profile is None)
        lines = written(svg, html)
        click.echo("".join(f"{line}\n" for line in ["", *lines] if lines), nl=False)
    if interrupted:
        _say_interrupted(campaign)
        return INTERRUPTED
    return 0


def _holds(interpreter: Interpreter) -> bool:
    """Whether the part may hold the model; what is short is said."""
    if not (short := interpreter.deployment.shortfalls):
        return True
    said = printable("; ".join(short))
    name = printable(interpreter.profile.name)
    click.echo(f"microinfer: {name} does not hold the model: {said}; name a larger part with -p", err=True)
    return False


def _say_interrupted(campaign: FaultCampaign) -> None:
    done = f"{len(campaign.trials):,} of {counted(campaign.total, 'flip')}"
    if campaign.store is None:
        said = f"{done} are shown and not kept; --store FILE keeps them"
    else:
        said = f"{done} are in {printable(str(campaign.store.path))}; the same command goes on"
    click.echo(f"microinfer: interrupted; {said}", err=True)


@contextmanager
def _bar() -> Iterator[Watch]:
    """Flips a second, the time left, and how many corrupted silently."""
    with task_bar("flips", rate="flips") as tell:

        def watch(now: FaultProgress) -> None:
            tell(total=now.total, completed=now.done, rate=now.rate, note=f"{now.silent} silent")

        yield watch

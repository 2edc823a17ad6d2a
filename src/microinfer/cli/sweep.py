"""`microinfer sweep`: many models on many parts, each pair a row that is done once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import json_option
from .checkpoints import as_interrupts
from .console import printable
from .exit_codes import BAD_INPUT, CANNOT_TELL, DOES_NOT_FIT, INTERRUPTED
from .outputs import expect_outputs, force_option, output_option, written
from .progress_bar import task_bar

if TYPE_CHECKING:
    from ..sweeps import Campaign, Progress
    from ..sweeps.campaign import Watch

__all__ = ["command", "refusal_of", "say"]

MEASURES = ("latency", "energy", "arena", "ram", "flash", "score")


@click.command("sweep")
@click.argument("spec", metavar="SPEC.toml", type=click.Path(path_type=Path))
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where rows are kept, and looked for. Default: the spec's 'store', else SPEC.sqlite.",
)
@click.option(
    "--by",
    type=click.Choice(MEASURES),
    default="latency",
    help="What the best are the best by. Default latency.",
)
@click.option("--top", type=click.IntRange(0), default=10, metavar="N", help="How many to show. Default 10.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes of this machine. Default: one for a small sweep, else one a processor.",
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="A cluster of Dask's, of any size, whose workers have this microinfer (extra 'scale').",
)
@click.option("--resume", is_flag=True, expose_value=False, help="Leave rows that are there: the default.")
@click.option("--retry", is_flag=True, help="Do rows again that ended in an error.")
@click.option("--anew", is_flag=True, help="Do all rows again.")
@click.option(
    "--time-limit",
    default="60s",
    metavar="TIME",
    help="What a row, or the building of a model, may take. Default 60s.",
)
@click.option(
    "--memory-limit",
    default="2048M",
    metavar="BYTES",
    help="What a row may take of memory, or 'none'. Default 2048M.",
)
@output_option("--csv", words="Write all rows as CSV.")
@output_option("--parquet", words="Write all rows as Parquet (needs the extra 'scale').")
@force_option
@json_option
def command(
    spec: Path,
    store: Path | None,
    by: str,
    top: int,
    jobs: int | None,
    scheduler: str | None,
    retry: bool,
    anew: bool,
    time_limit: str,
    memory_limit: str,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Hold the models of SPEC.toml against its parts, libraries and builds, and show the best.

    Every row is kept in a file, under what it hangs on: a row done is not done again, by this sweep or a
    later one, and one that is interrupted, or killed, goes on where it was. A model that cannot be read or
    built is a row with its error. Exit codes: 0 a row keeps to the budgets, 1 none does, 2 the spec is
    wrong or no row tells anything, 3 none does for sure.
    """
    from ..sweeps import (
        Campaign,
        Guards,
        Store,
        hire,
        read_specification,
        summarise,
        write_csv,
        write_parquet,
    )
    from ..sweeps.summary import expect_scores
    from ..sweeps.tabulation import expect_pyarrow
    from ..words.quantities import parse, parse_bytes

    silent = expect_outputs(csv, parquet, force=force, as_json=as_json)
    if retry and anew:
        raise click.UsageError("--retry and --anew: all rows are done again anyway")
    if parquet is not None:
        expect_pyarrow()
    most = None if memory_limit == "none" else parse_bytes(memory_limit, "--memory-limit")
    guards = Guards(parse(time_limit, "s", "--time-limit"), most)
    what = read_specification(spec)
    expect_scores(what, by)
    path = store or what.store or spec.with_suffix(".sqlite")
    crew = hire(what, scheduler, jobs, say)
    redo = "all" if anew else "errors" if retry else "nothing"
    with Store(path) as kept:
        campaign = Campaign(what, kept, guards, redo=redo)  # type: ignore[arg-type]
        try:
            with as_interrupts(), _bar() as watch:
                campaign.run(crew, watch)
        except KeyboardInterrupt:
            _say_interrupted(campaign)
            return INTERRUPTED
        report = summarise(campaign, by=by, top=top)
        if csv is not None:
            write_csv(csv, campaign, force=force)
        if parquet is not None:
            write_parquet(parquet, campaign, force=force)
    if as_json:
        click.echo(report.to_json())
    elif not silent:
        from .sweep_view import show_sweep

        show_sweep(report)
        click.echo("".join(f"\n{line}\n" for line in written(csv, parquet)), nl=False)
    return 0 if "yes" in report.answers else refusal_of(report.answers)


def say(line: str) -> None:
    """A line on stderr, while rows are done."""
    click.echo(f"microinfer: {printable(line)}", err=True)


def refusal_of(answers: Container[str]) -> int:
    """The exit code where none of these answers is a yes."""
    if "perhaps" in answers or "cannot-tell" in answers:
        return CANNOT_TELL
    return DOES_NOT_FIT if "no" in answers else BAD_INPUT


def _say_interrupted(campaign: Campaign) -> None:
    found = campaign.progress
    there = found.done + found.reused
    place = printable(str(campaign.store.path))
    said = f"{there:,} of {found.total:,} rows are in {place}; the same command goes on"
    click.echo(f"microinfer: interrupted; {said}", err=True)


@contextmanager
def _bar() -> Iterator[Watch]:
    """Rows a second, the time left and failures."""
    with task_bar("rows", rate="rows") as tell:

        def watch(now: Progress) -> None:
            failed = f"{now.failed:,} failed" if now.failed else ""
            tell(total=now.total, completed=now.done + now.reused, rate=now.rate, note=failed)

        yield watch

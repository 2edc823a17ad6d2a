"""`microinfer search`: the best network of a space, under budgets that are checked before it is scored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import json_option
from .checkpoints import as_interrupts
from .console import printable
from .exit_codes import INTERRUPTED
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .progress_bar import task_bar
from .sweep import refusal_of, say

if TYPE_CHECKING:
    from ..searches import Exploration, SearchProgress, SearchReport, SearchWatch

__all__ = ["command"]


@click.command("search")
@click.argument("spec", metavar="SPEC.toml", type=click.Path(path_type=Path))
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where figures and scores are kept, and looked for. Default: the spec's 'store', else SPEC.sqlite.",
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Instead of the spec's.")
@click.option("--trials", type=click.IntRange(1), metavar="N", help="Instead of the spec's.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes of this machine. Default: one for a proxy, else one a processor.",
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="A cluster of Dask's, of any size, whose workers have this microinfer (extra 'scale').",
)
@click.option("--resume", is_flag=True, expose_value=False, help="Leave scores that are there: the default.")
@click.option("--retry", is_flag=True, help="Do again what ended in an error.")
@click.option("--anew", is_flag=True, help="Do all again.")
@click.option(
    "--time-limit",
    default="60s",
    metavar="TIME",
    help="What building and measuring a model may take. Default 60s.",
)
@click.option("--score-limit", default="3600s", metavar="TIME", help="What a score may take. Default 3600s.")
@click.option(
    "--memory-limit",
    default="2048M",
    metavar="BYTES",
    help="What either may take of memory, or 'none'. Default 2048M.",
)
@click.option("--top", type=click.IntRange(0), default=10, metavar="N", help="How many of the front to show.")
@output_option("-o", "--output", words="Write the best model, trained where the score gives it back.")
@output_option("--svg", words="Draw the front.")
@output_option("--html", words="Draw it as a page, where a dot under the mouse says what it is.")
@force_option
@json_option
def command(
    spec: Path,
    store: Path | None,
    seed: int | None,
    trials: int | None,
    jobs: int | None,
    scheduler: str | None,
    retry: bool,
    anew: bool,
    time_limit: str,
    score_limit: str,
    memory_limit: str,
    top: int,
    output: Path | None,
    svg: Path | None,
    html: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Look for the network with the most score in the space of SPEC.toml, under its budgets.

    Each proposal is built and measured first; what does not keep to the budgets is not scored. Figures and
    scores are kept in a file: a search that is interrupted, or killed, goes on where it was, and the same
    seed tries the same. Exit codes: 0 a network keeps to the budgets and has a score, 1 none does, 2 the spec
    is wrong or no proposal tells anything, 3 none does for sure.
    """
    from ..searches import Exploration, conclude, read_search
    from ..sweeps import Guards, Store
    from ..sweeps.hiring import hire_for
    from ..words.quantities import parse, parse_bytes

    silent = expect_outputs(output, svg, html, force=force, as_json=as_json)
    if retry and anew:
        raise click.UsageError("--retry and --anew: all is done again anyway")
    most = None if memory_limit == "none" else parse_bytes(memory_limit, "--memory-limit")
    guards = Guards(parse(time_limit, "s", "--time-limit"), most)
    score_guards = Guards(parse(score_limit, "s", "--score-limit"), most)
    given = {"seed": seed, "trials": trials}
    what = read_search(spec, {key: value for key, value in given.items() if value is not None})
    crew = hire_for(not isinstance(what.score, str), scheduler, jobs, say)
    path = store or what.store or spec.with_suffix(".sqlite")
    with Store(path) as kept:
        ran = Exploration(
            what, kept, guards, score_guards, redo="all" if anew else "errors" if retry else "nothing"
        )
        try:
            with as_interrupts(), _bar() as watch:
                ran.run(crew, watch)
        except KeyboardInterrupt:
            _say_interrupted(ran)
            return INTERRUPTED
        report = conclude(ran)
        if output is not None and report.best is not None:
            write_file(output, ran.model_of(report.best, crew), force=force)
    _draw(report, svg, html, force)
    if as_json:
        click.echo(report.to_json())
    elif not silent:
        from .search_view import show_search

        show_search(report, top)
        there = (output, svg, html) if report.best is not None else ()
        lines = written(*there)
        click.echo("".join(f"{line}\n" for line in ["", *lines] if lines), nl=False)
    return 0 if report.best is not None else refusal_of(report.answers)


def _draw(report: SearchReport, svg: Path | None, html: Path | None, force: bool) -> None:
    """As far as there is a score to draw."""
    if report.best is None:
        return
    if svg is not None:
        from ..view.front_chart import draw_front

        write_file(svg, draw_front(report), force=force)
    if html is not None:
        from ..view.front_page import render_front

        write_file(html, render_front(report), force=force)


def _say_interrupted(ran: Exploration) -> None:
    found = ran.progress
    place = printable(str(ran.store.path))
    said = f"{found.done + found.reused:,} of {found.total:,} scores are in {place}; the same command goes on"
    click.echo(f"microinfer: interrupted; {said}", err=True)


@contextmanager
def _bar() -> Iterator[SearchWatch]:
    """The time left, the best score, refusals and failures."""
    with task_bar("scores") as tell:

        def watch(now: SearchProgress) -> None:
            said = [
                "" if now.best is None else f"best {now.best:.4g}",
                f"{now.refused:,} beyond the budgets" if now.refused else "",
                f"{now.failed:,} failed" if now.failed else "",
            ]
            tell(total=now.total, completed=now.done + now.reused, note=", ".join(filter(None, said)))

        yield watch

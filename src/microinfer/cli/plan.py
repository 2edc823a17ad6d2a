"""`microinfer plan`: the tensor arena over time, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .arguments import (
    Size,
    about,
    build_option,
    json_option,
    kernels,
    library_option,
    open_model,
    part_of,
    profile_option,
    release_option,
)
from .completion import complete_models
from .console import in_colour, printable, printable_in_colour, show, width
from .exit_codes import of_memory
from .model_names import model_names
from .outputs import expect_outputs, force_option, output_option, write_file, written

if TYPE_CHECKING:
    from ..deploy.verdict import MemoryReport
    from ..reports.plan_report import PlanReport

__all__ = ["command"]

QUICK_SEARCH = 50
"""Operators up to which the search is over before anybody wonders."""


@click.command("plan")
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, shell_complete=complete_models)
@profile_option
@library_option
@release_option
@build_option
@click.option(
    "--arena-size", type=Size(), metavar="BYTES", help="The arena that the firmware has, such as 4096 or 64k."
)
@click.option(
    "--fold",
    is_flag=True,
    help="Compute now what hangs on shapes alone, such as SHAPE, STRIDED_SLICE and PACK of an open batch.",
)
@click.option("--flash", is_flag=True, help="Show where flash goes, by operator and by library, too.")
@click.option("--optimise", is_flag=True, help="Search for a better plan than TFLM's own.")
@output_option(
    "-o",
    "--output",
    words="Write the model with the better plan in it (implies --optimise, unless --fold is given), or "
    "nothing where nothing is gained.",
)
@output_option("--svg", words="Draw it as SVG into a file, too.")
@force_option
@json_option
def command(
    models: tuple[str, ...],
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    arena_size: int | None,
    fold: bool,
    flash: bool,
    optimise: bool,
    output: Path | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Draw the tensor arena of MODEL: who lives where and when, and how large it has to be.

    MODEL is a .tflite file or a name from 'microinfer zoo'. Several, or a pattern such as 'models/*.tflite',
    are planned in one arena, as interpreters that share a MicroAllocator: the largest head and all tails.
    Exit codes: 0 it fits, 1 it does not, 3 cannot
    tell: an operator is not modelled, and the arena is at least what is shown.
    """
    from ..reports.plan_report import make_plan_report
    from ..view.arena import draw_terminal
    from ..view.arena_picture import draw_svg

    names = model_names(models)
    if len(names) > 1:
        if flash or fold or optimise or output is not None or svg is not None:
            raise click.UsageError("--flash, --fold, --optimise, -o and --svg take one model")
        from .plan_shared import plan_shared

        return plan_shared(
            names,
            part_of(profile, build),
            library,
            release,
            arena_size,
            default=profile is None,
            as_json=as_json,
        )
    silent = expect_outputs(output, svg, force=force, as_json=as_json)
    loaded = open_model(names[0])
    part = part_of(profile, build)
    searches = optimise or (output is not None and not fold)
    if searches and len(loaded.subgraphs[0].operators) > QUICK_SEARCH:
        click.echo("searching for a better plan", err=True)
    made = make_plan_report(
        loaded, part, library, release=release, arena_size=arena_size, folds=fold, optimises=searches
    )
    name = printable(made.model.name)
    if made.gained is not None and output is not None:
        write_file(output, made.gained, force=force)
    if svg is not None:
        title = f"{name} on {part.name}, {made.library}"
        write_file(svg, draw_svg(made.plan, made.operators, title), force=force)
    if as_json:
        click.echo(made.to_json())
        return of_memory(made.memory)
    useless = None
    if output is not None and made.gained is None:
        useless = f"{printable(str(output))} is not written: it would gain nothing"
    if silent:
        if useless is not None:
            click.echo(useless, err=True)
        return of_memory(made.memory)
    colour = in_colour()
    heading = f"{name or 'model'} on {part.name} with {kernels(made.library, made.release, made.build)}"
    show(heading, about(part.title, part.clock_hz, default=profile is None), "")
    drawn = draw_terminal(made.plan, made.operators, width=width(), colour=colour)
    click.echo("\n".join(map(printable_in_colour, drawn.splitlines())), color=colour)
    told: list[Any] = [one.describe() for one in (made.folded, made.better) if one is not None]
    if useless is not None:
        told.append(useless)
    if made.two_arenas is not None:
        told += [made.say_two_arenas, ""]
    if made.memory.say_variables:
        told += [made.memory.say_variables, ""]
    told += [*_versions(made), _verdict(made.memory)]
    if flash:
        from .flash_view import show_flash

        told += ["", *show_flash(made.flash)]
    show("", *told, *written(output if made.gained is not None else None, svg))
    return of_memory(made.memory)


def _versions(made: PlanReport) -> list[str]:
    """Whose sizes these are, and those of a 64-bit host, whose figures must not be taken for the part's."""
    plan, host = made.plan, made.host
    if host is None:
        return []
    from ..reports.plan_report import recorded

    target = plan.layout.split(", ")
    version, said = host.layout.split(", ")[0], recorded(host)
    return [
        f"sizes of {target[0]} on {target[1]}; the pip package tflite-micro on a 64-bit host ({version}), "
        f"whose recording interpreter keeps more, prints {said.arena_used_bytes:,} bytes and works in "
        f"{said.min_arena_bytes:,}",
        "",
    ]


def _verdict(memory: MemoryReport) -> str:
    if memory.verdict == "no":
        return f"Does not fit: {'; '.join(map(printable, memory.shortfalls))}"
    if memory.verdict == "cannot-tell":
        return (
            f"Cannot tell: the arena needs at least {memory.min_arena_bytes:,} bytes, without "
            f"{', '.join(map(printable, memory.unknown))}"
        )
    fits = "Perhaps fits" if memory.verdict == "perhaps" else "Fits"
    if memory.ram_bytes is None:
        return (
            f"{fits}: arena {memory.arena_bytes:,} of {memory.part_ram_bytes:,} bytes of RAM; stack and "
            "other variables are not counted yet"
        )
    note = "; stack and code provisional" if memory.provisional else ""
    return "; ".join([f"{fits}: {'; '.join(memory.placements)}", *memory.possible]) + note

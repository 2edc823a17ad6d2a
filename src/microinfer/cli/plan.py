"""`microinfer plan`: the tensor arena over time, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .arguments import (
    DEFAULT_PROFILE,
    Size,
    about,
    json_option,
    library_option,
    model_argument,
    open_model,
    profile_option,
)
from .terminal import emit, in_colour, printable, printable_in_colour, width

if TYPE_CHECKING:
    from ..arena import MemoryPlan
    from ..model import Model
    from ..profile import Profile
    from ..verdict import MemoryReport

__all__ = ["command"]


@click.command("plan")
@model_argument
@profile_option
@library_option
@click.option(
    "--arena-size", type=Size(), metavar="BYTES", help="The arena that the firmware has, such as 4096 or 64k."
)
@click.option(
    "--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw it as SVG into a file, too."
)
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    arena_size: int | None,
    svg: Path | None,
    as_json: bool,
) -> int:
    """Draw the tensor arena of MODEL: who lives where and when, and how large it has to be.

    MODEL is a .tflite file or a name from 'microinfer zoo'.
    """
    from ..arena import plan_memory
    from ..drawing import draw_svg, draw_terminal
    from ..graph import prepare
    from ..profile import load_profile
    from ..verdict import judge_memory

    loaded = open_model(model)
    part = load_profile(profile or DEFAULT_PROFILE)
    chosen = part.choose_library(library)
    steps = prepare(loaded)
    plan = plan_memory(loaded, steps, chosen, part.pointer_bytes)
    memory = judge_memory(loaded, plan, part, plan.min_arena_bytes if arena_size is None else arena_size)
    operators = [step.name for step in steps]
    if svg is not None:
        _write(svg, draw_svg(plan, operators, f"{loaded.name} on {part.name}, {chosen}"))
    if as_json:
        emit("microinfer.plan/1", _content(loaded, part, plan, memory, operators))
        return 0 if memory.fits else 1
    colour = in_colour()
    click.echo(f"{printable(loaded.name) or 'model'} on {part.name} with {chosen} kernels")
    click.echo(about(part.title, part.clock_hz, default=profile is None))
    click.echo()
    drawn = draw_terminal(plan, operators, width=width(), colour=colour)
    click.echo("\n".join(map(printable_in_colour, drawn.splitlines())), color=colour)
    click.echo()
    click.echo(_verdict(memory))
    if svg is not None:
        click.echo(f"drawn in {printable(str(svg))}")
    return 0 if memory.fits else 1


def _verdict(memory: MemoryReport) -> str:
    if not memory.fits:
        return f"Does not fit: {'; '.join(memory.shortfalls)}"
    return f"Fits: arena {memory.arena_bytes:,} of {memory.part_ram_bytes:,} bytes of RAM" + (
        "" if memory.ram_bytes is not None else "; stack and other variables are not counted yet"
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error


def _content(
    model: Model, part: Profile, plan: MemoryPlan, memory: MemoryReport, operators: list[str]
) -> dict[str, Any]:
    from dataclasses import asdict

    from ..drawing import rows

    return {
        "model": {"name": model.name, "sha256": model.sha256, "bytes": model.size_bytes},
        "profile": {"name": part.name, "core": part.core, "library": plan.library},
        "memory": asdict(memory),
        "alignment": plan.alignment,
        "peak_scope": plan.peak_scope,
        "buffers": [asdict(buffer) for buffer in plan.buffers],
        "tensor_offsets": {str(index): offset for index, offset in sorted(plan.tensor_offsets.items())},
        "scratch": [
            [{"bytes": size, "offset": offset} for size, offset in zip(sizes, offsets, strict=True)]
            for sizes, offsets in zip(plan.scratch_bytes, plan.scratch_offsets, strict=True)
        ],
        "persistent": [asdict(allocation) for allocation in plan.allocations],
        "operators": [
            {
                "index": row.index,
                "operator": row.name,
                "live_bytes": row.live_bytes,
                "top_bytes": row.top_bytes,
            }
            for row in rows(plan, operators)
        ],
        "unknown": list(plan.unknown),
    }

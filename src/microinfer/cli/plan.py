"""`microinfer plan`: the tensor arena over time, drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..libraries.target import HOST_TARGET
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
from .exit_codes import of_memory
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .terminal import emit, in_colour, printable, printable_in_colour, show, width

if TYPE_CHECKING:
    from ..deploy.verdict import MemoryReport
    from ..memory.optimise import OptimisedPlan
    from ..memory.plan import MemoryPlan
    from ..memory.tail import Recording
    from ..model.tables import Model
    from ..operators.spec import Step
    from ..parts.profile import Profile

__all__ = ["command"]

HOST_LIBRARY = "tflm-reference"
QUICK_SEARCH = 50
"""Operators up to which the search is over before anybody wonders."""


@click.command("plan")
@model_argument
@profile_option
@library_option
@click.option(
    "--arena-size", type=Size(), metavar="BYTES", help="The arena that the firmware has, such as 4096 or 64k."
)
@click.option(
    "--fold",
    is_flag=True,
    help="Compute now what hangs on shapes alone, such as SHAPE, STRIDED_SLICE and PACK of an open batch.",
)
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
    model: str,
    profile: str | None,
    library: str | None,
    arena_size: int | None,
    fold: bool,
    optimise: bool,
    output: Path | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Draw the tensor arena of MODEL: who lives where and when, and how large it has to be.

    MODEL is a .tflite file or a name from 'microinfer zoo'. Exit codes: 0 it fits, 1 it does not, 3 cannot
    tell: an operator is not modelled, and the arena is at least what is shown.
    """
    from ..deploy.survey import take_apart
    from ..deploy.verdict import judge_memory
    from ..libraries.library import as_run, kernel_library
    from ..memory.plan import plan_memory
    from ..model.read import load
    from ..parts.profile import load_profile
    from ..view.arena import draw_svg, draw_terminal

    silent = expect_outputs(output, svg, force=force, as_json=as_json)
    loaded = open_model(model)
    part = load_profile(DEFAULT_PROFILE if profile is None else profile)
    chosen = part.choose_library(library)
    folded = Folded.of(loaded) if fold else None
    if folded is not None and folded.data is not None:
        loaded = dataclasses.replace(load(folded.data), name=loaded.name)
    loaded = as_run(loaded, chosen)
    survey = take_apart(loaded)
    steps = survey.steps
    better = None
    if optimise or (output is not None and not fold):
        for refusal in survey.refusals:
            raise refusal.error
        better = _search(loaded, steps, chosen, part)
        steps = tuple(steps[old] for old in better.order)
        plan, operators = better.plan, [step.name for step in steps]
        loaded = dataclasses.replace(load(better.data), name=loaded.name)
    else:
        plan, operators = plan_memory(loaded, steps, chosen, part.target), [s.name for s in steps]
    given = plan.least_arena_bytes if arena_size is None else arena_size
    on_host = kernel_library(chosen).interprets and not plan.unknown
    host = plan_memory(loaded, steps, HOST_LIBRARY, HOST_TARGET) if on_host else None
    memory = judge_memory(loaded, plan, part, given, steps, survey.shortfalls(chosen))
    gained = _gained(folded, better)
    if gained is not None and output is not None:
        write_file(output, gained, force=force)
    if svg is not None:
        title = f"{printable(loaded.name)} on {part.name}, {chosen}"
        write_file(svg, draw_svg(plan, operators, title), force=force)
    if as_json:
        content = _content(loaded, part, plan, host, memory, operators, better)
        emit("microinfer.plan/1", {**content, "folded": None if folded is None else list(folded.operators)})
        return of_memory(memory)
    useless = None
    if output is not None and gained is None:
        useless = f"{printable(str(output))} is not written: it would gain nothing"
    if silent:
        if useless is not None:
            click.echo(useless, err=True)
        return of_memory(memory)
    colour = in_colour()
    heading = f"{printable(loaded.name) or 'model'} on {part.name} with {chosen} kernels"
    show(heading, about(part.title, part.clock_hz, default=profile is None), "")
    drawn = draw_terminal(plan, operators, width=width(), colour=colour)
    click.echo("\n".join(map(printable_in_colour, drawn.splitlines())), color=colour)
    told = [one.describe() for one in (folded, better) if one is not None]
    if useless is not None:
        told.append(useless)
    told += [*_versions(plan, host), _verdict(memory)]
    show("", *told, *written(output if gained is not None else None, svg))
    return of_memory(memory)


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """The file without the operators that were computed, None where none were, and their names."""

    data: bytes | None
    operators: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Folded:
        from ..builder.folded_file import write_folded
        from ..operators.folding import fold

        left = {operator.index for operator in fold(model).subgraphs[0].operators}
        gone = tuple(one.name for one in model.subgraphs[0].operators if one.index not in left)
        return cls(write_folded(model) if gone else None, gone)

    def describe(self) -> str:
        if not self.operators:
            return "nothing folds: no operator hangs on shapes or constants alone"
        counts = {name: self.operators.count(name) for name in self.operators}
        each = ", ".join(f"{name}{f' ({count})' if count > 1 else ''}" for name, count in counts.items())
        return f"folded: {each}; the outputs stay the same to the bit"


def _gained(folded: Folded | None, better: OptimisedPlan | None) -> bytes | None:
    """The file to write, if it is another than the one that was read."""
    if better is not None and better.gained:
        return better.data
    return folded.data if folded is not None else None


def _search(model: Model, steps: Sequence[Step], library: str, part: Profile) -> OptimisedPlan:
    """The better plan; a line on stderr where the search could take long enough to wonder."""
    from ..memory.optimise import optimise

    if len(steps) > QUICK_SEARCH:
        click.echo("searching for a better plan", err=True)
    return optimise(model, steps, library, part.target)


def _versions(plan: MemoryPlan, host: MemoryPlan | None) -> list[str]:
    """Whose sizes these are, and those of a 64-bit host, whose figures must not be taken for the part's."""
    if host is None:
        return []
    target = plan.layout.split(", ")
    version, recorded = host.layout.split(", ")[0], _recorded(host)
    return [
        f"sizes of {target[0]} on {target[1]}; the pip package tflite-micro on a 64-bit host ({version}), "
        f"whose recording interpreter keeps more, prints {recorded.arena_used_bytes:,} bytes and works in "
        f"{recorded.min_arena_bytes:,}",
        "",
    ]


def _recorded(host: MemoryPlan) -> Recording:
    assert host.recording is not None, "a generated program has no host plan"
    return host.recording


def _verdict(memory: MemoryReport) -> str:
    if memory.verdict == "no":
        return f"Does not fit: {'; '.join(map(printable, memory.shortfalls))}"
    if memory.verdict == "cannot-tell":
        return (
            f"Cannot tell: the arena needs at least {memory.min_arena_bytes:,} bytes, without "
            f"{', '.join(map(printable, memory.unknown))}"
        )
    if memory.ram_bytes is None:
        return (
            f"Fits: arena {memory.arena_bytes:,} of {memory.part_ram_bytes:,} bytes of RAM; stack and other "
            "variables are not counted yet"
        )
    note = "; stack and code provisional" if memory.provisional else ""
    return f"Fits: {'; '.join(memory.placements)}{note}"


def _content(
    model: Model,
    part: Profile,
    plan: MemoryPlan,
    host: MemoryPlan | None,
    memory: MemoryReport,
    operators: list[str],
    better: OptimisedPlan | None,
) -> dict[str, Any]:
    from ..view.arena import rows

    asdict = dataclasses.asdict
    search = None
    if better is not None:
        search = {
            "saved_bytes": better.saved_bytes,
            "gained": better.gained,
            "greedy_head_bytes": better.greedy.head_bytes,
            "greedy_min_arena_bytes": better.greedy.min_arena_bytes,
            "bound_bytes": better.bound_bytes,
            "order": list(better.order),
            "description": better.describe(),
        }
    return {
        "model": {"name": model.name, "sha256": model.sha256, "bytes": model.size_bytes},
        "profile": {"name": part.name, "core": part.core, "library": plan.library},
        "memory": asdict(memory),
        "host_64_bit": None
        if host is None
        else {
            "layout": host.layout,
            "library": host.library,
            "interpreter": "RecordingMicroInterpreter",
            "arena_used_bytes": _recorded(host).arena_used_bytes,
            "head_bytes": _recorded(host).head,
            "tail_bytes": _recorded(host).tail,
            "min_arena_bytes": _recorded(host).min_arena_bytes,
        },
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
        "optimised": search,
    }

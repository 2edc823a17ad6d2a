"""`microinfer plan A B`: several models in one arena."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..reports.shared_plan import make_shared_plan
from .arguments import about, kernels, open_model
from .console import emit, printable, show, table
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT
from .model_names import told_apart

if TYPE_CHECKING:
    from ..parts.profile import Profile
    from ..reports.shared_plan import SharedPlan

__all__ = ["plan_shared"]

_EXIT = {"yes": 0, "perhaps": 0, "cannot-tell": CANNOT_TELL, "no": DOES_NOT_FIT}


def plan_shared(
    names: Sequence[str],
    part: Profile,
    library: str | None,
    release: str | None,
    arena_size: int | None,
    *,
    default: bool,
    as_json: bool,
) -> int:
    """Print what models share, and what one arena for them takes; `default`: nobody chose the part."""
    models = [open_model(name) for name in names]
    made = make_shared_plan(models, part, library, release=release, arena_size=arena_size)
    if as_json:
        content = made.to_dict()
        emit(content.pop("schema"), content)
    else:
        _show(made, told_apart([model.name for model in models], names), part, default=default)
    return _EXIT[made.verdict]


def _show(made: SharedPlan, called: Sequence[str], part: Profile, *, default: bool) -> None:
    figures = ("alone", "head", "tail")
    rows = table("model", *figures, right=figures, wrap=("model",))
    for name, model in zip(called, made.models, strict=True):
        sizes = (model.alone_bytes, model.head_bytes, model.tail_bytes)
        rows.add_row(printable(name) or "model", *(f"{size:,}" for size in sizes))
    arena, two = made.arena, made.two_arenas
    least = "at least " if two is None else ""
    use = f" (use {arena.recommended_arena_bytes:,})"
    use = use if arena.recommended_arena_bytes != arena.min_arena_bytes else ""
    starting = arena.min_arena_bytes - arena.head_bytes - arena.tail_bytes
    more = f", + {starting:,} to start up and align" if starting > 0 else ""
    told = [
        f"one arena: {least}{arena.min_arena_bytes:,} bytes{use} = the largest head, {arena.head_bytes:,}, + "
        f"all tails, {arena.tail_bytes:,}{more}; an arena each takes {made.saved_bytes:,} more"
    ]
    if two is not None:
        told.append(
            f"two arenas (MicroAllocator::Create with two buffers): {two.persistent_bytes:,} bytes that "
            f"stay, {two.non_persistent_bytes:,} that take turns"
        )
    told += [
        "",
        "One MicroAllocator for all interpreters, which call AllocateTensors in this order. They run in "
        "turns: each writes over the others' inputs and outputs.",
    ]
    heading = f"{len(called)} models on {part.name} with {kernels(made.library, made.release, made.build)}"
    show(heading, about(part.title, part.clock_hz, default=default), "", rows, "", *told, "", _verdict(made))


def _verdict(made: SharedPlan) -> str:
    if made.verdict == "no":
        return f"Does not fit: {'; '.join(map(printable, made.shortfalls))}"
    if made.verdict == "cannot-tell":
        return f"Cannot tell, without {', '.join(map(printable, made.unknown))}"
    note = "; stack and code provisional" if made.provisional else ""
    fits = "Perhaps fits" if made.verdict == "perhaps" else "Fits"
    return "; ".join([f"{fits}: {'; '.join(made.placements)}", *made.possible]) + note

"""What reads and sets variables, and what calls other subgraphs, of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..copies import Copies
from ..kernel import Kernel
from ..templates import for_every_type

if TYPE_CHECKING:
    from ...operators.assign_variable import AssignVariableGeometry
    from ...operators.branching import IfGeometry, WhileGeometry
    from ...operators.call_once import CallOnceGeometry
    from ...operators.read_variable import ReadVariableGeometry
    from ...operators.var_handle import VarHandleGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core


def assign_persistent(g: AssignVariableGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """The first one that is prepared for a variable gives it memory."""
    return (g.size_bytes,) if g.allocates else ()


def call_counts(g: VarHandleGeometry | CallOnceGeometry, seen: Observed) -> Counts:
    return {"call": 1}


def move_counts(g: AssignVariableGeometry | ReadVariableGeometry, seen: Observed) -> Counts:
    """One copy of the whole; both ends are aligned."""
    return {"call": 1, **copied((g.size_bytes,))}


def if_counts(g: IfGeometry, seen: Observed) -> Counts:
    """What goes in and what comes out, each tensor by itself; of the subgraph's own operators what their
    interpreter takes between them."""
    moved = copied(g.passed + g.returned)
    return {"call": 1, "tensors": len(g.passed) + len(g.returned), **moved, **seen}


def if_bounds(g: IfGeometry) -> Mapping[str, Bounds]:
    return {"steps": (min(g.then, g.otherwise), (g.then + g.otherwise) // 2, max(g.then, g.otherwise))}


def while_counts(g: WhileGeometry, seen: Observed) -> Counts | None:
    """Into the condition and the outputs at first, then thrice a turn; of the subgraphs' operators what their
    interpreter takes between them."""
    turns = g.turns if g.turns is not None else seen.get("turns")
    if turns is None:
        return None
    times = 2 + 3 * turns
    return {
        "call": 1,
        "turns": turns,
        "steps": g.condition * (turns + 1) + g.body * turns,
        "tensors": times * len(g.carried),
        **{name: times * count for name, count in copied(g.carried).items()},
    }


def copied(sizes: tuple[int, ...]) -> Counts:
    moved = Copies()
    for size in sizes:
        moved.copy(size, 0, 0)
    return moved.counts


def waits_for_a_run(g: WhileGeometry) -> bool:
    return g.turns is None


ASSIGN_VARIABLE = Kernel(
    bare_dimensions=True,
    temporaries="i1 +",
    persistent=assign_persistent,
    variant=for_every_type,
    counts=move_counts,
)

CALL_ONCE = Kernel(bare_dimensions=True, counts=call_counts)

IF = Kernel(temporaries="i0", bare_dimensions=True, counts=if_counts, bounds=if_bounds)

READ_VARIABLE = Kernel(temporaries="i0", bare_dimensions=True, variant=for_every_type, counts=move_counts)

VAR_HANDLE = Kernel(bare_dimensions=True, counts=call_counts)

WHILE = Kernel(bare_dimensions=True, counts=while_counts, needs_data=waits_for_a_run, fewest={"turns": 0})

"""The modelled run as a Chrome trace: a slice an operator, the arena as counters, a span a buffer.

The format is Google's "Trace Event Format" in JSON, which https://ui.perfetto.dev and chrome://tracing
open. Times are microseconds from the start of the inference, at the part's clock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..libraries.build import build_words
from ..words.printing import brief

if TYPE_CHECKING:
    from ..memory.plan import MemoryPlan
    from ..reports.run_report import OperatorReport, RunReport

__all__ = ["chrome_trace", "trace_json"]

_OPERATORS, _ARENA = 1, 2
Event = dict[str, Any]


def chrome_trace(report: RunReport, plan: MemoryPlan) -> dict[str, Any]:
    """The trace of one inference.

    Args:
        report: of the run; an operator whose cycles are not known takes no time and says so.
        plan: where the arena's buffers live.
    """
    starts = _starts(report, plan)
    return {
        "displayTimeUnit": "ms",
        "otherData": {
            "model": report.model.name,
            "sha256": report.model.sha256,
            "profile": report.profile.name,
            "library": report.profile.library,
            "build": report.profile.build,
            "clock_hz": report.profile.clock_hz,
            "arena_bytes": report.memory.arena_bytes,
            "input": report.input_source,
            "provisional": report.time.provisional,
        },
        "traceEvents": [
            *_names(report),
            *_invocation(report),
            *_slices(report.operators, plan, starts),
            *_counters(plan, starts),
            *_lives(plan, starts),
        ],
    }


def trace_json(report: RunReport, plan: MemoryPlan) -> str:
    """`chrome_trace` as the text of a file."""
    return json.dumps(chrome_trace(report, plan), indent=1, allow_nan=False) + "\n"


def _starts(report: RunReport, plan: MemoryPlan) -> list[float]:
    """Microseconds at which each scope of the plan starts, and at which the last one ends.

    What an operator takes in all is shared by the scopes in which it runs.
    """
    visits = Counter(plan.scope_steps)
    taken = (
        0 if step < 0 else (report.operators[step].cycles or 0) / visits[step] for step in plan.scope_steps
    )
    cycles = accumulate(taken, initial=report.time.invocation_cycles)
    return [round(passed * 1e6 / report.profile.clock_hz, 6) for passed in cycles]


def _names(report: RunReport) -> Iterator[Event]:
    profile = report.profile
    kernels = f"{profile.library} at {build_words(profile.build)}"
    title = f"{report.model.name or 'model'} on {profile.name}, {kernels}"
    for process, name in ((_OPERATORS, title), (_ARENA, "tensor arena")):
        yield {"ph": "M", "name": "process_name", "pid": process, "tid": 0, "args": {"name": name}}
        yield {
            "ph": "M",
            "name": "process_sort_index",
            "pid": process,
            "tid": 0,
            "args": {"sort_index": process},
        }
    core = f"{profile.core} at {profile.clock_hz / 1e6:g} MHz"
    yield {"ph": "M", "name": "thread_name", "pid": _OPERATORS, "tid": 1, "args": {"name": core}}


def _invocation(report: RunReport) -> Iterator[Event]:
    """What the inference takes beside its operators, before them, though some of it comes after."""
    if cycles := report.time.invocation_cycles:
        took = round(cycles * 1e6 / report.profile.clock_hz, 6)
        about = {"name": "Invoke", "cat": "invocation", "pid": _OPERATORS, "tid": 1}
        yield {"ph": "X", **about, "ts": 0.0, "dur": took, "args": {"cycles": cycles}}


def _slices(
    operators: Sequence[OperatorReport], plan: MemoryPlan, starts: Sequence[float]
) -> Iterator[Event]:
    for position, step in enumerate(plan.scope_steps):
        if step < 0:
            continue
        operator = operators[step]
        yield {
            "ph": "X",
            "name": operator.operator,
            "cat": "operator",
            "pid": _OPERATORS,
            "tid": 1,
            "ts": starts[position],
            "dur": round(starts[position + 1] - starts[position], 6),
            "args": {
                "index": operator.index,
                "variant": operator.variant,
                "cycles": operator.cycles,
                "cycles_low": operator.cycles_low,
                "cycles_high": operator.cycles_high,
                "provisional": operator.provisional,
                "macs": operator.macs,
                "scratch_bytes": operator.scratch_bytes,
                "output_shapes": [list(shape) for shape in operator.output_shapes],
            },
        }


def _counters(plan: MemoryPlan, starts: Sequence[float]) -> Iterator[Event]:
    """Live bytes of head and tail, from operator to operator; what is set before the first counts to it."""
    counter = {"ph": "C", "name": "arena bytes live", "cat": "arena", "pid": _ARENA, "tid": 0}
    for scope, (step, start) in enumerate(zip(plan.scope_steps, starts[:-1], strict=True)):
        if step >= 0:
            args = {"head": plan.live_bytes(scope), "tail": plan.tail_bytes}
            yield {**counter, "ts": start, "args": args}
    yield {**counter, "ts": starts[-1], "args": {"head": 0, "tail": plan.tail_bytes}}


def _lives(plan: MemoryPlan, starts: Sequence[float]) -> Iterator[Event]:
    """Every buffer of the head from its first scope to its last. Scope 0 is the setting of the inputs."""
    last = len(starts) - 1
    for number, buffer in enumerate(plan.buffers):
        first, beyond = min(max(buffer.first, 0), last), min(max(buffer.last + 1, 0), last)
        life = {
            "name": brief(buffer.label),
            "cat": "buffer" if buffer.tensor is not None else "scratch",
            "id": number,
            "pid": _ARENA,
            "tid": 0,
        }
        args = {"bytes": buffer.size, "offset": buffer.offset, "tensor": buffer.tensor, "label": buffer.label}
        yield {**life, "ph": "b", "ts": starts[first], "args": args}
        yield {**life, "ph": "e", "ts": starts[beyond], "args": {}}

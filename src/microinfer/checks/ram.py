"""Rules about memory: arena, stack, RAM and flash against the part's memories and the user's budgets."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries.library import kernel_library
from ..memory.arena_faults import arena_faults
from ..memory.overlaps import find_overlaps
from .finding import Trouble
from .fixed_needs import missed_by_tables
from .rule import rule
from .subject import Subject, label

FRAGMENTED = 0.1
"""Share of the head that a better placement would save."""
_SMALLER = "a smaller input, fewer channels in that layer"
_FEWER = "fewer operators"


@rule("arena-exceeds-ram", "error")
def arena_exceeds_ram(subject: Subject) -> Iterator[Trouble]:
    """The tensor arena does not fit any of the part's memories.

    An arena is one piece, so the largest piece counts, not the sum. The figure is the smallest arena that
    works. What would fit is computed, and printed under the findings. On the device allocation fails with
    "Failed to allocate".
    """
    found = subject.measured("ram")
    room = found.limit or 0
    if found.outcome == "fail" and _arena(subject) > room:
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(subject)}, the largest memory of {subject.profile.name} has {room:,.0f}: "
            f"{_arena(subject) - room:,.0f} missing{_peak(subject)}",
            f"{_remedy(subject, 'ram')}, or a part with more RAM",
        )


@rule("ram-exceeded", "error")
def ram_exceeded(subject: Subject) -> Iterator[Trouble]:
    """Arena, stack and global variables together do not fit the part's RAM.

    The arena alone would. A stack that runs into the arena is not noticed on the device: it overwrites
    tensors, or ends in a hard fault. Unknown where stack or globals were not measured for this core or
    these operators, so that it may or may not fit.
    """
    found = subject.measured("ram")
    if found.missed and _arena(subject) <= (found.limit or 0):
        beside = found.outcome == "possible"
        said = f"{found.excess:,.0f} missing{_peak(subject)}"
        if beside:
            framework = subject.profile.framework
            said = (
                f"{framework.title} takes {framework.ram_least:,} of them, and up to {framework.ram_most:,}"
            )
        yield Trouble(
            "subgraphs[0]",
            f"{found.counted}: {found.least:,.0f} bytes, {subject.profile.name} has {found.limit:,.0f}: "
            f"{said}",
            f"{_remedy(subject, 'ram')}, or a part with more RAM",
            certain=found.outcome == "fail",
            severity="unknown" if beside else found.severity,
        )


@rule("arena-exceeds-budget", "error")
def arena_exceeds_budget(subject: Subject) -> Iterator[Trouble]:
    """The tensor arena exceeds the budget, `--max-arena` or `max-arena` in microinfer.toml.

    The figure is the smallest arena that works. Give the size that the firmware's array has, and the check
    fails before the device does.
    """
    found = subject.measured("arena")
    if found.outcome == "fail":
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(subject)}, the budget is {found.limit:,}: {found.excess:,.0f} too many{_peak(subject)}",
            f"{_remedy(subject, 'arena')}, or a larger budget",
        )


@rule("arena-unknown", "unknown")
def arena_unknown(subject: Subject) -> Iterator[Trouble]:
    """The arena's size cannot be told, and there is a budget for it.

    An operator could not be prepared, so that its scratch and persistent bytes are not known. What can be
    told is a lower bound: the tensors, and what the other operators ask for.
    """
    if subject.measured("arena").outcome == "unknown" and subject.limits.arena_bytes:
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(subject)}; more cannot be told without the demands of {_unknown(subject)}",
            "replace those layers, or print arena_used_bytes() on the device",
            certain=False,
        )


@rule("stack-exceeded", "error")
def stack_exceeded(subject: Subject) -> Iterator[Trouble]:
    """The stack goes deeper than the budget, `--max-stack`.

    That is the stack which the firmware reserves: a task's under an RTOS, often 512 to 4096 bytes. What is
    told is the mark of AllocateTensors and Invoke themselves; the application's frames and interrupts come
    on top. A stack overflow shows as a hard fault, or as outputs that change from run to run. Unknown
    where the mark was not measured for this core or these operators.
    """
    found = subject.measured("stack")
    if found.missed:
        yield Trouble(
            "subgraphs[0]",
            f"the stack goes {found.least:,.0f} bytes deep ({found.counted}), the budget is {found.limit:,}: "
            f"{found.excess:,.0f} missing",
            "reserve a larger stack, with room for the application's frames and interrupts",
            certain=found.outcome == "fail",
            severity=found.severity,
        )


@rule("external-memory", "note")
def external_memory(subject: Subject) -> Iterator[Trouble]:
    """Arena or model fit only into memory outside the chip.

    It works where the firmware places them there, and is slower than on the chip: by how much is in the time
    where somebody measured it on the board, and else the time is not known.
    """
    outside = {memory.name: memory for memory in subject.profile.memories if memory.kind == "external"}
    for name in ("ram", "flash"):
        found = subject.measured(name)
        used = [memory for memory in outside if f"in {memory}" in found.counted]
        if used and found.outcome == "pass":
            what = "flash" if outside[used[0]].is_flash else "RAM"
            yield Trouble(
                "subgraphs[0]",
                f"{found.counted}: external {what}, slower than the chip's own",
                "place it there by the linker script, or make it smaller so that it fits on the chip",
            )


@rule("offline-plan", "error")
def offline_plan(subject: Subject) -> Iterator[Trouble]:
    """The memory plan in the file does not fit the model.

    The metadata `OfflineMemoryAllocation` prescribes where tensors go in the arena. It has another number
    of tensors than the model, or offsets that cannot be; TFLM refuses such a file, or worse, believes it.
    So it believes one that lays a tensor over another while both are in use, and computes with bytes that are
    gone. Element-wise operators may write exactly over the input that they read for the last time.
    """
    if subject.plan_error is not None:
        yield Trouble(
            subject.plan_error.place,
            str(subject.plan_error).removeprefix(f"{subject.plan_error.place}: "),
            "make the plan anew from this very file, or remove the metadata",
        )
    for found in find_overlaps(subject.model, subject.least) if subject.least is not None else ():
        nodes = subject.nodes
        yield Trouble(
            nodes[found.step].operator.place if 0 <= found.step < len(nodes) else "subgraphs[0].inputs",
            found.describe([node.operator for node in nodes]),
            "make the plan anew from this very file, or remove the metadata",
        )


@rule("demand-unknown", "unknown")
def demand_unknown(subject: Subject) -> Iterator[Trouble]:
    """The memory that an operator asks for is not known for this kernel library.

    Its scratch and persistent bytes are missing from the arena's size, which is then a lower bound. So are
    those of an operator that asks for scratch in a subgraph that nothing calls: TFLM plans it with a size and
    at a place that it has never set.
    """
    refused = {refusal.node.operator.name for refusal in subject.examined.refusals}
    for name in subject.least.unknown if subject.least is not None else ():
        if name in refused:
            continue
        found = (node.operator.place for node in subject.nodes if node.operator.name == name)
        yield Trouble(
            next(found, "subgraphs"),
            f"the memory for {name} with {subject.library} is not known, and missing in the arena's size",
            "give the arena room to spare, and print arena_used_bytes() on the device",
            certain=False,
        )


@rule("arena-used-misleads", "note")
def arena_used_misleads(subject: Subject) -> Iterator[Trouble]:
    """arena_used_bytes() reports less than the smallest arena that works.

    While TFLM plans, it takes memory between the arena's two ends. An arena cut down to what
    arena_used_bytes() reports is too small then, and stock TFLM wraps a size and corrupts memory instead of
    failing. Use the size that this check prints.
    """
    plan = subject.plan
    if plan is not None:
        for said in arena_faults(plan, subject.library, plan.min_arena_bytes):
            yield Trouble("subgraphs[0]", said, f"give the arena {plan.recommended_arena_bytes:,} bytes")


@rule("fragmented-arena", "note")
def fragmented_arena(subject: Subject) -> Iterator[Trouble]:
    """A better placement of the tensors would save a tenth of the arena or more.

    TFLM's greedy planner leaves gaps. A plan made beforehand and written into the file
    (`OfflineMemoryAllocation`) is honoured by stock TFLM.
    """
    plan = subject.plan
    if plan is None or any(buffer.prescribed for buffer in plan.buffers):
        return
    saved = plan.head_bytes - plan.lower_bound_bytes
    if saved > FRAGMENTED * plan.head_bytes and kernel_library(plan.library).interprets:
        yield Trouble(
            "subgraphs[0]",
            f"the greedy plan takes {plan.head_bytes:,} bytes for activations and scratch, where at most "
            f"{plan.lower_bound_bytes:,} are alive at once: up to {saved:,} could be saved",
            "write a better plan into the file",
            certain=False,
        )


def _unknown(subject: Subject) -> str:
    return ", ".join(subject.least.unknown) if subject.least is not None else "the operators"


def _remedy(subject: Subject, limit: str) -> str:
    """Where the tables alone are too much, no shape helps."""
    return _FEWER if limit in missed_by_tables(subject) else _SMALLER


def _arena(subject: Subject) -> float:
    return subject.measured("arena").least


def _needs(subject: Subject) -> str:
    least = "at least " if subject.measured("arena").value is None else ""
    use = "" if least or subject.plan is None else subject.plan.say_recommended()
    return f"the arena needs {least}{_arena(subject):,.0f} bytes{use}"


def _peak(subject: Subject) -> str:
    """Which operator makes the peak, and with what."""
    plan = subject.plan
    if plan is None or not plan.buffers:
        return ""
    if plan.tail_bytes > plan.head_bytes:
        return f"; {plan.tail_bytes:,} bytes are persistent: tables of operators and tensors, and variables"
    scope = plan.peak_scope
    held = plan.describe_peak()
    step = plan.step_in(scope)
    if step >= 0:
        return f"; {label(subject.nodes[step].operator)} makes the peak: {held}"
    return f"; at the peak: {held}"

"""Rules about memory: the arena, the part's RAM and flash, and the budgets of both."""

from __future__ import annotations

from collections.abc import Iterator

from ..tflm_faults import arena_faults
from ..verdict import weights_bytes
from .finding import Trouble
from .limits import Measure
from .rule import rule
from .subject import Subject, label

FRAGMENTED = 0.1
"""Share of the head that a better placement would save."""


@rule("arena-exceeds-ram", "error")
def arena_exceeds_ram(subject: Subject) -> Iterator[Trouble]:
    """The tensor arena does not fit the part's RAM.

    An arena is one piece of memory, so the part's largest piece counts; stack and other variables come on
    top. The figure is the smallest arena that works. What would fit is computed, and printed under the
    findings. On the device allocation fails with "Failed to allocate".
    """
    found = subject.measured("arena")
    if found.outcome == "fail" and not found.budget:
        profile = subject.profile
        piece = " in one piece" if profile.arena_limit_bytes < profile.ram_bytes else ""
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(found)}, {profile.name} has {profile.arena_limit_bytes:,} bytes of RAM{piece}: "
            f"{found.excess:,.0f} missing{_peak(subject)}",
            "a smaller input, fewer channels in that layer, or a part with more RAM",
        )


@rule("arena-exceeds-budget", "error")
def arena_exceeds_budget(subject: Subject) -> Iterator[Trouble]:
    """The tensor arena exceeds the budget, `--max-arena` or `max-arena` in microinfer.toml."""
    found = subject.measured("arena")
    if found.outcome == "fail" and found.budget:
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(found)}, the budget is {found.limit:,}: {found.excess:,.0f} too many{_peak(subject)}",
            "a smaller input, fewer channels in that layer, or a larger budget",
        )


@rule("arena-unknown", "warning")
def arena_unknown(subject: Subject) -> Iterator[Trouble]:
    """The arena's size cannot be told, and there is a budget for it.

    An operator could not be prepared, or the demands of one are not known. What can be told is a lower
    bound, from the activations alone.
    """
    found = subject.measured("arena")
    if subject.plan is None and found.outcome == "unknown" and found.budget:
        yield Trouble(
            "subgraphs[0]",
            f"{_needs(found)}; more cannot be told before every operator can be prepared",
            "mend the other errors first",
            certain=False,
        )


@rule("offline-plan", "error")
def offline_plan(subject: Subject) -> Iterator[Trouble]:
    """The memory plan in the file does not fit the model.

    The metadata `OfflineMemoryAllocation` prescribes where tensors go in the arena. It has another number
    of tensors than the model, or offsets that cannot be; TFLM refuses such a file, or worse, believes it.
    """
    if subject.plan_error is not None:
        yield Trouble(
            subject.plan_error.place,
            str(subject.plan_error).removeprefix(f"{subject.plan_error.place}: "),
            "make the plan anew from this very file, or remove the metadata",
        )


@rule("demand-unknown", "warning")
def demand_unknown(subject: Subject) -> Iterator[Trouble]:
    """The memory that an operator asks for is not known for this kernel library.

    Its scratch and persistent bytes are missing from the arena's size, which is then too small.
    """
    for name in subject.plan.unknown if subject.plan is not None else ():
        node = next(node for node in subject.nodes if node.operator.name == name)
        yield Trouble(
            node.operator.place,
            f"what {name} asks for with {subject.library} is not known, and missing in the arena's size",
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
            yield Trouble("subgraphs[0]", said, f"give the arena {plan.min_arena_bytes:,} bytes")


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
    if saved > FRAGMENTED * plan.head_bytes and plan.library.startswith("tflm"):
        yield Trouble(
            "subgraphs[0]",
            f"the greedy plan takes {plan.head_bytes:,} bytes for activations and scratch, where at most "
            f"{plan.lower_bound_bytes:,} are alive at once: up to {saved:,} could be saved",
            "write a better plan into the file",
            certain=False,
        )


@rule("model-exceeds-flash", "error")
def model_exceeds_flash(subject: Subject) -> Iterator[Trouble]:
    """The model does not fit the part's flash.

    TFLM keeps the whole file in flash, bare-c the weights and tables. The kernels' and the application's
    code come on top.
    """
    found = subject.measured("flash")
    if found.outcome == "fail" and not found.budget:
        yield _flash(subject, found, f"{subject.profile.name} has {found.limit:,}")


@rule("flash-exceeds-budget", "error")
def flash_exceeds_budget(subject: Subject) -> Iterator[Trouble]:
    """The model takes more flash than the budget, `--max-flash` or `max-flash` in microinfer.toml."""
    found = subject.measured("flash")
    if found.outcome == "fail" and found.budget:
        yield _flash(subject, found, f"the budget is {found.limit:,}")


def _flash(subject: Subject, found: Measure, limit: str) -> Trouble:
    carried = [
        (sum(t.size_bytes for t in node.inputs if t is not None and t.is_constant), node)
        for node in subject.nodes
    ]
    most, node = max(carried, key=lambda pair: pair[0], default=(0, None))
    whole = weights_bytes(subject.model)
    heaviest = ""
    place = "subgraphs[0]"
    if node is not None and whole:
        place = node.operator.place
        heaviest = f"; {label(node.operator)} carries {most:,} of {whole:,} bytes of weights"
    return Trouble(
        place,
        f"{'the data' if subject.library == 'bare-c' else 'the model'} without code takes {found.value:,} "
        f"bytes of flash, {limit}: {found.excess:,.0f} too many{heaviest}",
        "fewer channels, or a part with more flash",
    )


def _needs(found: Measure) -> str:
    if found.value is None:
        return f"the arena needs at least {found.low:,.0f} bytes"
    return f"the arena needs {found.value:,} bytes"


def _peak(subject: Subject) -> str:
    """Which operator makes the peak, and with what."""
    plan = subject.plan
    if plan is None or not plan.buffers:
        return ""
    if plan.tail_bytes > plan.head_bytes:
        return f"; {plan.tail_bytes:,} bytes are persistent: tables of operators and tensors, and variables"
    scope = plan.peak_scope
    held = plan.describe_peak()
    if 0 < scope <= len(subject.nodes):
        return f"; {label(subject.nodes[scope - 1].operator)} makes the peak: {held}"
    return f"; at the peak: {held}"

"""Rules about time and energy: budgets, figures that are missing, kernels that are slow for a reason."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries.library import kernel_library
from ..timing.prices import total
from ..timing.untimed import untimed
from ..words.quantities import quantity
from .finding import Trouble
from .limits import Measure
from .rule import rule
from .subject import Subject, label

HEAVY = 0.1
"""Share of the cycles from which a slow kernel is worth a word."""
_SCALAR = {
    "dw_generic": "a depth multiplier that is neither 1 nor a multiple of 4, or a batch above 1",
    "dw_generic_dil": "dilation",
}


@rule("latency-exceeded", "error")
def latency_exceeded(subject: Subject) -> Iterator[Trouble]:
    """An inference takes longer than the budget, `--max-latency`.

    An error where even the fast end of the 90 % interval is beyond the budget. Where the budget lies within
    the interval it may or may not be met: unknown if the estimate is beyond it, a warning if not.
    """
    yield from _exceeded(subject, subject.measured("latency"), "an inference takes")


@rule("energy-exceeded", "error")
def energy_exceeded(subject: Subject) -> Iterator[Trouble]:
    """An inference takes more energy than the budget, `--max-energy`.

    Supply voltage x active current x time, with the intervals of both. An error where even the low end is
    beyond the budget. Within the interval: unknown if the estimate is beyond it, a warning if not.
    """
    yield from _exceeded(subject, subject.measured("energy"), "an inference takes")


@rule("cost-unknown", "unknown")
def cost_unknown(subject: Subject) -> Iterator[Trouble]:
    """There is a budget for time or energy, and no figure to hold against it.

    An operator has no price on this core with this library, or could not be prepared; for energy, the
    profile has no currents. A part of the operators may already exceed the budget.
    """
    for name, budget in (("latency", subject.limits.latency_s), ("energy", subject.limits.energy_j)):
        found = subject.measured(name)
        if budget is None or found.outcome != "unknown":
            continue
        if subject.costs is None:
            why = "operators could not be prepared"
        elif name == "energy" and subject.profile.active is None:
            why = f"profile {subject.profile.name} has no currents"
        else:
            why = untimed(subject.steps, subject.costs, subject.profile) or "not known"
        yield Trouble(
            "subgraphs[0]",
            f"there is no figure for {name} on {subject.profile.name} with {subject.library}: {why}",
            "mend the other errors first, choose another library, or measure on the device",
            certain=False,
        )


@rule("scalar-kernel", "note")
def scalar_kernel(subject: Subject) -> Iterator[Trouble]:
    """A depthwise convolution falls off CMSIS-NN's fast path and takes a tenth of the time or more.

    The fast kernels want a batch of 1, no dilation and a depth multiplier of 1 (or a multiple of 4).
    Everything else runs as scalar code, one product at a time.
    """
    if subject.costs is None:
        return
    whole = sum(cost.cycles or 0 for cost in subject.costs)
    for step, cost in zip(subject.steps, subject.costs, strict=True):
        why = _SCALAR.get(cost.variant)
        if why is not None and cost.cycles is not None and cost.cycles > HEAVY * whole:
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} runs CMSIS-NN's scalar kernel {cost.variant} because of {why}: "
                f"{cost.cycles:,} cycles, {cost.cycles / whole:.0%} of all",
                "change the layer so that it has a batch of 1, no dilation and a depth multiplier of 1",
            )


@rule("reference-kernels", "note")
def reference_kernels(subject: Subject) -> Iterator[Trouble]:
    """The reference kernels are chosen on a part that could run faster ones, such as CMSIS-NN.

    They give the same bits and take several times the cycles. On the device: build TFLM with
    OPTIMIZED_KERNEL_DIR=cmsis_nn, on an ESP32 with ESP-NN. Where the log of a board shows figures like these,
    the faster kernels are off.
    """
    if kernel_library(subject.library).base is not None:
        return
    part = subject.profile
    faster = (kernel_library(name) for name in part.libraries)
    known = next((one for one in faster if one.base and one.base.name == subject.library), None)
    if known is None or subject.costs is None:
        return
    reference, fast = total(subject.costs), total(subject.deployment.on(part, known.name).modelled_costs)
    usual = f"; {known.usual}" if known.usual else ""
    if not reference.missing and not fast.missing and reference.cycles > 1.5 * fast.cycles > 0:
        yield Trouble(
            "subgraphs[0]",
            f"the reference kernels take {reference.cycles:,} cycles, {known.title} {fast.cycles:,} "
            f"({reference.cycles / fast.cycles:.1f} times fewer) on {part.name}{usual}",
            known.to_link[:1].lower() + known.to_link[1:],
        )


def _exceeded(subject: Subject, found: Measure, what: str) -> Iterator[Trouble]:
    if found.limit is None or not found.missed or found.low is None:
        return
    limit = quantity(found.limit, found.unit)
    if found.value is None or found.high is None:
        figure = f"at least {quantity(found.low, found.unit)}"
    else:
        ends = f"{quantity(found.low, found.unit)} to {quantity(found.high, found.unit)}"
        figure = f"{quantity(found.value, found.unit)} ({ends})"
    slowest = _slowest(subject)
    if found.outcome == "fail":
        yield Trouble(
            "subgraphs[0]",
            f"{what} {figure}, the budget is {limit}{slowest}",
            "a smaller input, fewer channels, a faster part or library, or a larger budget",
        )
    else:
        yield Trouble(
            "subgraphs[0]",
            f"{what} {figure}, and the budget of {limit} lies within that{slowest}",
            "measure on the device, or leave more room",
            certain=False,
            severity=found.severity,
        )


def _slowest(subject: Subject) -> str:
    if subject.costs is None:
        return ""
    whole = sum(cost.cycles or 0 for cost in subject.costs)
    cycles, step = max(
        ((cost.cycles or 0, step) for cost, step in zip(subject.costs, subject.steps, strict=True)),
        key=lambda pair: pair[0],
        default=(0, None),
    )
    if step is None or not whole:
        return ""
    return f"; {label(step.node.operator)} takes {cycles / whole:.0%} of it"

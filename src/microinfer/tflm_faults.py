"""Where TFLM itself misbehaves, so that a report can warn.

microinfer computes what the reference kernels compute. Each rule below names a case in which the
firmware would do something else: stop, corrupt its memory, or give other bits. Found by running
TFLM 90b983c2 and CMSIS-NN 4ab83cc3 on a Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .graph import Step

if TYPE_CHECKING:
    from .arena import MemoryPlan

__all__ = ["arena_faults", "operator_fault", "operator_faults"]

REVERSED_CHANNELS = 16
"""Input channels above which CMSIS-NN's transposed convolution runs as a convolution, which is right."""
SOFTMAX_LIMIT = 512
"""Sum of exponentials, in units of the largest, from which the reference kernel's reciprocal aborts."""


def _softmax(step: Step, library: str) -> str | None:
    depth = step.node.inputs[0].shape[-1] if step.node.inputs[0] and step.node.inputs[0].shape else 1
    if library != "tflm-reference" or depth < SOFTMAX_LIMIT:
        return None
    return (
        f"the reference kernel aborts (on a target it loops for ever) where about {SOFTMAX_LIMIT} or more of "
        f"the {depth} inputs equal the largest; CMSIS-NN does not check"
    )


def _extremum(step: Step, library: str) -> str | None:
    """One input a column (width and channels 1, height above 1), the other wider: its pointer runs ahead."""
    if library != "tflm-cmsis-nn" or any(t is None or t.dtype != "int8" for t in step.node.inputs):
        return None
    shapes = [(1,) * (4 - len(t.shape)) + t.shape for t in step.node.inputs if t is not None]
    for one, other in (shapes, shapes[::-1]):
        if one[-2:] == (1, 1) and one[-3] > 1 and other[-2] > 1:
            return (
                f"CMSIS-NN skips rows when it broadcasts {one} over {other}: its output differs from "
                "the reference kernel's, which microinfer gives"
            )
    return None


def _transpose_conv(step: Step, library: str) -> str | None:
    weights = step.node.inputs[1] if len(step.node.inputs) > 1 else None
    if library != "tflm-cmsis-nn" or weights is None or len(weights.shape) != 4:
        return None
    options = step.node.options
    strides = {options.get("stride_h"), options.get("stride_w")}
    if weights.shape[3] > REVERSED_CHANNELS and strides <= {1, 2}:
        return None
    if options.get("padding") in (0, "SAME") and 2 in strides and {4, 5} & set(weights.shape[1:3]):
        return (
            "CMSIS-NN and the reference kernel differ with stride 2, SAME padding, a kernel of 4 or 5 and at "
            f"most {REVERSED_CHANNELS} input channels; microinfer gives the reference's bits"
        )
    return None


def _svdf(step: Step, library: str) -> str | None:
    state = step.node.inputs[-1]
    if library == "tflm-cmsis-nn" and state is not None and state.dtype == "int8":
        return (
            "CMSIS-NN's int8-state kernel differs from the reference with unusual scales; microinfer gives "
            "the reference's bits"
        )
    return None


def _pad(step: Step, library: str) -> str | None:
    source = step.node.inputs[0]
    if library != "tflm-cmsis-nn" or source is None or source.dtype != "int8" or len(source.shape) <= 4:
        return None
    return (
        f"CMSIS-NN pads the last four of the {len(source.shape)} dimensions and drops the outer one: most of "
        "the output is never written; microinfer gives the reference's bits"
    )


def _transpose(step: Step, library: str) -> str | None:
    source = step.node.inputs[0]
    if library != "tflm-cmsis-nn" or source is None or source.dtype != "int8" or len(source.shape) <= 4:
        return None
    return (
        f"CMSIS-NN transposes at most four dimensions, here are {len(source.shape)}: it returns without "
        "writing the output, and TFLM goes on as if it had; microinfer gives the reference's bits"
    )


_RULES: dict[str, Callable[[Step, str], str | None]] = {
    "MAXIMUM": _extremum,
    "MINIMUM": _extremum,
    "PAD": _pad,
    "PADV2": _pad,
    "SOFTMAX": _softmax,
    "SVDF": _svdf,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": _transpose_conv,
}


def operator_fault(step: Step, library: str) -> str | None:
    """How the operator's kernel in this library may misbehave, or None."""
    rule = _RULES.get(step.name)
    return rule(step, library) if rule is not None else None


def operator_faults(steps: Sequence[Step], library: str) -> tuple[str, ...]:
    """One sentence an operator whose kernel in this library may misbehave, with its place."""
    found = []
    for step in steps:
        if (said := operator_fault(step, library)) is not None:
            found.append(f"{step.node.operator.place}: {step.name}: {said}")
    return tuple(found)


def arena_faults(plan: MemoryPlan, library: str, arena_size: int) -> tuple[str, ...]:
    """What happens in an arena of `arena_size` bytes that TFLM would not report as an error."""
    if not library.startswith("tflm"):
        return ()
    used, least = -(-plan.arena_used_bytes // 16) * 16, plan.min_arena_bytes
    if arena_size < least:
        return (
            f"an arena of {arena_size} bytes is smaller than the {least} that work: TFLM may wrap a size and "
            "corrupt memory instead of failing",
        )
    if least > used:
        return (
            f"arena_used_bytes() reports {plan.arena_used_bytes}, but planning needs {least}: with less, "
            "TFLM may wrap a size and corrupt memory instead of failing",
        )
    return ()

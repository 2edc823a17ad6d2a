"""What a tensor's scale allows, and what of it one run used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...model.tables import Tensor
from ...operators.reach import CLAMPED_ABOVE
from ...operators.registry import row
from ...operators.spec import Array, Step
from ...run.interpreter import Interpreter
from ...run.kept_tensors import kept_tensors
from ...words.dataclass import dataclass
from .figures import percent, share, short, whole

__all__ = ["Range", "observe_ranges"]

BINS = 64
LITTLE, MUCH = 0.5, 0.01


@dataclass(frozen=True, slots=True)
class Range:
    """`low` and `high` are real numbers that the type can hold; `seen` those that were there.

    `name` is as short as a table wants it, `whole` is all of it.
    `histogram` is an SVG path over BINS x 1 for counts by stored value, their roots, so that few are seen
    beside many. `note` says in a few words what to look at, and `alarm` that it may cost accuracy.
    """

    name: str
    whole: str
    dtype: str
    maker: str
    scale: str
    zero_point: str
    low: str
    high: str
    seen: str
    used: str
    start: str
    width: str
    zero: str
    histogram: str
    note: str
    alarm: bool


def observe_ranges(
    interpreter: Interpreter, inputs: Sequence[Array], most: int
) -> tuple[tuple[Range, ...], int]:
    """Run the model once with all tensors kept, and hold each quantised activation against its scale.

    Args:
        inputs: one array an input, as the model takes them.
        most: so many tensors are looked at, the first ones; of the others only their number is returned.
    """
    graph = interpreter.subgraph
    makers = {tensor.index: step for step in interpreter.first_steps for tensor in step.node.outputs}
    tensors = [graph.tensors[index] for index in dict.fromkeys([*graph.inputs, *makers])]
    found = [
        tensor
        for tensor in tensors
        if tensor.quantization is not None and tensor.dtype in ("int8", "uint8", "int16") and tensor.elements
    ]
    arrays = kept_tensors(interpreter, inputs, [tensor.index for tensor in found[:most]])
    shown = [(tensor, arrays[tensor.index], makers.get(tensor.index)) for tensor in found[:most]]
    ranges = [_range(tensor, array, maker) for tensor, array, maker in shown if array is not None]
    return tuple(ranges), max(0, len(found) - most)


def _range(tensor: Tensor, array: Array, maker: Step | None) -> Range:
    limits = np.iinfo(array.dtype)
    low, high = int(limits.min), int(limits.max)
    steps = high - low + 1
    stored = array.ravel().astype(np.int64)
    least, most = int(stored.min()), int(stored.max())
    bins = np.bincount((stored - low) * BINS // steps, minlength=BINS)
    note, alarm = _note(tensor, maker, (least, most), stored, low, high)
    return Range(
        name=short(tensor.name),
        whole=whole(tensor.name),
        dtype=tensor.dtype,
        maker=maker.name if maker is not None else "input",
        scale=f"{tensor.scale:.4g}",
        zero_point=_minus(str(tensor.zero_point)),
        low=_real(tensor, low),
        high=_real(tensor, high),
        seen=f"{_real(tensor, least)} to {_real(tensor, most)}",
        used=share(most - least + 1, steps),
        start=percent(least - low, steps),
        width=percent(most - least + 1, steps),
        zero=percent(tensor.zero_point - low + 0.5, steps),
        histogram=_histogram(bins, (tensor.zero_point - low) * BINS // steps),
        note=note,
        alarm=alarm,
    )


def _real(tensor: Tensor, stored: int) -> str:
    return _minus(f"{(stored - tensor.zero_point) * tensor.scale:.3g}")


def _minus(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")


def _histogram(bins: Array, zero: int) -> str:
    """Zeros may be many: the others decide how high the hill is."""
    others = np.delete(bins, np.clip(zero, 0, BINS - 1))
    heights = np.sqrt(np.minimum(bins / max(1, int(others.max()) or int(bins.max())), 1.0))
    path = ["M0 1"]
    path += [f"V{1 - height:.3f}H{position + 1}" for position, height in enumerate(heights.tolist())]
    return "".join([*path, "V1Z"])


def _note(
    tensor: Tensor, maker: Step | None, seen: tuple[int, int], stored: Array, low: int, high: int
) -> tuple[str, bool]:
    """Saturation where no activation asks for it, else a range of which little was used."""
    top, bottom = float(np.mean(stored == high)), float(np.mean(stored == low))
    activation = maker.node.options.get("fused_activation_function", "NONE") if maker is not None else "NONE"
    spec = row(maker.name) if maker is not None else None
    clamps_low = activation != "NONE" or (spec is not None and spec.rectifies)
    fixed = spec is not None and spec.fixed_output is not None
    given = [t for t in maker.node.inputs if t is not None] if maker is not None else []
    same = any(
        t.quantization is not None and (t.scale, t.zero_point) == (tensor.scale, tensor.zero_point)
        for t in given
        if not t.is_constant
    )
    if maker is None:
        return "", False
    if fixed:
        return "scale is prescribed", False
    if same:
        return "scale of its input", False
    said = []
    if top > MUCH:
        said.append(f"{share(top)} at the upper end")
    if bottom > MUCH and not clamps_low:
        said.append(f"{share(bottom)} at the lower end")
    if said:
        return " and ".join(said), activation not in CLAMPED_ABOVE
    if (seen[1] - seen[0] + 1) / (high - low + 1) < LITTLE:
        return "less than half of the range used", False
    return "", False

"""SignalWindow: frames of samples times a window, shifted right and bounded to int16.

int16; the samples are as many whole frames as the window is long. Option: `shift`, 0 to 31. Source: TFLM,
signal/micro/kernels/window.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .signals import arrays, expect_rank, expect_shape
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same

SHIFTS = range(32)


@dataclass(frozen=True, slots=True)
class WindowGeometry(Geometry):
    """`frames` of `length` samples each."""

    frames: int
    length: int
    shift: int
    dtype: str = "int16"


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source, window = node.input(0, "int16"), node.input(1, "int16")
    target = node.output(0, "int16")
    shift = custom_options(node).whole(0, "shift", SHIFTS)
    expect_rank(node, "inputs[1]", window, 1)
    if not source.shape or not window.elements or source.elements % window.elements:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape}, expected whole frames of "
            f"{window.elements}"
        )
    expect_shape(node, "outputs[0]", target, source.shape)
    geometry = WindowGeometry(source.elements // window.elements, window.elements, shift)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_samples import window as kernel

        x, weights = arrays(inputs)
        frames = geometry.frames, geometry.length
        y = outputs[0].reshape(frames)
        return kernel.bind(read_only(x.reshape(frames)), read_only(weights), y, shift)

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    x, weights = (np.asarray(given) for given in inputs)
    shift = custom_options(node).whole(0, "shift", SHIFTS)
    framed: Real = x.reshape(-1, weights.size) * weights / 2.0**shift
    return framed.reshape(x.shape)


def example(d: Draw) -> Any:
    length = d.pick(4, 16, 30)
    x = d.b.input((d.pick(1, 2), length), "int16")
    window = d.g.integers(0, 1 << 12, length, np.int16)
    return d.b.signal_window(x, window, shift=d.pick(12, 10, 4))


SPEC = Spec(
    "SignalWindow",
    prepare=prepare,
    geometry=WindowGeometry,
    types=same("int16"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

"""SignalFramer: rows of samples cut into frames that overlap, once there are enough of them.

int16; the output has a dimension more, of `frame_size`, and as many frames as `frame_step` goes into
a row. The second output, a scalar bool, is true where every frame was whole; one that lacks samples is left
as it is, whatever the memory held. With `prefill` there are zeros before the first sample. What is left over
lasts from one invocation to the next. Source: TFLM, signal/micro/kernels/framer.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .kept import Remembering
from .real_elementwise import only
from .signals import LEAST_ONE, arrays, expect_rank, expect_room, expect_rows, expect_shape, flat
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same


@dataclass(frozen=True, slots=True)
class FramerGeometry(Geometry):
    """`frames` of `size` samples out of each of `rows`, `step` samples apart."""

    rows: int
    frames: int
    size: int
    step: int
    prefill: bool
    dtype: str = "int16"

    @property
    def capacity(self) -> int:
        """Samples of a row that are kept at most."""
        return -(-self.size // self.step) * self.step


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 2)
    source = node.input(0, "int16")
    target, valid = node.output(0, "int16"), node.output(1, "bool")
    options = custom_options(node)
    size, step = options.whole(0, "frame_size", LEAST_ONE), options.whole(1, "frame_step", LEAST_ONE)
    prefill = options.flag(2, "prefill")
    rows, samples = expect_rows(node, "inputs[0]", source)
    if samples % step:
        node.fail(
            f"inputs[0] ({source.name!r}) has {counted(samples, 'sample')} a row, "
            f"expected a multiple of frame_step {step}"
        )
    if prefill and size < step:
        node.fail(f"frame_size is {size}, expected frame_step {step} or more with prefill")
    expect_rank(node, "outputs[1]", valid, 0)
    frames = samples // step
    expect_shape(node, "outputs[0]", target, (*source.shape[:-1], frames, size))
    geometry = FramerGeometry(rows, frames, size, step, prefill)
    expect_room(node, geometry.capacity, rows)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_samples import framer as kernel

        (x,) = arrays(inputs)
        kept = np.zeros((rows, geometry.capacity), np.int16)
        count = np.array([size - step if prefill else 0], np.int64)
        frame, whole = outputs[0].reshape(rows, frames, size), flat(outputs[1]).view(np.uint8)
        run = kernel.bind(read_only(x.reshape(rows, samples)), kept, count, frame, whole, step)
        return Remembering(run, kept, count)

    return Prepared(geometry, bind)


def keeps_in_reals(node: Node) -> Callable[[Reals], Sequence[Real]]:
    options = custom_options(node)
    size, step = options.whole(0, "frame_size", LEAST_ONE), options.whole(1, "frame_step", LEAST_ONE)
    rows, samples = expect_rows(node, "inputs[0]", node.input(0))
    kept = [np.zeros((rows, size - step if options.flag(2, "prefill") else 0))]
    frames = np.zeros((rows, samples // step, size))

    def run(inputs: Reals) -> Sequence[Real]:
        held = kept[0].shape[1]
        line = np.concatenate([kept[0], only(inputs).reshape(rows, samples)], axis=1)
        first, whole = 0, True
        for frame in range(frames.shape[1]):
            if held + (frame + 1) * step - first < size:
                whole = False
                continue
            frames[:, frame] = line[:, first : first + size]
            first += step
        kept[0] = line[:, first:]
        return frames.copy(), np.array(float(whole))

    return run


def example(d: Draw) -> Any:
    step = d.pick(2, 3)
    x = d.b.input((d.pick(1, 2), step * d.pick(1, 4)), "int16")
    return d.b.signal_framer(x, d.pick(step, step + 1), step, prefill=True)


SPEC = Spec(
    "SignalFramer",
    prepare=prepare,
    geometry=FramerGeometry,
    types=same("int16"),
    remembers=True,
    keeps_in_reals=keeps_in_reals,
    leaves=lambda geometry: "a frame lacks samples (its second output is false)",
    scaleless=True,
    example=example,
)

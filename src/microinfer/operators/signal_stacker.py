"""SignalStacker: a frame of features with those before and after it, every so many frames.

int16 in one dimension; the output has `num_channels` x (`stacker_left_context` + 1 + `stacker_right_context`)
numbers. The second output, a scalar bool, is true where a stack came out; else the first is left as it is,
whatever the memory held. The first frame stands for those before it. `stacker_step` frames go between two
stacks. What is stacked lasts from one invocation to the next. Source: TFLM,
signal/micro/kernels/stacker.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .kept import Remembering
from .real_elementwise import only
from .signals import LEAST_ONE, NOT_NEGATIVE, arrays, expect_rank, expect_room, expect_shape, flat
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same


@dataclass(frozen=True, slots=True)
class StackerGeometry(Geometry):
    """`channels` a frame, `left` frames before it and `right` after it, `step` frames from stack to stack."""

    channels: int
    left: int
    right: int
    step: int
    dtype: str = "int16"

    @property
    def size(self) -> int:
        """Numbers of a stack."""
        return self.channels * (self.left + self.right + 1)


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 2)
    source = node.input(0, "int16")
    target, valid = node.output(0, "int16"), node.output(1, "bool")
    options = custom_options(node)
    channels = options.whole(0, "num_channels", LEAST_ONE)
    left = options.whole(1, "stacker_left_context", NOT_NEGATIVE)
    right = options.whole(2, "stacker_right_context", NOT_NEGATIVE)
    step = options.whole(3, "stacker_step", range(1, left + right + 2))
    geometry = StackerGeometry(channels, left, right, step)
    expect_room(node, geometry.size)
    expect_rank(node, "inputs[0]", source, 1)
    if source.elements < channels:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape}, expected num_channels {channels} or more"
        )
    expect_shape(node, "outputs[0]", target, (geometry.size,))
    expect_rank(node, "outputs[1]", valid, 0)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_samples import stacker as kernel

        (x,) = arrays(inputs)
        kept, count = np.zeros(geometry.size, np.int16), np.zeros(2, np.int64)
        whole = flat(outputs[1]).view(np.uint8)
        run = kernel.bind(read_only(x), kept, count, outputs[0], whole, channels, left, step * channels)
        return Remembering(run, kept, count)

    return Prepared(geometry, bind)


def keeps_in_reals(node: Node) -> Callable[[Reals], Sequence[Real]]:
    options = custom_options(node)
    channels = options.whole(0, "num_channels", LEAST_ONE)
    left = options.whole(1, "stacker_left_context", NOT_NEGATIVE)
    right = options.whole(2, "stacker_right_context", NOT_NEGATIVE)
    step = options.whole(3, "stacker_step", range(1, left + right + 2))
    kept: list[Real] = []
    stack = np.zeros((left + right + 1, channels))

    def run(inputs: Reals) -> Sequence[Real]:
        frame = only(inputs)[:channels]
        kept.extend([frame] * (1 if run_before else 1 + left))
        run_before.append(True)
        whole = len(kept) >= len(stack)
        if whole:
            stack[:] = kept[: len(stack)]
            del kept[:step]
        return stack.copy(), np.array(float(whole))

    run_before: list[bool] = []
    return run


def example(d: Draw) -> Any:
    x = d.b.input((d.pick(3, 8),), "int16")
    return d.b.signal_stacker(x, left=d.pick(0, 2, 3), right=0, step=1)


SPEC = Spec(
    "SignalStacker",
    prepare=prepare,
    geometry=StackerGeometry,
    types=same("int16"),
    remembers=True,
    keeps_in_reals=keeps_in_reals,
    leaves=lambda geometry: "no stack comes out (its second output is false)",
    scaleless=True,
    example=example,
)

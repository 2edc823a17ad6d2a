"""SignalOverlapAdd: frames that overlap, laid over each other and added up to samples.

int16, bounded, or float32, the output of the same type and of a dimension less: `frame_step` samples
come out for each frame. What later frames are added to lasts from one invocation to the next. Options: `T`,
the code of the type, and `frame_step`. Source: TFLM, signal/micro/kernels/overlap_add.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .kept import Remembering
from .real_elementwise import only
from .signal_fourier import expect_type
from .signals import arrays, expect_room, expect_shape
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same

TYPES = ("int16", "float32")


@dataclass(frozen=True, slots=True)
class OverlapAddGeometry(Geometry):
    """`rows` of `frames` frames of `size` numbers, `step` apart."""

    rows: int
    frames: int
    size: int
    step: int
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source = node.input(0, *TYPES)
    target = node.output(0, source.dtype)
    options = custom_options(node)
    expect_type(node, options, source.dtype)
    if len(source.shape) < 2 or not source.elements:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape}, expected frames in the last "
            "two dimensions"
        )
    frames, size = source.shape[-2:]
    step = options.whole(1, "frame_step", range(1, size + 1))
    outer = source.shape[:-2]
    expect_shape(node, "outputs[0]", target, (*outer, frames * step))
    rows = prod(outer)
    expect_room(node, size, rows)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels import signal_samples as kernels

        (x,) = arrays(inputs)
        kept = np.zeros((rows, size), source.dtype)
        kernel = kernels.overlap_add_int16 if source.dtype == "int16" else kernels.overlap_add_float32
        run = kernel.bind(
            read_only(x.reshape(rows, frames, size)), kept, outputs[0].reshape(rows, frames, step)
        )
        return Remembering(run, kept)

    return Prepared(OverlapAddGeometry(rows, frames, size, step, source.dtype), bind)


def keeps_in_reals(node: Node) -> Callable[[Reals], Real]:
    frames, size = node.input(0).shape[-2:]
    step = custom_options(node).whole(1, "frame_step", range(1, size + 1))
    rows = prod(node.input(0).shape[:-2])
    kept = np.zeros((rows, size))

    def run(inputs: Reals) -> Real:
        x, made = only(inputs).reshape(rows, frames, size), np.empty((rows, frames, step))
        for frame in range(frames):
            kept[:] += x[:, frame]
            made[:, frame] = kept[:, :step]
            kept[:] = np.pad(kept[:, step:], ((0, 0), (0, step)))
        return made

    return run


def example(d: Draw) -> Any:
    size = d.pick(4, 6)
    x = d.b.input((*d.pick((), (2,)), d.pick(1, 3), size), d.pick(*TYPES))
    return d.b.signal_overlap_add(x, d.pick(1, 2, size))


SPEC = Spec(
    "SignalOverlapAdd",
    prepare=prepare,
    geometry=OverlapAddGeometry,
    types=same(*TYPES),
    remembers=True,
    keeps_in_reals=keeps_in_reals,
    scaleless=True,
    example=example,
)

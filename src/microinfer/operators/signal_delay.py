"""SignalDelay: rows of samples, as they were `delay_length` samples before; zeros at first.

int16; what has not come out yet lasts from one invocation to the next. Source: TFLM,
signal/micro/kernels/delay.cc.
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
from .signals import NOT_NEGATIVE, arrays, expect_room, expect_rows, expect_shape
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same


@dataclass(frozen=True, slots=True)
class DelayGeometry(Geometry):
    """`rows` of `samples` each."""

    rows: int
    samples: int
    delay: int
    dtype: str = "int16"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "int16"), node.output(0, "int16")
    delay = custom_options(node).whole(0, "delay_length", NOT_NEGATIVE)
    rows, samples = expect_rows(node, "inputs[0]", source)
    expect_shape(node, "outputs[0]", target, source.shape)
    expect_room(node, samples + delay, rows)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_samples import delay as kernel

        (x,) = arrays(inputs)
        kept = np.zeros((rows, delay), np.int16)
        run = kernel.bind(read_only(x.reshape(rows, samples)), kept, outputs[0].reshape(rows, samples))
        return Remembering(run, kept)

    return Prepared(DelayGeometry(rows, samples, delay), bind)


def keeps_in_reals(node: Node) -> Callable[[Reals], Real]:
    rows, samples = expect_rows(node, "inputs[0]", node.input(0))
    kept = np.zeros((rows, custom_options(node).whole(0, "delay_length", NOT_NEGATIVE)))

    def run(inputs: Reals) -> Real:
        line = np.concatenate([kept, only(inputs).reshape(rows, samples)], axis=1)
        kept[:] = line[:, samples:]
        return line[:, :samples]

    return run


def example(d: Draw) -> Any:
    x = d.b.input((d.pick(1, 2), d.pick(3, 8)), "int16")
    return d.b.signal_delay(x, d.pick(0, 2, 5, 20))


SPEC = Spec(
    "SignalDelay",
    prepare=prepare,
    geometry=DelayGeometry,
    types=same("int16"),
    remembers=True,
    keeps_in_reals=keeps_in_reals,
    scaleless=True,
    example=example,
)

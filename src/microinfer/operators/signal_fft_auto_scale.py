"""SignalFftAutoScale: samples shifted left as far as the loudest allows, and by how many bits.

int16 in one dimension; the second output is a scalar of int32. Without options. Source: TFLM,
signal/micro/kernels/fft_auto_scale_kernel.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .example import Draw
from .signals import arrays, expect_rank, expect_shape, flat
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same

MOST_BITS = 15


@dataclass(frozen=True, slots=True)
class AutoScaleGeometry(Geometry):
    samples: int
    dtype: str = "int16"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 2)
    source = node.input(0, "int16")
    target, scale = node.output(0, "int16"), node.output(1, "int32")
    expect_rank(node, "inputs[0]", source, 1)
    expect_shape(node, "outputs[0]", target, source.shape)
    expect_rank(node, "outputs[1]", scale, 0)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_samples import auto_scale as kernel

        (x,) = arrays(inputs)
        return kernel.bind(read_only(x), outputs[0], flat(outputs[1]))

    return Prepared(AutoScaleGeometry(source.elements), bind)


def in_reals(node: Node, inputs: Reals) -> list[Real]:
    (x,) = inputs
    assert x is not None
    loudest = int(np.abs(x).max(initial=0.0))
    bits = max(MOST_BITS - loudest.bit_length(), 0) if loudest else 0
    return [x * 2.0**bits, np.array(float(bits))]


def example(d: Draw) -> Any:
    return d.b.signal_fft_auto_scale(d.b.input((d.pick(7, 32),), "int16"))


SPEC = Spec(
    "SignalFftAutoScale",
    prepare=prepare,
    geometry=AutoScaleGeometry,
    types=same("int16"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

"""SignalFilterBankSquareRoot: the roots of the channels, shifted right by the bits of an earlier scaling.

uint64 to uint32, both in one dimension; inputs[1] is a scalar of int32, 0 to 31: beyond that each processor
does what it likes, and a run here takes the low five bits. Without options. Source: TFLM,
signal/micro/kernels/filter_bank_square_root.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .example import Draw
from .signals import arrays, expect_rank, expect_shape, flat
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, to


@dataclass(frozen=True, slots=True)
class SquareRootGeometry(Geometry):
    channels: int
    input_dtype: str = "uint64"
    output_dtype: str = "uint32"


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source, scale = node.input(0, "uint64"), node.input(1, "int32")
    target = node.output(0, "uint32")
    expect_rank(node, "inputs[0]", source, 1)
    expect_rank(node, "inputs[1]", scale, 0)
    expect_shape(node, "outputs[0]", target, source.shape)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import roots as kernel

        x, bits = arrays(inputs)
        return kernel.bind(read_only(x), read_only(flat(bits)), outputs[0])

    return Prepared(SquareRootGeometry(source.elements), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    x, bits = (np.asarray(given) for given in inputs)
    found: Real = np.sqrt(x) / 2.0 ** float(bits)
    return found


def example(d: Draw) -> Any:
    x = d.b.input((d.pick(3, 10),), "uint64")
    return d.b.signal_filter_bank_square_root(x, d.b.constant(np.array(d.pick(0, 3, 15), np.int32)))


SPEC = Spec(
    "SignalFilterBankSquareRoot",
    prepare=prepare,
    geometry=SquareRootGeometry,
    types=to("uint32", "uint64"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

"""SignalFilterBankLog: natural logarithms of the channels, times a scale.

uint32 to int16, both in one dimension; 0 and 1 give 0, and nothing is more than 32767. Options:
`input_correction_bits`, by which channels are shifted left before, 0 to 31, and `output_scale`. Source: TFLM,
signal/micro/kernels/filter_bank_log.cc.
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
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, to

MOST = 32767


@dataclass(frozen=True, slots=True)
class FilterBankLogGeometry(Geometry):
    channels: int
    input_dtype: str = "uint32"
    output_dtype: str = "int16"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "uint32"), node.output(0, "int16")
    options = custom_options(node)
    bits = options.whole(0, "input_correction_bits", range(32))
    scale = options.whole(1, "output_scale")
    expect_rank(node, "inputs[0]", source, 1)
    expect_shape(node, "outputs[0]", target, source.shape)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_numbers import logarithms
        from ..kernels.signal_spectrum import logarithms_of as kernel

        (x,) = arrays(inputs)
        return kernel.bind(read_only(x), outputs[0], read_only(logarithms()), scale, bits)

    return Prepared(FilterBankLogGeometry(source.elements), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    (x,) = inputs
    assert x is not None
    options = custom_options(node)
    bits, scale = options.whole(0, "input_correction_bits"), options.whole(1, "output_scale")
    found: Real = np.minimum(np.log(np.maximum(x * 2.0**bits, 1)) * scale, MOST)
    return found


def example(d: Draw) -> Any:
    x = d.b.input((d.pick(3, 8),), "uint32")
    return d.b.signal_filter_bank_log(x, output_scale=d.pick(1600, 64), input_correction_bits=d.pick(0, 3))


SPEC = Spec(
    "SignalFilterBankLog",
    prepare=prepare,
    geometry=FilterBankLogGeometry,
    types=to("int16", "uint32"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

"""SignalFilterBankSpectralSubtraction: channels less the noise in them, whose estimate follows slowly.

uint32 in one dimension: what is left, and the estimate, which lasts from one invocation to the next. Options,
by position: alternate_one_minus_smoothing, alternate_smoothing, clamping, min_signal_remaining, num_channels,
one_minus_smoothing, smoothing, smoothing_bits, spectral_subtraction_bits. Channels of odd number have the
alternate ones. Source: TFLM, signal/micro/kernels/filter_bank_spectral_subtraction.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .kept import Remembering
from .signals import LEAST_ONE, arrays, expect_shape
from .spec import Array, Geometry, Node, Prepared, Run, Spec, same

LOW_32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class SpectralSubtractionGeometry(Geometry):
    channels: int
    dtype: str = "uint32"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 2)
    source = node.input(0, "uint32")
    target, estimate = node.output(0, "uint32"), node.output(1, "uint32")
    options = custom_options(node)
    alternate_rest, alternate = (
        options.whole(place, name) & LOW_32
        for place, name in enumerate(("alternate_one_minus_smoothing", "alternate_smoothing"))
    )
    clamps, least = options.flag(2, "clamping"), options.whole(3, "min_signal_remaining") & LOW_32
    channels = options.whole(4, "num_channels", LEAST_ONE)
    rest, smoothing = options.whole(5, "one_minus_smoothing") & LOW_32, options.whole(6, "smoothing") & LOW_32
    smoothing_bits = options.whole(7, "smoothing_bits", range(32))
    bits = options.whole(8, "spectral_subtraction_bits", range(64))
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target), ("outputs[1]", estimate)):
        expect_shape(node, where, tensor, (channels,))
    settings = (smoothing, rest, alternate, alternate_rest, least, smoothing_bits, bits, int(clamps))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import spectral_subtraction as kernel

        (x,) = arrays(inputs)
        kept = np.zeros(channels, np.uint32)
        run = kernel.bind(read_only(x), np.array(settings, np.int64), kept, *outputs)
        return Remembering(run, kept)

    return Prepared(SpectralSubtractionGeometry(channels), bind)


def example(d: Draw) -> Any:
    return d.b.signal_filter_bank_spectral_subtraction(
        d.b.input((d.pick(3, 8),), "uint32"),
        smoothing=d.pick(409, 2000),
        alternate_smoothing=d.pick(983, 16000),
        min_signal_remaining=d.pick(819, 0),
        smoothing_bits=d.pick(0, 10),
        clamping=d.pick(True, False),
    )


SPEC = Spec(
    "SignalFilterBankSpectralSubtraction",
    prepare=prepare,
    geometry=SpectralSubtractionGeometry,
    types=same("uint32"),
    remembers=True,
    example=example,
)

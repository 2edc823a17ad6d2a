"""SignalFilterBankSpectralSubtraction: channels less the noise in them, whose estimate follows slowly.

uint32 in one dimension: what is left, and the estimate, which lasts from one invocation to the next. Options,
by position: alternate_one_minus_smoothing, alternate_smoothing, clamping, min_signal_remaining, num_channels,
one_minus_smoothing, smoothing, smoothing_bits, spectral_subtraction_bits. Channels of odd number have the
alternate ones. Source: TFLM, signal/micro/kernels/filter_bank_spectral_subtraction.cc.
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
from .signals import LEAST_ONE, arrays, expect_shape
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same

LOW_32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class SpectralSubtractionGeometry(Geometry):
    channels: int
    dtype: str = "uint32"


def _settings(node: Node) -> tuple[int, ...]:
    """As the kernel takes them."""
    options = custom_options(node)
    alternate_rest, alternate = (
        options.whole(place, name) & LOW_32
        for place, name in enumerate(("alternate_one_minus_smoothing", "alternate_smoothing"))
    )
    clamps, least = options.flag(2, "clamping"), options.whole(3, "min_signal_remaining") & LOW_32
    rest, smoothing = options.whole(5, "one_minus_smoothing") & LOW_32, options.whole(6, "smoothing") & LOW_32
    smoothing_bits = options.whole(7, "smoothing_bits", range(32))
    bits = options.whole(8, "spectral_subtraction_bits", range(64))
    return smoothing, rest, alternate, alternate_rest, least, smoothing_bits, bits, int(clamps)


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 2)
    source = node.input(0, "uint32")
    target, estimate = node.output(0, "uint32"), node.output(1, "uint32")
    settings = _settings(node)
    channels = custom_options(node).whole(4, "num_channels", LEAST_ONE)
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target), ("outputs[1]", estimate)):
        expect_shape(node, where, tensor, (channels,))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import spectral_subtraction as kernel

        (x,) = arrays(inputs)
        kept = np.zeros(channels, np.uint32)
        run = kernel.bind(read_only(x), np.array(settings, np.int64), kept, *outputs)
        return Remembering(run, kept)

    return Prepared(SpectralSubtractionGeometry(channels), bind)


def keeps_in_reals(node: Node) -> Callable[[Reals], Sequence[Real]]:
    *smoothing, least, smoothing_bits, bits, clamps = _settings(node)
    estimate, odd = np.zeros(node.input(0).elements), np.arange(node.input(0).elements) % 2
    new, old = (np.array(smoothing[first::2])[odd] / 2.0**bits for first in (0, 1))

    def run(inputs: Reals) -> Sequence[Real]:
        x = only(inputs)
        scaled = x * 2.0**smoothing_bits
        found = scaled * new + estimate * old
        taken = np.minimum(found, scaled)
        estimate[:] = taken if clamps else found
        left = (scaled - taken) / 2.0**smoothing_bits
        return np.maximum(left, x * (least / 2.0**bits)), estimate.copy()

    return run


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
    keeps_in_reals=keeps_in_reals,
    scaleless=True,
    example=example,
)

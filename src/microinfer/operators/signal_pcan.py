"""SignalPCAN: channels divided by a power of the noise in them, as a table says, and compressed.

uint32 in one dimension, inputs[1] the estimate of the noise; inputs[2] has int16 gains, four for each power
of two, 125 in all. Option: `snr_shift`, 0 to 63. Source: TFLM,
signal/micro/kernels/pcan.cc.
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

GAINS = 4 * 32 - 3
SNR_BITS = 12
OUTPUT_BITS = 6


@dataclass(frozen=True, slots=True)
class PcanGeometry(Geometry):
    channels: int
    dtype: str = "uint32"


def prepare(node: Node) -> Prepared:
    node.expect_counts(3, 1)
    source, noise, gains = node.input(0, "uint32"), node.input(1, "uint32"), node.input(2, "int16")
    target = node.output(0, "uint32")
    shift = custom_options(node).whole(0, "snr_shift", range(64))
    expect_rank(node, "inputs[0]", source, 1)
    expect_shape(node, "inputs[1]", noise, source.shape)
    expect_shape(node, "outputs[0]", target, source.shape)
    expect_rank(node, "inputs[2]", gains, 1)
    if gains.elements < GAINS:
        node.fail(
            f"inputs[2] ({gains.name!r}) has {gains.elements} gains, expected {GAINS}: "
            "the device reads behind them"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import gain_control as kernel

        return kernel.bind(*map(read_only, arrays(inputs)), outputs[0], shift)

    return Prepared(PcanGeometry(source.elements), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    """The table's curve between its points, and the compression, without rounding."""
    x, noise, gains = (np.asarray(given) for given in inputs)
    shift = custom_options(node).whole(0, "snr_shift")
    ratio = x * _gains(noise, gains) / 2.0 ** (shift + SNR_BITS)
    return np.where(ratio < 2, ratio**2 / 4, ratio - 1) * 2.0**OUTPUT_BITS


def _gains(noise: Real, table: Real) -> Real:
    whole = np.maximum(noise, 3).astype(np.int64)
    interval = np.floor(np.log2(whole)).astype(np.int64) + 1
    piece = 4 * interval - 6
    fraction = np.maximum(noise, 3) / 2.0 ** (interval - 1) - 1
    curve = table[piece] + fraction * (table[piece + 1] + fraction * table[piece + 2])
    found: Real = np.where(noise <= 2, table[np.minimum(noise, 2).astype(np.int64)], curve)
    return found


def example(d: Draw) -> Any:
    x = d.b.input((d.pick(3, 8),), "uint32")
    noise = d.b.constant(d.g.integers(0, 1 << d.pick(2, 16, 32), x.shape, np.uint32))
    return d.b.signal_pcan(x, noise, d.g.integers(0, 1 << 12, GAINS, np.int16), snr_shift=d.pick(0, 6, 20))


SPEC = Spec(
    "SignalPCAN",
    prepare=prepare,
    geometry=PcanGeometry,
    types=same("uint32"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

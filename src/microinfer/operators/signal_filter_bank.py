"""SignalFilterBank: the energy of a spectrum in channels that overlap, each bin shared between two.

uint32 energies to uint64 channels. inputs[1] and inputs[2] are int16 weights: of a bin in its channel, and
of the same bin in the next; inputs[3] to inputs[5] say where each channel's bins start, where its weights do,
and how many there are, for one channel more than come out. All are constants here; a device does not look
whether they stay inside. Option: `num_channels`. Source: TFLM, signal/micro/kernels/filter_bank.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .signals import LEAST_ONE, arrays, expect_rank, expect_shape
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, to

TABLES = ("weights", "unweights", "channel_frequency_starts", "channel_weight_starts", "channel_widths")


@dataclass(frozen=True, slots=True)
class FilterBankGeometry(Geometry):
    """`channels` come out; `taps` bins are weighed, twice each."""

    bins: int
    channels: int
    taps: int
    input_dtype: str = "uint32"
    output_dtype: str = "uint64"

    @property
    def macs(self) -> int:
        return 2 * self.taps


def prepare(node: Node) -> Prepared:
    node.expect_counts(6, 1)
    source = node.input(0, "uint32")
    for position in range(1, 6):
        node.input(position, "int16")
    target = node.output(0, "uint64")
    channels = custom_options(node).whole(0, "num_channels", LEAST_ONE)
    expect_rank(node, "inputs[0]", source, 1)
    tables = [node.constant_input(position, "int16") for position in range(1, 6)]
    for position in range(1, 6):
        expect_rank(node, f"inputs[{position}]", node.input(position), 1)
    expect_shape(node, "outputs[0]", target, (channels,))
    _expect_inside(node, source.elements, channels, tables)
    taps = int(np.maximum(tables[4][: channels + 1], 0).sum())

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import filter_bank as kernel

        return kernel.bind(*map(read_only, arrays(inputs)), outputs[0])

    return Prepared(FilterBankGeometry(source.elements, channels, taps), bind)


def _expect_inside(node: Node, bins: int, channels: int, tables: Sequence[Array]) -> None:
    weights, unweights, *places = tables
    for position, place in enumerate(places, 3):
        if place.size <= channels:
            node.fail(
                f"inputs[{position}] has {counted(place.size, 'value')}, expected "
                f"{channels + 1} for {counted(channels, 'channel')}"
            )
    frequencies, starts, widths = (place[: channels + 1].astype(np.int64) for place in places)
    for channel in np.flatnonzero(widths > 0).tolist():
        for what, first, room in (
            (f"bin {{}} of {bins}", frequencies[channel], bins),
            (
                f"weight {{}} of {min(weights.size, unweights.size)}",
                starts[channel],
                min(weights.size, unweights.size),
            ),
        ):
            last = first + widths[channel] - 1
            if first < 0 or last >= room:
                outside = what.format(first if first < 0 else last)
                node.fail(f"channel {channel} reads {outside}; the device reads out of bounds")


def in_reals(node: Node, inputs: Reals) -> Real:
    x, weights, unweights, *places = (np.asarray(given) for given in inputs)
    frequencies, starts, widths = (place.astype(int) for place in places)
    channels = node.outputs[0].elements
    sums = np.zeros(channels + 2)
    for channel in range(channels + 1):
        bins = x[frequencies[channel] :][: widths[channel]]
        taken = slice(starts[channel], starts[channel] + len(bins))
        sums[channel] += bins @ weights[taken]
        sums[channel + 1] += bins @ unweights[taken]
    return sums[1 : channels + 1]


def example(d: Draw) -> Any:
    bins, channels = d.pick(20, 33), d.pick(2, 5)
    widths = d.g.integers(0, 4, channels + 1, np.int16)
    frequencies = d.g.integers(0, bins - 4, channels + 1, np.int16)
    starts = (np.cumsum(widths) - widths).astype(np.int16)
    weights = d.g.integers(0, 4097, int(widths.sum()) + 1, np.int16)
    x = d.b.input((bins,), "uint32")
    return d.b.signal_filter_bank(x, weights, (4096 - weights).astype(np.int16), frequencies, starts, widths)


SPEC = Spec(
    "SignalFilterBank",
    prepare=prepare,
    geometry=FilterBankGeometry,
    types=to("uint64", "uint32"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

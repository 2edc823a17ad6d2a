"""SignalEnergy: the squared magnitude of the bins of a spectrum, from `start_index` up to `end_index`.

int16 pairs to uint32, both in one dimension. Bins outside are left as they are, whatever the memory held.
Source: TFLM, signal/micro/kernels/energy.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .signals import NOT_NEGATIVE, arrays, expect_rank
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, to


@dataclass(frozen=True, slots=True)
class EnergyGeometry(Geometry):
    """Bins `start` to `end` of `bins`."""

    bins: int
    start: int
    end: int
    input_dtype: str = "int16"
    output_dtype: str = "uint32"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "int16"), node.output(0, "uint32")
    expect_rank(node, "inputs[0]", source, 1)
    expect_rank(node, "outputs[0]", target, 1)
    options = custom_options(node)
    end = options.whole(0, "end_index", NOT_NEGATIVE)
    start = options.whole(1, "start_index", NOT_NEGATIVE)
    room = min(source.elements // 2, target.elements)
    if start < end and end > room:
        node.fail(
            f"end_index is {end}, expected up to {room}, the bins of inputs[0] {source.shape} and outputs[0] "
            f"{target.shape}"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.signal_spectrum import energy as kernel

        (x,) = arrays(inputs)
        pairs = x[: x.size // 2 * 2].reshape(-1, 2)
        return kernel.bind(read_only(pairs), outputs[0], start, end)

    return Prepared(EnergyGeometry(target.elements, start, max(start, end)), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    (x,) = inputs
    assert x is not None
    options = custom_options(node)
    end, start = options.whole(0, "end_index"), options.whole(1, "start_index")
    found = np.zeros(node.outputs[0].shape)
    found[start:end] = np.square(x[2 * start : 2 * end].reshape(-1, 2)).sum(axis=1)
    return found


def example(d: Draw) -> Any:
    bins = d.pick(5, 33)
    return d.b.signal_energy(d.b.input((2 * bins,), "int16"))


SPEC = Spec(
    "SignalEnergy",
    prepare=prepare,
    geometry=EnergyGeometry,
    types=to("uint32", "int16"),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

"""SignalIrfft: the real samples of a spectrum, whose bins have a real and an imaginary part.

int16, int32 or float32, the output of the same type. The last dimension has fft_length + 2 numbers and gives
`fft_length`; float32 is divided by that, whole numbers are divided as they are added. Options as
SignalRfft's. Source: TFLM, signal/micro/kernels/irfft.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .signal_fourier import TYPES, FourierGeometry, fourier_geometry, tables
from .signals import arrays
from .spec import Array, Node, Prepared, Real, Reals, Run, Spec, same


def prepare(node: Node) -> Prepared:
    geometry = fourier_geometry(node, real=1, spectrum=0)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        g = geometry
        (x,), n = arrays(inputs), g.length // 2
        known = tables(g, inverse=True)
        spectrum = read_only(x.reshape(g.rows, n + 1, 2))
        samples = outputs[0].reshape(g.rows, g.length)
        given = [spectrum, *map(read_only, known.all)]
        if g.dtype == "float32":
            from ..kernels.signal_fourier_float import inverse

            work = np.zeros((2 * n, 2), np.float32)
            return inverse.bind(*given, work, samples)
        from ..kernels import signal_fourier as kernels

        kernel = kernels.inverse_int16 if g.dtype == "int16" else kernels.inverse_int32
        whole = np.zeros((2 * n, 2), np.int64)
        return kernel.bind(*given, whole, samples)

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    (x,) = inputs
    assert x is not None
    length = custom_options(node).whole(1, "fft_length")
    pairs = x.reshape(*x.shape[:-1], -1, 2)
    found: Real = np.fft.irfft(pairs[..., 0] + 1j * pairs[..., 1], length)
    return found


def example(d: Draw) -> Any:
    length = d.pick(8, 12, 60, 64, 100)
    x = d.b.input((d.pick(1, 2), length + 2), d.pick(*TYPES))
    return d.b.signal_irfft(x, length)


SPEC = Spec(
    "SignalIrfft",
    prepare=prepare,
    geometry=FourierGeometry,
    types=same(*TYPES),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

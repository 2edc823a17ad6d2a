"""SignalRfft: the spectrum of real samples, bins of a real and an imaginary part.

int16, int32 or float32, the output of the same type. The last dimension has up to `fft_length` samples, which
zeros make up, and gives fft_length + 2 numbers. The spectrum of whole numbers is divided by fft_length.
Options: `T`, the code of the type, and `fft_length`, an even number whose half has no factors but 2, 3 and
5; a device does not look. Source: TFLM, signal/micro/kernels/rfft.cc.
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
    geometry = fourier_geometry(node, real=0, spectrum=1)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        g = geometry
        (x,), n = arrays(inputs), g.length // 2
        known = tables(g, inverse=False)
        samples = read_only(x.reshape(g.rows, g.samples))
        spectrum = outputs[0].reshape(g.rows, n + 1, 2)
        given = [samples, *map(read_only, known.all)]
        if g.dtype == "float32":
            from ..kernels.signal_fourier_float import forward

            work = np.zeros((n, 2), np.float32)
            return forward.bind(*given, work, spectrum)
        from ..kernels import signal_fourier as kernels

        kernel = kernels.forward_int16 if g.dtype == "int16" else kernels.forward_int32
        whole = np.zeros((n, 2), np.int64)
        return kernel.bind(*given, whole, spectrum)

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    (x,) = inputs
    assert x is not None
    length = custom_options(node).whole(1, "fft_length")
    found = np.fft.rfft(x, length)
    pairs: Real = np.stack([found.real, found.imag], axis=-1).reshape(node.outputs[0].shape)
    return pairs if node.outputs[0].dtype == "float32" else pairs / length


def example(d: Draw) -> Any:
    length = d.pick(8, 12, 60, 64, 100)
    x = d.b.input((d.pick(1, 2), d.pick(length, length - 3)), d.pick(*TYPES))
    return d.b.signal_rfft(x, length)


SPEC = Spec(
    "SignalRfft",
    prepare=prepare,
    geometry=FourierGeometry,
    types=same(*TYPES),
    in_reals=in_reals,
    scaleless=True,
    example=example,
)

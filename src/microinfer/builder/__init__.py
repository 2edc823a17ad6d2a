"""Compose a quantised model in a few lines and get the bytes of a `.tflite` file.

    from microinfer.builder import ModelBuilder

    b = ModelBuilder("tiny")
    x = b.input((1, 8, 8, 1), scale=1 / 255, zero_point=-128)
    x = b.conv_2d(x, weights, bias, activation="RELU", scale=0.02, zero_point=-128)
    x = b.max_pool_2d(x, 2)
    x = b.fully_connected(x, more_weights, scale=0.1)
    b.output(b.softmax(x))
    data = b.build()

There is a method for every operator that microinfer knows; it infers the output's shape, makes the
constants and keeps the quantisation where the operator keeps it. Underneath, `tensor`, `constant` and
`operator` write anything the schema can say. LiteRT, TFLM and microinfer load what comes out.
"""

from __future__ import annotations

from .elementwise import Elementwise
from .indexed import Indexed
from .model_writer import Graph, Handle
from .moving import Moving
from .real_functions import RealFunctions
from .recurrent import Recurrent
from .reducing import Reducing
from .shaping import Shaping
from .signals import Signals
from .stateful import Stateful
from .windowed import Windowed, quantize_weights

__all__ = ["Graph", "Handle", "ModelBuilder", "quantize_weights"]


class ModelBuilder(
    Windowed, Elementwise, RealFunctions, Shaping, Reducing, Moving, Indexed, Recurrent, Stateful, Signals
):
    """A model under construction. Methods take and return handles; `build()` returns the bytes.

    A handle has `shape`, `dtype`, `scale` and `zero_point`. Arguments that cannot make a model raise
    `InputError`, with the operator's name, what was found and what was wanted.
    """

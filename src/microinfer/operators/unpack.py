"""UNPACK: a tensor taken apart along one dimension, which goes away.

Specification: `num` outputs and the input of one type, float32, int8, int16 or int32; `num` is the
input's length along `axis`, which may be negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from .batching import always
from .constants import Values, checked_axis
from .example import Draw
from .pack import PackGeometry, stacked_axis
from .spec import Array, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


def prepare(node: Node) -> Prepared:
    count = len(node.outputs)
    node.expect_counts(1, range(1, max(2, count + 1)))
    source = node.input(0, "float32", "int8", "int16", "int32")
    if node.options["num"] != count:
        node.fail(f"num is {node.options['num']}, expected {count}, the number of outputs")
    place = stacked_axis(node, node.options["axis"], len(source.shape))
    if source.shape[place] != count:
        node.fail(
            f"inputs[0] ({source.name!r}) has length {source.shape[place]} along axis {place}, "
            f"expected {count}, the number of outputs"
        )
    expected = source.shape[:place] + source.shape[place + 1 :]
    for position in range(count):
        target = node.output(position, source.dtype)
        if target.shape != expected:
            node.fail(f"outputs[{position}] ({target.name!r}) has shape {target.shape}, expected {expected}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.riffles import bind_deal

        source = inputs[0]
        assert source is not None
        return bind_deal(source, outputs, place)

    shape = source.shape
    geometry = PackGeometry(prod(shape[:place]), count, prod(shape[place + 1 :]), source.dtype)
    return Prepared(geometry, bind)


def example(d: Draw) -> Any:
    return d.b.unpack(d.image(shape=(2, 3, 2)), d.pick(0, 1, 2))


def evaluate(node: Node, values: Values) -> Values:
    return list(np.moveaxis(values[0], checked_axis(node.options["axis"], values[0].ndim), 0))


SPEC = Spec(
    "UNPACK",
    prepare=ignoring(prepare, inputs=1),
    geometry=PackGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=always,
    moves="data",
    copies="data",
    versions=Versions(int8=2, int16=2),
    example=example,
    evaluate=evaluate,
)

"""Functions of one int8 in C: a table, for which the operator itself is run over its 256 inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...operators.resolver import OpResolver
from ...operators.spec import Node
from ..target import GENERATED
from .c_source import ByteArray
from .call import Call, unsupported

if TYPE_CHECKING:
    from ...model.tables import Tensor
    from ...operators.logistic import ActivationGeometry
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Counts, Observed
    from .call import Place


BYTES = frozenset(("int8", "uint8"))
_MOST_TABLES = 1024


_TABLES: dict[tuple[Any, ...], NDArray[Any]] = {}


def table_of(place: Place) -> NDArray[Any]:
    """What the operator makes of -128 to 127, or of the bytes that these are; one for all that are alike."""
    node = place.node
    source, target = node.input(0), node.output(0)
    quantized = (source.dtype, source.scale, source.zero_point, target.dtype, target.scale, target.zero_point)
    key = (place.step.name, *quantized, repr(sorted(node.options.items())), node.release)
    if key not in _TABLES:
        if len(_TABLES) >= _MOST_TABLES:
            _TABLES.clear()
        _TABLES[key] = _made(node)
        _TABLES[key].setflags(write=False)
    return _TABLES[key]


def _made(node: Node) -> NDArray[Any]:
    values = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)

    def row(tensor: Tensor) -> Tensor:
        return dataclasses.replace(tensor, shape=(1, 256), shape_signature=(1, 256), data=None)

    whole = Node(node.operator, (row(node.input(0)),), (row(node.output(0)),), node.release)
    result = np.zeros((1, 256), node.output(0).dtype)
    made = OpResolver.builtin().find(node.operator)(whole)
    made.open_in_c.get(GENERATED, made.bind)([values.view(node.input(0).dtype)], [result])()
    return result.reshape(-1)


def lower_lookup(place: Place) -> Sequence[Call]:
    source, target = place.node.input(0), place.node.output(0)
    if not {source.dtype, target.dtype} <= BYTES:
        raise unsupported(place.step, f"from {source.dtype} to {target.dtype} has no kernel in bare-c")
    table = table_of(place)
    data = place.input(0), place.output()
    values = ByteArray(f"{place.name}_table", ((table.tobytes(), ""),))
    arguments = values.name, str(source.elements), *data
    return [Call("activations.c", "mi_lookup", arguments, (values,))]


def lookup_counts(g: ActivationGeometry | ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "lookups": g.elements}

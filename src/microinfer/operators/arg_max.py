"""ARG_MAX: int8 or float32 to the int32 index of the first largest number along one constant axis.

Source: TFLM, micro/kernels/arg_min_max.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .batching import along_another_axis
from .branches import count
from .example import Draw
from .late import AXES
from .real_elementwise import index
from .reduced_axes import along, bind_extreme
from .spec import Array, Arrays, Find, Geometry, Node, Observe, Prepared, Seen, Spec, Step, to
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class ArgMaxGeometry(Geometry):
    """`axis` is not negative."""

    input_shape: tuple[int, ...]
    axis: int
    dtype: str


def prepare(node: Node) -> Prepared:
    return prepare_index(node, "largest")


def prepare_index(node: Node, name: str) -> Prepared:
    """`name`: of what is sought, as in `kernels.extremes`."""
    node.expect_counts(2, 1)
    source, target = node.input(0, "int8", "float32"), node.output(0, "int32")
    axes = node.constant_input(1, "int32").reshape(-1).tolist()
    rank = len(source.shape)
    if len(axes) != 1 or not -rank <= axes[0] < rank:
        node.fail(f"inputs[1] (the axis) holds {axes}, expected one of {-rank} to {rank - 1}")
    axis = axes[0] % rank
    shape = source.shape[:axis] + source.shape[axis + 1 :]
    if target.shape != shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {shape}")
    if not source.shape[axis]:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape}, expected something along axis {axis}"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        x, y = inputs[0], outputs[0]
        assert x is not None
        return bind_extreme(along(x, axis), y.reshape(-1), name, place=True)

    return Prepared(ArgMaxGeometry(source.shape, axis, source.dtype), bind)


def replacements(pick: np.ufunc) -> Find:
    """How often a larger value, or a smaller one, takes the place of the one picked so far."""

    def find(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
        geometry = step.geometry
        assert isinstance(geometry, ArgMaxGeometry)
        x = inputs[0]
        assert x is not None
        largest = pick.accumulate(x, axis=geometry.axis)
        return {"replacements": count(np.diff(largest, axis=geometry.axis))}

    return find


def example(d: Draw) -> Any:
    return d.b.arg_max(d.image(), d.pick(1, 2, 3, -1))


SPEC = Spec(
    "ARG_MAX",
    prepare=ignoring(AXES.around(prepare), inputs=2, outputs=1),
    late=AXES,
    geometry=ArgMaxGeometry,
    types=to("int32", "int8", "float32"),
    batch=along_another_axis,
    observe=Observe(replacements(np.maximum)),
    in_reals=index(np.argmax),
    versions=Versions(int8=2, int16=2),
    example=example,
)

"""ARG_MIN: int8 or float32 to the int32 index of the first smallest number along one constant axis.

Specification: as ARG_MAX.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arg_max import ArgMaxGeometry, prepare_index, replacements
from .batching import along_another_axis
from .example import Draw
from .late import AXES
from .real_elementwise import index
from .spec import Node, Observe, Prepared, Spec, to
from .surplus import ignoring
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_index(node, "least")


def example(d: Draw) -> Any:
    return d.b.arg_min(d.image(), d.pick(1, 2, 3, -1))


SPEC = Spec(
    "ARG_MIN",
    prepare=ignoring(AXES.around(prepare), inputs=2, outputs=1),
    late=AXES,
    geometry=ArgMaxGeometry,
    types=to("int32", "int8", "float32"),
    batch=along_another_axis,
    observe=Observe(replacements(np.minimum)),
    in_reals=index(np.argmin),
    versions=Versions(int8=2, int16=2),
    example=example,
)

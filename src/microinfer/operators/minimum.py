"""MINIMUM: as MAXIMUM."""

from __future__ import annotations

import numpy as np

from .maximum import prepare_extremum
from .spec import Node, Prepared


def prepare(node: Node) -> Prepared:
    return prepare_extremum(node, np.minimum)

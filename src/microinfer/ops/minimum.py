"""MINIMUM: as MAXIMUM."""

from __future__ import annotations

import numpy as np

from ..graph import Node, Prepared
from .maximum import prepare_extremum


def prepare(node: Node) -> Prepared:
    return prepare_extremum(node, np.minimum)

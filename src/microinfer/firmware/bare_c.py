"""Memory that our own C asks for: activations and, for few operators, scratch. Nothing persistent.

There is no interpreter: the generated program calls the kernels in order, parameters and weights stay
in flash.
"""

from __future__ import annotations

from ..graph import Geometry
from .demand import Demand
from .variants import variant

__all__ = ["LIBRARY", "demand"]

LIBRARY = "bare-c"


def demand(name: str, geometry: Geometry) -> Demand:
    """What operator `name` asks for: no kernel takes scratch but those that sum over several axes."""
    return Demand(variant=variant(LIBRARY, name, geometry))

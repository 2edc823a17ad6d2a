"""Memory that our own C asks for: activations and, for few operators, scratch. Nothing persistent.

There is no interpreter: the generated program calls the kernels in order, parameters and weights stay
in flash. The convolutions gather the patch under the window once for all output channels.
"""

from __future__ import annotations

from ..operators.conv_2d import Conv2DGeometry
from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ..operators.spec import Geometry
from .demand import Demand
from .target import Target
from .variants import variant

__all__ = ["LIBRARY", "demand"]

LIBRARY = "bare-c"


def demand(name: str, geometry: Geometry, target: Target) -> Demand:
    """What operator `name` asks for."""
    scratch: tuple[int, ...] = ()
    if isinstance(geometry, Conv2DGeometry):
        scratch = (geometry.kernel_h * geometry.kernel_w * geometry.filter_c,)
    elif isinstance(geometry, DepthwiseConv2DGeometry):
        scratch = (geometry.kernel_h * geometry.kernel_w * geometry.input_c,)
    return Demand(variant=variant(LIBRARY, name, geometry, target), scratch_bytes=scratch)

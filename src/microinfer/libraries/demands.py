"""What a row asks of memory for one operator, beside the sizes of its library's structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .demand import Demand

if TYPE_CHECKING:
    from ..operators.spec import Geometry
    from .kernel import Kernel
    from .layout import StructLayout
    from .target import Target

__all__ = ["demanded"]


def demanded(
    kernel: Kernel, name: str, geometry: Geometry, target: Target, layout: StructLayout, table: str
) -> Demand:
    """The memory that a modelled operator asks for under TFLM; `table` is the library's in the layout."""
    init = layout.init[table].get(name)
    pointers = kernel.pointers(geometry)
    return Demand(
        variant=kernel.variant(geometry, target.core),
        scratch_bytes=(
            *kernel.scratch(geometry, target.core),
            *((pointers * target.pointer_bytes,) if pointers else ()),
        ),
        init_bytes=(*(() if init is None else (init,)), *kernel.initial(geometry, layout)),
        prepare_bytes=kernel.persistent(geometry, target.core, layout),
        builtin_data=layout.parameters.get(name),
        temporaries=kernel.takes(geometry),
    )

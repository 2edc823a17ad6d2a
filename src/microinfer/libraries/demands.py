"""What a library asks of memory for one operator: sizes of its structures, and what its row says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .demand import Demand

if TYPE_CHECKING:
    from ..operators.spec import Geometry
    from .library import KernelLibrary
    from .target import Target

__all__ = ["demanded"]


def demanded(library: KernelLibrary, name: str, geometry: Geometry, target: Target) -> Demand | None:
    """The memory that a modelled operator asks for; None where it is not known.

    Raises:
        InputError: no table for this pointer size.
    """
    kernel = library.kernels.get(name)
    if library.own and library.base is not None:
        return None if name in library.own else library.base.demand(name, geometry, target)
    if not library.interprets:
        scratch = () if kernel is None else kernel.scratch(geometry, target.core)
        return Demand(library.variant(name, geometry, target), scratch)
    layout = library.layout(target)
    table = library.name if library.structured else library.tables
    if kernel is None or table not in layout.init:
        return None
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

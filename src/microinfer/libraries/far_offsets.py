"""What kernels that are not the reference's do with zero points outside their type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..operators.far_zero_points import far_tensors
from ..operators.registry import row
from ..operators.spec import Step
from .fault import Fault, other_bits

if TYPE_CHECKING:
    from .library import KernelLibrary

__all__ = ["far_offsets"]


def far_offsets(step: Step, library: KernelLibrary) -> Iterator[Fault]:
    """Of a kernel of a library's own: only reference kernels hold every offset in 32 bits."""
    spec, base, name = row(step.name), library.base, step.name
    if spec is None or spec.moves is not None or base is None or not library.interprets:
        return
    if name not in library.own and library.kernels.get(name) is base.kernels.get(name):
        return
    for where, tensor in far_tensors(step.node):
        said = f"{where} ({tensor.name!r}) has zero point {tensor.zero_point}, outside {tensor.dtype}"
        yield other_bits(f"{said}: kernels of {library.title} may cut it to 16 bits or 8", certain=False)
        return

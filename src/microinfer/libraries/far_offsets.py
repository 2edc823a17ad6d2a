"""What kernels that are not the reference's do with zero points outside their type."""

from __future__ import annotations

from collections.abc import Iterator

from ..operators.far_zero_points import far_tensors
from ..operators.registry import row
from ..operators.spec import Step
from .fault import Fault, other_bits

__all__ = ["far_offsets"]


def far_offsets(step: Step, title: str) -> Iterator[Fault]:
    """Of a kernel of a library's own, called `title`; none where that is "": reference kernels hold every
    offset in 32 bits."""
    spec = row(step.name)
    if not title or spec is None or spec.moves is not None:
        return
    for where, tensor in far_tensors(step.node):
        said = f"{where} ({tensor.name!r}) has zero point {tensor.zero_point}, outside {tensor.dtype}"
        yield other_bits(f"{said}: kernels of {title} may cut it to 16 bits or 8", certain=False)
        return

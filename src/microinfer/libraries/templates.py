"""Names of kernels that a library has once for each type of data: a template's instances.

Their loops turn as often, their instructions differ. int8 goes without saying; another type, or where
data are only moved another width, is part of the name: "reference_int16", "reference_32_bit".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .target import Core

__all__ = ["by_type", "for_every_type", "typed"]


def typed(name: str, *dtypes: str) -> str:
    """int8 throughout goes without saying; types that are all the same are said once by `by_type`."""
    return name if set(dtypes) == {"int8"} else "_".join((name, *dtypes))


def by_type(geometry: Any, name: str = "reference") -> str:
    """The instance that runs a geometry: by `item_bytes` where elements are moved, else by `dtype`,
    or `input_dtype` and `output_dtype`."""
    if (width := getattr(geometry, "item_bytes", None)) is not None:
        return name if width == 1 else f"{name}_{8 * width}_bit"
    if (dtype := getattr(geometry, "dtype", None)) is not None:
        return typed(name, dtype)
    if (source := getattr(geometry, "input_dtype", None)) is not None:
        target = geometry.output_dtype
        return typed(name, source) if source == target else typed(name, source, target)
    return name


def for_every_type(geometry: Any, core: Core) -> str:
    """The reference kernel that looks at bytes or dimensions alone, whatever the type."""
    return "reference"

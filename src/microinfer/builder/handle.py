"""A tensor of a model under construction, as the builder's methods take and return it."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..words.dataclass import dataclass

__all__ = ["Handle"]


@dataclass(frozen=True, slots=True, eq=False)
class Handle:
    """A tensor of a model under construction. Shape in elements; scale is 0.0 where not quantised.

    `array` holds the values of a constant, as stored, and is None for everything else.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    quantized_dimension: int
    array: NDArray[Any] | None
    graph: object

    @property
    def scale(self) -> float:
        return self.scales[0] if self.scales else 0.0

    @property
    def zero_point(self) -> int:
        return self.zero_points[0] if self.zero_points else 0

    def __repr__(self) -> str:
        return f"<{self.name} {self.dtype}{list(self.shape)}>"

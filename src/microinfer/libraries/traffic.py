"""How many weights a kernel reads from where they lie, in order and out of order, and their bytes.

On an ideal memory this costs nothing beyond the load itself; on a board whose flash has wait states
each byte costs more, and a kernel that reads its weights again for every second pixel pays again.
"In order" means that the next byte follows; a depthwise kernel of the reference steps over channels.
"""

from __future__ import annotations

from ..model.tables import ITEM_BYTES
from ..operators.spec import Geometry
from ..words.dataclass import dataclass

__all__ = ["NO_TRAFFIC", "WeightTraffic"]


@dataclass(frozen=True, slots=True)
class WeightTraffic:
    """Weights read by one run of an operator: elements as a kernel's row counts them, bytes as a library
    answers."""

    in_order: int = 0
    out_of_order: int = 0

    def in_bytes(self, geometry: Geometry) -> WeightTraffic:
        """Real numbers are four bytes each; integers are read as int8, whatever the data's type."""
        size = ITEM_BYTES["float32"] if getattr(geometry, "dtype", "") == "float32" else 1
        return WeightTraffic(size * self.in_order, size * self.out_of_order)


NO_TRAFFIC = WeightTraffic()

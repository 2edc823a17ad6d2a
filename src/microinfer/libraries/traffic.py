"""How many bytes of weights a kernel reads from where they lie, in order and out of order.

On an ideal memory this costs nothing beyond the load itself; on a board whose flash has wait states
each byte costs more, and a kernel that reads its weights again for every second pixel pays again.
"In order" means that the next byte follows; a depthwise kernel of the reference steps over channels.
"""

from __future__ import annotations

from ..words.dataclass import dataclass

__all__ = ["NO_TRAFFIC", "WeightTraffic"]


@dataclass(frozen=True, slots=True)
class WeightTraffic:
    """Bytes of weights read by one run of an operator."""

    in_order: int = 0
    out_of_order: int = 0


NO_TRAFFIC = WeightTraffic()

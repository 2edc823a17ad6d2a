"""What the memories of a part are, and what they and its currents cost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IDEAL_MEMORY", "Current", "Memory", "MemoryTiming"]


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory of a part. `reserved_bytes` are not the application's: a bootloader has them."""

    name: str
    kind: str
    bytes: int
    reserved_bytes: int = 0

    @property
    def usable_bytes(self) -> int:
        return self.bytes - self.reserved_bytes


@dataclass(frozen=True, slots=True)
class MemoryTiming:
    """What a board's memories add to the cycles of an ideal one, where every access takes no wait.

    `fetch`: cycles added to every instruction, on average. `weights_sequential`, `weights_random`:
    cycles added to every byte of weights that is read in order, or out of order. `sram`: cycles added to
    every byte of activations that is read or written. `spread`: relative half-width of the 90 % interval
    that comes of not knowing the board and its software stack better. `fitted_on`: what these rest on.
    """

    fetch: float = 0.0
    weights_sequential: float = 0.0
    weights_random: float = 0.0
    sram: float = 0.0
    spread: float = 0.0
    fitted_on: str = ""

    @property
    def ideal(self) -> bool:
        return not (self.fetch or self.weights_sequential or self.weights_random or self.sram)


IDEAL_MEMORY = MemoryTiming()
"""What no memory costs: nothing waits."""


@dataclass(frozen=True, slots=True)
class Current:
    """A supply current in amperes with its 90 % interval."""

    typical: float
    low: float
    high: float

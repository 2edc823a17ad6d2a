"""What the memories of a part are, and what they and its currents cost."""

from __future__ import annotations

from ..words.dataclass import dataclass, replace

__all__ = [
    "IDEAL_MEMORY",
    "NO_FRAMEWORK",
    "UNKNOWN_MEMORY",
    "Current",
    "Framework",
    "Memory",
    "MemoryTiming",
    "Slower",
]

FLASH_NAMES = ("flash", "qspi", "ospi", "xspi", "nor")
INSTRUCTIONS = "itcm"


@dataclass(frozen=True, slots=True)
class Slower:
    """How many times as long an inference takes whose arena lies in a memory: ends are a 90 % interval."""

    typical: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory of a part. `reserved_bytes` are not the application's: a bootloader has them. `slower`: what
    an arena there costs, None where that is nothing, or outside the chip where nobody knows it."""

    name: str
    kind: str
    bytes: int
    reserved_bytes: int = 0
    slower: Slower | None = None

    @property
    def usable_bytes(self) -> int:
        return self.bytes - self.reserved_bytes

    @property
    def is_flash(self) -> bool:
        """External memory is flash where its name says so."""
        named = any(part in self.name.lower() for part in FLASH_NAMES)
        return self.kind == "flash" or (self.kind == "external" and named)

    @property
    def is_ram(self) -> bool:
        """Whether an arena can lie there; instruction memory is none."""
        return not self.is_flash and not self.name.startswith(INSTRUCTIONS)


@dataclass(frozen=True, slots=True)
class Framework:
    """What a board's usual programs are built on, such as Arduino's core or ESP-IDF, and what it takes.

    Bytes of flash and of RAM, `least` of a program that does nothing, `most` of those that were seen.
    """

    title: str = ""
    flash_least: int = 0
    flash_most: int = 0
    ram_least: int = 0
    ram_most: int = 0


NO_FRAMEWORK = Framework()


@dataclass(frozen=True, slots=True)
class MemoryTiming:
    """What a board's memories add to the cycles of an ideal one, where every access takes no wait.

    `fetch`: cycles added to every instruction, on average. `weights_sequential`, `weights_random`: cycles
    added to every byte of weights that is read in order, or out of order. `sram`: cycles added to every
    byte of activations that is read or written. `cold`: cycles added to every byte of code that an operator
    runs for the first time in an inference, when no cache has it. `weights_once`: cycles added to every
    byte of weights when an inference first reads it, where a cache keeps it from there on. `cache_bytes`:
    what that cache holds, code and weights; most of a network that fits is still there when the next
    inference begins. `code_cache_bytes`: as much of a cache for code alone; weights cost what they cost.
    `spread`: relative half-width of the 90 % interval that comes of not knowing the board and its software
    stack better. `fitted_on`: what these rest on. `fitted_for`: the libraries that they were fitted for,
    "tflm-2021 -Os" where at one build alone; others may be further off. None where nobody says.
    `fitted_hz`: the clock that they hold for, 0 where nobody says. `warm`: of a network that fits, never of
    a board: little is fetched anew, unless other code ran meanwhile.
    """

    fetch: float = 0.0
    weights_sequential: float = 0.0
    weights_random: float = 0.0
    sram: float = 0.0
    cold: float = 0.0
    weights_once: float = 0.0
    cache_bytes: int = 0
    code_cache_bytes: int = 0
    spread: float = 0.0
    fitted_on: str = ""
    fitted_for: tuple[str, ...] = ()
    fitted_hz: int = 0
    warm: bool = False

    @property
    def ideal(self) -> bool:
        added = (self.fetch, self.weights_sequential, self.weights_random, self.weights_once, self.sram)
        return not any((*added, self.cold, self.spread))

    def kept(self) -> MemoryTiming:
        """Where the cache holds a whole network from one inference to the next."""
        return replace(self, warm=True)


IDEAL_MEMORY = MemoryTiming()
"""What no memory costs: nothing waits."""
UNKNOWN_MEMORY = MemoryTiming(
    fetch=0.25, weights_sequential=0.3, weights_random=1.0, cold=0.4, spread=0.23, fitted_on="nothing"
)
"""What is assumed of a board of which nobody says anything: from as fast as an ideal memory to some 60 %
slower, as boards are that were measured."""


@dataclass(frozen=True, slots=True)
class Current:
    """A supply current in amperes with its 90 % interval."""

    typical: float
    low: float
    high: float

    def scaled(self, factor: float) -> Current:
        return Current(self.typical * factor, self.low * factor, self.high * factor)

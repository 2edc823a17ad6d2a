"""What a CRC-32 takes on a core, by byte, where that was counted."""

from __future__ import annotations

import tomllib
from functools import cache

from ..words.data_folder import data_file
from ..words.dataclass import dataclass

__all__ = ["TABLE_BYTES", "CrcCost", "crc_cost"]

TABLE_BYTES = 1024
"""Of flash, for 256 words; one serves for all that is checked."""


@dataclass(frozen=True, slots=True)
class CrcCost:
    """Cycles by byte in flash and in RAM; at the least, unless `exact`."""

    flash: int
    ram: int
    exact: bool
    source: str


@cache
def crc_cost(core: str) -> CrcCost | None:
    """None for a core on which nobody counted it."""
    with data_file("protection", "crc32.toml").open("rb") as file:
        found = tomllib.load(file).get(core)
    return None if found is None else CrcCost(**found)

"""Parts without a profile: what they are, which board is nearest, and how their own would begin."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from ..words.data_folder import data_file
from ..words.dataclass import dataclass

__all__ = ["Chip", "known_chip", "nearest_board", "own_profile"]

LEAST = 5
"""Letters of a chip's name from which a part number may go on."""
STM32_FLASH_KB = dict(
    zip("468bzcdefghij", (16, 32, 64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096), strict=True)
)
_STM32 = re.compile(r"stm32[a-z]{1,3}\d[0-9a-z]{0,2}[a-z]([468bzcdefghij])(?:[a-z]\d[0-9a-z]*|[pq])?")
"""A whole part number of ST's; the letter after the package's says how much flash there is."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A part as its datasheet has it: `core` is the nearest that is modelled, `cpu` what it is. Hz, bytes.

    `like` is the board whose framework, memories' waits and currents it has, or nearly; `libraries` are its
    own where they are not that board's.
    """

    name: str
    core: str
    cpu: str
    clock_hz: int
    flash_bytes: int
    sram_bytes: int
    source: str
    fpu: bool = True
    like: str = ""
    libraries: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        flash, sram = self.flash_bytes / 1024, self.sram_bytes / 1024
        return (
            f"{self.name.upper()} ({self.cpu} at {self.clock_hz / 1e6:g} MHz, {flash:g} KB of flash, "
            f"{sram:g} KB of RAM, says {self.source})"
        )


def known_chip(plain: str) -> Chip | None:
    """The chip that a word means, in small letters and without marks: called so, else with the longest name
    with which the word begins, as part numbers and ST's names of boards do."""
    word = re.sub(r"^(?:nucleo|disco)", "stm32", plain)
    table = _table()
    called = {_plain(name): key for key, facts in table.items() for name in (key, *facts.get("names", ()))}
    begun = [one for one in called if len(one) >= LEAST and word.startswith(one)]
    begins = sorted({key for one, key in called.items() if len(word) >= LEAST and one.startswith(word)})
    if plain in called:
        return _chip(called[plain], word)
    if begun:
        return _chip(called[max(begun, key=len)], word)
    return _chip(begins[0], word) if len(begins) == 1 else None


def nearest_board(chip: Chip, names: Iterable[str]) -> tuple[str, int] | None:
    """The stock board with this core whose clock, then whose flash is nearest, and its clock in Hz."""
    found = []
    for name in names:
        facts = _stock(name)
        if facts["kind"] != "board" or facts["core"] != chip.core:
            continue
        clock, flash = facts["clock_hz"], facts["memory"]["flash"]["bytes"]
        apart = round(abs(math.log(clock / chip.clock_hz)), 6), abs(math.log(flash / chip.flash_bytes))
        found.append((*apart, name, clock))
    return None if not found else (min(found)[2], min(found)[3])


def own_profile(title: str, chip: Chip | None, names: Iterable[str]) -> str:
    """The lines of a profile, to be pasted; what nobody knows of it is to be filled in."""
    if chip is None:
        lines = (
            f'extends = "cortex-m4"  # or {", ".join(n for n in _generic(names) if n != "cortex-m4")}',
            f'title = "{title}"',
            "clock_hz = 80_000_000",
            "memory = { flash.bytes = 1_048_576, sram.bytes = 131_072 }",
        )
        return "\n".join(lines)
    known = [
        f'title = "{title} ({chip.cpu} at {chip.clock_hz / 1e6:g} MHz)"',
        f"clock_hz = {chip.clock_hz:_}",
    ]
    flash, sram = f"bytes = {chip.flash_bytes:_}", f"bytes = {chip.sram_bytes:_}"
    parts = [name for name in _generic(names) if _stock(name)["core"] == chip.core] or [chip.like]
    if parts[0]:
        known = [f'extends = "{parts[0]}"', *known, f"memory = {{ flash.{flash}, sram.{sram} }}"]
    else:  # a board of another maker's says nothing of its framework, waits and currents
        made = f'flash = {{ kind = "flash", {flash} }}, sram = {{ kind = "sram", {sram} }}'
        known = [f'kind = "board"\ncore = "{chip.core}"', *known, f"memory = {{ {made} }}"]
        known += [f'library = "{chip.libraries[0]}"', 'provisional = ["core", "timing"]']
    if chip.libraries:
        known.append(f"libraries = {list(chip.libraries)}".replace("'", '"'))
    return "\n".join([*known, *([] if chip.fpu else ["fpu = false"])])


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = data_file("chips", "known.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["chips"])


@cache
def core_alike(plain: str) -> tuple[str, str]:
    """The stock part whose core is nearest to one that has none, and what they have in common; else nothing.

    Args:
        plain: the core's name in small letters without marks, such as "cortexm23" or "m23".
    """
    text = data_file("chips", "known.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["cores"].get(plain.removeprefix("arm").removeprefix("cortex"))
    return ("", "") if found is None else (found["like"], found["why"])


def _chip(key: str, word: str) -> Chip:
    facts = _table()[key]
    said = _STM32.fullmatch(word)
    flash_kb = STM32_FLASH_KB[said[1]] if said and word.startswith(key) else facts["flash_kb"]
    core = facts["core"]
    cpu = facts.get("cpu") or _stock_core(core)
    return Chip(
        name=word if word.startswith(_plain(key)) else key,
        core=core,
        cpu=cpu,
        clock_hz=round(facts["mhz"] * 1e6),
        flash_bytes=round(flash_kb * 1024),
        sram_bytes=round(facts["sram_kb"] * 1024),
        source=facts["source"],
        fpu=facts.get("fpu", True),
        like=facts.get("like", ""),
        libraries=tuple(facts.get("libraries", ())),
    )


def _stock_core(core: str) -> str:
    """What the core's own file calls it, before any remark: Arm Cortex-M4F, 8-bit AVR."""
    first = data_file("cores", f"{core}.toml").read_text(encoding="utf-8").partition("\n")[0]
    said = re.split(r" with |, |: ", first.removeprefix("# ").removeprefix("Arm "))[0]
    return said.removesuffix("F")


@cache
def _stock(name: str) -> dict[str, Any]:
    """A stock profile's kind, core, clock and memories, over those of what it extends."""
    own = tomllib.loads(data_file(f"{name}.toml").read_text(encoding="utf-8"))
    parent = _stock(own["extends"]) if "extends" in own else {}
    memory = {
        one: {**parent.get("memory", {}).get(one, {}), **own.get("memory", {}).get(one, {})}
        for one in (*parent.get("memory", {}), *own.get("memory", {}))
    }
    return {**parent, **own, "memory": memory}


def _generic(names: Iterable[str]) -> list[str]:
    return [name for name in names if _stock(name)["kind"] == "part"]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())

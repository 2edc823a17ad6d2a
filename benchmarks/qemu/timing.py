"""Cycles of instructions by the tables of Arm's technical reference manuals: Cortex-M4, M3 and M0+.

A Cortex-M33 is priced by the Cortex-M4's. A division takes 6 of its 2 to 12 cycles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Instruction", "timed"]

CONDITIONS = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "hs", "lo")
BRANCHES = {"b", "bl", "blx", "bx", "cbz", "cbnz"}
MANY = ("pop", "push", "ldm", "stm", "vpop", "vpush", "vldm", "vstm")
_NAMES = """
    b bx bl blx mov mvn add adds sub subs rsb ldr ldrb ldrh ldrsb ldrsh ldrd str strb strh strd and orr
    eor bic lsl lsr asr ror cmp cmn tst mul mla smull umull smlal umlal sdiv udiv sxtb sxth uxtb uxth
    ubfx sbfx pop push ldmia stmia movw movt addw adc sbc neg clz vmov vldr vstr vadd vsub vmul vdiv
    vcmp vcmpe vneg vabs vcvt vsqrt vmla vmls vfma vfms vmrs bfi bfc mvns rsbs orrs eors ands bics negs
    movs
"""
STEMS = frozenset(_NAMES.split())
LONG = {"smull": (1, 4), "umull": (1, 4), "smlal": (1, 5), "umlal": (1, 5), "mla": (1, 2), "mls": (1, 2)}
"""Cycles on a Cortex-M4 and on a Cortex-M3."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """`taken`: cycles more where a branch is taken. `load`: one word, which costs 1 behind another load."""

    cycles: int
    taken: int = 0
    load: bool = False
    loads_many: bool = False


def stem(mnemonic: str) -> str:
    """Without its width, and without a condition."""
    name = mnemonic.partition(".")[0]
    if name[-2:] in CONDITIONS and name[:-2] in STEMS and name not in STEMS:
        return name[:-2]
    return name


def registers(operands: str) -> int:
    """Words that a list of registers has."""
    found = re.search(r"\{([^}]*)\}", operands)
    if found is None:
        return 1
    words = 0
    for part in found[1].replace(" ", "").split(","):
        width = 2 if part.startswith("d") else 1
        first, _, last = part.partition("-")
        span = int(re.sub(r"\D", "", last)) - int(re.sub(r"\D", "", first)) if last else 0
        words += width * (1 + span)
    return words


def timed(core: str, mnemonic: str, operands: str) -> Instruction:
    name, small = stem(mnemonic), core == "cortex-m0plus"
    if name in BRANCHES or name in ("tbb", "tbh"):
        return Instruction(2 if name.startswith("tb") else 1, (2 if name == "bl" else 1) if small else 2)
    if name.startswith(MANY):
        loads = name.startswith(("pop", "ld", "vpop", "vld"))
        return Instruction(1 + registers(operands), 2 if loads and "pc" in operands else 0, False, loads)
    if name in ("ldrd", "strd"):
        return Instruction(3, loads_many=name == "ldrd")
    if name.startswith("ldr"):
        return Instruction(2, 2 if operands.startswith("pc") else 0, load=True)
    if name.startswith("str"):
        indexed = re.search(r"\[[^\]]*,\s*(?:r\d|ip|lr|sl|fp|sb)", operands) is not None
        return Instruction(2 if small or indexed else 1)
    if name in ("udiv", "sdiv"):
        return Instruction(6)
    if name in LONG:
        return Instruction(LONG[name][core == "cortex-m3"])
    if name.startswith("v"):
        return Instruction(_real(name, operands))
    return Instruction(1)


def _real(name: str, operands: str) -> int:
    """Of the unit for floating point."""
    if name in ("vldr", "vstr"):
        return 3 if operands.startswith("d") else 2
    if name in ("vdiv", "vsqrt"):
        return 14
    if name in ("vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms"):
        return 3
    return 2 if name == "vmov" and operands.count(",") >= 2 else 1

"""The three networks as firmware on a simulated ATmega328P: their bits, cycles, flash, RAM and stack.

    python examples/gallery/uno/proof.py        writes simulated.json

Takes what `microinfer export` writes, avr-gcc and simavr, which counts cycles exactly: through the package in
benchmarks/simavr. Every held-out sample runs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from zlib import crc32

import microinfer
import microinfer.kernels
from microinfer import zoo

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "benchmarks"))

from simavr import Toolchain, missing  # noqa: E402

__all__ = ["NAMES", "RECORD", "prove"]

NAMES = ("digits", "gesture", "digits_9x9")
RECORD = HERE / "simulated.json"
KERNELS = Path(next(iter(microinfer.kernels.__path__)))


def prove(name: str, tools: Toolchain, folder: Path, samples: int | None = None) -> dict[str, Any]:
    """What came out of so many held-out samples of a network, all where left out."""
    x = zoo.samples(name)[0][:samples]
    project = folder / name
    microinfer.export(name, "arduino-uno", output=project, format="bare-c")
    ran = tools.build(project).run(x.tobytes(), limit=1 << 40)
    firmware = tools.build(project, marks=False)
    return {
        "samples": len(x),
        "crc32": f"{crc32(ran.outputs):08x}",
        "cycles": [min(ran.cycles), round(sum(ran.cycles) / len(ran.cycles)), max(ran.cycles)],
        "flash": firmware.text + firmware.data,
        "ram": firmware.bss + firmware.data,
        "stack": ran.stack_bytes,
    }


def main() -> int:
    if (lacking := missing()) is not None:
        print(f"cannot simulate: {lacking}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        tools = Toolchain(Path(name) / "kernels", KERNELS)
        found = {one: prove(one, tools, Path(name)) for one in NAMES}
        content = {"compiler": tools.compiler, "flags": tools.flags, "networks": found}
    RECORD.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

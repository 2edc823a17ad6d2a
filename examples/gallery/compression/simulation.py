"""methods.c and the network on a simulated ATmega328P: what they send, cycles, flash.

    python examples/gallery/compression/simulation.py       writes simulated.json

Takes avr-gcc and simavr, which counts cycles exactly: through the package in benchmarks/simavr.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from subprocess import run
from typing import Any
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "benchmarks"), str(HERE)]

from methods import METHODS, cosines, score, swinging_door, waves  # noqa: E402

import microinfer  # noqa: E402
import microinfer.kernels  # noqa: E402
from simavr import Firmware, Toolchain, missing  # noqa: E402

__all__ = ["RECORD", "prove", "prove_methods"]

RECORD = HERE / "simulated.json"
MODEL = HERE / "press.tflite"
KERNELS = Path(next(iter(microinfer.kernels.__path__)))


def prove(tools: Toolchain, folder: Path, strokes: int | None = None) -> dict[str, Any]:
    """What came out of so many held-out strokes, all where left out."""
    with np.load(HERE / "press.npz") as held:
        x = held["x"][:strokes]
    project = folder / "press"
    microinfer.export(MODEL, "arduino-uno", output=project, format="bare-c")
    ran = tools.build(project).run(x.tobytes(), limit=1 << 40)
    back = np.frombuffer(ran.outputs, np.int8).reshape(x.shape)
    network = {"crc32": f"{crc32(ran.outputs):08x}", "cycles": of(ran.cycles)}
    return {"strokes": len(x), "network": network, **prove_methods(tools, folder, x, back)}


def prove_methods(tools: Toolchain, folder: Path, x: Any, back: Any) -> dict[str, Any]:
    """The same of methods.c, whose bytes have to be those of methods.py.

    Raises:
        RuntimeError: a byte differs.
    """
    table = ", ".join(map(str, waves().ravel().tolist()))
    (folder / "waves.h").write_text(
        "#include <avr/pgmspace.h>\n#define READ(at) ((int8_t)pgm_read_byte(at))\n"
        f"static const int8_t WAVE[] PROGMEM = {{{table}}};\n"
    )
    path = folder / "methods.elf"
    sources = [str(HERE / name) for name in ("firmware.c", "methods.c")]
    run([*tools.command, f"-I{folder}", f"-I{HERE}", *sources, "-o", str(path)], check=True)
    given = b"".join(one.tobytes() + other.tobytes() for one, other in zip(x, back, strict=True))
    firmware = Firmware(path, 0, 0, 0, tools.harness)
    ran = firmware.run(given, limit=1 << 40)
    wanted = bytearray()
    for one, other in zip(x, back, strict=True):
        for sent in (swinging_door(one), cosines(one), score(one, other).to_bytes(4, "little")):
            wanted += bytes([len(sent)]) + sent
    if bytes(wanted) != ran.outputs:
        raise RuntimeError("methods.c sends other bytes than methods.py")
    return {name: {"cycles": of(ran.cycles[at::3])} for at, name in enumerate(METHODS)}


def of(cycles: tuple[int, ...]) -> list[int]:
    """Least, mean and most."""
    return [min(cycles), round(sum(cycles) / len(cycles)), max(cycles)]


def main() -> int:
    if (lacking := missing()) is not None:
        print(f"cannot simulate: {lacking}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        tools = Toolchain(Path(name) / "kernels", KERNELS)
        content = {"compiler": tools.compiler, "flags": tools.flags, **prove(tools, Path(name))}
    RECORD.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Flash, static RAM and stack of nine networks' firmware, as linked and painted.

`tests/truth/cortex_m4_firmware.json` is made from the truth folder by

    python tests/support/firmware_truth.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["PATH", "Linked", "read"]

PATH = Path(__file__).resolve().parents[1] / "truth" / "cortex_m4_firmware.json"


@dataclass(frozen=True, slots=True)
class Linked:
    """One program, in bytes. `flash` by origin: app, core, kernels, cmsis_nn, libc_libm_libgcc."""

    operators: tuple[str, ...]
    flash: Mapping[str, int]
    globals_bytes: int
    prepare_stack: int
    invoke_stack: int


@cache
def read() -> Mapping[tuple[str, str], Linked]:
    """Programs by network and library."""
    document = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        (network, library): Linked(tuple(row.pop("operators")), **row)
        for network, libraries in document["networks"].items()
        for library, row in libraries.items()
    }


def main(truth: Path) -> None:
    known = json.loads((truth / "flash_stack.json").read_text(encoding="utf-8"))
    networks: dict[str, dict[str, object]] = {}
    for network, libraries in known["flash"].items():
        for library, row in libraries.items():
            stack = known["stack_bytes"][network][library]
            networks.setdefault(network, {})[library] = {
                "operators": row["operators"],
                "flash": row["flash_bytes_by_group"],
                "globals_bytes": sum(
                    part.get("data", 0) + part.get("bss", 0) for part in row["per_object"].values()
                ),
                "prepare_stack": stack["AllocateTensors"],
                "invoke_stack": stack["Invoke"],
            }
    document = {
        "what": "TFLM 90b983c2 with CMSIS-NN 4ab83cc3 on a Cortex-M4F, GNU Arm 12.2.1, core -Os, kernels "
        "-O2, release, error strings stripped: flash by origin and static RAM of the smallest program, with "
        "exactly these operators, model and arena excluded; stack marks of AllocateTensors and Invoke.",
        "networks": networks,
    }
    PATH.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

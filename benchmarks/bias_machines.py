"""Networks whose biases learn, on an ATmega328P of simavr and on Cortex-M under QEMU: cycles by mark.

What the firmware gives is held against the bits of Python first.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

import qemu
import simavr
from bias_draws import Drawn
from microinfer.learning import write_bias_learner
from simavr.bias_learner import learns_on_simavr

__all__ = ["on_cortex_m", "on_simavr"]

Rows: TypeAlias = list[list[list[int]]]
"""By network and sample the cycles between marks."""
QEMU = Path(qemu.__file__).resolve().parent
FEED = """
#include <string.h>
#include "learner.h"
#include "model.h"
static uint16_t right;
void mark(void);
void network_invoke(void);
const uint8_t *feed(const uint8_t *at) {
    memcpy(model_input_0(), at, MODEL_INPUT_0_BYTES);
    memcpy(&right, at + MODEL_INPUT_0_BYTES, sizeof right);
    return at + MODEL_INPUT_0_BYTES + sizeof right;
}
void model_invoke(void) {
    network_invoke();
    learner_predict(model_output_0());
    learner_learn(right);
}
"""


def on_simavr(
    core: str, level: str, kernels: Path, folder: Path, networks: Sequence[Drawn]
) -> tuple[str, Rows]:
    tools = simavr.Toolchain(folder / f"{core}{level}", kernels, level)
    rows = []
    for learner, x, y in networks:
        ran = learns_on_simavr(learner, x, y, tools, folder / "project")
        rows.append([list(one) for one in ran.cycles])
        predicted = b"".join(learner.learn(*one).tobytes() for one in zip(x, y.tolist(), strict=True))
        assert ran.outputs.startswith(predicted)
    return tools.compiler, rows


def on_cortex_m(
    core: str, level: str, kernels: Path, folder: Path, networks: Sequence[Drawn]
) -> tuple[str, Rows]:
    tools = qemu.Toolchain(folder / f"{core}{level}", kernels, core, level)
    linked = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", f"-T{QEMU / 'layout.ld'}")
    rows = []
    for learner, x, y in networks:
        project = folder / "project"
        write_bias_learner(learner, project, force=True)
        (project / "feed.c").write_text(FEED)
        model, elf = project / "network.o", project / "counted.elf"
        common = [*tools.command, f"-I{project / 'src'}"]
        marked = [*common, "-include", str(QEMU / "marks.h")]
        renamed = ["-Dmodel_invoke=network_invoke", "-c", str(project / "src/model.c"), "-o", str(model)]
        subprocess.run([*marked, *renamed], check=True)
        sources = [project / "feed.c", model, project / "src/learner.c", *tools.objects]
        subprocess.run(
            [*marked, *linked, *map(str, sources), "-Wl,--gc-sections", "-lm", "-o", str(elf)], check=True
        )
        inputs = [[one, np.asarray(right, np.uint16)] for one, right in zip(x, y, strict=True)]
        marks = len(learner.interpreter.steps) + 3 + len(learner.passages) + 2 * len(learner.residuals)
        rows.append(tools.run(tools._opened(elf), marks, inputs))
    return tools.compiler, rows

"""Prices against the measurements of whole networks, which are not in the fit."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.spec import Step
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import OperatorCost, estimate, total

from support.kernel_rows import data_dependent

SHARED = Path(os.environ.get("MICROINFER_SHARED", Path(__file__).parents[2].parent / "shared"))
LIBRARIES = {"tflm-reference": "ref", "tflm-cmsis-nn": "cmsis"}
NETWORKS = (
    "ad01_int8",
    "hello_world_int8",
    "keyword_scrambled_8bit",
    "kws_ref_model",
    "micro_speech_quantized",
    "person_detect",
    "pretrainedResnet_quant",
    "trained_lstm_int8",
    "vww_96_int8",
)

pytestmark = pytest.mark.skipif(
    not (SHARED / "truth" / "cortex_m4_models.csv").exists(),
    reason=f"the truth files are not at {SHARED}; set MICROINFER_SHARED",
)


@cache
def measured() -> dict[tuple[str, str, str], list[int]]:
    """Cycles of each operator, by network, library and core."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    with (SHARED / "truth" / "cortex_m4_models.csv").open() as file:
        for row in csv.DictReader(file):
            for library, short in LIBRARIES.items():
                found[row["model"], library, "cortex-m4"].append(int(row[f"{short}_est_cycles"]))
    m7: Any = json.loads(gzip.decompress((SHARED / "truth" / "cortex_m7.json.gz").read_bytes()))
    for model, libraries in m7["models"].items():
        for library, short in LIBRARIES.items():
            found[model, library, "cortex-m7"] = [
                operator["est_cycles_m7"] for operator in libraries[short]["ops"] if not operator["depth"]
            ]
    return found


@cache
def steps(model: str) -> tuple[Step, ...]:
    return prepare(load(SHARED / "models" / f"{model}.tflite"))


def costs(model: str, library: str, core: str) -> tuple[OperatorCost, ...]:
    return estimate(steps(model), load_profile(core), library)


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("model", NETWORKS)
def test_network_within_two_per_cent(model: str, library: str, core: str) -> None:
    took = sum(measured()[model, library, core])
    said = total(costs(model, library, core))
    assert said.missing == 0
    assert abs(said.cycles / took - 1) < 0.02
    assert said.cycles_low <= took <= said.cycles_high


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_operators_of_networks(library: str, core: str) -> None:
    inside = every = 0
    for model in NETWORKS:
        found = costs(model, library, core)
        for step, cost, took in zip(steps(model), found, measured()[model, library, core], strict=True):
            assert cost.cycles is not None
            assert cost.cycles_low is not None
            assert cost.cycles_high is not None
            if not data_dependent(step.name, step.geometry):
                assert abs(cost.cycles / took - 1) < 0.1
            inside += cost.cycles_low <= took <= cost.cycles_high
            every += 1
    assert inside / every > 0.9

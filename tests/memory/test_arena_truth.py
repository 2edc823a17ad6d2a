"""The arena, held against traces of real TFLM: every allocation, every offset, every row of the grid."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from microinfer.memory.plan import MemoryPlan
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")
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
SEARCH_FAILED = "depthwise_conv_2d_120"
"""The one row whose smallest arena reads 15 MiB, the whole arena that was tried: no measurement."""


def flat(tuples: tuple[tuple[int, ...], ...]) -> list[int]:
    return [value for values in tuples for value in values]


@cache
def plan_of(path: Path, library: str) -> MemoryPlan:
    model = load(path)
    return plan_memory(model, prepare(model), library)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", NETWORKS)
def test_networks(shared: Path, name: str, library: str) -> None:
    truth = json.loads((shared / "truth/arena.json").read_text())["models"][name][library]
    plan = plan_of(shared / f"models/{name}.tflite", library)
    assert plan.unknown == ()
    assert plan.head_bytes == truth["head"]
    assert plan.tail_bytes == truth["tail"]
    assert plan.arena_used_bytes == truth["arena_used_bytes"]
    assert plan.recommended_arena_bytes == truth["min_arena"]
    assert flat(plan.scratch_bytes) == [request["bytes"] for request in truth["scratch_requests"]]
    assert flat(plan.scratch_offsets) == truth["scratch_offsets"]
    placed = truth["tensor_placement"][0]["t"]
    assert plan.tensor_offsets == {
        item["i"]: item["off"] if "off" in item else plan.recommended_arena_bytes - item["from_end"]
        for item in placed
    }
    made = [(a.phase, a.operator, a.requested, a.alignment, a.used, a.from_end) for a in plan.allocations]
    traced = [(row[1], row[3], *row[4:]) for row in truth["persistent_trace"] if row[0] == "persist"]
    assert made == traced


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", NETWORKS)
def test_recorded_categories(shared: Path, name: str, library: str) -> None:
    truth = json.loads((shared / "truth/arena.json").read_text())["models"][name][library]["recording"]
    recording = plan_of(shared / f"models/{name}.tflite", library).recording
    assert recording is not None
    for figure in ("arena_used_bytes", "head", "tail", "requested", "alloc_count"):
        assert getattr(recording, figure) == truth[figure], figure
    for category, found in recording.categories.items():
        assert (found.requested, found.used, found.count) == tuple(truth[category].values()), category


@cache
def grid_rows(shared: Path) -> dict[str, list[dict[str, Any]]]:
    """One row a model and library, by operator; the input pattern changes nothing here."""
    rows = json.loads(gzip.decompress((shared / "truth/cortex_m4_grid.json.gz").read_bytes()))["rows"]
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["op"], {})[row["name"], row["library"]] = row
    return {operator: list(of.values()) for operator, of in found.items()}


def test_grid(shared: Path, operator: str) -> None:
    for row in grid_rows(shared)[operator]:
        plan = plan_of(shared / row["file"], row["library"])
        where = f"{row['name']} {row['library']}"
        assert plan.head_bytes == row["head"], where
        assert plan.tail_bytes == row["tail"], where
        assert plan.arena_used_bytes == row["arena_used_bytes"], where
        assert flat(plan.scratch_bytes) == row["scratch_bytes"], where
        if row["min_arena_measured"] and row["name"] != SEARCH_FAILED:
            assert plan.recommended_arena_bytes == row["min_arena"], where
        if row["op"] != "BATCH_MATMUL":  # its requests bypass the counter that made the rows
            made = [
                [a.phase, a.requested] for a in plan.allocations if a.label.endswith((" Init", " Prepare"))
            ]
            assert made == row["persistent_requests"], where


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "operator" in metafunc.fixturenames:
        from conftest import shared_folder

        folder = shared_folder()
        operators = sorted(grid_rows(folder)) if folder is not None else ["ADD"]
        metafunc.parametrize("operator", operators)

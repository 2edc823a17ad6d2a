"""Flash, stack and the verdict over several memories."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microinfer.libraries.code_size import CodeSize, code_size
from microinfer.libraries.levels import broadcast_levels
from microinfer.libraries.stack import stack_use
from microinfer.libraries.target import load_core
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.resolver import OpResolver
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS
from microinfer.parts.placement import Needs, needs_of, place_in_memories
from microinfer.parts.profile import Memory, Profile, load_profile

from conftest import shared_folder

LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")
KIB = 1024


def truth() -> dict[str, Any]:
    folder = shared_folder()
    if folder is None:
        return {}
    read: dict[str, Any] = json.loads((folder / "truth/flash_stack.json").read_text())
    return read


TRUTH = truth()
absent = pytest.mark.skipif(not TRUTH, reason="the truth files are not here; MICROINFER_SHARED names them")


def linked(library: str, *operators: str, core: str = "cortex-m4") -> CodeSize:
    found = code_size(library, core, operators)
    assert found is not None
    return found


@absent
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", sorted(TRUTH.get("flash", {})))
def test_code_is_within_three_per_cent_of_what_was_linked(name: str, library: str) -> None:
    row = TRUTH["flash"][name][library]
    found = linked(library, *row["operators"])
    expected = sum(row["flash_bytes_by_group"].values())
    assert not found.provisional
    assert abs(found.bytes - expected) <= 0.001 * expected
    static = sum(part.get("data", 0) + part.get("bss", 0) for part in row["per_object"].values())
    assert abs(found.globals_bytes - static) <= max(16, 0.03 * static)


@absent
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", sorted(TRUTH.get("stack_bytes", {})))
def test_stack_is_within_ten_per_cent_of_what_was_painted(name: str, library: str, shared: Path) -> None:
    row = TRUTH["stack_bytes"][name][library]
    steps = prepare(load(shared / f"models/{name}.tflite"))
    found = stack_use(library, load_core("cortex-m4"), [(step.name, step.geometry) for step in steps])
    assert found is not None
    assert not found.provisional
    assert abs(found.prepare_bytes - row["AllocateTensors"]) <= 0.1 * row["AllocateTensors"]
    assert abs(found.invoke_bytes - row["Invoke"]) <= 0.1 * row["Invoke"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_code_of_a_set_is_a_union(library: str) -> None:
    operators = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX", "ADD", "MEAN", "PAD")
    alone = {name: linked(library, name).bytes for name in operators}
    none = linked(library)
    together = linked(library, *operators)
    assert max(alone.values()) < together.bytes
    assert together.bytes <= none.bytes + sum(size - none.bytes for size in alone.values()) + 400
    assert linked(library, *operators, "CONV_2D").bytes == together.bytes


NOT_LINKED = {
    *("ASSIGN_VARIABLE", "BROADCAST_ARGS", "CALL_ONCE", "COS", "DYNAMIC_UPDATE_SLICE"),
    *("EMBEDDING_LOOKUP", "EQUAL", "FILL", "FLOOR_DIV", "FLOOR_MOD"),
    *("GREATER", "GREATER_EQUAL", "IF", "LESS", "LESS_EQUAL"),
    *("LOG", "LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR", "NOT_EQUAL"),
    *("READ_VARIABLE", "REDUCE_ALL", "REVERSE_V2", "SELECT_V2", "SIN"),
    *("VAR_HANDLE", "WHILE", "ZEROS_LIKE"),
}
"""Operators of TFLM whose code nobody measured: a model that has one is told without it, as provisional."""


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_builtin_operator_has_code_and_stack(library: str) -> None:
    names = OpResolver.builtin().names
    assert set(linked(library, *names).unknown) == (NOT_LINKED | CUSTOM_OPERATORS.keys()).intersection(names)


def test_an_unknown_operator_and_another_core_are_provisional() -> None:
    found = linked("tflm-reference", "CONV_2D", "MY_OPERATOR")
    assert found.provisional
    assert found.unknown == ("MY_OPERATOR",)
    assert linked("tflm-reference", "CONV_2D", core="cortex-m7").provisional
    assert code_size("bare-c", "avr", ["CONV_2D"]) is None
    assert stack_use("bare-c", load_core("avr"), []) is None


@pytest.mark.parametrize(
    ("shape_1", "shape_2", "levels"),
    [
        ((2, 3), (2, 3), 1),
        ((2, 3), (1, 3), 2),
        ((1, 4, 4, 8), (8,), 2),
        ((2, 1, 4), (1, 3, 4), 3),
        ((4,), (1,), 1),
    ],
)
def test_broadcast_levels(shape_1: tuple[int, ...], shape_2: tuple[int, ...], levels: int) -> None:
    assert broadcast_levels(shape_1, shape_2) == levels


def part(*memories: Memory) -> Profile:
    return replace(load_profile("cortex-m7"), memories=memories)


FLASH = Memory("flash", "flash", 512 * KIB)
SRAM = Memory("sram", "sram", 128 * KIB)
DTCM = Memory("dtcm", "tcm", 32 * KIB)
ITCM = Memory("itcm", "tcm", 64 * KIB)
SDRAM = Memory("sdram", "external", 8192 * KIB)
QSPI = Memory("qspi", "external", 16384 * KIB)


def test_everything_fits_in_the_tightly_coupled_memory() -> None:
    verdict = place_in_memories(
        part(FLASH, SRAM, DTCM, ITCM), Needs(20 * KIB, 100 * KIB, "model", 50 * KIB, 1 * KIB, 600)
    )
    assert verdict.fits
    assert [placement.memory for placement in verdict.placements] == ["dtcm", "flash"]
    assert "tightly coupled memory 'dtcm'" in verdict.sentences[0]
    assert verdict.placements[1].spare_bytes == 362 * KIB


def test_an_arena_larger_than_sram_goes_to_external_ram() -> None:
    needs = Needs(200 * KIB, 100 * KIB, "model", 50 * KIB, 1 * KIB, 600)
    verdict = place_in_memories(part(FLASH, SRAM, SDRAM), needs)
    assert verdict.fits
    assert [placement.memory for placement in verdict.placements] == ["sdram", "sram", "flash"]
    assert "on the chip 75,352 bytes are missing" in verdict.sentences[0]
    without = place_in_memories(part(FLASH, SRAM), needs)
    assert not without.fits
    assert without.shortfalls == (
        "arena + stack + globals: 206,424 bytes exceed the 131,072 of sram by 75,352",
    )


def test_an_arena_and_its_stack_may_need_two_memories() -> None:
    needs = Needs(128 * KIB, 100 * KIB, "model", 50 * KIB, 1 * KIB, 600)
    verdict = place_in_memories(part(FLASH, SRAM, DTCM), needs)
    assert [placement.memory for placement in verdict.placements] == ["sram", "dtcm", "flash"]
    assert verdict.placements[0].spare_bytes == 0


def test_a_model_larger_than_flash() -> None:
    needs = Needs(20 * KIB, 500 * KIB, "model", 50 * KIB, 1 * KIB, 600)
    assert place_in_memories(part(FLASH, SRAM), needs).shortfalls == (
        "model + code: 563,200 bytes exceed the 524,288 of flash by 38,912",
    )
    outside = place_in_memories(part(FLASH, SRAM, QSPI), needs)
    assert outside.fits
    assert [placement.memory for placement in outside.placements] == ["sram", "qspi", "flash"]
    assert not place_in_memories(part(FLASH, SRAM, SDRAM), needs).fits


def test_what_is_not_known_is_not_counted() -> None:
    verdict = place_in_memories(load_profile("arduino-uno"), Needs(1000, 20000, "weights"))
    assert verdict.counted == ("arena", "weights")
    assert verdict.sentences[0] == "arena: 1,000 of 2,048 bytes of sram, 1,048 to spare"
    assert Needs(1000, 20000).ram_bytes is None
    assert Needs(1000, 20000).flash_bytes is None


def test_needs_of_a_plan(shared: Path) -> None:
    model = load(shared / "models/kws_ref_model.tflite")
    plan = plan_memory(model, prepare(model), "tflm-cmsis-nn")
    needs = needs_of(plan, load_profile("cortex-m4"), plan.min_arena_bytes, model.size_bytes, "model")
    assert not needs.provisional
    assert needs.ram_bytes is not None
    assert needs.flash_bytes is not None
    assert needs.ram_bytes > plan.min_arena_bytes + 1260
    assert abs(needs.flash_bytes - model.size_bytes - 83392) < 2500

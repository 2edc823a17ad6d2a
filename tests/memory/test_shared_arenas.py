"""Several models with one allocator, and arenas apart, held against TFLM itself on a Cortex-M4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.memory.sharing import share, split
from microinfer.reports.shared_plan import make_shared_plan

from support.commands import call, error_of, json_of

TRUTH: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "truth/shared_arenas.json").read_text(encoding="utf-8")
)["rows"]
"""TFLM 90b983c2 under QEMU: in arenas of these sizes all models answer as in large ones, and in none that is
a byte smaller."""
ROWS = [pytest.param(row, id=f"{row['library'][5:]}-{'-'.join(row['models'])}") for row in TRUTH]


def deployed(names: list[str], library: str, profile: str = "cortex-m4") -> list[Deployment]:
    part = load_profile(profile)
    return [deploy(load(zoo.load(name)), part, library) for name in names]


@pytest.mark.parametrize("row", ROWS)
def test_against_tflm(row: dict[str, Any]) -> None:
    plans = [each.plan for each in deployed(row["models"], row["library"])]
    shared, apart = share(plans), split(plans)
    assert shared is not None
    assert apart is not None
    assert shared.min_arena_bytes == row["min_arena_bytes"]
    assert (apart.persistent_bytes, apart.non_persistent_bytes) == (
        row["persistent_bytes"],
        row["non_persistent_bytes"],
    )
    used = [max(shared.heads[: n + 1]) + sum(shared.tails[: n + 1]) for n in range(len(plans))]
    assert used == row["used_bytes"]


@pytest.mark.parametrize("name", zoo.names())
def test_one_model_shares_with_nobody(name: str) -> None:
    """What is replayed for many is for one what the plan has."""
    (one,) = deployed([name], "tflm-cmsis-nn")
    shared = share([one.plan])
    assert shared is not None
    assert shared.min_arena_bytes == one.plan.least_arena_bytes
    assert (shared.head_bytes, shared.tail_bytes) == (one.plan.head_bytes, one.plan.tail_bytes)


def test_the_largest_head_and_all_tails() -> None:
    part = load_profile("nucleo-l4r5zi")
    made = make_shared_plan([load(zoo.load(name)) for name in ("digits", "ds_cnn", "sine")], part)
    alone = [each.plan for each in deployed(["digits", "ds_cnn", "sine"], "tflm-cmsis-nn")]
    assert made.arena.head_bytes == max(plan.head_bytes for plan in alone)
    assert made.arena.tail_bytes < sum(plan.tail_bytes for plan in alone), "one allocator, not three"
    assert made.saved_bytes == sum(plan.least_arena_bytes for plan in alone) - made.arena.min_arena_bytes > 0
    assert made.ram_bytes is not None
    assert made.flash_bytes is not None
    assert max(d.memory.flash_bytes or 0 for d in deployed(["digits", "ds_cnn", "sine"], "tflm-cmsis-nn",
               "nucleo-l4r5zi") if d.memory) < made.flash_bytes  # fmt: skip


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "tflm-2020"])
def test_every_model_has_an_interpreter_of_its_own(library: str) -> None:
    """A MicroInterpreter of 90b983c2 is 208 bytes on a Cortex-M, static, with a guard; its calls 120."""
    part, model = load_profile("nucleo-l4r5zi"), load(zoo.load("digits"))
    one, two, three = (make_shared_plan([model] * count, part, library) for count in (1, 2, 3))
    for more, fewer in ((three, two), (two, one)):
        assert more.ram_bytes is not None
        assert fewer.ram_bytes is not None
        assert more.flash_bytes is not None
        assert fewer.flash_bytes is not None
        assert more.ram_bytes - fewer.ram_bytes - (more.arena_bytes - fewer.arena_bytes) == 212
        assert more.flash_bytes - fewer.flash_bytes == model.size_bytes + 120
    alone = deploy(model, part, library).memory
    assert alone is not None
    assert (one.ram_bytes or 0) - one.arena_bytes == (alone.ram_bytes or 0) - alone.arena_bytes


def test_the_command() -> None:
    board = ("-p", "nucleo-l4r5zi")
    found = json_of("plan", "digits", "sine", *board)
    least = found["arena"]["min_arena_bytes"]
    assert found["verdict"] == "yes"
    assert [model["name"] for model in found["models"]] == ["digits", "sine"]
    assert json_of("plan", "digits", "sine", *board, "--arena-size", str(least))["verdict"] == "yes"
    short = json_of("plan", "digits", "sine", *board, "--arena-size", str(least - 1), code=1)
    assert short["shortfalls"] == [
        f"an arena of {least - 1:,} bytes is too small by 1: {least:,} work",
    ]
    text = call("plan", "digits", "sine", *board).stdout
    assert f"one arena: {least:,} bytes" in text
    assert f"{found['two_arenas']['persistent_bytes']:,} bytes that stay" in text
    one = json_of("plan", "digits", *board)
    assert one["two_arenas"]["persistent_bytes"] < found["two_arenas"]["persistent_bytes"]
    assert f"{one['two_arenas']['persistent_bytes']:,} bytes that stay" in call("plan", "digits").stdout


def test_what_cannot_be_shared(tmp_path: Path) -> None:
    (tmp_path / "cut.tflite").write_bytes(zoo.load("digits")[:300])
    assert "tflm-reference" in error_of("plan", "digits", "sine", "-p", "arduino-uno")
    assert "cut.tflite" in error_of("plan", "digits", str(tmp_path / "cut.tflite"))
    assert "take one model" in error_of("plan", "digits", "sine", "--optimise")
    assert json_of("plan", "digits", "-p", "arduino-uno")["two_arenas"] is None

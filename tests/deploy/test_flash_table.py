"""Where flash goes: the rows add up to what the memory's report says, and a row is what an operator costs."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.deployment import deploy
from microinfer.deploy.flash_table import FlashTable, flash_table
from microinfer.libraries.code_size import code_size
from microinfer.libraries.image import whole_bytes

from support.commands import call, json_of

FIRMWARE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "truth/cortex_m4_firmware.json").read_text(encoding="utf-8")
)["networks"]
WHERE = [
    ("nucleo-l4r5zi", "tflm-cmsis-nn", None),
    ("nucleo-l4r5zi", "tflm-reference", "Os,strings"),
    ("cortex-m0plus", "tflm-cmsis-nn", "O3"),
    ("arduino-uno", "bare-c", None),
    ("arduino-uno", "bare-c", "Os"),
]


def table_of(name: str, profile: str, library: str, build: str | None = None) -> FlashTable | None:
    found = deploy(load(zoo.load(name)), load_profile(profile).built(build), library)
    assert found.memory is not None
    made = flash_table(found, found.memory.stored_bytes)
    assert (None if made is None else made.code_bytes) == found.memory.code_bytes
    return made


@pytest.mark.parametrize(
    ("name", "where"), list(product(("digits", "ds_cnn", "mobilenet_v1", "sine"), WHERE))
)
def test_rows_add_up(name: str, where: tuple[str, str, str | None]) -> None:
    found = table_of(name, *where)
    assert found is not None
    assert found.code_bytes == sum(row.code_bytes for row in found.rows)
    assert all(row.code_bytes == sum(row.code.values()) for row in found.rows)
    assert found.flash_bytes == found.code_bytes + found.stored_bytes
    assert {group for row in found.rows for group in row.code} == set(found.groups)
    names = {step.name for step in deploy(load(zoo.load(name)), load_profile(where[0]), where[1]).steps}
    assert {row.operators[0] for row in found.rows if len(row.operators) == 1} >= names
    assert sum(row.constants_bytes for row in found.rows) <= found.stored_bytes


@pytest.mark.parametrize(("network", "library"), list(product(FIRMWARE, ("tflm-reference", "tflm-cmsis-nn"))))
def test_a_row_is_what_the_removal_of_its_operator_saves(network: str, library: str) -> None:
    """In the programs that were linked, whose code the tables have."""
    names = FIRMWARE[network][library]["operators"]
    found = code_size(library, "cortex-m4", names)
    assert found is not None
    assert sum(size for _, _, size in found.parts) == found.bytes
    for group, size in found.groups.items():
        assert sum(one for _, its, one in found.parts if its == group) == size
    for name in names if len(names) > 2 else ():
        less = code_size(library, "cortex-m4", [other for other in names if other != name])
        assert less is not None
        own = sum(size for of, _, size in found.parts if of == (name,))
        program = found.groups["application"] - less.groups["application"]
        assert found.bytes - less.bytes == own + program


def test_whole_numbers_keep_the_total() -> None:
    assert whole_bytes([0.5, 0.25, 3.25], 4) == [1, 0, 3]
    assert whole_bytes([1.0, 2.0], 3) == [1, 2]
    assert whole_bytes([0.4, 0.4, 0.2], 1) in ([1, 0, 0], [0, 1, 0])
    assert whole_bytes([], 0) == []


def test_the_command(tmp_path: Path) -> None:
    found = json_of("plan", "ds_cnn", "-p", "nucleo-l4r5zi")
    flash = found["flash"]
    assert flash["flash_bytes"] == found["memory"]["flash_bytes"]
    assert not flash["provisional"]
    text = call("plan", "ds_cnn", "-p", "nucleo-l4r5zi", "--flash").stdout
    convolution = next(row for row in flash["rows"] if row["operators"] == ["CONV_2D"])
    assert convolution["uses"] == 5
    assert f"{convolution['code_bytes']:,}" in text
    assert f"flash: {flash['flash_bytes']:,} bytes" in text
    assert "shared by operators" in text
    assert "provisional" in call("plan", "ds_cnn", "-p", "cortex-m0plus", "--flash").stdout
    assert json_of("plan", "digits", "-p", "esp32", "--library", "tflm-reference")["flash"] is not None


def test_code_that_nobody_knows() -> None:
    """A whole model is not told to be less than it is for want of one operator's code."""
    unknown = [name for name in zoo.names() if table_of(name, "cortex-m4", "tflm-cmsis-nn") is None]
    for name in unknown:
        text = call("plan", name, "-p", "cortex-m4", "--flash").stdout
        assert "is not known" in text

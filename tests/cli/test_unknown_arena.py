"""An arena that is not known whole is a lower bound wherever it is told; an unknown time is no nought."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from microinfer import ModelBuilder, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.model.read import load
from microinfer.parts.profile import load_profile

from support.commands import call

ESP = ("-p", "esp32-s3", "--library", "tflm-esp-nn")


@pytest.mark.parametrize("command", ["run", "check", "plan", "report", "export"])
def test_every_command_says_at_least_and_cannot_tell(command: str, tmp_path: Path) -> None:
    out: tuple[str | Path, ...] = ()
    if command in ("report", "export"):
        out = ("-o", tmp_path / ("page.html" if command == "report" else "out"))
    result = call(command, "digits", *ESP, *out)
    assert result.exit_code == 3, result.output
    told = result.stdout
    if command == "report":
        told = (tmp_path / "page.html").read_text(encoding="utf-8")
    if command == "export":
        told += next((tmp_path / "out").glob("*.h")).read_text(encoding="utf-8").lower()
    assert "at least" in told


def test_a_faster_library_is_called_by_its_name() -> None:
    for part, name, other in (("esp32", "ESP-NN", "CMSIS-NN"), ("cortex-m4", "CMSIS-NN", "ESP-NN")):
        told = call("check", "digits", "-p", part, "--library", "reference", "--verbose").stdout
        note = told[told.index("reference-kernels") :]
        assert name in note
        assert ("esp-tflite-micro links it unless told otherwise" in " ".join(note.split())) == (
            part == "esp32"
        )
        assert other not in note


def test_structures_of_another_core_are_provisional(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    for part, said in (("esp32", True), ("esp32-c3", True), ("nucleo-l4r5zi", False)):
        assert call("report", "digits", "-p", part, "-o", page, "--force").exit_code == 0
        footer = page.read_text(encoding="utf-8").partition("<footer>")[2]
        assert ("provisional: taken for" in footer) == said


def test_a_build_without_a_price_is_no_nought(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    call("report", "digits", "-p", "arduino-uno", "--build", "O3", "-o", page)
    told = page.read_text(encoding="utf-8").partition("<script>")[0]
    assert "its time is not known" in told
    assert "its current is not known" not in told
    assert not re.search(r">0\\.00.ns<", told)
    assert "-O3" in told


def test_operators_without_kernels_of_esp_nn_ask_for_what_the_references_do() -> None:
    b = ModelBuilder("plain")
    b.output(b.reshape(b.relu(b.input((1, 16), scale=0.1, zero_point=0)), (4, 4)))
    common, part = Common(load(b.build())), load_profile("esp32")
    own, reference = (deploy(common, part, library) for library in ("tflm-esp-nn", "tflm-reference"))
    assert not own.plan.unknown
    assert own.plan.min_arena_bytes == reference.plan.min_arena_bytes
    digits = deploy(Common(load(zoo.load("digits"))), load_profile("esp32-s3"), "tflm-esp-nn")
    assert "CONV_2D" in digits.plan.unknown
    assert "RESHAPE" not in digits.plan.unknown

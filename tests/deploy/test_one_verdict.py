"""One verdict for all who print one: check, compare, plan, run, sweep, pages and several models."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import microinfer
from microinfer import load, zoo
from microinfer.cli import main
from microinfer.comparison.side_by_side import compare
from microinfer.parts.profile import load_profile, profile_names
from microinfer.reports.shared_plan import make_shared_plan

NETWORKS = ("digits", "gesture", "masks", "sounds", "ds_cnn", "resnet_8")
OF_MEMORY = {
    "arena-exceeds-ram",
    "ram-exceeded",
    "model-exceeds-flash",
    "flash-exceeded",
    "external-memory",
}


def flash_of(path: Path, spare: int) -> str:
    """A part that is a Cortex-M4 with so much flash beside the smallest program of the digits."""
    needed = microinfer.compare(zoo.load("digits"), ["cortex-m4"]).rows[0].flash_bytes
    assert needed is not None
    path.write_text(
        'extends = "cortex-m4"\ntitle = "A small one"\nlibraries = ["tflm-cmsis-nn"]\n'
        f"memory.flash.bytes = {needed + spare}\n"
    )
    return str(path)


@pytest.mark.parametrize("network", NETWORKS)
def test_check_and_compare_say_the_same(network: str) -> None:
    model = load(zoo.load(network))
    told = set()
    for name in profile_names():
        found = microinfer.check(model, name)
        others = [one for one in found.findings if one.rule not in OF_MEMORY]
        if any(one.severity in ("error", "unknown", "warning") for one in others):
            continue
        (row,) = compare(model, [load_profile(name)]).rows
        assert row.verdict == found.verdict, name
        told.add(row.verdict)
    assert "yes" in told


@pytest.mark.parametrize(("spare", "verdict"), [(-1, "no"), (0, "perhaps"), (1 << 20, "yes")])
def test_firmware_that_may_not_fit_is_perhaps_everywhere(tmp_path: Path, spare: int, verdict: str) -> None:
    part = flash_of(tmp_path / "small.toml", spare)
    model = tmp_path / "digits.tflite"
    model.write_bytes(zoo.load("digits"))
    verdict = "cannot-tell" if verdict == "no" and microinfer.check(model, part).verdict != "no" else verdict
    code = {"yes": 0, "perhaps": 0, "cannot-tell": 3, "no": 1}[verdict]
    word = {"yes": "fits", "perhaps": "perhaps", "no": "not fit", "cannot-tell": "annot tell"}[verdict]
    assert microinfer.check(model, part).verdict == verdict
    row = microinfer.compare(model, [part]).rows[0]
    assert row.verdict == verdict
    assert bool(row.unknown) == (verdict in ("perhaps", "cannot-tell"))
    assert microinfer.plan(model, part).memory.verdict == verdict
    assert make_shared_plan([load(model)], load_profile(part)).verdict == verdict
    assert microinfer.Interpreter(model, profile=part).report().memory.verdict == verdict
    runner = CliRunner()
    for command in (
        ["check", str(model), "-p", part],
        ["compare", str(model), "-p", part],
        ["compare", str(model), str(model), "-p", part],
        ["compare", str(model), str(model), "-p", part, "--each"],
        ["plan", str(model), "-p", part],
        ["run", str(model), "-p", part],
        ["report", str(model), "-p", part, "-o", str(tmp_path / "page.html"), "--force"],
    ):
        made = runner.invoke(main, command)
        assert made.exit_code == code, (command, made.output)
        if command[0] != "report" or verdict != "yes":
            said = " ".join(made.output.split()).lower()
            assert word in said or {"fits": "yes", "not fit": "no", "annot tell": "?"}.get(word, word) in said
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert word.lower() in page.lower()

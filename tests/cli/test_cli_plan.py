"""`microinfer plan`: the arena as text, as a picture and as JSON."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from support.commands import call, error_of, json_of
from support.open_network import network as open_network

ANSI = "\033["


class TestPlan:
    def test_drawing(self) -> None:
        result = call("plan", "digits", "-p", "arduino-uno")
        assert result.exit_code == 0
        assert "<- peak" in result.stdout
        assert "Fits: arena " in result.stdout
        assert ANSI not in result.stdout

    def test_json(self) -> None:
        content = json_of("plan", "digits", "-p", "cortex-m4")
        assert content["schema"] == "microinfer.plan/1"
        run = json_of("run", "digits", "-p", "cortex-m4")
        assert content["memory"] == run["memory"]
        offsets = {b["tensor"]: b["offset"] for b in content["buffers"] if b["tensor"] is not None}
        assert {str(tensor): offset for tensor, offset in offsets.items()} == content["tensor_offsets"]
        ends = [buffer["offset"] + buffer["size"] for buffer in content["buffers"]]
        assert max(ends) <= content["memory"]["head_bytes"]
        assert len(content["operators"]) == len(run["operators"]) + 1

    def test_a_64_bit_host_is_told_apart(self) -> None:
        host = json_of("plan", "digits", "-p", "cortex-m4")["host_64_bit"]
        assert host["arena_used_bytes"] > json_of("plan", "digits")["memory"]["arena_used_bytes"]
        assert "x86-64" in host["layout"]
        said = " ".join(call("plan", "digits", "-p", "cortex-m4").stdout.split())
        assert (
            "sizes of TFLM 90b983c2 (2026-08-20) on 32-bit Arm; the pip package tflite-micro on a 64-bit host"
            in said
        )
        assert f"prints {host['arena_used_bytes']:,} bytes and works in {host['min_arena_bytes']:,}" in said
        assert json_of("plan", "digits", "-p", "arduino-uno")["host_64_bit"] is None

    def test_svg(self, tmp_path: Path) -> None:
        path = tmp_path / "plan.svg"
        assert call("plan", "digits", "--svg", path).exit_code == 0
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert "cannot write" in error_of("plan", "digits", "--svg", tmp_path / "no" / "plan.svg")

    def test_a_better_plan_is_found_and_written(self, tmp_path: Path) -> None:
        path = tmp_path / "better.tflite"
        before = json_of("plan", "mobilenet_v1")["memory"]["min_arena_bytes"]
        content = json_of("plan", "mobilenet_v1", "--optimise", "-o", path)
        assert content["optimised"]["saved_bytes"] > 10_000
        assert content["memory"]["min_arena_bytes"] == before - content["optimised"]["saved_bytes"]
        again = json_of("run", path)
        assert again["memory"]["min_arena_bytes"] == content["memory"]["min_arena_bytes"]
        assert again["outputs"] == json_of("run", "mobilenet_v1")["outputs"]
        path.unlink()
        done = call("plan", "digits", "-o", path)
        assert done.exit_code == 0
        said = " ".join(done.stdout.split())
        assert "already at the lower bound" in said
        assert "is not written: it would gain nothing" in said
        assert not path.exists()

    def test_shapes_are_folded_and_written(self, tmp_path: Path) -> None:
        path, folded, both = (tmp_path / f"{name}.tflite" for name in ("open", "folded", "both"))
        path.write_bytes(open_network())
        before = json_of("plan", path)
        content = json_of("plan", path, "--fold", "-o", folded)
        assert content["folded"] == ["SHAPE", "STRIDED_SLICE", "PACK"]
        assert content["optimised"] is None
        assert content["memory"]["min_arena_bytes"] < before["memory"]["min_arena_bytes"]
        assert json_of("run", folded)["outputs"] == json_of("run", path)["outputs"]
        assert json_of("run", folded)["model"]["operators"] == 4
        said = call("plan", path, "--fold", "--optimise", "-o", both).stdout
        assert "folded: SHAPE, STRIDED_SLICE, PACK; the outputs stay the same to the bit" in said
        assert both.read_bytes() == folded.read_bytes()
        said = " ".join(call("plan", folded, "--fold", "-o", tmp_path / "none").stdout.split())
        assert "nothing folds: no operator hangs on shapes or constants alone" in said
        assert "is not written" in said
        assert not (tmp_path / "none").exists()
        assert json_of("plan", path, "-p", "arduino-uno")["folded"] is None

    def test_too_small_an_arena(self) -> None:
        result = call("plan", "digits", "--arena-size", "1k")
        assert result.exit_code == 1
        assert "Does not fit: an arena of 1,024 bytes" in result.stdout

"""The command line as a user meets it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.cli import COMMANDS
from microinfer.cli.console import interval, printable, quantity

from support.commands import call, error_of, json_of
from support.open_network import network as open_network

ANSI = "\033["


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    sample = zoo.sample("digits")
    np.save(tmp_path / "int8.npy", sample)
    np.save(tmp_path / "without_batch.npy", sample[0])
    np.save(tmp_path / "many.npy", np.concatenate([sample, sample]))
    np.save(tmp_path / "int64.npy", sample.astype(np.int64))
    real = (sample.astype(np.float32) + 128) / 255
    np.save(tmp_path / "real.npy", real)
    np.save(tmp_path / "nan.npy", np.full(sample.shape, np.nan, np.float32))
    np.save(tmp_path / "object.npy", np.array([{}], object), allow_pickle=True)
    np.savez(tmp_path / "name.npz", **{"serving_default_input:0": sample})
    np.savez(tmp_path / "position.npz", sample)
    np.savez(tmp_path / "neither.npz", a=sample, b=sample)
    (tmp_path / "text.npy").write_text("not an array")
    return tmp_path


class TestRun:
    def test_one_screen(self) -> None:
        result = call("run", "digits", "-p", "atmega328p")
        assert result.exit_code == 0
        arena = json_of("plan", "digits", "-p", "atmega328p")["memory"]["min_arena_bytes"]
        for said in (
            "digits on atmega328p",
            "Fits",
            f"arena {arena} of 2,048",
            "MHz",
            "'2'",
            "CONV_2D",
        ):
            assert said in result.stdout
        assert ANSI not in result.output
        assert max(map(len, result.stdout.splitlines())) <= 110
        assert not re.search(r" $", result.stdout, re.MULTILINE)

    def test_json_is_the_report(self) -> None:
        content = json_of("run", "digits", "-p", "cortex-m4", "--library", "tflm-reference")
        assert content["schema"] == "microinfer.run/1"
        assert content["profile"]["library"] == "tflm-reference"
        assert np.argmax(content["outputs"][0]["values"]) == 2
        assert content["outputs"][0]["labels"] == list("0123456789")
        assert content["input_source"].startswith("sample 0")
        assert all(operator["output_crc32"] for operator in content["operators"])

    def test_default_profile_is_said(self) -> None:
        assert "cortex-m4" in call("run", "sine").stdout
        assert "default profile" in call("run", "sine").stdout
        assert "default profile" not in call("run", "sine", "-p", "cortex-m4").stdout

    def test_a_file_without_samples_gets_pattern_1(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.tflite"
        path.write_bytes(zoo.load("streaming_keyword"))
        content = json_of("run", path)
        assert content["input_source"].startswith("pattern 1")
        assert content["model"]["name"] == "mine"

    def test_an_exported_model_of_the_zoo_is_recognised(self, tmp_path: Path) -> None:
        path = tmp_path / "renamed.tflite"
        path.write_bytes(zoo.load("digits"))
        assert "digits" in json_of("run", path)["input_source"]

    def test_untrained_models_are_said_to_be(self) -> None:
        content = json_of("run", "streaming_keyword")
        assert content["model"]["trained"] is False
        assert "untrained" in content["warnings"][0]

    def test_what_does_not_fit(self) -> None:
        result = call("run", "streaming_keyword", "-p", "arduino-uno")
        assert result.exit_code == 1
        assert "Does not fit" in result.stdout

    def test_a_given_arena(self) -> None:
        least = json_of("run", "digits")["memory"]["min_arena_bytes"]
        assert json_of("run", "digits", "--arena-size", str(least))["memory"]["fits"]
        assert json_of("run", "digits", "--arena-size", "64k")["memory"]["arena_bytes"] == 65536
        content = json_of("run", "digits", "--arena-size", str(least - 16), code=1)
        assert not content["memory"]["fits"]
        assert content["outputs"][0]["values"] is None
        assert "missing: 16" in content["warnings"][0]
        content = json_of("run", "digits", "--arena-size", str(1 << 40), code=1)
        assert "an arena of 1099511627776 bytes is more than" in content["warnings"][0]

    @pytest.mark.parametrize("name", ["int8.npy", "without_batch.npy", "name.npz", "position.npz"])
    def test_inputs_from_a_file(self, inputs: Path, name: str) -> None:
        content = json_of("run", "digits", "--input", inputs / name)
        assert content["outputs"] == json_of("run", "digits")["outputs"]
        assert content["input_source"] == str(inputs / name)

    def test_real_numbers_are_quantised_and_it_says_so(self, inputs: Path) -> None:
        for flags in ((), ("--quantize",)):
            content = json_of("run", "digits", "--input", inputs / "real.npy", *flags)
            assert content["inputs"] == json_of("run", "digits")["inputs"]
            assert content["input_source"].endswith("real.npy, float32 quantised to int8")

    def test_outputs_into_a_file(self, tmp_path: Path) -> None:
        content = json_of("run", "digits", "-o", tmp_path / "y.npy")["outputs"][0]
        assert np.load(tmp_path / "y.npy").ravel().tolist() == content["values"]
        assert call("run", "digits", "-o", tmp_path / "y.npz").stdout.endswith("y.npz\n")
        with np.load(tmp_path / "y.npz") as arrays:
            assert {name: array.ravel().tolist() for name, array in arrays.items()} == {
                content["name"]: content["values"]
            }
        assert "is there already" in error_of("run", "digits", "-o", tmp_path / "y.npz")
        assert "ends in .npz or .npy" in error_of("run", "digits", "-o", tmp_path / "y.txt")
        b = microinfer.ModelBuilder()
        x = b.input((1, 4), scale=1.0, zero_point=0)
        b.output(b.relu(x, name="../evil"), b.relu6(x, name="b"))
        (tmp_path / "two.tflite").write_bytes(b.build())
        assert "2 outputs; use .npz" in error_of("run", tmp_path / "two.tflite", "-o", tmp_path / "z.npy")
        assert call("run", tmp_path / "two.tflite", "-o", tmp_path / "z.npz").exit_code == 0
        with np.load(tmp_path / "z.npz") as arrays:
            assert list(arrays) == ["arr_0", "arr_1"]

    def test_a_name_alone_is_shown(self) -> None:
        assert call("zoo", "digits").stdout == call("zoo", "show", "digits").stdout
        assert "CONV_2D (2)" in call("zoo", "digits").stdout
        assert json_of("zoo", "digits")["models"] == json_of("zoo")["models"][:1]
        assert json_of("profiles", "arduino-uno") == json_of("profiles", "show", "arduino-uno")
        assert "did you mean 'digits'" in error_of("zoo", "digts")

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("many.npy", "run takes one sample"),
            ("int64.npy", "got an array of int64, expected int8"),
            ("neither.npz", "holds a, b; expected the input by name"),
            ("object.npy", "not a .npy or .npz file of numbers"),
            ("text.npy", "not a .npy or .npz file of numbers"),
            ("missing.npy", "No such file"),
        ],
    )
    def test_inputs_that_do_not_suit(self, inputs: Path, name: str, said: str) -> None:
        assert said in error_of("run", "digits", "--input", inputs / name)

    def test_not_a_number_cannot_be_quantised(self, inputs: Path) -> None:
        assert "not finite" in error_of("run", "digits", "--input", inputs / "nan.npy")
        assert "or real numbers" in error_of("run", "digits", "--input", inputs / "int64.npy")

    def test_hostile_names_do_not_reach_the_terminal(self, tmp_path: Path) -> None:
        builder = microinfer.ModelBuilder("x")
        x = builder.input((1, 4), scale=1.0, zero_point=0, name="in\033[2J\nput")
        builder.output(builder.relu(x, name="out\033]0;title\007"))
        path = tmp_path / "x.tflite"
        path.write_bytes(builder.build())
        for command in ("run", "plan"):
            result = call(command, path)
            assert result.exit_code == 0
            assert "\033" not in result.output
            assert "\007" not in result.output


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("rnu", "digits"), "did you mean 'run'?"),
            (("run", "digts"), "did you mean 'digits'?"),
            (("run", "digits", "--jsn"), "--json"),
            (("run", "digits", "-p", "cortex-m5"), "cortex-m"),
            (("run", "digits", "-p", "./no.toml"), "no.toml"),
            (("run", "digits", "-p", ""), "no profile ''"),
            (("check", "digits", "--library", ""), "kernel library ''"),
            (("run", "digits", "--library", "cmsis"), "tflm-cmsis-nn"),
            (("run", "digits", "-p", "atmega328p", "--library", "tflm-reference"), "bare-c"),
            (("run", "digits", "--arena-size", "12x"), "no size"),
            (("run", "digits", "--arena-size", "-1"), "no size"),
            (("run",), "MODEL"),
            (("run", ""), "expected a .tflite file"),
            (("run", "digits", "more"), "unexpected"),
            (("plan", "digts"), "did you mean 'digits'?"),
            (("validate", "digits", "--y", "labels"), "--data, which is missing"),
            (("diff", "digits", "--x", "samples"), "--data, which is missing"),
            (("profiles", "show", "arduino-one"), "arduino-uno"),
            (("profiles", "shwo"), "show"),
            (("zoo", "export", "digit"), "did you mean 'digits'?"),
            (("ops", "CONV_3D"), "CONV_2D"),
        ],
    )
    def test_get_a_line_that_helps(self, arguments: tuple[str, ...], said: str) -> None:
        assert said in error_of(*arguments)

    def test_a_file_nearby_is_suggested(self, tmp_path: Path) -> None:
        (tmp_path / "keyword.tflite").write_bytes(b"")
        assert "keyword.tflite'?" in error_of("run", tmp_path / "keywrod.tflite")

    def test_bad_files_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "bad.tflite"
        path.write_bytes(b"abc" * 100)
        assert "bad.tflite" in error_of("run", path)
        path.write_bytes(zoo.load("digits")[:3000])
        assert "bad.tflite" in error_of("plan", path)
        assert "folder" in error_of("run", tmp_path)
        assert "cannot be read: " in error_of("check", "digits", "--config", tmp_path)

    @pytest.mark.skipif(not Path("/dev/null").exists(), reason="a device of POSIX")
    def test_a_device_is_no_model(self) -> None:
        assert "no ordinary file" in error_of("run", "/dev/null")

    def test_long_and_strange_names(self) -> None:
        assert len(error_of("run", "x" * 5000)) < 1100
        assert "\\x1b" in error_of("run", "\033[31m")

    def test_our_own_mistakes_are_owned_up_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(name: str) -> bytes:
            raise RuntimeError("oh no")

        monkeypatch.setattr(zoo, "load", broken)
        result = call("run", "digits")
        assert result.exit_code == 70
        assert "mistake in microinfer itself" in result.stderr
        assert "RuntimeError: oh no" in result.stderr

    def test_nothing_to_do_is_usage(self) -> None:
        result = call()
        assert result.exit_code == 2
        assert "Commands:" in result.stderr


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


class TestLists:
    def test_profiles(self) -> None:
        listed = json_of("profiles")
        assert listed["schema"] == "microinfer.profiles/1"
        assert listed == json_of("profiles", "list")
        for profile in listed["profiles"]:
            shown = json_of("profiles", "show", profile["name"])
            assert shown["schema"] == "microinfer.profile/1"
            assert shown["clock_hz"] == profile["clock_hz"]
            assert shown["sources"]
        assert "ATmega328P datasheet" in call("profiles", "show", "arduino-uno").stdout
        assert "arduino-uno" in call("profiles").stdout

    def test_ops(self) -> None:
        content = json_of("ops")
        assert content["schema"] == "microinfer.ops/1"
        found = {row["operator"]: row for row in content["operators"]}
        assert set(found) == set(microinfer.OpResolver.builtin().names)
        for name, row in found.items():
            assert row["types"] or name in {"CALL_ONCE", "VAR_HANDLE", "WHILE"}
            assert set(row["kernels"]) == {"tflm-reference", "tflm-cmsis-nn", "bare-c"}
        assert found["CONV_2D"]["types"] == {"int8": ["int8"], "int16": ["int16"], "float32": ["float32"]}
        assert found["SOFTMAX"]["types"]["int8"] == ["int8", "int16"]
        assert "int8" in found["QUANTIZE"]["types"]["float32"]
        assert "float32" in found["DEQUANTIZE"]["types"]["int8"]
        assert "int32" in found["SPLIT"]["types"]
        assert "dw_3x3" in found["DEPTHWISE_CONV_2D"]["kernels"]["tflm-cmsis-nn"]
        assert [row["operator"] for row in json_of("ops", "conv_2d")["operators"]] == ["CONV_2D"]
        assert "convolve_s8" in call("ops").stdout
        named = json_of("ops", "signalRFFT", "tflite_detection_postprocess")["operators"]
        assert [row["operator"] for row in named] == ["SignalRfft", "TFLite_Detection_PostProcess"]

    def test_zoo(self, tmp_path: Path) -> None:
        content = json_of("zoo")
        assert content["schema"] == "microinfer.zoo/1"
        assert {m["name"]: m["trained"] for m in content["models"]}["digits"]
        assert "handwritten" in call("zoo").stdout
        path = tmp_path / "sine.tflite"
        assert call("zoo", "export", "sine", "-o", path).exit_code == 0
        assert path.read_bytes() == zoo.load("sine")
        assert "--force" in error_of("zoo", "export", "sine", "-o", path)
        assert json_of("zoo", "export", "sine", "-o", path, "--force")["bytes"] == len(zoo.load("sine"))

    def test_help(self) -> None:
        listed = " ".join(call("--help").stdout.split())
        for name, line in COMMANDS.items():
            assert line in listed
            result = call(name, "--help")
            assert result.exit_code == 0
            assert ("--json" in result.stdout) == (name != "serve")
        assert call("--version").stdout == f"microinfer {microinfer.__version__}\n"


def test_figures_for_people() -> None:
    assert quantity(0.0362, "s") == "36.2 ms"
    assert quantity(0.09996, "s") == "100 ms"
    assert quantity(1.5, "J") == "1.50 J"
    assert quantity(45.9e-6, "J") == "45.9 µJ"
    assert quantity(0, "A") == "0.00 nA"
    assert interval(1.0, 1.0, 1.0, "s") == "1.00 s"
    assert interval(1.0, 0.5, 2.0, "s") == "1.00 s (500 ms to 2.00 s)"
    assert printable("a\nb\033[0m") == "a\\nb\\x1b[0m"

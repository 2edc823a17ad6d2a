"""The command line as a user meets it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.cli import COMMANDS

from support.commands import call, error_of, json_of

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

    def test_real_numbers_that_the_input_cannot_hold_are_told(self, tmp_path: Path) -> None:
        np.save(tmp_path / "bytes.npy", np.full((8, 8, 1), 255, np.float32))
        said = json_of("run", "digits", "--input", tmp_path / "bytes.npy")["input_source"]
        assert said.endswith("quantised to int8, 100.0% of it clipped: outside what the input can hold")

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
        assert "'microinfer zoo export digits -o FILE' writes it" in error_of("zoo", "digits", "-o", "x")

    def test_an_option_without_its_argument_names_the_command(self) -> None:
        assert "requires an argument (see 'microinfer run --help')" in error_of("run", "digits", "--input")

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
            (("zoo", "export", "digit"), "did you mean 'digits'"),
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
            assert set(row["kernels"]) == {"tflm-reference", "tflm-arduino", "tflm-cmsis-nn", "bare-c"}
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
        assert {m["name"]: (m["trained"], m["samples"]) for m in content["models"]}["wake"] == (True, 0)
        assert "in the repository's examples/gallery/wake" in call("zoo", "wake").stdout
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

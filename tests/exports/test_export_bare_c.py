"""Exported C projects give the emulator's bits: on this computer, on an ATmega328P, on a Cortex-M4."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner

from exports.test_export_twins import TWINS
from microinfer import Interpreter, zoo
from microinfer.builder import ModelBuilder
from microinfer.cli import main
from microinfer.errors import InputError, UnsupportedError
from microinfer.exports.bare_c import export
from microinfer.libraries.library import kernel_library

from conftest import EXAMPLES
from support.c_models import LAYERS, chain, network, one_layer
from support.firmware import (
    ARM_FLAGS,
    KERNELS,
    Compiler,
    emulate,
    exported,
    random_inputs,
    run,
    simavr,
    stream,
)

SEEDS = range(max(2, EXAMPLES // 60))


def random_models(name: str, seed: int, limit: int = 300) -> bytes:
    rng = np.random.default_rng([seed, *name.encode()])
    made = {"chain": lambda: chain(rng, limit=limit), "network": lambda: network(rng)}
    return made[name]() if name in made else one_layer(name, rng, limit)


STATE = {"ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE"}


def test_every_operator_is_tried() -> None:
    """Those that keep a state are of real numbers: see test_export_floats and test_export_real_functions.
    Resource variables are in test_export_state, what rows draw is in test_export_twins, norms in
    test_export_norms."""
    real = {"CEIL", "COS", "DIV", "EXP", "FLOOR", "FLOOR_MOD", "LOG", "NEG", "ROUND", "SIN", "SQRT", "SQUARE"}
    assert set(kernel_library("bare-c").kernels) - real <= {
        *LAYERS,
        "EXPAND_DIMS",
        "SQUEEZE",
        "PADV2",
        "SUM",
        "UNPACK",
        "SVDF",
        *STATE,
        *TWINS,
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "L2_NORMALIZATION",
        "L2_POOL_2D",
        "LOG_SOFTMAX",
    }


@pytest.mark.parametrize("name", [*LAYERS, "chain", "network"])
def test_host_with_sanitizers(name: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        model = random_models(name, seed)
        inputs = random_inputs(model, np.random.default_rng(seed))
        program = on_host.build(exported(model, tmp_path / f"{seed}"))
        assert run([str(program), "-"], input=stream(inputs)) == emulate(model, inputs), seed


@pytest.mark.parametrize("name", ["chain", "network", *LAYERS])
def test_simavr(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    for seed in range(max(1, len(SEEDS) // 2)):
        model = random_models(name, seed + 1000, limit=150)
        inputs = random_inputs(model, np.random.default_rng(seed), count=2)
        firmware = tools.build(exported(model, tmp_path / f"{seed}"))
        assert firmware.run(stream(inputs)).outputs == emulate(model, inputs), seed


def test_qemu(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    compiler = Compiler(tmp_path_factory.mktemp("arm"), "arm-none-eabi-gcc", *ARM_FLAGS)
    for name in ("chain", "network", "DEQUANTIZE"):
        for seed in range(2):
            project = exported(random_models(name, seed + 2000), tmp_path / f"{name}{seed}")
            image = compiler.build(project, "-nostartfiles", "-T", str(project / "test/mps2.ld"))
            assert "PASS" in qemu(image)


@pytest.mark.parametrize("target", ["int8", "int16"])
def test_halves_are_quantised_away_from_zero(target: str, on_host: Compiler, tmp_path: Path) -> None:
    """Numbers between two steps, and next to them, as random ones never are."""
    b = ModelBuilder("halves")
    zero_point = 3 if target == "int8" else 0
    b.output(b.quantize(b.input((1, 600), "float32"), target, scale=0.25, zero_point=zero_point))
    model = b.build()
    halves = (np.arange(-100, 100, dtype=np.float32) / 8).reshape(1, -1)
    values = np.concatenate([halves, np.nextafter(halves, 0), np.nextafter(halves, 100)], axis=1)
    program = on_host.build(exported(model, tmp_path))
    assert run([str(program), "-"], input=stream([[values]])) == emulate(model, [[values]])


BEYOND = np.array(
    [131072.0, -131072.0, 2147483520.0, 2147483648.0, -2147483648.0, -2147483904.0, 1e10, -1e10, 1e38, -1e38,
     np.inf, -np.inf, np.nan, -np.nan],
    np.float32,
)  # fmt: skip


@pytest.mark.parametrize("zero_point", [0, 5, -7, 127, -128])
@pytest.mark.parametrize("target", ["int8", "int16"])
def test_floats_beyond_int32_are_as_on_a_cortex_m(
    target: str, zero_point: int, on_host: Compiler, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Adding the zero point wraps there, on every core and in the emulator, whoever runs it."""
    b = ModelBuilder("beyond")
    b.output(b.quantize(b.input(BEYOND.shape, "float32"), target, scale=1.0, zero_point=zero_point))
    model, inputs = b.build(), [[BEYOND]]
    device = Interpreter(model, "cortex-m4")
    device.set_tensor(0, BEYOND)
    device.invoke()
    wanted = device.get_tensor(device.subgraph.outputs[0]).tobytes()
    assert emulate(model, inputs) == wanted
    project = exported(model, tmp_path)
    assert run([str(on_host.build(project)), "-"], input=stream(inputs)) == wanted
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    assert tools.build(project).run(stream(inputs)).outputs == wanted


@pytest.mark.parametrize("function", ["logistic", "tanh"])
def test_scales_too_small_are_as_on_a_cortex_m(function: str, on_host: Compiler, tmp_path: Path) -> None:
    b = ModelBuilder("tiny")
    values = np.arange(-128, 128, dtype=np.int8)
    b.output(getattr(b, function)(b.input(values.shape, "int8", scale=2.0**-60, zero_point=0)))
    model = b.build()
    device = Interpreter(model, "cortex-m4")
    device.set_tensor(0, values)
    device.invoke()
    wanted = device.get_tensor(device.subgraph.outputs[0]).tobytes()
    program = on_host.build(exported(model, tmp_path))
    assert run([str(program), "-"], input=stream([[values]])) == emulate(model, [[values]]) == wanted


def qemu(image: Path) -> str:
    machine = ["qemu-system-arm", "-M", "mps2-an386", "-nographic"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    command = ["timeout", "60", *machine, *semihosting, "-kernel", str(image)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "digits"
    done = CliRunner().invoke(main, ["export", "digits", "-p", "atmega328p", "-o", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["schema"] == "microinfer.export/1"
    assert sorted(content["files"]) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    )
    return folder


@pytest.mark.parametrize(
    ("target", "compiler"), [("host", "cc"), ("avr", "avr-gcc"), ("arm", "arm-none-eabi-gcc")]
)
def test_makefile(digits: Path, target: str, compiler: str) -> None:
    for program in (compiler, "make"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    for level in ("-O2", "-Os"):
        run(["make", "-C", str(digits), "-B", target, f"OPTIMISE={level}"])
    if target == "host":
        assert b"\nPASS\n" in run(["make", "-C", str(digits), "test"])
    if target == "arm" and shutil.which("qemu-system-arm"):
        assert "PASS" in qemu(digits / "arm.elf")


def test_digits_classifies_on_an_atmega328p(digits: Path, tmp_path: Path) -> None:
    tools = simavr().Toolchain(tmp_path, KERNELS)
    samples, labels = zoo.samples("digits")
    firmware = tools.build(digits, marks=False)
    result = firmware.run(samples.tobytes())
    model = zoo.load("digits")
    assert result.outputs == emulate(model, [[sample[np.newaxis]] for sample in samples])
    found = np.frombuffer(result.outputs, np.int8).reshape(len(samples), -1).argmax(axis=1)
    assert (found == labels).mean() > 0.95
    assert firmware.data + firmware.bss == Interpreter(model, "atmega328p").plan.arena_used_bytes
    assert firmware.text + firmware.data <= 32768 - 512
    assert firmware.bss + result.stack_bytes <= 2048


def test_project_describes_the_model(digits: Path) -> None:
    header = (digits / "src/model.h").read_text()
    interpreter = Interpreter(zoo.load("digits"), "atmega328p")
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    defined = dict(re.findall(r"#define (MODEL_\w+) (.+)", header))
    assert defined["MODEL_INPUT_0_SHAPE"] == "{1, 8, 8, 1}"
    assert int(defined["MODEL_ARENA_BYTES"]) == interpreter.plan.arena_used_bytes
    for prefix, detail in (("MODEL_INPUT_0", source), ("MODEL_OUTPUT_0", target)):
        scale, zero_point = detail["quantization"]
        assert np.float32(defined[f"{prefix}_SCALE"].rstrip("f")) == np.float32(scale)
        assert int(defined[f"{prefix}_ZERO_POINT"]) == zero_point
    interpreter.set_tensor(source["index"], zoo.sample("digits"))
    interpreter.invoke()
    wanted = crc32(interpreter.get_tensor(target["index"]).tobytes())
    assert f"GOLDEN_OUTPUT_0_CRC32 0x{wanted:08x}ul" in (digits / "src/golden.h").read_text()
    assert not (digits / "src/arithmetic.c").exists()
    assert (digits / "digits.ino").exists()


def tiny() -> ModelBuilder:
    b = ModelBuilder("tiny")
    b.output(b.tanh(b.input((1, 4), scale=0.1, zero_point=3)))
    return b


def test_only_what_is_needed(tmp_path: Path) -> None:
    made = export(tiny().build(), tmp_path / "a b-c.1", inputs=[np.zeros((1, 4), np.int8)])
    assert made.kernels == ("activations.c", "flash.h", "kernels.h")
    assert (tmp_path / "a b-c.1/a_b_c_1.ino").exists()
    assert made.arena_bytes == 8
    assert made.constant_bytes == 256


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 2 golden inputs, the model has 1"):
        export(tiny().build(), tmp_path, inputs=[np.zeros((1, 4), np.int8)] * 2)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"Not a directory|File exists"):
        export(tiny().build(), tmp_path / "file")
    b = ModelBuilder("wide")
    x = b.input((1, 4), "int16", scale=0.1)
    b.output(b.rsqrt(x, scale=0.1))
    with pytest.raises(
        UnsupportedError, match=r"operators\[0\].*from int16 to int16 has no kernel in bare-c"
    ):
        export(b.build(), tmp_path / "wide")


ARDUINO = """
#include <stdint.h>
#include <stddef.h>
#define PROGMEM
#define HEX 16
class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))
struct Printer {
    void begin(unsigned long) {}
    template <typename T> void print(T) {}
    template <typename T> void print(T, int) {}
    template <typename T> void println(T) {}
    template <typename T> void println(T, int) {}
    explicit operator bool() { return true; }
};
static Printer Serial;
static unsigned long micros() { return 0; }
"""


@pytest.mark.parametrize("name", ["digits", "sine", "SPLIT", "DEQUANTIZE"])
def test_sketch_is_sound_cpp(name: str, tmp_path: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    model = zoo.load(name) if name.islower() else random_models(name, 3)
    export(model, tmp_path / "sketch", labels=['it\'s "a" \\ b', "??/"])
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    flags = ["-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"]
    run(["g++", *flags, "-include", str(tmp_path / "Arduino.h"), str(tmp_path / "sketch/sketch.ino")])


@pytest.mark.parametrize("name", ["hello_world_int8", "kws_ref_model", "ad01_int8", "vww_96_int8"])
def test_real_networks(name: str, shared: Path, on_host: Compiler, tmp_path: Path) -> None:
    export(shared / "models" / f"{name}.tflite", tmp_path, profile="cortex-m4")
    assert run([str(on_host.build(tmp_path))]).endswith(b"PASS\n")

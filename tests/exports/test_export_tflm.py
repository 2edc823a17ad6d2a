"""The export for TFLM: it compiles, its self test tells right from wrong, its helpers agree with Python's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.errors import InputError
from microinfer.exports import tflm
from microinfer.exports.resolver_calls import add_method, registrations
from microinfer.model.codes import BUILTIN_OPERATORS
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS

from support.tflm_stub import ADD_METHODS, write_stub

FLAGS = ("-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1")

MAIN = """
#include <cstdarg>
#include <cstdio>
#include "kws_golden.h"
#include "kws_data.h"
using namespace kws_model;
TfLiteTensor stub_inputs[4], stub_outputs[4];
int stub_resets = 0;
void MicroPrintf(const char* format, ...) {
  va_list rest; va_start(rest, format); std::vprintf(format, rest); va_end(rest); std::printf("\\n");
}
int main() {
  static INPUT input[kInput0Elements];
  static OUTPUT output[kOutput0Elements];
  stub_inputs[0] = {INPUT_TYPE, {}, kInput0Bytes};
  stub_inputs[0].data.data = input;
  stub_outputs[0] = {OUTPUT_TYPE, {}, kOutput0Bytes};
  stub_outputs[0].data.data = output;
  __builtin_memcpy(output, kGoldenOutput0, kOutput0Bytes);
  std::printf("right %d\\n", SelfTest());
  std::printf("crc32 %x %x\\n", Crc32(input, kInput0Bytes), Crc32(kModelData, kModelBytes));
  reinterpret_cast<unsigned char*>(output)[kOutput0Bytes - 1] ^= 1;
  std::printf("wrong %d\\n", SelfTest());
  stub_outputs[0].bytes += 1;
  std::printf("other %d\\n", SelfTest());
  std::printf("resets %d\\n", stub_resets);
  const float reals[] = {REALS};
  for (float real : reals) std::printf("quantized %d\\n", (int)QuantizeInput0(real));
  for (int i = 0; i < 3; ++i) std::printf("real %.9g\\n", (double)DequantizeOutput0(output[i]));
}
"""
REALS = (
    0.0,
    -0.0,
    0.1,
    -0.1,
    0.025,
    -0.025,
    0.075,
    -0.075,
    3.2,
    -3.2,
    1e9,
    -1e9,
    float("inf"),
    float("-inf"),
)


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("g++") or shutil.which("clang++")
    if found is None:
        pytest.skip("no C++ compiler on this machine")
    return found


@pytest.fixture(scope="module")
def real_headers() -> list[str]:
    """Folders of MICROINFER_TFLM: TFLM's own tree, and the include folders of flatbuffers and gemmlowp."""
    named = os.environ.get("MICROINFER_TFLM")
    if not named:
        pytest.skip("TFLM's headers are not here; MICROINFER_TFLM names their folders, as PATH does")
    return named.split(os.pathsep)


def recurrent() -> bytes:
    builder = ModelBuilder("a model with a state")
    x = builder.input((1, 4), scale=0.05, zero_point=0)
    features = builder.constant(np.arange(-4, 4, dtype=np.int8).reshape(2, 4), scale=0.02)
    times = builder.constant(np.array([[1, 2, 3], [-3, 2, 1]], np.int16), scale=0.01)
    bias = builder.constant(np.zeros(2, np.int32), scale=0.0001)
    y = builder.svdf(x, features, times, bias, rank=1, state_scale=0.01, scale=0.1, zero_point=0)
    builder.output(y)
    return builder.build()


def compile_all(compiler: str, folder: Path, include: list[str], *extra: str) -> None:
    for source in sorted(folder.glob("*.cc")):
        command = [compiler, *FLAGS, "-c", *(flag for path in include for flag in ("-isystem", path))]
        subprocess.run([*command, *extra, str(source), "-o", str(source) + ".o"], check=True)


def test_names_of_methods() -> None:
    for name in microinfer.OpResolver.builtin().names:
        custom = CUSTOM_OPERATORS.get(name, "").removesuffix("()")
        assert (custom or add_method(name)) in ADD_METHODS
    builtin = {add_method(name) for name in BUILTIN_OPERATORS.values()}
    assert set(ADD_METHODS) - builtin == {call.removesuffix("()") for call in CUSTOM_OPERATORS.values()}


def test_methods_are_the_headers(real_headers: list[str]) -> None:
    header = next(
        path
        for folder in real_headers
        if (path := Path(folder) / "tensorflow/lite/micro/micro_mutable_op_resolver.h").is_file()
    )
    there = set(re.findall(r"TfLiteStatus (Add\w+)\(", header.read_text("utf-8")))
    assert there - {"AddCustom", "AddBuiltin"} == set(ADD_METHODS)


def test_resolver_has_every_operator_once() -> None:
    found = registrations(microinfer.load(zoo.load("ds_cnn")))
    assert len({item.operator for item in found}) == len(found)
    assert {"AddConv2D()", "AddDepthwiseConv2D()", "AddFullyConnected()"} <= {item.call for item in found}


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_files_say_what_was_planned(tmp_path: Path, library: str) -> None:
    made = tflm.export(zoo.load("digits"), tmp_path / "kws", library=library)
    interpreter = microinfer.Interpreter(zoo.load("digits"), "cortex-m4", library=library)
    header = (tmp_path / "kws/kws.h").read_text("utf-8")
    assert made.arena_bytes == interpreter.plan.recommended_arena_bytes
    assert f"kArenaBytes = {made.arena_bytes};" in header
    assert f"kOperators = {len(made.operators)};" in header
    assert set(made.files) == {path.name for path in (tmp_path / "kws").iterdir()}
    data = (tmp_path / "kws/kws_data.cc").read_text("utf-8")
    array = bytes(int(byte, 16) for byte in re.findall(r"0x(\w\w),", data))
    assert array == zoo.load("digits")
    assert "alignas(16)" in data


def run_with_stub(compiler: str, folder: Path, model: bytes, inputs: list[np.ndarray]) -> list[str]:
    """Exports, compiles with the stub's headers, runs; what it printed."""
    tflm.export(model, folder / "kws", inputs=inputs, name="kws")
    interpreter = microinfer.Interpreter(model)
    types = {
        key: interpreter.subgraph.tensors[index].dtype
        for key, index in (
            ("INPUT", interpreter.subgraph.inputs[0]),
            ("OUTPUT", interpreter.subgraph.outputs[0]),
        )
    }
    names = {"int8": ("int8_t", "kTfLiteInt8"), "int16": ("int16_t", "kTfLiteInt16")}
    main = MAIN
    for key, dtype in types.items():
        main = main.replace(f"{key}_TYPE", names[dtype][1]).replace(f"{key} ", f"{names[dtype][0]} ")
    reals = [
        repr(real) + "f" if np.isfinite(real) else ("-" if real < 0 else "") + "INFINITY" for real in REALS
    ]
    (folder / "kws/main.cc").write_text(main.replace("REALS", ", ".join(reals)), "utf-8")
    compile_all(compiler, folder / "kws", [str(write_stub(folder / "stub"))], "-Wno-old-style-cast")
    objects = [str(path) for path in (folder / "kws").glob("*.o")]
    subprocess.run([compiler, *objects, "-o", str(folder / "program")], check=True)
    done = subprocess.run([str(folder / "program")], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_self_test_and_helpers_with_stub_headers(tmp_path: Path, compiler: str, dtype: str) -> None:
    if dtype == "int8":
        model, given = zoo.load("digits"), zoo.sample("digits")
    else:
        builder = ModelBuilder("int16")
        x = builder.input((1, 12), dtype="int16", scale=0.05, zero_point=0)
        builder.output(builder.logistic(x))
        model, given = builder.build(), np.arange(-6, 6, dtype=np.int16).reshape(1, 12) * 1000
    printed = run_with_stub(compiler, tmp_path, model, [given])
    assert "right 0" in printed
    assert "wrong 1" in printed
    assert "other -1" in printed
    assert "resets 0" in printed
    assert "kws_model: self test FAILED" in printed
    assert f"crc32 {crc32(given.tobytes()):x} {crc32(model):x}" in printed
    interpreter = microinfer.Interpreter(model)
    wanted = interpreter.quantize_input(np.array(REALS, np.float32))
    assert [int(line.split()[1]) for line in printed if line.startswith("quantized")] == wanted.tolist()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], given)
    interpreter.invoke()
    real = interpreter.dequantize_output().ravel()[:3]
    assert [np.float32(line.split()[1]) for line in printed if line.startswith("real")] == real.tolist()


def test_state_is_reset_before_the_self_test(tmp_path: Path) -> None:
    tflm.export(recurrent(), tmp_path / "kws")
    golden = (tmp_path / "kws/kws_golden.cc").read_text("utf-8")
    assert "interpreter.Reset()" in golden


@pytest.mark.parametrize("name", ["digits", "sine", "streaming_keyword"])
def test_compiles_with_the_real_headers(
    tmp_path: Path, compiler: str, real_headers: list[str], name: str
) -> None:
    tflm.export(zoo.load(name), tmp_path / name, labels=zoo.labels(name))
    compile_all(compiler, tmp_path / name, real_headers, "-fno-exceptions", "-fno-rtti")


def test_hostile_names_stay_in_comments(tmp_path: Path, compiler: str) -> None:
    builder = ModelBuilder("m */ \\\nint x;")
    x = builder.input((1, 4), scale=0.5, zero_point=0, name="in\\\n*/ #error")
    builder.output(builder.relu(x))
    tflm.export(builder.build(), tmp_path / "linux", labels=['a"', "b\\", "c\n", "d"])
    compile_all(compiler, tmp_path / "linux", [str(write_stub(tmp_path / "stub"))])


def test_resource_variables_are_made_room_for(tmp_path: Path, compiler: str) -> None:
    b = ModelBuilder("ring")
    x = b.input((1, 12), scale=0.05, zero_point=3)
    held = b.variable("held"), b.variable("other")
    for one in held:
        x = b.maximum(x, b.read_variable(one, like=x))
        b.assign_variable(one, x)
    b.output(x)
    printed = run_with_stub(compiler, tmp_path, b.build(), [np.arange(12, dtype=np.int8).reshape(1, 12)])
    assert "right 0" in printed
    assert "resets 3" in printed
    assert "constexpr int kResourceVariables = 2;" in (tmp_path / "kws/kws.h").read_text("utf-8")


def test_parts_without_tflm_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bare-c is not TFLM"):
        tflm.export(zoo.load("digits"), tmp_path / "x", profile="atmega328p")
    with pytest.raises(InputError, match="the model has 1"):
        tflm.export(zoo.load("digits"), tmp_path / "x", inputs=[])
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        tflm.export(zoo.load("digits"), tmp_path / "file")


HANDED = """
#include <cstdarg>
#include <cstdio>
#include "kws_golden.h"
using namespace kws_model;
TfLiteTensor stub_inputs[4], stub_outputs[4];
int stub_resets = 0;
void MicroPrintf(const char*, ...) {}
alignas(16) static unsigned char outside[kArenaBytes + 1];
int main() {
  std::printf("%d", Start(nullptr) != nullptr);
  std::printf(" %d", Start(outside + 1) != nullptr);
  std::printf(" %d", Start(outside) != nullptr);
  std::printf(" %d %d\\n", Start(outside) == Start(outside), SelfTest(outside));
}
"""


def test_an_arena_in_a_memory_of_its_own_is_handed_over(tmp_path: Path, compiler: str) -> None:
    """Ordinary variables go to SRAM: no array of ours would lie where its time and bytes were told for."""
    made = tflm.export(zoo.load("digits"), tmp_path / "kws", profile="giga-r1:sdram")
    assert made.memory == "sdram"
    for name in made.files:
        assert "kArenaBytes]" not in (tmp_path / "kws" / name).read_text("utf-8")
    (tmp_path / "kws/main.cc").write_text(HANDED, "utf-8")
    compile_all(compiler, tmp_path / "kws", [str(write_stub(tmp_path / "stub"))], "-Wno-old-style-cast")
    objects = [str(path) for path in (tmp_path / "kws").glob("*.o")]
    subprocess.run([compiler, *objects, "-o", str(tmp_path / "program")], check=True)
    done = subprocess.run([str(tmp_path / "program")], capture_output=True, text=True, check=True)
    assert done.stdout == "0 0 1 1 -1\n"
    said = microinfer.export("digits", "giga-r1:sdram", output=tmp_path / "json", format="tflm")
    assert said.to_dict()["arena_memory"] == "sdram"
    for usual in ("giga-r1", "giga-r1:sram", "cortex-m4"):
        assert not tflm.export(zoo.load("digits"), tmp_path / usual.replace(":", "_"), profile=usual).memory

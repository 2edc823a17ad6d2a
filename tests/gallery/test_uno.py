"""Networks on a simulated Arduino Uno: bits and cycles that the page tells, and the sketch."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo

from support.firmware import KERNELS, simavr
from support.gallery import FOLDER

RECORD = json.loads((FOLDER / "uno" / "simulated.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("name", RECORD["networks"])
ARDUINO = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stddef.h>
#include <stdint.h>

struct Port {
    void begin(uint32_t) {}
    uint8_t available() { return GPIOR1; }
    uint8_t read() { return GPIOR2; }
    void write(const uint8_t *bytes, size_t count) {
        while (count--) GPIOR1 = *bytes++;
    }
} Serial;

static uint32_t micros() {
    static uint8_t calls;
    GPIOR0 = calls++ & 1 ? 255 : 254;
    return calls;
}

void setup();
void loop();

int main() {
    setup();
    while (Serial.available()) loop();
    cli();
    sleep_enable();
    sleep_cpu();
}
"""
"""What the sketch needs of Arduino, on the registers of benchmarks/simavr: micros() marks the cycle."""


def emulated(name: str, samples: int | None = None) -> Any:
    return microinfer.Interpreter(zoo.load(name), "arduino-uno").run_batch(zoo.samples(name)[0][:samples])


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return simavr().Toolchain(tmp_path_factory.mktemp("avr") / "kernels", KERNELS)


@EACH
def test_what_was_simulated_is_simulated_again(name: str, tools: Any, tmp_path: Path) -> None:
    sys.path.insert(0, str(FOLDER / "uno"))
    try:
        proof = import_module("proof")
    finally:
        sys.path.pop(0)
    found, kept = proof.prove(name, tools, tmp_path), RECORD["networks"][name]
    assert (found["crc32"], found["samples"]) == (kept["crc32"], kept["samples"])
    if tools.compiler == RECORD["compiler"]:
        assert tools.flags == RECORD["flags"]
        assert found == kept


@EACH
def test_what_is_said_is_what_was_simulated(name: str) -> None:
    found = microinfer.check(name, "arduino-uno", config=False).to_dict()["checks"][0]["measures"]
    said, counted = {one["name"]: one for one in found}, RECORD["networks"][name]
    assert said["arena"]["value"] == counted["ram"]
    assert said["stack"]["value"] == counted["stack"]
    assert abs(said["flash"]["value"] / counted["flash"] - 1) < 0.01
    least, _, most = (cycles / 16e6 for cycles in counted["cycles"])
    assert said["latency"]["low"] <= least <= most <= said["latency"]["high"]


@EACH
def test_the_sketch_answers(name: str, tools: Any, tmp_path: Path) -> None:
    """All that it sends over the serial port but the time, and in the cycles that the page tells."""
    project = tmp_path / "board"
    microinfer.export(name, "arduino-uno", output=project, format="bare-c")
    (tmp_path / "Arduino.h").write_text(ARDUINO, encoding="utf-8")
    sketch = project / "board.ino"
    sketch.write_bytes((FOLDER / "uno" / "uno.ino").read_bytes())
    model, elf = project / "model.o", project / "sketch.elf"
    flags = ["-mmcu=atmega328p", "-O2", "-Wall", "-Wextra", "-Werror", "-Wl,--gc-sections", f"-I{KERNELS}"]
    sections = ["-ffunction-sections", "-fdata-sections"]
    compiled = ["avr-gcc", *flags, *sections, "-c", str(project / "src/model.c"), "-o", str(model)]
    subprocess.run(compiled, check=True)
    source = ["-include", str(tmp_path / "Arduino.h"), "-x", "c++", str(sketch), "-x", "none"]
    linked = ["avr-g++", *flags, *source, str(model), *map(str, tools.objects), "-o", str(elf)]
    subprocess.run(linked, check=True)
    samples = 20
    firmware = simavr().Firmware(elf, 0, 0, 0, tools.harness)
    ran = firmware.run(zoo.samples(name)[0][:samples].tobytes())
    sent = np.frombuffer(ran.outputs, np.int8).reshape(samples, -1)
    np.testing.assert_array_equal(sent[:, :-4], emulated(name, samples))
    least, _, most = RECORD["networks"][name]["cycles"]
    assert len(ran.cycles) == samples
    if tools.compiler == RECORD["compiler"]:
        assert all(least - 100 <= cycles <= most + 100 for cycles in ran.cycles)


def test_digits_of_9_x_9_are_read() -> None:
    y = zoo.samples("digits_9x9")[1]
    assert np.mean(emulated("digits_9x9").argmax(1) == y) > 0.97
    np.testing.assert_array_equal(y, zoo.samples("digits")[1])

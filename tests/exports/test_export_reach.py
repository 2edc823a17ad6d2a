"""On an AVR pointers reach 64 KB of flash: programs with more constants are refused, others reach them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, UnsupportedError, check
from microinfer.exports.bare_c import export

MEGA = "arduino-mega"


def layers(*channels: int) -> bytes:
    b, rng = ModelBuilder("layers"), np.random.default_rng(1)
    x = b.input((1, channels[0]), scale=0.1)
    for width in channels[1:]:
        weights = rng.integers(-127, 128, (width, x.shape[-1])).astype(np.int8)
        x = b.fully_connected(x, b.constant(weights, scale=0.01), None, scale=0.5)
    b.output(x)
    return b.build()


ONE_ARRAY = layers(256, 130)
MANY_ARRAYS = layers(128, 128, 128, 128, 128)
WITHIN = layers(128, 128, 128, 128, 40)


@pytest.mark.parametrize(("model", "words"), [(ONE_ARRAY, "in one array"), (MANY_ARRAYS, "reach the first")])
def test_what_pointers_do_not_reach_is_refused(model: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=words):
        export(model, tmp_path / "mega", profile=MEGA)
    said = check(model, MEGA)
    assert said.verdict == "no"
    assert [finding.rule for finding in said.findings if words in finding.cause] == ["library-lacks-operator"]
    export(model, tmp_path / "arm", profile="cortex-m4")
    assert check(model, "cortex-m4", library="bare-c").verdict != "no"


@pytest.mark.skipif(shutil.which("avr-gcc") is None, reason="avr-gcc is not installed")
def test_what_is_exported_is_reached(tmp_path: Path) -> None:
    """Linked for an ATmega2560, the last constant lies below 64 KB."""
    assert check(WITHIN, MEGA).verdict == "yes"
    export(WITHIN, tmp_path / "mega", profile=MEGA)
    sources = [str(path) for path in (tmp_path / "mega" / "src").glob("*.c")]
    program = tmp_path / "main.c"
    program.write_text('#include "model.h"\nint main(void) { model_invoke(); return 0; }\n')
    flags = ["-mmcu=atmega2560", "-O2", "-std=c99", f"-I{tmp_path / 'mega' / 'src'}"]
    subprocess.run(["avr-gcc", *flags, str(program), *sources, "-o", str(tmp_path / "a.elf")], check=True)
    symbols = subprocess.run(
        ["avr-nm", str(tmp_path / "a.elf")], capture_output=True, text=True, check=True
    ).stdout
    (end,) = [int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith("__ctors_start")]
    assert 50_000 < end <= 65_536

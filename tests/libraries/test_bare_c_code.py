"""Code and stack of bare-c where programs were linked and not run, and what is not known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy

from support.commands import call, json_of

ROOT = Path(__file__).parents[2]
MODEL = Common(load(zoo.load("digits")))
CORES = ("cortex-m0plus", "cortex-m33", "cortex-m4", "cortex-m7")


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("build", ["O3", "O2", "Os"])
def test_a_cortex_m_needs_its_own_code(core: str, build: str) -> None:
    """Thumb code of the same kernels is less than an AVR's, which was taken for it; the stack is deeper."""
    arm = deploy(MODEL, load_profile(core).built(build), "bare-c").memory
    avr = deploy(MODEL, load_profile("atmega328p").built("Os"), "bare-c").memory
    assert arm is not None
    assert avr is not None
    assert arm.flash_bytes is not None
    assert avr.flash_bytes is not None
    assert arm.stored_bytes == avr.stored_bytes
    assert 0.3 < (arm.flash_bytes - arm.stored_bytes) / (avr.flash_bytes - avr.stored_bytes) < 1.0
    assert arm.ram_bytes is not None
    assert avr.ram_bytes is not None
    assert 1.0 < (arm.ram_bytes - arm.arena_bytes) / (avr.ram_bytes - avr.arena_bytes) < 4.0
    assert arm.provisional


@pytest.mark.parametrize("part", ["atmega328p", "arduino-uno", "arduino-mega", "esp32", "esp32-c3"])
def test_what_nobody_compiled_is_told_in_one_way(part: str) -> None:
    """An AVR at -O3, and cores without a compiler here: no time, no code, no stack, and no verdict."""
    build = "O3"
    where = ("-p", part, "--library", "bare-c", "--build", build)
    (checked,) = json_of("check", "digits", *where, code=3)["checks"]
    assert checked["verdict"] == "cannot-tell"
    assert call("plan", "digits", *where).exit_code == 3
    assert call("run", "digits", *where).exit_code == 3
    compared = json_of("compare", "digits", *where, code=3)
    (row,) = compared["rows"]
    assert row["verdict"] == "cannot-tell"
    assert row["flash_bytes"] is None
    assert row["unknown"] == ["the stack", "the code"]
    if part.startswith(("at", "arduino")):
        assert row["ms"] is None


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no compiler for a Cortex-M here")
def test_the_tables_are_what_the_compiler_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import bare_c_code

    if "12.2" not in bare_c_code.run("arm-none-eabi-gcc", "--version"):
        pytest.skip("another compiler than that of the tables")
    objects = bare_c_code.compiled(tmp_path, "cortex-m4", "O2")
    bare = bare_c_code.linked(tmp_path, objects, "cortex-m4", "O2", "")
    made = bare_c_code.linked(tmp_path, objects, "cortex-m4", "O2", "mi_softmax")
    own = {name: size for name, size in made.code.items() if name not in bare.code}
    import tomllib

    table = tomllib.loads((ROOT / "profiles/memory/bare-c.cortex-m4.toml").read_text("utf-8"))["cortex-m4"]
    assert own == table["code"]["mi_softmax"]
    assert made.stack == table["stack"]["mi_softmax"]
    assert sum(bare.code.values()) == table["program"]

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from microinfer import load, prepare, profiles, zoo
from microinfer.errors import ProfileError
from microinfer.libraries.build import DEFAULT_BUILD
from microinfer.libraries.target import DEFAULT_TARGET, load_core
from microinfer.parts.profile import load_profile, profile_names
from microinfer.timing.prices import estimate
from microinfer.words.toml_tables import CORES

FOLDER = Path(profiles.__path__[0]) / "cores"


@pytest.mark.parametrize("name", CORES)
def test_every_core_has_a_roof_and_its_sources(name: str) -> None:
    target = load_core(name)
    assert target.core.name == name
    assert target.core.peak is not None
    assert target.core.peak.macs > 0
    assert target.core.dsp or not target.core.mve, "MVE includes what the DSP extension has"
    sources = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["sources"]
    assert {"isa", "pointer_bytes", "peak.macs", "peak.bytes"} <= set(sources)


def test_facts() -> None:
    facts = {name: load_core(name).core for name in CORES}
    assert {name for name, core in facts.items() if core.dsp} == {
        *("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
    }
    assert [name for name, core in facts.items() if core.mve] == ["cortex-m55"]
    assert {name for name, core in facts.items() if not core.unaligned} == {
        *("cortex-m0plus", "xtensa-lx6", "xtensa-lx7")
    }
    assert load_core("avr").pointer_bytes == 2
    assert load_core("cortex-m4") == DEFAULT_TARGET == load_profile("cortex-m4").target


@pytest.mark.parametrize("name", profile_names())
def test_stock_profiles_leave_the_core_to_its_file(name: str) -> None:
    profile = load_profile(name)
    assert dataclasses.replace(profile.target, build=DEFAULT_BUILD) == load_core(profile.core)
    assert len(profile.sources["pointer_bytes"]) > 10


def test_what_a_part_lacks_makes_its_times_provisional(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "cortex-m4"\ndsp = false\n', encoding="utf-8")
    steps = prepare(load(zoo.load("digits")))
    usual, lacking = (estimate(steps, load_profile(of), "tflm-cmsis-nn") for of in ("cortex-m4", path))
    for had, lacks in zip(usual, lacking, strict=True):
        assert lacks.provisional
        assert "was not measured on this cortex-m4" in lacks.note
        assert (lacks.cycles_high or 0) > (had.cycles_high or 0)


def test_a_part_may_lack_what_its_core_can_have(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "cortex-m33"\ndsp = false\nfpu = false\n', encoding="utf-8")
    profile = load_profile(path)
    assert (profile.core, profile.dsp, profile.fpu) == ("cortex-m33", False, False)
    assert profile.target != load_core("cortex-m33")
    path.write_text('extends = "cortex-m33"\ndsp = 1\n', encoding="utf-8")
    with pytest.raises(ProfileError, match="'dsp': found 1"):
        load_profile(path)

"""How a firmware is compiled: names, prices of other builds, and what boards took."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from microinfer import InputError, ModelBuilder, ProfileError, zoo
from microinfer.deploy.deployment import deploy
from microinfer.libraries.build import Build, find_build
from microinfer.libraries.library import kernel_library
from microinfer.model.read import load
from microinfer.parts.profile import load_profile, profile_names
from microinfer.timing.build_prices import built_prices, load_costs

LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")


def test_names() -> None:
    assert find_build("Os") == find_build("-os") == Build("Os")
    assert find_build("O3,asserts") == find_build("asserts, O3") == Build("O3", "asserts")
    assert find_build("release_with_logs") == Build("O2", "strings")
    assert find_build("O3", Build("Os", "strings")) == Build("O3", "strings")
    assert find_build(None, Build("Os")) == Build("Os")
    for build in (Build("O3"), Build("Os", "strings"), Build("O2", "asserts")):
        assert find_build(str(build)) == build
    for wrong in ("O1", "Oss", "O2,debug", ""):
        with pytest.raises(InputError, match="expected one of"):
            find_build(wrong)


def test_a_profile_says_how_it_is_built(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "cortex-m4"\nbuild = "Os,strings"\n', encoding="utf-8")
    part = load_profile(path)
    assert part.build == Build("Os", "strings")
    assert part.built("O3").build == Build("O3", "strings")
    assert part.built("release").build == Build("Os")
    path.write_text('extends = "cortex-m4"\nbuild = "fast"\n', encoding="utf-8")
    with pytest.raises(ProfileError, match="key 'build'"):
        load_profile(path)


def convolution() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 12, 12, 8), scale=0.1, zero_point=0)
    w = np.ones((16, 3, 3, 8), np.int8)
    b.output(b.conv_2d(x, w, np.zeros(16, np.int32), weight_scale=0.01, scale=0.2, zero_point=0))
    return b.build()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m33", "cortex-m0plus"])
def test_every_build_has_a_time(library: str, core: str) -> None:
    """Counted on the core, else carried over from one that was: then it says so."""
    model, part = load(convolution()), load_profile(core)
    usual = deploy(model, part, library)
    plain = usual.seconds
    assert plain is not None
    for name in ("O3", "Os"):
        made = deploy(model, part.built(name), library)
        assert made.seconds is not None, made.why_no_time
        assert 0.7 < made.seconds.typical / plain.typical < 5.5
        assert made.seconds.low < made.seconds.typical < made.seconds.high
        prices = built_prices(library, core, Build(name))
        assert prices is not None
        assert made.provisional == (bool(prices.ratios) or usual.provisional)


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m33", "cortex-m0plus"])
def test_asserts_slow_loops_over_elements(core: str) -> None:
    """The reference convolutions check every index: builds with asserts on were measured to take 4.6 to 7.7
    times as long (a Cortex-M4 at -O2). CMSIS-NN's kernels have none."""
    part = load_profile(core)
    for name, least in (("resnet_8", 4.6), ("ds_cnn", 4.0)):
        model = load(zoo.load(name))
        for library, low, high in (("tflm-reference", least, 7.7), ("tflm-cmsis-nn", 0.99, 1.02)):
            plain, checked = (deploy(model, part.built(build), library) for build in ("O2", "O2,asserts"))
            assert plain.seconds is not None
            assert checked.seconds is not None, checked.why_no_time
            assert low < checked.seconds.typical / plain.seconds.typical < high, (name, library)


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_floats_are_counted_at_os_with_asserts(library: str) -> None:
    """Each product of a float32 convolution calls what checks four indices: 171 cycles, as counted."""
    prices = load_costs(library, "cortex-m4", Build("Os", "asserts")).prices
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "MEAN", "SUM", "LOGISTIC")
    for operator in kinds:
        assert not prices[operator, "reference_float32"].provisional
    assert prices["CONV_2D", "reference_float32"].cycles["macs"] == pytest.approx(171, rel=0.01)


@pytest.mark.parametrize("profile", [name for name in profile_names() if load_profile(name).core != "avr"])
def test_asserts_have_a_price_on_every_part_and_level(profile: str) -> None:
    model, part = load(convolution()), load_profile(profile)
    for library in part.libraries:
        if deploy(model, part, library).seconds is None or not kernel_library(library).interprets:
            continue
        for level in ("O2", "O3", "Os"):
            made = deploy(model, part.built(f"{level},asserts"), library)
            bare = deploy(model, part.built(level), library)
            assert made.seconds is not None, made.why_no_time
            assert bare.seconds is not None
            assert made.seconds.high > bare.seconds.typical


def test_no_price_is_no_guess() -> None:
    made = deploy(load(convolution()), load_profile("atmega328p").built("O3"))
    assert made.seconds is None
    assert "-O3" in made.why_no_time


def test_levels_compare_as_on_a_board(shared: Path) -> None:
    """Nine networks that EdgeMark ran at -O3 and at -Os on one NUCLEO-L4R5ZI: -Os took 1.27 to 1.70 times as
    long. The prices of an ideal memory say so within 5 %."""
    rows = json.loads((shared / "truth" / "boards_published.json").read_text(encoding="utf-8"))
    took: dict[str, dict[str, float]] = {}
    for row in rows:
        for level in ("-O3", "-Os"):
            if row["board"].upper() == "NUCLEO-L4R5ZI" and f"2024 {level} (EdgeMark)" in row["stack"]:
                took.setdefault(row["model"], {})[level] = row["measured_ms"]
    held = 0
    for name, measured in took.items():
        path = shared / "models" / "published" / f"em_{name}.tflite"
        if len(measured) < 2 or not path.exists():
            continue
        part = load_profile("cortex-m4")
        slow, fast = (deploy(load(path), part.built(level)).seconds for level in ("Os", "O3"))
        assert slow is not None
        assert fast is not None
        ratio = slow.typical / fast.typical
        assert ratio == pytest.approx(measured["-Os"] / measured["-O3"], rel=0.05), name
        held += 1
    assert held >= 9

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from microinfer import profiles
from microinfer.errors import ProfileError
from microinfer.operators.conv_2d import Conv2DGeometry
from microinfer.operators.relu import ElementwiseGeometry
from microinfer.operators.softmax import SoftmaxGeometry
from microinfer.operators.spec import Geometry
from microinfer.parts.profile import load_profile
from microinfer.timing import build_prices
from microinfer.timing.prices import load_costs, price, total

HEAD = 'library = "tflm-reference"\ncore = "cortex-m4"\nmeasured = ""\nprovisional = true\n'
TABLES = sorted(path.stem for path in (Path(profiles.__path__[0]) / "costs").glob("*.toml"))
CONV = Conv2DGeometry(
    batch=1, input_h=9, input_w=7, input_c=3, output_h=9, output_w=7, output_c=5, kernel_h=3, kernel_w=3,
    filter_c=3, stride_h=1, stride_w=1, dilation_h=1, dilation_w=1, pad_h=1, pad_w=1,
    per_channel=True, bias=True,
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_price_list_is_sane(name: str) -> None:
    library, _, core = name.partition(".")
    table = load_costs(library, core)
    assert (table.library, table.core) == (library, core)
    assert len(table.measured) > 20
    for found in table.prices.values():
        assert all(cycles >= 0 for cycles in found.cycles.values())
        assert 0 < found.low < 1 < found.high
        assert found.provisional or found.points > 0
        assert 0.1 < found.instructions_per_cycle < 2.5 or table.counted


def test_every_profile_has_price_lists() -> None:
    for profile in map(load_profile, ("atmega328p", "cortex-m4", "cortex-m7")):
        for library in profile.libraries:
            assert f"{library}.{profile.core}" in TABLES


def test_price_is_events_times_cycles() -> None:
    table = load_costs("tflm-cmsis-nn", "cortex-m4")
    made = price("CONV_2D", CONV, table, "tflm-cmsis-nn")
    assert made.variant == "convolve_s8"
    assert made.cycles is not None
    assert made.cycles_low is not None
    assert made.cycles_high is not None
    found = table.prices["CONV_2D", "convolve_s8"]
    assert made.cycles == round(sum(found.cycles.get(k, 0) * n for k, n in made.events.items()))
    assert made.cycles_low < made.cycles < made.cycles_high
    assert not made.provisional


def test_data_dependence_widens_the_interval() -> None:
    table = load_costs("tflm-reference", "cortex-m4")
    narrow = price("SOFTMAX", SoftmaxGeometry(1, 100, -255, "int8", "int8"), table, "tflm-reference")
    wide = price("SOFTMAX", SoftmaxGeometry(1, 100, -20, "int8", "int8"), table, "tflm-reference")
    assert narrow.cycles_low is not None
    assert wide.cycles_low is not None
    assert wide.cycles_low < narrow.cycles_low
    assert wide.cycles_high == narrow.cycles_high


def test_unknown_operator_has_no_price_and_a_note() -> None:
    table = load_costs("tflm-reference", "cortex-m4")
    made = price("MY_OP", Geometry(), table, "tflm-reference")
    assert (made.cycles, made.provisional) == (None, True)
    assert "MY_OP" in made.note
    assert price("CONV_2D", CONV, None, "tflm-reference").cycles is None
    assert price("CONV_2D", Geometry(), table, "tflm-reference").cycles is None


def test_a_kernel_that_was_not_measured_is_priced_as_its_sister() -> None:
    table = load_costs("tflm-reference", "cortex-m4")
    kept = {key: found for key, found in table.prices.items() if key[1] != "reference_int16_int32"}
    table = replace(table, prices=kept)
    made = price("QUANTIZE", ElementwiseGeometry(10, "int16", "int32", 0, True), table, "tflm-reference")
    assert made.cycles is not None
    assert made.provisional
    assert "priced as reference_int16_int16" in made.note


def test_total_adds_up() -> None:
    table = load_costs("tflm-cmsis-nn", "cortex-m4")
    one = price("CONV_2D", CONV, table, "tflm-cmsis-nn")
    other = price("SOFTMAX", SoftmaxGeometry(1, 10, -255, "int8", "int8"), table, "tflm-cmsis-nn")
    assert one.cycles is not None
    assert other.cycles is not None
    assert one.cycles_high is not None
    assert other.cycles_high is not None
    both = total([one, other])
    assert both.cycles == one.cycles + other.cycles
    assert both.cycles < both.cycles_high < one.cycles_high + other.cycles_high
    unknown = price("MY_OP", Geometry(), table, "tflm-cmsis-nn")
    assert total([one, unknown]).missing == 1


def test_damaged_price_list_is_a_profile_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "damaged.toml"
    monkeypatch.setattr(build_prices, "_path", lambda library, core, build: path)
    load_costs.cache_clear()
    try:
        for text in (
            "library = ",
            'library = "x"',
            "operator = 3\nprovisional = true",
            HEAD,
            f"{HEAD}[operator.ADD.reference]\n",
        ):
            path.write_text(text)
            with pytest.raises(ProfileError, match=r"damaged\.toml"):
                load_costs("tflm-reference", "cortex-m4")
        path.unlink()
        with pytest.raises(ProfileError, match="no price list"):
            load_costs("tflm-reference", "cortex-m4")
    finally:
        load_costs.cache_clear()


OWN_OF_LX6 = {"FULLY_CONNECTED": 0.93, "QUANTIZE": 2.1}


def test_carried_prices_are_another_list_s_times_so_many() -> None:
    made, base = load_costs("tflm-reference", "xtensa-lx6"), load_costs("tflm-reference", "cortex-m4")
    assert (made.counted, made.provisional, made.prices.keys()) == ("cortex-m4", True, base.prices.keys())
    for key, found in made.prices.items():
        types = {"float32", "int8", "int16", "int32", "uint8", "uint32", "bool"} & set(key[1].split("_"))
        times = 1.1 if types == {"float32"} else OWN_OF_LX6.get(key[0], 1.5)
        assert found.cycles == {event: times * cycles for event, cycles in base.prices[key].cycles.items()}
    of_esp_nn, checked = (
        load_costs("tflm-esp-nn", "xtensa-lx6"),
        load_costs("tflm-reference", "cortex-m4-asserts"),
    )
    for operator, times in (("FULLY_CONNECTED", 0.93), ("CONV_2D", 1.45)):
        kernel = (operator, "reference_int16")
        wanted = {event: times * cycles for event, cycles in checked.prices[kernel].cycles.items()}
        assert of_esp_nn.prices[kernel].cycles == wanted
    said = price("CONV_2D", CONV, made, "tflm-reference")
    assert said.cycles is not None
    assert said.cycles_high is not None
    assert said.cycles_high / said.cycles == pytest.approx(1 + made.spread, abs=0.05)


@pytest.mark.parametrize("name", [name for name in TABLES if not load_costs(*name.split(".")).counted])
def test_kernels_are_read_as_from_the_whole_file(name: str) -> None:
    """Each kernel's part is read by itself, when it is asked for."""
    text = (Path(profiles.__path__[0]) / "costs" / f"{name}.toml").read_text(encoding="utf-8")
    whole = tomllib.loads(text)["operator"]
    table = load_costs(*name.split("."))
    entries = {
        (operator, kernel): whole[operator][kernel] for operator in whole for kernel in whole[operator]
    }
    assert table.prices.keys() == entries.keys()
    for key, entry in entries.items():
        found = table.prices[key]
        assert found.cycles == entry["cycles"]
        assert (found.low, found.high, found.points) == (entry["low"], entry["high"], entry["points"])
        assert found.provisional == entry.get("provisional", table.provisional)


@pytest.mark.parametrize("text", ["points = 3", "points = ", '[operator.ADD."reference".cycles]\ncall = "x"'])
def test_a_damaged_kernel_is_a_profile_error(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "damaged.toml"
    path.write_text(f'{HEAD}\n[operator.ADD."reference"]\n{text}\n')
    monkeypatch.setattr(build_prices, "_path", lambda library, core, build: path)
    load_costs.cache_clear()
    try:
        table = load_costs("tflm-reference", "cortex-m4")
        with pytest.raises(ProfileError, match=r"damaged\.toml: .*(ADD|TOML)"):
            table.prices["ADD", "reference"]
    finally:
        load_costs.cache_clear()


def test_needs_no_numba() -> None:
    program = (
        "import sys, microinfer.timing.prices as c; c.load_costs('bare-c', 'avr'); "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from microinfer import profiles
from microinfer.errors import InputError, ProfileError
from microinfer.libraries.library import kernel_libraries
from microinfer.parts.memories import UNKNOWN_MEMORY
from microinfer.parts.profile import load_profile, profile_names
from microinfer.words import toml_tables as profile_keys
from microinfer.words.toml_tables import KEYS

STOCK = {
    "arduino-nano-33-ble",
    "arduino-uno",
    "atmega328p",
    "cortex-m4",
    "cortex-m7",
    "nucleo-h7a3zi-q",
    "nucleo-l4r5zi",
    "openmv-h7",
    "stm32f446re",
    "stm32f746-discovery",
}
FOLDER = Path(profiles.__path__[0])


def figures(table: dict[str, Any], at: str = "") -> Iterator[str]:
    """Paths of the numbers in a table; what is true or false and what is text is no figure."""
    for key, value in table.items():
        if isinstance(value, dict) and f"{at}{key}" != "sources":
            yield from figures(value, f"{at}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{at}{key}"


def test_stock_profiles_are_there() -> None:
    assert set(profile_names()) >= STOCK


@pytest.mark.parametrize("name", profile_names())
def test_every_figure_has_its_source_in_the_same_file(name: str) -> None:
    with (FOLDER / f"{name}.toml").open("rb") as file:
        table = tomllib.load(file)
    sources = table.get("sources", {})
    assert set(sources) == set(figures(table))
    assert all(len(text) > 10 for text in sources.values())


@pytest.mark.parametrize("name", profile_names())
def test_stock_profile_loads(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert 0 < profile.arena_limit_bytes <= profile.ram_bytes
    assert profile.library in profile.libraries


def test_names_are_one_board_s_own(tmp_path: Path) -> None:
    path = write(tmp_path, 'extends = "raspberry-pi-pico"\n')
    assert load_profile("rp2040").names[0] == "pico"
    assert load_profile(path).names == ()


def test_a_board_of_which_nobody_says_anything(tmp_path: Path) -> None:
    """From as fast as an ideal memory to some 60 % slower; never as sure as the laboratory."""
    for kind in ("part", "board"):
        path = write(tmp_path, f'extends = "cortex-m4"\nkind = "{kind}"\n')
        assert load_profile(path).timing == UNKNOWN_MEMORY
    assert load_profile("cortex-m4").timing.ideal
    assert load_profile(write(tmp_path, 'extends = "nucleo-l4r5zi"\n')).timing != UNKNOWN_MEMORY
    assert load_profile(write(tmp_path, 'extends = "atmega328p"\n')).timing.ideal


def test_current_behind_a_regulator(tmp_path: Path) -> None:
    """Behind an LDO the current stays as the voltage rises, behind a switching regulator the power does."""
    text = 'extends = "cortex-m4"\n[power]\nmeasured_v = 1.8\nsupply_v = 3.6\nactive_a = { typical = 0.02 }\n'
    ldo, smps = (
        load_profile(write(tmp_path, f'{text}regulator = "{kind}"\n', f"{kind}.toml"))
        for kind in ("ldo", "smps")
    )
    assert (ldo.active_current_a, smps.active_current_a) == (0.02, 0.01)


@pytest.mark.parametrize(("mhz", "least", "most"), [(16, 16 / 120, 1), (240, 1, 2)])
def test_current_at_another_clock_lies_between_the_same_and_one_as_the_clock(
    tmp_path: Path, mhz: int, least: float, most: float
) -> None:
    board = load_profile("nucleo-l4r5zi")
    text = f'extends = "nucleo-l4r5zi"\nclock_hz = {mhz}_000_000\n'
    found = load_profile(write(tmp_path, text))
    assert board.active is not None
    assert found.active is not None
    assert found.active.typical == pytest.approx((1 + mhz / 120) / 2 * board.active.typical)
    assert found.active.low == pytest.approx(least * board.active.low)
    assert found.active.high == pytest.approx(most * board.active.high)
    assert "power.active_a" in found.provisional
    assert found.sleep == board.sleep
    own = load_profile(
        write(tmp_path, text + "[power.active_a]\ntypical = 0.01\nlow = 0.009\nhigh = 0.011\n")
    )
    assert own.active_current_a == 0.01
    assert "power.active_a" not in own.provisional


def test_facts() -> None:
    uno = load_profile("arduino-uno")
    assert (uno.core, uno.pointer_bytes, uno.library) == ("avr", 2, "bare-c")
    assert (uno.ram_bytes, uno.flash_bytes, uno.clock_hz) == (2048, 32256, 16_000_000)
    nano = load_profile("arduino-nano-33-ble")
    assert (nano.clock_hz, nano.ram_bytes, nano.parents) == (64_000_000, 262_144, ("cortex-m4",))
    assert load_profile("stm32f746-discovery").arena_limit_bytes == 327_680


def test_chooses_a_library() -> None:
    assert load_profile("cortex-m4").choose_library() == "tflm-cmsis-nn"
    assert load_profile("cortex-m4").choose_library("bare-c") == "bare-c"
    with pytest.raises(InputError, match="does not run on this part"):
        load_profile("arduino-uno").choose_library("tflm-reference")
    assert load_profile("cortex-m4").choose_library("cmsis-nn") == "tflm-cmsis-nn"
    with pytest.raises(InputError, match="did you mean 'tflm-cmsis-nn'"):
        load_profile("cortex-m4").choose_library("tflm-cmsis")


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_own_file_extends_a_stock_profile(tmp_path: Path) -> None:
    path = write(tmp_path, 'extends = "nucleo-l4r5zi"\nclock_hz = 80_000_000\n[memory.sram]\nbytes = 1000\n')
    profile = load_profile(path)
    assert (profile.name, profile.clock_hz, profile.ram_bytes) == ("mine", 80_000_000, 1000)
    assert profile.flash_bytes == 2_097_152
    assert load_profile(str(path)) == profile


def test_own_file_extends_a_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "cortex-m4"\ntitle = "Base"\n', "base.toml")
    path = write(tmp_path, 'extends = "./base.toml"\nclock_hz = 10_000\n')
    assert (load_profile(path).title, load_profile(path).parents) == ("Base", ("base", "cortex-m4"))


def test_own_file_may_bear_a_stock_name(tmp_path: Path) -> None:
    path = write(tmp_path, 'extends = "cortex-m4"\nclock_hz = 10_000\n', "cortex-m4.toml")
    assert load_profile(path).clock_hz == 10_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('extends = "cortex-m4"\nclok_hz = 3', ["clok_hz", "unknown", "'clock_hz'"]),
        ('extends = "cortex-m4"\n[memory.sram]\nbites = 3', ["memory.sram.bites", "'bytes'"]),
        (
            'extends = "cortex-m4"\nclock_hz = "fast"',
            ["clock_hz", "'fast' (str)", "a whole number of at least 10000"],
        ),
        ('extends = "cortex-m4"\nclock_hz = true', ["clock_hz", "True (bool)"]),
        ('extends = "cortex-m4"\nclock_hz = 0', ["clock_hz", "at least 10000"]),
        ('extends = "cortex-m4"\nclock_hz = 120', ["clock_hz", "found 120 (int)", "at least 10000"]),
        ('extends = "cortex-m4"\n[power]\nsupply_v = nan', ["power.supply_v", "nan"]),
        ('extends = "cortex-m4"\ncore = "cortex-m5"', ["core", "did you mean 'cortex-m", "expected one of"]),
        ('extends = "cortex-m4"\nlibraries = ["tflm"]', ["libraries", "tflm-reference"]),
        ('extends = "cortex-m4"\nlibraries = ["bare-c"]', ["library", "tflm-cmsis-nn", "bare-c"]),
        ('extends = "cortex-m4"\nmemory = 3', ["memory", "expected a table"]),
        ('extends = "cortex-m4"\n[clock_hz]\nx = 1', ["clock_hz", "a table"]),
        ('extends = "cortex-m4"\n[memory.sram]\nreserved_bytes = 9999999', ["memory.sram.reserved_bytes"]),
        ('extends = "cortex-m4"\n[power.active_a]\ntypical = 1\nlow = 2', ["power.active_a", "low 2"]),
        ('extends = "cortex-m4"\n[power.active_a]\ntypical = 11', ["power.active_a.typical", "at most 3"]),
        ('extends = "cortex-m4"\n[power]\nsupply_v = 3300', ["power.supply_v", "at most 60"]),
        ('extends = "cortex-m4"\nprovisional = ["timeing"]', ["provisional", "did you mean 'timing'"]),
        ('extends = "cortex-m4"\nprovisional = ["power.sleep"]', ["provisional", "'power.sleep'"]),
        (
            'extends = "cortex-m4"\n[factors.tflm-cmsisnn]\nADD = 2',
            ["factors", "did you mean 'tflm-cmsis-nn'"],
        ),
        (
            'extends = "cortex-m4"\n[factors.cmsis-nn]\nCONV2D = 2',
            ["factors.tflm-cmsis-nn.CONV2D", "no operator of", "did you mean 'CONV_2D'"],
        ),
        ('extends = "cortex-m4"\n[factors.bare-c]\nnonsense = 2', ["no operator of bare-c", "CONV_2D"]),
        ('extends = "cortex-m44"', ["extends", "no profile 'cortex-m44'", "did you mean 'cortex-m4'"]),
        ('extends = "./gone.toml"', ["extends", "no profile file at"]),
        ('title = "Alone"', ["missing", "'kind'"]),
        ("title = ", ["cannot be read as TOML"]),
        ("\x00", ["cannot be read as TOML"]),
        ('extends = "./mine.toml"', ["extends", "loop", "mine -> mine"]),
    ],
)
def test_refuses(tmp_path: Path, text: str, words: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_refuses_a_longer_loop(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "./b.toml"', "a.toml")
    write(tmp_path, 'extends = "./a.toml"', "b.toml")
    with pytest.raises(ProfileError, match=r"a -> b -> a"):
        load_profile(tmp_path / "a.toml")


@pytest.mark.parametrize("name", ["cortex-m", "", "no/such.toml", "\0", "x" * 5000, "costs", ".."])
def test_refuses_a_name_that_is_not_there(name: str) -> None:
    with pytest.raises(ProfileError):
        load_profile(name)


def test_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load_profile(tmp_path)


def test_takes_shortened_names_of_libraries(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        'extends = "cortex-m4"\nlibraries = ["reference", "tflm-cmsis-nn"]\nlibrary = "reference"\n'
        '[factors.cmsis-nn]\nCONV_2D = 1.25\n"*" = 2.0\n',
    )
    profile = load_profile(mine)
    assert profile.libraries == ("tflm-reference", "tflm-cmsis-nn")
    assert profile.library == "tflm-reference"
    assert profile.factors == {"tflm-cmsis-nn": {"CONV_2D": 1.25, "*": 2.0}}


def test_needs_no_numba() -> None:
    program = (
        "import sys, microinfer.parts.profile as p; p.load_profile('nucleo-l4r5zi');"
        "assert 'numba' not in sys.modules, 'numba'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_libraries_are_those_with_a_firmware() -> None:
    assert {library.name for library in kernel_libraries()} == set(profile_keys.LIBRARIES)


def _numbers(keys: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key that holds a number."""
    found = []
    for name, key in keys.items():
        here = (*at, "ADD" if name == "*" else name)
        if isinstance(key, Mapping):
            found += _numbers(key, here)
        elif key.type in (int, float):
            found.append(here)
    return found


@pytest.mark.parametrize("key", _numbers(KEYS), ids=".".join)
@pytest.mark.parametrize("value", ["1e308", "9" * 400, "-1e308", "inf"])
def test_no_number_is_beyond_reason(tmp_path: Path, key: tuple[str, ...], value: str) -> None:
    *tables, last = key
    head = f"[{'.'.join(tables)}]\n" if tables else ""
    path = write(tmp_path, f'extends = "cortex-m4"\n{head}{last} = {value}')
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert "expected a" in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 250

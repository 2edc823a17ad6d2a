"""A name without a profile is answered with what it is, the nearest board, and a profile to paste."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from microinfer.cli import main
from microinfer.errors import ProfileError
from microinfer.parts.chips import _table, known_chip, nearest_board, own_profile
from microinfer.parts.memories import NO_FRAMEWORK
from microinfer.parts.profile import Profile, load_profile, profile_names
from microinfer.words.toml_tables import CORES


@pytest.mark.parametrize(
    ("word", "near", "core", "mhz", "flash_kb", "sram_kb"),
    [
        ("stm32g474re", "stm32f4-discovery", "cortex-m4", 170, 512, 128),
        ("NUCLEO-G474RE", "stm32f4-discovery", "cortex-m4", 170, 512, 128),
        ("stm32g474rb", "stm32f4-discovery", "cortex-m4", 170, 128, 128),
        ("STM32L476RGT6", "nucleo-l432kc", "cortex-m4", 80, 1024, 96),
        ("nrf52833", "arduino-nano-33-ble", "cortex-m4", 64, 512, 128),
        ("same51", "feather-m4", "cortex-m4", 120, 1024, 256),
        ("pygamer", "feather-m4", "cortex-m4", 120, 512, 192),
        ("STM32F103RB", "bluepill", "cortex-m3", 72, 128, 20),
        ("lpc55s69", "frdm-mcxn947", "cortex-m33", 150, 640, 320),
        ("esp32-c6", "esp32-c3", "rv32imc", 160, 4096, 512),
        ("imxrt1170", "teensy-4-1", "cortex-m7", 1000, 16384, 512),
        ("max78000", "nucleo-f413zh", "cortex-m4", 100, 512, 128),
        ("Arduino Nano 33 IoT", "nucleo-g0b1re", "cortex-m0plus", 48, 256, 32),
        ("microbit v2", "arduino-nano-33-ble", "cortex-m4", 64, 512, 128),
        ("STM32N657X0", "ek-ra8d1", "cortex-m55", 800, 65536, 4200),
    ],
)
def test_says_what_it_is_and_what_is_nearest(
    tmp_path: Path, word: str, near: str, core: str, mhz: int, flash_kb: int, sram_kb: int
) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(word)
    assert f"is nearest to {near} by core and clock" in str(caught.value)
    (tmp_path / "own.toml").write_text(caught.value.__notes__[0], encoding="utf-8")
    own = load_profile(tmp_path / "own.toml")
    assert (own.core, own.clock_hz) == (core, mhz * 1_000_000)
    assert (own.flash_bytes, own.ram_bytes) == (flash_kb * 1024, sram_kb * 1024)
    assert own.timing.spread or core == "rv32imc", "nobody measured it"


@pytest.mark.parametrize("key", sorted(_table()))
def test_every_chip_has_a_profile_that_can_be_pasted(tmp_path: Path, key: str) -> None:
    facts = _table()[key]
    assert facts["source"]
    assert facts["core"] in CORES
    chip = known_chip("".join(letter for letter in key if letter.isalnum()))
    assert chip is not None
    assert chip.flash_bytes == round(facts["flash_kb"] * 1024)
    text = own_profile(key, chip, profile_names())
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    own = load_profile(tmp_path / "own.toml")
    assert (own.clock_hz, own.fpu and not chip.fpu) == (chip.clock_hz, False)
    if own.parents and load_profile(own.parents[0]).kind == "part":
        assert len(text.splitlines()) == 4 + (not chip.fpu)
    near = nearest_board(chip, profile_names())
    assert near is None or load_profile(near[0]).core == chip.core


def test_names_of_chips_are_each_one_s_own() -> None:
    names = [name for key, facts in _table().items() for name in (key, *facts.get("names", ()))]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("word", ["stm32g474re", "pygamer", "nobody's board", 'a "b" \\ c', "nucleo-f446xx"])
def test_one_screen_and_exit_2(tmp_path: Path, word: str) -> None:
    result = CliRunner().invoke(main, ["check", "digits", "-p", word])
    assert (result.exit_code, result.stdout) == (2, "")
    head, _, paste = result.stderr.partition("\n\n")
    assert head.startswith("microinfer: no profile ")
    assert len(head) < 17 * 80
    assert "-p ./" in head
    assert len(paste.splitlines()) == 4
    (tmp_path / "own.toml").write_text(paste, encoding="utf-8")
    load_profile(tmp_path / "own.toml")


@pytest.mark.parametrize("word", ["k210", "esp8266", "gd32vf103", "ch32v307", "bl602"])
def test_another_makers_part_has_nothing_of_the_boards_with_its_core(tmp_path: Path, word: str) -> None:
    """Neither ESP-IDF in flash and RAM, nor an ESP32's currents, nor its kernels."""
    own = pasted(tmp_path, word)
    assert own.framework == NO_FRAMEWORK
    assert own.active is own.sleep is None
    assert own.libraries == ("tflm-reference", "bare-c")
    assert set(own.provisional) == {"core", "timing"}


@pytest.mark.parametrize(("word", "fast"), [("esp32-c6", True), ("esp32-s2", False), ("esp32-p4", False)])
def test_an_esp32s_programs_are_built_on_esp_idf(tmp_path: Path, word: str, fast: bool) -> None:
    """An ESP32-S2 lacks the vectors for which ESP-NN is written on an ESP32-S3, and the P4 has its own."""
    own = pasted(tmp_path, word)
    assert own.framework.title == "ESP-IDF"
    assert ("tflm-esp-nn" in own.libraries) is fast


@pytest.mark.parametrize(
    ("word", "said", "extends"),
    [
        ("Waveshare RP2040 LCD", "its RP2040 is that of raspberry-pi-pico", "raspberry-pi-pico"),
        ("Cytron Maker Pi RP2040", "its RP2040 is that of raspberry-pi-pico", "raspberry-pi-pico"),
        ("ESP32-S3-EYE", "its ESP32-S3 is that of esp32-s3", "esp32-s3"),
        ("M5Stack Core ESP32", "its ESP32 is that of esp32", "esp32"),
        (
            "Adafruit Feather nRF52840",
            "arduino-nano-33-ble, nrf52840-dk, xiao-ble-sense",
            "arduino-nano-33-ble",
        ),
        ("WeAct STM32F411CE", "STM32F411CE (Cortex-M4 at 100 MHz", "cortex-m4"),
        ("sipeed k210", "K210 (RV64GC at 400 MHz", None),
    ],
)
def test_finds_the_chip_within_a_shops_name(
    tmp_path: Path, word: str, said: str, extends: str | None
) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(word)
    assert said in str(caught.value)
    assert pasted(tmp_path, word).parents[:1] == (() if extends is None else (extends,))


def pasted(folder: Path, word: str) -> Profile:
    with pytest.raises(ProfileError) as caught:
        load_profile(word)
    (folder / "own.toml").write_text(caught.value.__notes__[0], encoding="utf-8")
    return load_profile(folder / "own.toml")

"""A board is found by what people call it, and no other board is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from microinfer.errors import ProfileError
from microinfer.parts.profile import load_profile


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("rp2040", "raspberry-pi-pico"),
        ("nano33", "arduino-nano-33-ble"),
        ("Nano 33 BLE", "arduino-nano-33-ble"),
        ("esp32", "esp32"),
        ("ESP32-S3", "esp32-s3"),
        ("pico", "raspberry-pi-pico"),
        ("RP2350", "pico-2"),
        ("teensy 4.1", "teensy-4-1"),
        ("NUCLEO-L4R5ZI", "nucleo-l4r5zi"),
        ("STM32L4R5ZIT6", "nucleo-l4r5zi"),
        ("NUCLEO_U575ZI_Q", "nucleo-u575zi"),
        ("stm32h7a3", "nucleo-h7a3zi-q"),
        ("atmega2560", "arduino-mega"),
        ("apollo3", "sparkfun-edge"),
        ("m4", "cortex-m4"),
        ("Cortex-M7F", "cortex-m7"),
        ("m33", "cortex-m33"),
        ("Cortex-M3", "cortex-m3"),
        ("m55", "cortex-m55"),
        ("R7FA8D1BHECBD", "ek-ra8d1"),
        ("NUCLEO-H743ZI2", "nucleo-h743zi2"),
        ("nucleo-h753zi", "nucleo-h743zi2"),
        ("STM32H743ZIT6", "nucleo-h743zi2"),
        ("stm32h743", "openmv-h7"),
        ("Feather M4 Express", "feather-m4"),
        ("ItsyBitsy M4", "feather-m4"),
        ("ATSAMD51J19A", "feather-m4"),
        ("Wio Terminal", "wio-terminal"),
        ("FRDM-MCXN947", "frdm-mcxn947"),
        ("MCXN947VDF", "frdm-mcxn947"),
        ("Nano 33 BLE Sense Rev2", "arduino-nano-33-ble"),
        ("Portenta Vision Shield", "portenta-h7"),
        ("STM32H747I-DISCO", "stm32h747i-disco"),
        ("STM32F746G-DISCO", "stm32f746-discovery"),
        ("B-U585I-IOT02A", "nucleo-u575zi"),
        ("Seeed XIAO RP2040", "xiao-rp2040"),
        ("Arduino Nano RP2040 Connect", "nano-rp2040-connect"),
        ("Blue Pill", "bluepill"),
        ("STM32F103C8T6", "bluepill"),
    ],
)
def test_understands_usual_names(word: str, name: str) -> None:
    assert load_profile(word).name == name


@pytest.mark.parametrize(
    ("word", "names"),
    [
        (
            "stm32h7",
            [
                *("giga-r1", "nicla-vision", "nucleo-h743zi2", "nucleo-h7a3zi-q", "openmv-h7"),
                *("portenta-h7", "stm32h747i-disco"),
            ],
        ),
        ("samd51", ["feather-m4", "wio-terminal"]),
        ("nrf52840", ["arduino-nano-33-ble", "nrf52840-dk", "xiao-ble-sense"]),
    ],
)
def test_says_all_that_match(word: str, names: list[str]) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(word)
    assert f"may be {', '.join(names)}; choose one" in str(caught.value)


@pytest.mark.parametrize(
    "word",
    [
        "nano 33 iot",
        "stm32f103rb",
        "pygamer",
        "feather m0",
        "feather rp2040",
        "teensy lc",
        "teensy 3.2",
        "nicla sense",
        "portenta c33",
        "openmv m7",
        "esp32-c6",
        "esp32 (c6)",
        "cortex-m35p",
        "m23",
    ],
)
def test_another_board_of_a_like_name_is_not_taken_for_it(word: str) -> None:
    with pytest.raises(ProfileError, match="no profile"):
        load_profile(word)


@pytest.mark.parametrize("word", ["nano", "teensy"])
def test_a_name_of_several_boards_names_them(word: str) -> None:
    with pytest.raises(ProfileError, match="choose one of them"):
        load_profile(word)


@pytest.mark.parametrize(
    ("word", "board"),
    [
        ("SparkFun Edge (Apollo3)", "sparkfun-edge"),
        ("Arduino Nano ESP32 (S3)", "esp32-s3"),
        ("ESP32 (S3)", "esp32-s3"),
    ],
)
def test_a_remark_in_parentheses_may_be_another_name_of_the_board(word: str, board: str) -> None:
    assert load_profile(word).name == board


@pytest.mark.parametrize(
    ("word", "like"),
    [
        ("cortex-m0", "cortex-m0plus"),
        ("Cortex M23", "cortex-m0plus"),
        ("arm-cortex-m1", "cortex-m0plus"),
        ("m35p", "cortex-m33"),
        ("cortex-m52", "cortex-m55"),
    ],
)
def test_a_core_without_a_profile_names_the_nearest(word: str, like: str) -> None:
    with pytest.raises(ProfileError) as raised:
        load_profile(word)
    said = str(raised.value)
    assert f"it is nearest to {like}: the same" in said
    assert f'extends = "{like}"' in said
    assert "did you mean" not in said
    assert load_profile(like).kind == "part"


def test_a_file_of_ones_own_without_its_ending_is_pointed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('extends = "cortex-m4"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match=r"the file mine\.toml in this folder is \./mine\.toml"):
        load_profile("mine")

"""What an arena, or a model, outside the chip costs: as the board's rows have it, else nobody can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

import microinfer
from microinfer import load, load_profile, zoo
from microinfer.builder import ModelBuilder
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.errors import InputError, ProfileError
from microinfer.parts.memories import Slower

from support.check_models import convolution, finish, image

MODEL = Common(load(zoo.load("digits")))


def test_an_arena_outside_takes_as_much_longer_as_the_rows_did() -> None:
    inside, outside = (deploy(MODEL, load_profile(name)) for name in ("giga-r1", "giga-r1:sdram"))
    assert inside.seconds is not None
    assert outside.seconds is not None
    slower = outside.profile.memories[-2].slower
    assert slower == Slower(1.3, 1.0, 1.8)
    assert outside.seconds.typical == pytest.approx(1.3 * inside.seconds.typical, rel=0.01)
    assert outside.seconds.low <= inside.seconds.typical
    assert outside.seconds.high >= 1.8 * inside.seconds.typical
    assert outside.doubt == "provisional: arena in sdram"
    assert outside.memory is not None
    assert "external memory 'sdram'" in outside.memory.placements[0]
    assert outside.verdict == "yes"


def test_what_nobody_timed_cannot_be_told() -> None:
    found = deploy(MODEL, load_profile("esp32-s3:psram"))
    assert found.seconds is None
    assert found.energy is None
    assert found.why_no_time == "nobody has timed what lies in psram, outside the chip"
    usual = deploy(MODEL, load_profile("esp32-s3")).seconds
    assert usual is not None
    assert found.least_seconds == pytest.approx(usual.low, rel=0.1)
    checked = microinfer.check(MODEL.model, "esp32-s3:psram", max_latency=10.0)
    assert checked.verdict == "cannot-tell"


@pytest.mark.parametrize(("board", "known"), [("giga-r1", True), ("esp32-s3", False)])
def test_an_arena_too_large_for_the_chip_is_timed_where_it_goes(board: str, known: bool) -> None:
    b = ModelBuilder()
    large = Common(load(finish(b, convolution(b, image(b, 512)))))
    found = deploy(large, load_profile(board))
    assert [memory.kind for memory in found.outside] == ["external"]
    assert (found.seconds is not None) == known
    assert found.provisional


def test_the_memory_is_named_and_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="giga-r1: no RAM 'qspi', expected one of sram, dtcm, sdram"):
        load_profile("giga-r1:qspi")
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "giga-r1"\narena = "sdram"\n')
    assert deploy(MODEL, load_profile(mine)).doubt == "provisional: arena in sdram"
    mine.write_text('extends = "giga-r1"\narena = "flash"\n')
    with pytest.raises(ProfileError, match="key 'arena': found 'flash', expected one of its RAM"):
        load_profile(mine)
    mine.write_text(
        'extends = "giga-r1"\n[memory.sdram]\nslower = { typical = 1.5, least = 1.6, most = 2.0 }\n'
    )
    with pytest.raises(ProfileError, match=r"memory\.sdram\.slower': found least 1\.6, typical 1\.5"):
        load_profile(mine)


def test_the_ram_of_a_part_holds_what_lies_outside_the_chip() -> None:
    inside, outside = (deploy(MODEL, load_profile(name)).memory for name in ("giga-r1", "giga-r1:sdram"))
    assert inside is not None
    assert outside is not None
    assert outside.part_ram_bytes - inside.part_ram_bytes == 8 << 20


def test_a_colon_wants_a_memory_behind_it() -> None:
    with pytest.raises(InputError, match="giga-r1: no RAM '', expected one of sram, dtcm, sdram"):
        load_profile("giga-r1:")


@pytest.mark.parametrize("name", ["giga-r1:dtcm", "portenta-h7:dtcm"])
def test_a_framework_stays_in_sram_where_the_arena_does_not(name: str) -> None:
    found = deploy(MODEL, load_profile(name))
    assert found.memory is not None
    assert [said.partition(":")[0] for said in found.memory.placements[:2]] == [
        "arena",
        f"stack + globals + {found.profile.framework.title}",
    ]
    assert "sram" in found.memory.placements[1]


@pytest.mark.parametrize("name", ["giga-r1:sdram", "giga-r1:dtcm", "portenta-h7:dtcm", "ek-ra8d1:sdram"])
def test_arenas_of_every_size_have_one_verdict(name: str) -> None:
    for side in (100, 145, 150, 160, 500, 1200):
        b = ModelBuilder()
        model = finish(b, convolution(b, image(b, side)))
        checked = microinfer.check(model, name)
        assert checked.verdict == microinfer.compare(model, [name]).rows[0].verdict, side

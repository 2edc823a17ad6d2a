"""What boards' usual programs are built on: it takes flash and RAM, and so decides what fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microinfer import ModelBuilder, check, load_profile
from microinfer.errors import ProfileError

NANO = "arduino-nano-33-ble"


@pytest.fixture(scope="module")
def built_on(program: Any) -> list[Any]:
    """Published rows of boards with a framework."""
    held = program("published_rows").every()
    return [one for one in held if one.profile and load_profile(one.profile).framework.title]


def copied(bytes_: int) -> bytes:
    """A model whose arena is about twice so many bytes: an image and the same, clipped."""
    builder = ModelBuilder()
    builder.output(builder.relu(builder.input((1, 1, 1, bytes_), scale=0.05)))
    return builder.build()


@pytest.mark.parametrize(("size", "rows"), [("flash_kb", 8), ("ram_kb", 4)])
def test_published_programs_take_what_is_said(built_on: list[Any], size: str, rows: int) -> None:
    """Flash and RAM of programs that others linked for boards with a framework."""
    found = [one for one in built_on if size in one.row and getattr(one, size) is not None]
    assert len(found) >= rows
    for one in found:
        said = getattr(one, size)
        assert said.low <= one.row[size] <= said.high, (one.profile, one.row["model"], one.row[size], said)


@pytest.mark.parametrize(
    ("kilobytes", "verdict"), [(80, "yes"), (103, "cannot-tell"), (120, "cannot-tell"), (132, "no")]
)
def test_beside_the_framework_or_not(kilobytes: int, verdict: str) -> None:
    """Beside all that were seen: yes. Beside an empty one, or only without any: it cannot be told."""
    report = check(copied(kilobytes * 1024), NANO)
    assert report.verdict == verdict
    said = str(report.to_dict())
    assert "ArduinoCore-mbed" in said or verdict == "no"


def test_a_budget_of_flash_is_what_is_left_beside_the_framework() -> None:
    """Neither what an empty one takes counts against it, nor what others' took more."""
    own, held = (
        next(one for one in check("digits", NANO, max_flash=most).measures if one.name == "flash")
        for most in (None, "100k")
    )
    framework = load_profile(NANO).framework
    assert own.high is not None
    assert (own.value, own.high - (own.value or 0)) == (
        (held.value or 0) + framework.flash_least,
        framework.flash_most - framework.flash_least,
    )
    assert held.value == held.high
    assert "+ ArduinoCore-mbed" in own.counted
    assert "without ArduinoCore-mbed" in held.counted


def test_a_part_has_none() -> None:
    assert load_profile("cortex-m4").framework.title == ""


def test_a_profile_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    own = '[framework]\ntitle = "My RTOS"\nram_bytes = { least = 9_000, most = 12_000 }\n'
    path.write_text(f'extends = "cortex-m4"\n{own}', encoding="utf-8")
    found = load_profile(path).framework
    assert (found.title, found.ram_least, found.ram_most, found.flash_most) == ("My RTOS", 9_000, 12_000, 0)
    path.write_text(f'extends = "cortex-m4"\n{own.replace("12_000", "8_000")}', encoding="utf-8")
    with pytest.raises(ProfileError, match=r"ram_bytes.*least 9,000 above most 8,000"):
        load_profile(path)

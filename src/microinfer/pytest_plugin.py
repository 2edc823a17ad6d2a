"""Budgets as unit tests: the `mcu` fixture.

    def test_budget(mcu):
        mcu.fits("kws.tflite")
        mcu.arena_below("kws.tflite", 24 * 1024)
        mcu.cycles_below("kws.tflite", 4_000_000)
        mcu.bit_exact("kws.tflite", "golden_input.npy", "golden_output.npy")

`pytest --microinfer-profile nucleo-l4r5zi` chooses the part; given more than once, every test that uses `mcu`
runs on each. In pytest's configuration the same are `microinfer_profile`,
`microinfer_library`, `microinfer_release`, `microinfer_build` and `microinfer_max_turns`; what neither says,
the `microinfer.toml` in or above the root of the tests does.
Every pytest run of the user loads this file: it imports nothing that takes time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .errors import MicroinferError

if TYPE_CHECKING:
    from .checks.assertions import Mcu
    from .checks.settings import CheckSettings

__all__ = ["mcu"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("microinfer", "budgets of models on microcontrollers")
    group.addoption(
        "--microinfer-profile",
        action="append",
        default=[],
        metavar="PROFILE",
        help="Part or board of the fixture mcu, by name or .toml file; several times: one after the other.",
    )
    group.addoption(
        "--microinfer-library",
        metavar="LIBRARY",
        help="Kernel library of the fixture mcu; default: the profile's own.",
    )
    group.addoption(
        "--microinfer-release",
        metavar="RELEASE",
        help="Release of TFLM that the fixture mcu emulates; default 2026-08.",
    )
    group.addoption(
        "--microinfer-build",
        metavar="BUILD",
        help="How the firmware is compiled, 'Os,strings' say; default: as the part's common toolchain does.",
    )
    group.addoption(
        "--microinfer-max-turns",
        type=int,
        metavar="TURNS",
        help="How often loops may turn in one inference; default 100000.",
    )
    parser.addini("microinfer_profile", "parts or boards of the fixture mcu", type="args", default=[])
    parser.addini("microinfer_library", "kernel library of the fixture mcu", default="")
    parser.addini("microinfer_release", "release of TFLM that the fixture mcu emulates", default="")
    parser.addini("microinfer_build", "how the firmware of the fixture mcu is compiled", default="")
    parser.addini("microinfer_max_turns", "how often loops may turn in one inference", default="")


def _profiles(config: pytest.Config) -> list[str]:
    """Those of the command line, else those of the configuration, whose files are relative to it."""
    chosen: list[str] = config.getoption("--microinfer-profile")
    if chosen:
        return chosen
    folder = config.inipath.parent if config.inipath is not None else config.rootpath
    configured: list[str] = config.getini("microinfer_profile")
    return [str(folder / name) if name.endswith(".toml") else name for name in configured]


def pytest_report_header(config: pytest.Config) -> str | None:
    profiles = _profiles(config)
    return f"microinfer: {', '.join(profiles)}" if profiles else None


def _settings(config: pytest.Config) -> CheckSettings:
    """The user's own `microinfer.toml`."""
    from .checks.settings import near_settings

    try:
        return near_settings(config.rootpath)
    except MicroinferError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mcu" not in metafunc.fixturenames:
        return
    profiles = _profiles(metafunc.config) or _settings(metafunc.config).profiles
    if len(profiles) > 1:
        names = [Path(profile).stem for profile in profiles]
        metafunc.parametrize("mcu", profiles, indirect=True, ids=names, scope="session")


@pytest.fixture(scope="session")
def mcu(request: pytest.FixtureRequest) -> Mcu:
    """The microcontroller that budgets are held on; `mcu.on("cortex-m7")` is another one."""
    from .checks.assertions import Mcu

    config = request.config
    own = _settings(config)
    profiles = _profiles(config) or own.profiles
    profile = getattr(request, "param", None) or next(iter(profiles), "cortex-m4")

    def chosen(name: str, settled: str | None) -> str | None:
        return config.getoption(f"--microinfer-{name}") or config.getini(f"microinfer_{name}") or settled

    return Mcu(
        profile,
        chosen("library", own.library),
        config.rootpath,
        release=chosen("release", own.release),
        build=chosen("build", own.build),
        max_turns=_turns(config, own),
    )


def _turns(config: pytest.Config, own: CheckSettings) -> int | None:
    given = config.getoption("--microinfer-max-turns") or config.getini("microinfer_max_turns")
    try:
        found = int(given) if given else own.max_turns
    except ValueError:
        found = 0
    if found is not None and found < 1:
        raise pytest.UsageError(f"microinfer_max_turns: found {given!r}, expected a whole number, 1 or more")
    return found

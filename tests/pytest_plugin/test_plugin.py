"""The pytest plugin, as a user's repository meets it; and the assertions by themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from importlib.metadata import entry_points
from types import ModuleType

import numpy as np
import pytest

import microinfer
from microinfer import zoo

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:xdist")

BUDGET = """
    def test_fits(mcu):
        assert mcu.fits("model.tflite")
        assert mcu.arena_below("model.tflite", 8 * 1024)
        assert mcu.flash_below("model.tflite", 256 * 1024)
    def test_cycles(mcu):
        assert mcu.cycles_below("model.tflite", 3_000_000)
    def test_bits(mcu):
        assert mcu.bit_exact("model.tflite", "x.npy", "y.npz")
"""


class Imported:
    """Notes what a run inside this process imported, which pytester forgets at its end."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self.modules = modules

    def pytest_unconfigure(self) -> None:
        self.modules.update(sys.modules)


@pytest.fixture
def modules() -> Iterator[dict[str, ModuleType]]:
    """Imported again once pytester has forgotten them: else what is in use has classes of the same names that
    are others, and numpy refuses to be imported twice."""
    imported: dict[str, ModuleType] = {}
    yield imported
    for name, module in imported.items():
        if not name.startswith(("test_", "conftest")):
            sys.modules.setdefault(name, module)


@pytest.fixture
def pytester(
    modules: dict[str, ModuleType], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """As pytest's own, but what was imported stays so."""
    run = partial(pytester.inline_run, plugins=[Imported(modules)])
    monkeypatch.setattr(pytester, "inline_run", run)
    yield pytester
    modules.update(sys.modules)


@pytest.fixture(scope="module")
def installed() -> None:
    if "microinfer" not in entry_points(group="pytest11").names:
        pytest.fail("the entry point pytest11 is not installed; install the package anew")


@pytest.fixture
def repository(pytester: pytest.Pytester, installed: None) -> pytest.Pytester:
    """A user's repository: a model, golden data and a test file."""
    (pytester.path / "model.tflite").write_bytes(zoo.load("digits"))
    np.save(pytester.path / "x.npy", zoo.sample("digits"))
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("digits"))
    interpreter.invoke()
    np.savez(pytester.path / "y.npz", y=interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    pytester.makepyfile(test_budget=BUDGET)
    return pytester


def test_budgets_hold(repository: pytest.Pytester) -> None:
    repository.runpytest_inprocess(*QUIET).assert_outcomes(passed=3)


def test_the_option_chooses_the_part(repository: pytest.Pytester) -> None:
    result = repository.runpytest_inprocess(*QUIET, "--microinfer-profile", "atmega328p")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["microinfer: atmega328p"])


def test_several_parts_one_after_the_other(repository: pytest.Pytester) -> None:
    options = [f"--microinfer-profile={name}" for name in ("atmega328p", "cortex-m7")]
    result = repository.runpytest_inprocess(*QUIET, "-v", *options)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*test_fits?atmega328p? PASSED*", "*test_fits?cortex-m7? PASSED*"])


def test_the_configuration_chooses_the_part(repository: pytest.Pytester) -> None:
    repository.makepyprojecttoml(
        "[tool.pytest.ini_options]\n"
        'microinfer_profile = ["./parts/mine.toml"]\nmicroinfer_library = "tflm-reference"\n'
    )
    (repository.path / "parts").mkdir()
    (repository.path / "parts/mine.toml").write_text('extends = "cortex-m4"\ntitle = "mine"\n')
    repository.makepyfile(
        test_own="def test_own(mcu):\n"
        "    assert (mcu.profile.title, mcu.library) == ('mine', 'tflm-reference')\n"
        "    assert mcu.on('cortex-m7').library == 'tflm-cmsis-nn'\n"
    )
    repository.runpytest_inprocess(*QUIET, "test_own.py").assert_outcomes(passed=1)
    repository.mkdir("deeper")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repository.path / "deeper")
        repository.runpytest_inprocess(*QUIET, "..").assert_outcomes(passed=4)


def test_a_budget_that_is_missed_says_by_how_much(repository: pytest.Pytester) -> None:
    repository.makepyfile(
        test_budget="def test_arena(mcu):\n    mcu.arena_below('model.tflite', 1000)\n"
        "def test_cycles(mcu):\n    mcu.cycles_below('model.tflite', 1000)\n"
    )
    result = repository.runpytest_inprocess(*QUIET)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E*AssertionError: * on cortex-m4 (tflm-cmsis-nn) needs an arena of *"])
    result.stdout.no_fnmatch_line("*budgets.py*")


def test_nothing_heavy_is_imported_at_start(repository: pytest.Pytester) -> None:
    repository.makepyfile(
        test_budget="import sys\n"
        "def test_light():\n"
        "    heavy = {'numpy', 'numba', 'flatbuffers', 'jinja2', 'rich', 'click'}\n"
        "    assert 'microinfer.pytest_plugin' in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    others = [name for name in entry_points(group="pytest11").names if name != "microinfer"]
    without = [argument for name in others for argument in ("-p", f"no:{name}")]
    result = repository.runpytest_subprocess("-p", "no:cacheprovider", *without)
    result.assert_outcomes(passed=1)


def test_planning_and_pricing_need_no_numba(repository: pytest.Pytester) -> None:
    repository.makepyfile(
        test_budget="import sys\n"
        "def test_light(mcu):\n"
        "    mcu.fits('model.tflite')\n"
        "    mcu.cycles_below('model.tflite', 3_000_000)\n"
        "    assert 'numba' not in sys.modules\n"
    )
    repository.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


def test_what_is_not_said_is_taken_from_the_settings(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("microinfer.toml").write_text(
        'release = "2026-10"\n[check]\nprofile = "arduino-uno"\nbuild = "Os"\n'
    )
    pytester.makepyfile(
        """
        def test_part(mcu):
            assert (mcu.profile.name, str(mcu.profile.build)) == ("arduino-uno", "Os")
            assert mcu.release.name == "2026-10"
            assert str(mcu.on("cortex-m4").profile.build) == "Os"
        """
    )
    pytester.inline_run(*QUIET).assertoutcome(passed=1)
    pytester.makepyfile(
        """
        def test_part(mcu):
            assert (mcu.profile.name, str(mcu.profile.build)) == ("cortex-m7", "O3")
            assert mcu.release.name == "2026-08"
        """
    )
    chosen = ("--microinfer-profile=cortex-m7", "--microinfer-build=O3", "--microinfer-release=2026-08")
    pytester.inline_run(*QUIET, *chosen).assertoutcome(passed=1)
    pytester.path.joinpath("microinfer.toml").write_text('[check]\nprofil = "arduino-uno"\n')
    pytester.inline_run(*QUIET).assertoutcome(failed=1)

"""What all tests share: where the truth files are, and how many examples a property is tried on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from support.dask_processes import DaskProcesses
from support.unchecked import summary

if TYPE_CHECKING:
    from support.firmware import Compiler

EXAMPLES = int(os.environ.get("MICROINFER_EXAMPLES", "200"))
settings.register_profile(
    "microinfer",
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("microinfer")

for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(name, None)  # what is printed must not hang on the terminal that runs the tests


def shared_folder() -> Path | None:
    """The folder of truth files: MICROINFER_SHARED, else `shared` beside the repository."""
    named = os.environ.get("MICROINFER_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    return folder if (folder / "truth").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = shared_folder()
    if folder is None:
        pytest.skip("the truth files are not here; MICROINFER_SHARED names their folder")
    return folder


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[DaskProcesses]:
    """A scheduler without workers."""
    pytest.importorskip("distributed")
    made = DaskProcesses(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def on_host(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """gcc of this computer, with sanitizers, for what bare-c exports."""
    from support.firmware import host

    return host(tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="module")
def on_arm(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """gcc for the Cortex-M4 that QEMU has."""
    from support.firmware import ARM_FLAGS, Compiler

    return Compiler(tmp_path_factory.mktemp("arm"), "arm-none-eabi-gcc", *ARM_FLAGS)


def pytest_configure(config: pytest.Config) -> None:
    """Without numba's compiler kernels are numpy's scalars, which warn of what C and compiled kernels pass
    over: an overflow to infinity, the root of a negative number."""
    if os.environ.get("NUMBA_DISABLE_JIT"):
        config.addinivalue_line("filterwarnings", "ignore::RuntimeWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of modules that use the TFLM oracle are the ones that run kernels on small shapes.

    Its package exists for Linux on x86-64 only: elsewhere they are skipped, there they must run.
    """
    published = sys.platform == "linux" and platform.machine() == "x86_64"
    absent = not published and find_spec("tflite_micro") is None
    for item in items:
        if hasattr(getattr(item, "module", None), "tflm"):
            item.add_marker(pytest.mark.kernels)
            if absent:
                item.add_marker(pytest.mark.skip(reason="tflite-micro is published for Linux x86-64 only"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What could not be checked here, and why, in one line."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [report.longrepr[2] if isinstance(report.longrepr, tuple) else "" for report in skipped]
    terminalreporter.write_line(summary(reasons))


@pytest.fixture(scope="module")
def program() -> Iterator[Callable[[str], Any]]:
    """Imports a program of benchmarks/ by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
        yield import_module


@pytest.fixture
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the gallery's example in the test's HERE, and forgets it afterwards.

    Several examples have modules of the same name.
    """
    gallery = Path(__file__).resolve().parents[1] / "examples" / "gallery"
    monkeypatch.syspath_prepend(str(gallery))
    monkeypatch.syspath_prepend(str(request.module.HERE))
    before = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - before:
        if str(gallery) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]

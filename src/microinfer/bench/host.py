"""What this computer is, for whoever reads a figure that was measured on it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import numpy as np

from ..words.dataclass import dataclass
from ..words.version import __version__

__all__ = ["Computer", "copy_bandwidth", "describe_computer"]

PACKAGES = ("numpy", "numba", "llvmlite", "tflite-micro", "ai-edge-litert")
CACHED_BYTES = 128 << 10


@dataclass(frozen=True, slots=True)
class Computer:
    """`processors` are those that this process may use; `versions` holds the packages that are installed."""

    processor: str
    processors: int
    system: str
    versions: dict[str, str]

    def describe(self) -> str:
        """One line."""
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.processor}, {self.processors} processors, {self.system}; {packages}"


def describe_computer() -> Computer:
    """This computer, its processor by the name that its maker sells it under where the system knows it."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    versions = {"microinfer": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return Computer(_processor(), processors, f"{platform.system()} {platform.machine()}", versions)


def _processor() -> str:
    sold_as = _from_linux() if sys.platform == "linux" else _from_macos() if sys.platform == "darwin" else ""
    return sold_as or platform.processor() or platform.machine() or "unknown processor"


def _from_linux() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _from_macos() -> str:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def least_time(run: Callable[[], object], seconds: float) -> float:
    """The shortest of as many runs as fit into so many seconds, five at least."""
    times: list[float] = []
    end = perf_counter() + seconds
    while len(times) < 5 or perf_counter() < end:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


def copy_bandwidth(seconds: float = 0.05) -> float:
    """Bytes read and written by second when a piece that fits the second-level cache is copied."""
    source, target = np.ones(CACHED_BYTES, np.int8), np.empty(CACHED_BYTES, np.int8)
    return 2 * CACHED_BYTES / least_time(lambda: np.copyto(target, source), seconds)

"""A scheduler and workers of Dask's, each a process of its own on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import microinfer

__all__ = ["DaskProcesses", "path_of_another"]


def path_of_another(folder: Path) -> str:
    """The PYTHONPATH of a copy of the package that says it is another version."""
    shutil.copytree(Path(microinfer.__file__).parent, folder / "microinfer", symlinks=False)
    (folder / "microinfer/words/version.py").write_text('__version__ = "9.9.9"\n')
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


class DaskProcesses:
    """`scheduler` and `workers` may be killed; `close` ends what is left."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._file = folder / "scheduler.json"
        self._log = (folder / "dask.log").open("wb")
        self.workers: list[subprocess.Popen[bytes]] = []
        local = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self._start(
            "dask_scheduler", *local, "--scheduler-file", str(self._file), **environment
        )
        end = monotonic() + 60
        while not self.address:
            assert monotonic() < end, "no scheduler"
            assert self.scheduler.poll() is None, (folder / "dask.log").read_text()
            sleep(0.1)

    @property
    def address(self) -> str:
        """tcp://..., "" as long as there is none."""
        try:
            return str(json.loads(self._file.read_text())["address"])
        except (OSError, ValueError):
            return ""

    def _start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **environment},
        )

    def add_worker(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        """One thread, and nobody who starts it again."""
        options = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", name, "--memory-limit", "0")
        worker = self._start("dask_worker", self.address, "--host", "127.0.0.1", *options, **environment)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait()
        self._log.close()

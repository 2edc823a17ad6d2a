"""LiteRT from the outside: the worker process, what it says, and what its end means."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..model.tables import Model
from ..model.whole import whole
from ..operators.resources import resources
from ..operators.spec import Array
from .exposure import expose

__all__ = ["LiteRT", "RuntimeRefusedError"]

LONGEST_REASON = 160
INSTALL = "LiteRT is not installed; pip install 'microinfer[litert]'"


class RuntimeRefusedError(InputError):
    """A runtime that is not installed, or does not take this model."""


class LiteRT:
    """A model in LiteRT, in a process of its own, which ends with `close` or with this object.

    Args:
        reference: its reference kernels; otherwise what it does by itself, which is XNNPACK.
        exposed: every operator's outputs; otherwise only the model's own.

    Raises:
        RuntimeRefusedError: it is not installed, refuses the model, or crashes.
    """

    def __init__(self, model: Model, *, reference: bool = False, exposed: bool = True) -> None:
        files = [*([expose(model)[0]] if exposed else []), bytes(model.data)]
        self._inputs, self._outputs = model.subgraphs[0].inputs, model.subgraphs[0].outputs
        worker = Path(__file__).with_name("litert_worker.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # A reset of LiteRT's leaves resource variables as they are.
        anew = bool(resources(whole(model.subgraphs)).variables)
        word, reason = self._ask((reference, files, anew))
        if word != "ready":
            self.close()
            short = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]} ..."
            raise RuntimeRefusedError(INSTALL if word == "absent" else f"LiteRT refuses the model: {short}")

    def _ask(self, content: Any) -> Any:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(content, process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            code = self.close()
            try:
                how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            except ValueError:
                how = f"signal {-code}"
            raise RuntimeRefusedError(f"LiteRT crashes on this model ({how})") from None

    def __call__(self, sample: Sequence[Array]) -> Mapping[int, Array]:
        """Stored outputs by tensor index.

        The model's own are those of the file as it is; showing the others might have changed how LiteRT
        fuses them.

        Raises:
            RuntimeRefusedError: it fails, or crashes.
        """
        word, found = self._ask(list(zip(self._inputs, sample, strict=True)))
        if word != "done":
            self.close()
            raise RuntimeRefusedError(f"LiteRT fails to run the model: {found}")
        return {**found[0], **{index: found[-1][index] for index in self._outputs}}

    def close(self) -> int:
        """End the process; returns its exit code."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass
        try:
            return process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()

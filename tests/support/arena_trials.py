"""TFLM itself in arenas of given sizes, each in a process of its own: too small a one may crash it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence

__all__ = ["works"]


def works(trials: Sequence[tuple[bytes, int]]) -> list[bool]:
    """Whether tflite-micro allocates each model's tensors in an arena of so many bytes."""
    done = subprocess.run(
        [sys.executable, __file__], input=pickle.dumps(list(trials)), capture_output=True, check=True
    )
    return [letter == "1" for letter in done.stdout.decode()]


def _try(model: bytes, size: int) -> bool:
    from tflite_micro.python.tflite_micro import runtime

    child = os.fork()
    if child == 0:
        try:
            runtime.Interpreter.from_bytes(model, arena_size=size)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    from tflite_micro.python.tflite_micro import runtime  # noqa: F401  once, before the forks

    print("".join("01"[_try(*trial)] for trial in pickle.load(sys.stdin.buffer)), end="")

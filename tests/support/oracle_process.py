"""Files that may be damaged, through TFLM's own Python runtime in a process each: it may crash on them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ended", "run_damaged"]

SECONDS = 20
Ended = tuple[str, Any]
"""("outputs", one array [n, ...] an output), ("error", what it said), or ("crash", None)."""


def run_damaged(models: Sequence[bytes], inputs: Sequence[NDArray[Any]], outputs: int) -> list[Ended]:
    """What becomes of each model with these samples, one array [n, *shape] an input, each from the start."""
    given = pickle.dumps((list(models), list(inputs), outputs))
    done = subprocess.run([sys.executable, Path(__file__)], input=given, capture_output=True, check=True)
    found: list[Ended] = pickle.loads(done.stdout)
    return found


def _one(model: bytes, inputs: Sequence[NDArray[Any]], outputs: int) -> Ended:
    from tflite_micro.python.tflite_micro import runtime

    made: list[list[NDArray[Any]]] = [[] for _ in range(outputs)]
    try:
        for sample in range(len(inputs[0])):
            interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 20)
            for index, array in enumerate(inputs):
                interpreter.set_input(array[sample], index)
            interpreter.invoke()
            for index, column in enumerate(made):
                column.append(np.array(interpreter.get_output(index)))
    except Exception as error:
        return "error", f"{type(error).__name__}: {error}"
    return "outputs", [np.stack(column) for column in made]


def _apart(model: bytes, inputs: Sequence[NDArray[Any]], outputs: int) -> Ended:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.alarm(SECONDS)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        found = _one(model, inputs, outputs)
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(found, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return pickle.loads(said) if said else ("crash", None)


def main() -> None:
    models, inputs, outputs = pickle.load(sys.stdin.buffer)
    found = [_apart(model, inputs, outputs) for model in models]
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()

"""The models that are timed, and the runtimes that are timed against one another on the same input.

From the zoo; where the truth files are (MICROINFER_SHARED, else `shared` beside the repository), the real
networks in them; and MobileNetV2, built. Every runtime uses one thread.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

import microinfer
from microinfer import zoo
from microinfer.run.patterns import pattern
from mobilenet_v2 import NAMES, mobilenet_v2

__all__ = ["READY", "RUNTIMES", "best_seconds", "models"]

Invoke: TypeAlias = Callable[[], Any]

REAL = (
    "hello_world_int8",
    "ad01_int8",
    "kws_ref_model",
    "vww_96_int8",
    "person_detect",
    "pretrainedResnet_quant",
)
TFLM_ARENA_BYTES = 64 << 20
FEWEST_RUNS = 3
LARGE_BYTES = 1 << 20

# Rubbish takes as long as an image does.
warnings.filterwarnings("ignore", "input .* was overwritten by the previous invoke")


def models() -> dict[str, bytes]:
    """Name to the bytes of a `.tflite` file, smallest network first in either family."""
    named = os.environ.get("MICROINFER_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    files = {name: folder / "models" / f"{name}.tflite" for name in REAL}
    real = {name: file.read_bytes() for name, file in files.items() if file.is_file()}
    built = {name: mobilenet_v2(side) for name, side in NAMES.items()}
    return real | {name: zoo.load(name) for name in zoo.names()} | built


def _microinfer(model: bytes) -> Invoke:
    """Large networks in the arena, as users run them: beside one another their tensors fill a cache. Small
    ones, whose single input the arena would reuse, beside one another."""
    interpreter = microinfer.Interpreter(model, preserve_all_tensors=len(model) < LARGE_BYTES)
    for detail in interpreter.get_input_details():
        shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"]).name
        interpreter.set_tensor(detail["index"], pattern(1, shape, dtype))
    return interpreter.invoke


def _tflite_micro(model: bytes) -> Invoke:
    interpreter = _make_tflite_micro(model)
    for index, detail in enumerate(microinfer.Interpreter(model).get_input_details()):
        shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"]).name
        interpreter.set_input(pattern(1, shape, dtype), index)
    invoke: Invoke = interpreter.invoke
    return invoke


def _litert(model: bytes) -> Invoke:
    """With XNNPACK, as it comes; its bits are others."""
    interpreter = _make_litert(model)
    for detail in interpreter.get_input_details():
        shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"]).name
        interpreter.set_tensor(detail["index"], pattern(1, shape, dtype))
    invoke: Invoke = interpreter.invoke
    return invoke


RUNTIMES: dict[str, Callable[[bytes], Invoke]] = {
    "microinfer": _microinfer,
    "tflite-micro": _tflite_micro,
    "LiteRT": _litert,
}
"""Name to what makes the function that runs one inference; it raises where a runtime is not installed
(ImportError) or refuses the model (RuntimeError, ValueError)."""


def _make_microinfer(model: bytes) -> Any:
    return microinfer.Interpreter(model)


def _make_tflite_micro(model: bytes) -> Any:
    from tflite_micro.python.tflite_micro import runtime

    return runtime.Interpreter.from_bytes(model, arena_size=TFLM_ARENA_BYTES)


def _make_litert(model: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


READY: dict[str, Callable[[bytes], Any]] = {
    "microinfer": _make_microinfer,
    "tflite-micro": _make_tflite_micro,
    "LiteRT": _make_litert,
}
"""Name to what makes an interpreter that could run, and does not; it raises as in `RUNTIMES`."""


def best_seconds(invoke: Invoke, seconds: float = 0.3) -> float:
    """The shortest of as many runs as fit, a few at least: what else the machine does only adds."""
    invoke()
    times = []
    end = perf_counter() + seconds
    while len(times) < FEWEST_RUNS or perf_counter() < end:
        start = perf_counter()
        invoke()
        times.append(perf_counter() - start)
    return min(times)

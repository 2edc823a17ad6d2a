"""Scores that need no training: they put models in an order, and say nothing of how right their answers are.

They take a model as `build` gives it. `regions` looks at the answers of its weights as they are drawn, and
wants them drawn as for training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ..deploy.verdict import weights_bytes
from ..errors import InputError
from ..model.read import load
from ..operators.prepare import prepare
from ..run.interpreter import Interpreter

__all__ = ["PROXIES", "macs", "regions", "weights"]

SAMPLES = 16
SEED = 20210711


def macs(made: bytes) -> float:
    """Multiply-accumulates of an inference: of what fits the budgets, what computes most."""
    return float(sum(step.geometry.macs for step in prepare(load(made))))


def weights(made: bytes) -> float:
    """Bytes of constants: of what fits the budgets, what can learn most."""
    return float(weights_bytes(load(made)))


def regions(made: bytes) -> float:
    """How differently the units are on and off for inputs that differ: the logarithm of the determinant of
    the matrix of agreements between inputs drawn at random.

    Source: J. Mellor and others, Neural Architecture Search without Training, ICML 2021.

    Raises:
        InputError: the model takes or gives no numbers that can be drawn.
    """
    random = np.random.default_rng(SEED)
    interpreter = Interpreter(made, preserve_all_tensors=True)
    codes = []
    for _ in range(SAMPLES):
        for detail in interpreter.get_input_details():
            dtype = np.dtype(detail["dtype"])
            if dtype.kind in "iu":
                ends = np.iinfo(dtype)
                values = random.integers(ends.min, ends.max, detail["shape"], dtype, endpoint=True)
            elif dtype.kind == "f":
                values = random.standard_normal(detail["shape"]).astype(dtype)
            else:
                raise InputError(f"regions: input {detail['name']} is {dtype}, expected numbers")
            interpreter.set_tensor(detail["index"], values)
        interpreter.invoke()
        codes.append(_code(interpreter))
    on = np.array(codes, np.float64)
    agreed = on @ on.T + (1 - on) @ (1 - on).T
    return float(np.linalg.slogdet(agreed + 1e-6 * np.eye(SAMPLES))[1])


def _code(interpreter: Interpreter) -> NDArray[np.bool_]:
    """Which units of all layers are above nought."""
    graph = interpreter.subgraph
    found = [np.zeros(0, np.bool_)]
    for tensor in graph.tensors:
        if tensor.is_constant or tensor.index in graph.inputs:
            continue
        values = interpreter.get_tensor(tensor.index)
        if values.dtype.kind in "iuf":
            nought = 0 if tensor.quantization is None else tensor.quantization.zero_point[0]
            found.append((values > nought).ravel())
    return np.concatenate(found)


PROXIES: Mapping[str, Callable[[bytes], float]] = {"macs": macs, "weights": weights, "regions": regions}
"""Name to score."""

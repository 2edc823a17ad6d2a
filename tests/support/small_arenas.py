"""Small models and random graphs, with their plans, inputs and outputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder
from microinfer.libraries.target import DEFAULT_TARGET, HOST_TARGET
from microinfer.memory.plan import MemoryPlan
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.graphs import random_graph
from support.oracle import Interpreter

__all__ = ["graphs", "inputs_of", "outputs", "plan_of", "small_model"]

graphs = st.builds(random_graph, st.integers(0, 1 << 30), st.sampled_from([1, 3, 8, 20, 60, 200]))


def plan_of(data: bytes, library: str = "tflm-reference", pointer_bytes: int = 4) -> MemoryPlan:
    model = load(data)
    target = HOST_TARGET if pointer_bytes == 8 else replace(DEFAULT_TARGET, pointer_bytes=pointer_bytes)
    return plan_memory(model, prepare(model), library, target)


def inputs_of(data: bytes, seed: int = 0) -> list[NDArray[Any]]:
    random = np.random.default_rng(seed)
    subgraph = load(data).subgraphs[0]
    shapes = [subgraph.tensors[index].shape for index in subgraph.inputs]
    return [random.integers(-128, 128, shape, np.int8) for shape in shapes]


def outputs(interpreter: Interpreter, inputs: list[NDArray[Any]]) -> list[NDArray[Any]]:
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def small_model(**metadata: bytes) -> bytes:
    builder = ModelBuilder("small")
    x = builder.input((1, 40), scale=0.1, zero_point=0)
    for units in (64, 48, 8):
        weights = np.arange(units * x.shape[1], dtype=np.int64).reshape(units, -1) % 11 - 5
        x = builder.fully_connected(x, weights.astype(np.int8), weight_scale=0.01, scale=0.1, zero_point=0)
    builder.output(x)
    for name, content in metadata.items():
        builder.metadata(name, content)
    return builder.build()

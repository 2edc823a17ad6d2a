"""Every operator of the resolver with every combination of types: what is accepted is priced or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, ModelError
from microinfer.cli import main
from microinfer.cost import estimate
from microinfer.graph import Node, Step, prepare_node, resolve
from microinfer.loader import load
from microinfer.model import Quantization, Tensor
from microinfer.ops import OpResolver
from microinfer.profile import load_profile, profile_names
from single_operators import OPERATORS, model_of

TYPES = ("int8", "int16", "int32", "int64", "float32", "bool", "uint8", "int4")
LIBRARIES = ("bare-c", "tflm-reference", "tflm-cmsis-nn")


def retyped(tensor: Tensor, dtype: str, quantized: str) -> Tensor:
    data = tensor.data
    if data is not None and dtype != tensor.dtype:
        data = data.astype("int8" if dtype == "int4" else dtype)
    found = tensor.quantization
    if found is not None and quantized == "symmetric":
        found = Quantization(found.scale, np.zeros_like(found.zero_point), found.quantized_dimension)
    return replace(tensor, dtype=dtype, data=data, quantization=None if quantized == "none" else found)


def accepted(name: str) -> Iterator[Step]:
    """The operator's model with other types, as far as the resolver takes them."""
    model = load(model_of(OPERATORS[name]))
    operator = [found for found in model.subgraphs[0].operators if found.opcode == name][-1]
    node = resolve(model.subgraphs[0], operator)
    resolver = OpResolver.builtin()
    given = [place for place, tensor in enumerate(node.inputs) if tensor is not None][:3]
    for types in product(TYPES, repeat=len(given) + 1):
        for quantized in ("as it is", "none", "symmetric"):
            inputs = list(node.inputs)
            for place, dtype in zip(given, types[:-1], strict=True):
                found = inputs[place]
                assert found is not None
                inputs[place] = retyped(found, dtype, quantized)
            outputs = tuple(retyped(tensor, types[-1], quantized) for tensor in node.outputs)
            try:
                yield prepare_node(Node(operator, tuple(inputs), outputs), resolver)
            except ModelError:
                continue


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_the_resolver_accepts_has_a_price_or_is_unknown(name: str) -> None:
    profiles = [load_profile(found) for found in profile_names()]
    steps = {repr(step.geometry): step for step in accepted(name)}
    assert steps
    for profile, library in product(profiles, LIBRARIES):
        for step, cost in zip(steps.values(), estimate(list(steps.values()), profile, library), strict=True):
            assert (cost.cycles is None) == (cost.cycles_low is None) == (cost.cycles_high is None), step
            assert cost.cycles is not None or cost.note, step


@pytest.mark.parametrize("name", ["add", "sub", "mul"])
@pytest.mark.parametrize("command", ["compare", "check", "plan", "run", "report"])
def test_int32_arithmetic_ends_no_command(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = ModelBuilder(name)
    x, y = b.input((4,), "int32"), b.input((4,), "int32")
    b.output(getattr(b, name)(x, y))
    monkeypatch.chdir(tmp_path)
    Path("model.tflite").write_bytes(b.build())
    with pytest.raises(SystemExit) as ended:
        main([command, "model.tflite", *(["-o", "page.html"] if command == "report" else [])])
    assert ended.value.code in (0, None)

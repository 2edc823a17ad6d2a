"""Graphs and names of every shape are drawn in the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import microinfer
from microinfer.builder import ModelBuilder
from microinfer.operators import relu
from microinfer.view.html import render

from support.html_outline import outline, run


def test_names_in_the_model_stay_text() -> None:
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b\x00"
    builder = ModelBuilder(attack)
    x = builder.input((1, 4), scale=0.5, zero_point=0, name=attack)
    builder.output(builder.relu(x))
    found = outline(render(run(builder.build())))
    assert sum(name == "onerror" for _, name, _ in found.attributes) == 0
    assert "alert(1)" in found.text or "alert(2)" in str(found.attributes)
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", found.text)


def test_graphs_of_every_shape(tmp_path: Path) -> None:
    """Many inputs and outputs, an input that is an output, tensors read late, no operators' weights."""
    builder = ModelBuilder("branches")
    first = builder.input((1, 4, 4, 2), scale=0.1, zero_point=0)
    second = builder.input((1, 4, 4, 2), scale=0.1, zero_point=3)
    late = builder.add(first, second, scale=0.2, zero_point=0)
    last = late
    for _ in range(12):
        last = builder.relu(last)
    builder.output(builder.add(last, late, scale=0.3, zero_point=0))
    builder.output(late)
    found = outline(render(run(builder.build(), "cortex-m4")))
    assert "unknown" in found.text
    assert sum(1 for tag, name, value in found.attributes if (tag, name) == ("path", "class")) >= 14


@pytest.mark.parametrize("profile", ["cortex-m4", "cortex-m0plus"])
def test_a_model_with_an_operator_of_the_users_own_has_a_page(profile: str) -> None:
    b = ModelBuilder("c")
    x = b.input((1, 8), scale=0.05, zero_point=0)
    t = b.tensor((1, 8), "int8", 0.05, 0)
    b.operator("CUSTOM", [x], [t], custom_code="MINE")
    b.output(t)
    resolver = microinfer.OpResolver.builtin()
    resolver.register("MINE", relu.prepare)
    interpreter = microinfer.Interpreter(b.build(), profile, library="tflm-reference", resolver=resolver)
    interpreter.invoke(record=True)
    assert "MINE" in outline(render(interpreter)).text

"""What is no number: the same elements with vectors and without; which NaN each is, the page says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.kernels import _processor
from microinfer.operators.example import Draw
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec

from support.oracle import Interpreter

PAGE = Path(__file__).parents[2] / "docs/run-and-read-bits.md"
ODD = np.array([0x7FC12345, 0xFFC54321, 0x7F800000, 0xFF800000], np.uint32).view(np.float32)
"""Two NaN of different sign and payload, and the infinities, whose differences are NaN, too."""
CASES = [
    pytest.param(one, id=one.name)
    for one in rows()
    if "float32" in one.types and not one.custom and one.name not in {"FILL", "SVDF"}
]


def named() -> set[str]:
    (line,) = re.findall(r"sign and payload.*?in ([A-Z0-9_, \nand]+)\.", PAGE.read_text("utf-8"), re.DOTALL)
    return set(re.findall(r"[A-Z][A-Z0-9_]+", line))


@pytest.mark.kernels
@pytest.mark.parametrize("spec", CASES)
def test_vectors_make_nan_where_others_do(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(2):
        generator = np.random.default_rng(seed)
        draw = Draw(ModelBuilder(spec.name.lower()), generator, "float32")
        made = spec.example(draw)
        draw.b.output(*(made if isinstance(made, tuple) else (made,)))
        found = []
        for switch in ("on", "off"):
            monkeypatch.setenv(_processor.SWITCH, switch)
            interpreter = Interpreter(draw.b.build())
            drawn = np.random.default_rng(seed)
            for detail in interpreter.get_input_details():
                values = drawn.integers(0, 2, detail["shape"]).astype(detail["dtype"])
                if values.dtype == np.float32:
                    values = drawn.normal(size=values.shape).astype(np.float32)
                    values = np.where(
                        drawn.random(values.shape) < 0.25, drawn.choice(ODD, values.shape), values
                    )
                interpreter.set_tensor(detail["index"], values)
            interpreter.invoke()
            outputs = interpreter.get_output_details()
            found.append([interpreter.get_tensor(one["index"]).copy() for one in outputs])
        for vectors, without in zip(*found, strict=True):
            if vectors.dtype != np.float32:
                assert vectors.tobytes() == without.tobytes()
                continue
            one, other = (np.where(np.isnan(each), np.float32(np.nan), each) for each in (vectors, without))
            assert one.tobytes() == other.tobytes()
            assert spec.name in named() or vectors.tobytes() == without.tobytes()

"""Without inputs of one's own, numbers of rows are such that a device can look them up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_array_equal

from microinfer import Interpreter, zoo
from microinfer.builder import ModelBuilder
from microinfer.cli import main
from microinfer.exports import tflm as tflm_export
from microinfer.run.inputs import set_inputs

from support.oracle import tflm


def looked_up(operator: str) -> ModelBuilder:
    b = ModelBuilder()
    table = b.constant(np.arange(-60, 60, dtype=np.int8).reshape(5, 24), np.float32(0.1), 0)
    rows = b.input((3, 2) if operator == "gather_nd" else (7,), dtype="int32")
    look: dict[str, Callable[[], Any]] = {
        "gather": lambda: b.gather(table, rows),
        "gather_nd": lambda: b.gather_nd(table, rows),
        "embedding_lookup": lambda: b.embedding_lookup(table, rows),
    }
    b.output(look[operator]())
    return b


@pytest.mark.parametrize("operator", ["gather", "gather_nd", "embedding_lookup"])
def test_rows_that_there_are(operator: str, tmp_path: Path) -> None:
    model = looked_up(operator).build()
    interpreter = Interpreter(model)
    set_inputs(interpreter, None)
    given = interpreter.get_tensor(interpreter.get_input_details()[0]["index"]).copy()
    assert given.min() >= 0
    assert 1 < given.max() < 5
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    if operator != "embedding_lookup":
        assert_array_equal(found, tflm(model, [given])[0])
    tflm_export.export(model, tmp_path / "out")
    (tmp_path / "rows.tflite").write_bytes(model)
    made = CliRunner().invoke(main, ["diff", str(tmp_path / "rows.tflite"), "-p", "cortex-m4"])
    assert made.exit_code == 0, made.output


@pytest.mark.parametrize("entry", zoo.names())
def test_every_network_of_the_zoo_runs_as_it_is(entry: str) -> None:
    made = CliRunner().invoke(main, ["run", entry, "-p", "cortex-m4"])
    assert made.exit_code == 0, made.output

"""The golden files are what their plan and the oracle give, wherever the oracle is."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import golden_file
from support.generate_golden import main, oracle_version
from support.oracle import tflm

GOLDEN = golden_file.read()


@pytest.mark.parametrize("operator", sorted(GOLDEN))
def test_the_oracle_still_computes_the_golden_outputs(operator: str) -> None:
    for case in GOLDEN[operator]["cases"]:
        inputs = [golden_file.decode_array(record) for record in case["inputs"]]
        found = tflm(golden_file.decode_model(case), inputs, outputs=len(case["outputs"]))
        assert [golden_file.encode_array(value) for value in found] == case["outputs"]


def test_the_program_writes_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where this alone fails, the plan, the model writer or numpy's random numbers changed: run it."""
    assert main(["--output", str(tmp_path)]) == 0
    made = golden_file.read(tmp_path)
    assert [operator for operator in made if made[operator] != GOLDEN[operator]] == []
    assert made.keys() == GOLDEN.keys()
    assert all(found["oracle"] == oracle_version() for found in made.values())
    assert f"{len(GOLDEN)} operators" in capsys.readouterr().out

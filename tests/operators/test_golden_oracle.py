"""The golden file is what its plan and the oracle give, wherever the oracle is."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import golden_file
from support.generate_golden import main, oracle_version
from support.oracle import tflm

GOLDEN = golden_file.read()


@pytest.mark.parametrize("operator", sorted(GOLDEN["cases"]))
def test_the_oracle_still_computes_the_golden_outputs(operator: str) -> None:
    for case in GOLDEN["cases"][operator]:
        inputs = [golden_file.decode_array(record) for record in case["inputs"]]
        found = tflm(golden_file.decode_model(case), inputs, outputs=len(case["outputs"]))
        assert [golden_file.encode_array(value) for value in found] == case["outputs"]


def test_the_program_writes_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where this alone fails, the plan, the model writer or numpy's random numbers changed: run it."""
    path = tmp_path / "made.json.gz"
    assert main(["--output", str(path)]) == 0
    made = golden_file.read(path)
    assert made["seed"] == GOLDEN["seed"]
    assert made["oracle"] == oracle_version()
    changed = [operator for operator, cases in made["cases"].items() if cases != GOLDEN["cases"][operator]]
    assert not changed
    assert f"{len(GOLDEN['cases'])} operators" in capsys.readouterr().out

"""Every operator of the resolver with every combination of types: what is accepted is priced or unknown."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from microinfer import ModelBuilder
from microinfer.cli import main
from microinfer.operators.registry import row
from microinfer.parts.profile import load_profile, profile_names
from microinfer.timing.prices import estimate

from support.accepted_types import accepted
from support.single_operators import OPERATORS

LIBRARIES = ("bare-c", "tflm-reference", "tflm-cmsis-nn")


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_the_resolver_accepts_has_a_price_or_is_unknown(name: str) -> None:
    profiles = [load_profile(found) for found in profile_names()]
    steps = {repr(step.geometry): step for step in accepted(name)}
    spec = row(name)
    assert steps or (spec is not None and spec.links)
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

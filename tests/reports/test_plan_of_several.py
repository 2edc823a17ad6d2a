"""`microinfer.plan` of several models says what the command does."""

from __future__ import annotations

import json

import pytest

import microinfer

from support.commands import call


@pytest.mark.parametrize("names", [("digits", "sine"), ("sine", "digits", "sine_float")])
def test_it_is_the_plan_of_the_command(names: tuple[str, ...]) -> None:
    found = microinfer.plan(list(names), "cortex-m4")
    assert json.loads(found.to_json()) == json.loads(call("plan", *names, "--json", "-p", "cortex-m4").stdout)
    assert "one arena" in found._repr_html_()
    assert found.arena.min_arena_bytes < sum(model.alone_bytes for model in found.models)


def test_what_takes_one_model_and_no_model_are_refused() -> None:
    with pytest.raises(microinfer.InputError, match="fold and optimise take one model"):
        microinfer.plan(["digits", "sine"], fold=True)  # type: ignore[call-overload]
    with pytest.raises(microinfer.InputError, match="an empty list"):
        microinfer.plan([])

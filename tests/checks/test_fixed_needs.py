"""What no shape changes: where that is too much, no shape is tried, and none would have fitted."""

from __future__ import annotations

import pytest

from microinfer.builder import ModelBuilder
from microinfer.checks import Limits, check, suggestions
from microinfer.checks.fixed_needs import missed_by_tables
from microinfer.checks.subject import Subject, make_subject
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.memory.least_arena import tables_bytes
from microinfer.model.read import load
from microinfer.parts.profile import load_profile

from support.check_models import convolution, dense, finish, image


def network() -> bytes:
    b = ModelBuilder("network")
    x = convolution(b, image(b, 16, 3), 8, strides=(2, 2))
    x = dense(b, b.reshape(convolution(b, x, 8), (1, 512)), 16)
    return finish(b, dense(b, x, 5))


def subject(limits: Limits, library: str = "tflm-cmsis-nn") -> Subject:
    part = load_profile("cortex-m4")
    return make_subject(deploy(Common(load(network())), part, library, None), limits, None)


def test_limits_below_the_tables_are_out_of_reach_of_every_shape() -> None:
    whole = subject(Limits())
    tables = tables_bytes(whole.model, whole.library, whole.deployment.target)
    assert 0 < tables < whole.measured("arena").least
    assert not missed_by_tables(subject(Limits(arena_bytes=tables)))
    below = subject(Limits(arena_bytes=tables - 1))
    assert missed_by_tables(below) == {"arena"}
    for search in (suggestions._input, suggestions._width, suggestions._both, suggestions._layer):
        found = search(below)
        assert found is None or not found.fits


def test_weights_are_no_floor_and_what_is_around_them_is() -> None:
    whole = subject(Limits())
    weights = sum(t.size_bytes for t in whole.model.subgraphs[0].tensors if t.is_constant)
    assert not missed_by_tables(subject(Limits(flash_bytes=whole.model.size_bytes - weights)))
    below = subject(Limits(flash_bytes=1000))
    assert missed_by_tables(below) == {"flash"}
    for search in (suggestions._input, suggestions._width, suggestions._both):
        found = search(below)
        assert found is None or not found.fits


def test_generated_programs_have_no_tables() -> None:
    assert not missed_by_tables(subject(Limits(arena_bytes=1, flash_bytes=1), "bare-c"))


def test_where_tables_are_too_much_nothing_is_rescaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "rescale", lambda *_, **__: pytest.fail("a model is rescaled"))
    found = check(network(), limits=Limits(arena_bytes=200, flash_bytes=1000))
    assert not any(made.kind != "library" for made in found.suggestions)
    said = {finding.rule: finding.remedy for finding in found.findings}
    assert said["arena-exceeds-budget"] == "fewer operators, or a larger budget"
    assert said["flash-exceeds-budget"] == "fewer operators, or a larger budget"

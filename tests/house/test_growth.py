"""Ten thousand operators, and small files that ask for much."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, Model, load
from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.errors import ArenaError
from microinfer.memory.occupancy import LISTED, occupancy
from microinfer.memory.plan import MemoryPlan
from microinfer.memory.planning import plan_memory
from microinfer.model.align import align_up
from microinfer.model.tables import Tensor
from microinfer.operators.prepare import prepare
from microinfer.view.arena_picture import draw_svg
from microinfer.view.html import other_parts, render, used_ranges
from microinfer.view.html.memory_map import MOST

LONG = 10_000


def chain(operators: int) -> Model:
    builder = ModelBuilder("deep")
    x = builder.input((1, 16), scale=0.1, zero_point=0)
    for _ in range(operators):
        x = builder.relu(x)
    builder.output(x)
    return load(builder.build())


@pytest.fixture(scope="module")
def deep() -> Model:
    return chain(LONG)


def test_constants_that_are_written_over_load_in_seconds() -> None:
    """They are held against each other in the order of the file, not each against each."""
    builder = ModelBuilder("written")
    x = builder.input((1, 2), "float32")
    for _ in range(LONG):
        held = builder.constant(np.ones((1, 2), np.float32))
        builder.operator("RELU", [x], [held])
        x = held
    builder.output(x)
    data = builder.build()
    start = process_time()
    load(data)
    assert process_time() - start < 5


def plan_of(model: Model) -> MemoryPlan:
    return plan_memory(model, prepare(model), "tflm-cmsis-nn")


def test_a_long_network_is_checked_in_seconds(deep: Model) -> None:
    start = process_time()
    check(deep)
    assert process_time() - start < 8


def test_a_long_network_is_drawn_in_five_hundred_rows(deep: Model) -> None:
    plan = plan_of(deep)
    start = process_time()
    drawn = draw_svg(plan, ["RELU"] * LONG)
    assert process_time() - start < 4
    assert len(drawn) < 1_000_000
    assert drawn.count("more in the same place") > 400
    assert ">0 to 19<" in drawn
    assert drawn.count("peak") == 1


def test_a_page_says_a_few_of_many_reasons() -> None:
    assert other_parts._said(["a"] * 8) == "; ".join("a" * 8)
    assert other_parts._said(["a"] * 3334) == "; ".join("a" * 8) + "; and 3,326 more"


def test_a_short_network_is_drawn_box_by_box() -> None:
    drawn = draw_svg(plan_of(chain(30)), ["RELU"] * 30)
    assert drawn.count("<title>") >= 31
    assert "more in the same place" not in drawn


def test_occupancy_is_what_a_search_through_all_finds() -> None:
    builder = ModelBuilder("wide")
    x = builder.input((1, 24), scale=0.1, zero_point=0)
    branches = [builder.relu(x) for _ in range(40)]
    y = branches[0]
    for branch in branches[1:]:
        y = builder.add(y, branch, scale=0.1, zero_point=0)
    builder.output(y)
    plan = plan_of(load(builder.build()))
    for scope, found in enumerate(plan.occupancy):
        alive = [buffer for buffer in plan.buffers if buffer.first <= scope <= buffer.last]
        assert found.count == len(alive)
        assert found.live_bytes == sum(align_up(b.size, plan.alignment) for b in alive)
        assert found.top_bytes == max(align_up(b.offset + b.size, plan.alignment) for b in alive)
        assert list(plan.tenants(scope)) == sorted(alive, key=lambda b: -b.size)


def test_a_scope_lists_no_more_than_its_largest() -> None:
    plan = plan_of(chain(3))
    many = [plan.buffers[0]] * (LISTED + 9)
    found = occupancy(many, plan.alignment, 1)[0]
    assert (len(found.largest), found.count) == (LISTED, LISTED + 9)


def test_a_small_file_that_asks_for_much_is_refused() -> None:
    builder = ModelBuilder("vast")
    x = builder.input((1, 8192, 8192, 3), scale=0.1, zero_point=0)
    builder.output(builder.relu(x))
    data = builder.build()
    assert len(data) < 2000
    with pytest.raises(ArenaError, match="more than the 67108864 that microinfer emulates"):
        Interpreter(data)


def test_a_page_looks_at_no_more_tensors_than_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    found = used_ranges._range

    def noted(tensor: Tensor, array: Any, maker: Any) -> used_ranges.Range:
        looked_at.append(tensor.name)
        return found(tensor, array, maker)

    monkeypatch.setattr(used_ranges, "_range", noted)
    interpreter = Interpreter(chain(MOST + 30))
    interpreter.set_tensor(interpreter.subgraph.inputs[0], np.zeros((1, 16), np.int8))
    interpreter.invoke(record=True)
    page = render(interpreter, others=())
    assert len(looked_at) == MOST
    assert "31 more" in page

"""What calls subgraphs and what keeps variables: what TFLM could not survive is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, UnsupportedError
from microinfer.checks import check
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.model.whole import whole
from microinfer.operators.calls import MOST_NESTED, calls
from microinfer.operators.prepare import prepare
from microinfer.operators.resources import resources

SHAPE = (1, 4)


def model(make: Callable[[ModelBuilder, Any], Any]) -> bytes:
    b = ModelBuilder("hostile")
    x = b.input(SHAPE, scale=0.1, zero_point=0)
    b.output(make(b, x))
    return b.build()


def passing(b: ModelBuilder, name: str, shape: tuple[int, ...] = SHAPE, dtype: str = "int8") -> ModelBuilder:
    """A subgraph that gives what it takes."""
    made = b.subgraph(name)
    made.output(made.input(shape, dtype, **({"scale": 0.1} if dtype == "int8" else {})))
    return made


def flag(b: ModelBuilder) -> Any:
    return b.input((), "bool")


def points_to(then: int, otherwise: int) -> Callable[[ModelBuilder, Any], Any]:
    def make(b: ModelBuilder, x: Any) -> Any:
        passing(b, "other")
        y = b.tensor(SHAPE, "int8", 0.1, 0)
        options = {"then_subgraph_index": then, "else_subgraph_index": otherwise}
        b.operator("IF", [flag(b), x], [y], options)
        return y

    return make


def calls_itself(b: ModelBuilder, x: Any) -> Any:
    condition, body = b.subgraph("condition"), b.subgraph("body")
    value = condition.input(SHAPE, scale=0.1)
    condition.output(condition.compare("EQUAL", value, value))
    body.output(*body.while_loop(condition, body, [body.input(SHAPE, scale=0.1)]))
    return b.while_loop(condition, body, [x])[0]


def deep(count: int, *, twice: bool = False) -> Callable[[ModelBuilder, Any], Any]:
    """Subgraphs that call one another down to the last, `twice`: on both sides of a branch."""

    def make(b: ModelBuilder, x: Any) -> Any:
        short = passing(b, "short")
        graphs = [b.subgraph(f"level {level}") for level in range(count)]
        last = graphs[-1]
        last.output(last.relu(last.input(SHAPE, scale=0.1)))
        for outer, inner in zip(graphs[-2::-1], graphs[:0:-1], strict=True):
            given = outer.input(SHAPE, scale=0.1)
            decides = outer.constant(np.array(True))
            outer.output(*outer.if_else(decides, inner, inner if twice else short, [given]))
        return b.if_else(flag(b), graphs[0], graphs[0], [x])[0]

    return make


def other_shape(b: ModelBuilder, x: Any) -> Any:
    y = b.tensor(SHAPE, "int8", 0.1, 0)
    sides = {"then_subgraph_index": 1, "else_subgraph_index": 2}
    passing(b, "same")
    passing(b, "longer", (1, 5))
    b.operator("IF", [flag(b), x], [y], sides)
    return y


def other_type(b: ModelBuilder, x: Any) -> Any:
    y = b.tensor(SHAPE, "int8", 0.1, 0)
    passing(b, "same", SHAPE, "uint8")
    b.operator("IF", [flag(b), x], [y], {"then_subgraph_index": 1, "else_subgraph_index": 1})
    return y


def too_many(b: ModelBuilder, x: Any) -> Any:
    y = b.tensor(SHAPE, "int8", 0.1, 0)
    passing(b, "same")
    b.operator("IF", [flag(b), x, x], [y], {"then_subgraph_index": 1, "else_subgraph_index": 1})
    return y


def no_condition(b: ModelBuilder, x: Any) -> Any:
    return b.while_loop(passing(b, "condition"), passing(b, "body"), [x])[0]


def without_name(b: ModelBuilder, x: Any) -> Any:
    handle = b.tensor((), "resource")
    b.operator("VAR_HANDLE", [], [handle], {"container": "c"})
    y = b.read_variable(handle, like=x)
    b.assign_variable(handle, x)
    return y


def never_assigned(b: ModelBuilder, x: Any) -> Any:
    return b.read_variable(b.variable("held"), like=x)


def other_size(b: ModelBuilder, x: Any) -> Any:
    held = b.variable("held")
    b.assign_variable(held, b.constant(np.zeros((1, 5), np.int8), 0.1, 0))
    return b.read_variable(held, like=x)


def no_handle(b: ModelBuilder, x: Any) -> Any:
    y = b.tensor(SHAPE, "int8", 0.1, 0)
    b.operator("READ_VARIABLE", [x], [y])
    return y


def once_with_inputs(b: ModelBuilder, x: Any) -> Any:
    b.call_once(passing(b, "start"))
    return b.relu(x)


HOSTILE: dict[str, tuple[Callable[[ModelBuilder, Any], Any], str]] = {
    "beyond the last": (points_to(1, 2), "else_subgraph_index is 2, the model has 2 subgraphs"),
    "before the first": (points_to(-1, 1), "then_subgraph_index is -1, the model has 2 subgraphs"),
    "itself": (calls_itself, "calls itself"),
    "the first": (points_to(0, 1), r"subgraphs\[0\] calls itself"),
    "deep": (deep(MOST_NESTED + 1), f"nested more than {MOST_NESTED} deep"),
    "other shape": (
        other_shape,
        r"inputs\[1:\]\[0\] .* int8\[1, 4\], subgraphs\[2\].inputs\[0\] .* int8\[1, 5\]",
    ),
    "other type": (other_type, r"int8\[1, 4\], .* uint8\[1, 4\]"),
    "too many": (too_many, r"inputs\[1:\]: 2, subgraphs\[1\].inputs: 1; expected as many"),
    "no condition": (no_condition, "expected one bool"),
    "without name": (without_name, "has no shared_name"),
    "never assigned": (never_assigned, "nothing assigns to variable 'held'"),
    "other size": (other_size, "has 4 bytes, variable 'held' has 5"),
    "no handle": (no_handle, r"inputs\[0\] .* is int8, expected resource"),
    "once with inputs": (once_with_inputs, r"subgraphs\[1\] has 1 input, which nothing sets"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_tflm_could_not_survive_is_refused(name: str) -> None:
    make, message = HOSTILE[name]
    data = model(make)
    with pytest.raises(
        UnsupportedError, match=rf"^subgraphs\[\d+\]\.operators\[\d+\]: [^\n]*{message}[^\n]*$"
    ):
        Interpreter(data)
    report = check(data)
    assert report.verdict == ("cannot-tell" if name == "no handle" else "no")


def test_as_deep_as_may_be_runs() -> None:
    own = Interpreter(model(deep(MOST_NESTED)))
    x = np.array([[-3, 0, 4, 127]], np.int8)
    own.set_tensor(own.subgraph.inputs[0], x)
    own.set_tensor(own.subgraph.inputs[1], np.array(True))
    own.invoke()
    np.testing.assert_array_equal(own.get_tensor(own.subgraph.outputs[0]), np.maximum(x, 0))


def test_many_calls_of_many_are_no_walk_without_end() -> None:
    """Each subgraph calls the next one twice: the planner would come by 2^32 operators."""
    with pytest.raises(UnsupportedError, match="operators are reached by calls"):
        Interpreter(model(deep(MOST_NESTED, twice=True)))


def test_scratch_in_a_subgraph_that_nothing_calls_cannot_be_told() -> None:
    """TFLM plans it with a size that it has never set."""

    def make(b: ModelBuilder, x: Any) -> Any:
        unused = b.subgraph("unused")
        image = unused.input((1, 8, 8, 3), scale=0.1)
        weights = np.ones((4, 3, 3, 3), np.int8)
        unused.output(unused.conv_2d(image, weights, np.zeros(4, np.int32), weight_scale=0.1, scale=0.1))
        return b.relu(x)

    read = load(model(make))
    steps = prepare(read)
    assert plan_memory(read, steps, "tflm-reference").unknown == ()
    (unknown,) = plan_memory(read, steps, "tflm-cmsis-nn").unknown
    assert unknown.startswith("CONV_2D of subgraphs[1], which nothing calls")


def test_variables_are_numbered_as_they_are_met() -> None:
    b = ModelBuilder()
    x = b.input(SHAPE, scale=0.1, zero_point=7)
    first, second, again = b.variable("a"), b.variable("b"), b.variable("a", container=None)
    b.assign_variable(second, x)
    b.assign_variable(again, b.constant(np.zeros((2, 3), np.int16), 0.1, 0))
    b.output(b.read_variable(second, like=x))
    known = resources(whole(load(b.build()).subgraphs))
    assert [(one.name, one.size, one.fill) for one in known.variables] == [("a", 12, 0), ("b", 4, 7)]
    assert [known.handles[handle.index] for handle in (first, second, again)] == [0, 1, 0]
    assert not known.faults


def test_calls_are_in_the_planners_order() -> None:
    found = whole(load(model(points_to(1, 1))).subgraphs)
    assert calls(found).of == {0: (1, 1)}
    assert calls(found).reached(found) == {0, 1}
    assert [part.operators for part in found.parts] == [range(1), range(1, 1)]

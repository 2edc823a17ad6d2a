"""Operators that keep values from run to run, and operators that run other subgraphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ..errors import InputError
from .fields import Scale, ZeroPoint
from .model_writer import Graph, Handle

__all__ = ["Stateful"]


class Stateful(Graph):
    """A variable is known by its name in all subgraphs of a model."""

    def variable(self, shared_name: str, *, container: str | None = "", name: str | None = None) -> Handle:
        """VAR_HANDLE: the handle of a resource variable, in the subgraph that reads or assigns it."""
        y = self.tensor((), "resource", name=name or f"handle of {shared_name}")
        self.operator("VAR_HANDLE", [], [y], {"container": container, "shared_name": shared_name})
        return y

    def read_variable(
        self,
        variable: Handle,
        shape: Sequence[int] = (),
        dtype: str = "int8",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        *,
        like: Handle | None = None,
        name: str | None = None,
    ) -> Handle:
        """READ_VARIABLE: what the variable holds, in a shape and type that suit what is assigned to it.

        `like` is a tensor that has them.
        """
        if like is not None:
            shape, dtype, scale, zero_point = _form(like)
        y = self.tensor(shape, dtype, scale, zero_point, name=name or f"read_variable_{len(self._operators)}")
        self.operator("READ_VARIABLE", [variable], [y])
        return y

    def assign_variable(self, variable: Handle, value: Handle) -> None:
        """ASSIGN_VARIABLE: the variable holds `value` from now on."""
        self.operator("ASSIGN_VARIABLE", [variable, value], [])

    def call_once(self, init: Self) -> None:
        """CALL_ONCE: run a subgraph in the first inference."""
        self.operator("CALL_ONCE", [], [], {"init_subgraph_index": self._called("CALL_ONCE", init).index})

    def if_else(
        self, condition: Handle, then: Self, otherwise: Self, inputs: Sequence[Handle]
    ) -> tuple[Handle, ...]:
        """IF: one of two subgraphs with the same inputs and outputs; gives the outputs.

        Raises:
            InputError: a subgraph of another model.
        """
        options = {
            "then_subgraph_index": self._called("IF", then).index,
            "else_subgraph_index": self._called("IF", otherwise).index,
        }
        made = self._like("if", [then._handle(index) for index in then._outputs])
        self.operator("IF", [condition, *inputs], made, options)
        return made

    def while_loop(self, condition: Self, body: Self, inputs: Sequence[Handle]) -> tuple[Handle, ...]:
        """WHILE: run `body` as long as `condition` gives true; gives what goes round, as it is at the end.

        Raises:
            InputError: a subgraph of another model.
        """
        options = {
            "cond_subgraph_index": self._called("WHILE", condition).index,
            "body_subgraph_index": self._called("WHILE", body).index,
        }
        made = self._like("while", inputs)
        self.operator("WHILE", inputs, made, options)
        return made

    def _called(self, operator: str, graph: Self) -> Self:
        if graph._subgraphs is not self._subgraphs:
            raise InputError(f"{operator}: {graph.name!r} is no subgraph of this model; subgraph() makes one")
        return graph

    def _handle(self, index: int) -> Handle:
        made = self._tensors[index]
        return Handle(index, made.name, made.shape, made.dtype, made.scales, made.zero_points, 0, None, self)

    def _like(self, what: str, handles: Sequence[Handle]) -> tuple[Handle, ...]:
        base = f"{what}_{len(self._operators)}"
        return tuple(
            self.tensor(*_form(handle), name=f"{base}:{position}") for position, handle in enumerate(handles)
        )


def _form(handle: Handle) -> tuple[tuple[int, ...], str, Scale, ZeroPoint]:
    """Shape, type, scale and zero point."""
    return handle.shape, handle.dtype, handle.scales or None, handle.zero_points or None

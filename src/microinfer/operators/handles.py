"""What reads and writes resource variables shares: the handle, and the variable that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

import numpy as np

from ..errors import UnsupportedError
from ..model.tables import Tensor
from .resources import Variable, resources
from .spec import Array, Machine, Node, Run

__all__ = ["expect_variable", "link_variable", "move_bytes", "unlinked"]


def expect_variable(node: Node, value: Tensor, where: str) -> tuple[int | None, Variable | None]:
    """The variable behind a node's first input, by number, as far as the graph alone tells.

    That is where VAR_HANDLE of the same subgraph makes the handle; one that is passed on is known in a run.

    Raises:
        UnsupportedError: no handle, a variable without memory, or one of another size than `value`.
    """
    handle = node.input(0, "resource")
    if handle.elements != 1:
        node.fail(f"inputs[0] ({handle.name!r}) has shape {handle.shape}, expected one element")
    if node.whole is None:
        return None, None
    known = resources(node.whole)
    number = known.handles.get(handle.index)
    if number is None:
        if handle.is_constant or handle.is_variable:
            node.fail(f"inputs[0] ({handle.name!r}) is no variable's handle")
        return None, None
    variable = known.variables[number]
    if variable.maker < 0:
        node.fail(
            f"nothing assigns to variable {variable.name!r}, so that TFLM gives it no memory and leaves "
            f"{where} as it was"
        )
    if variable.size != value.size_bytes:
        node.fail(
            f"{where} ({value.name!r}) has {value.size_bytes} bytes, variable {variable.name!r} has "
            f"{variable.size}"
        )
    return number, variable


def link_variable(
    node: Node,
    number: int | None,
    handle: Array | None,
    machine: Machine,
    size: int,
    move: Callable[[Array], Run],
) -> Run:
    """What moves `size` bytes between a variable, of which `move` is given the bytes, and a tensor."""
    if number is not None:
        return move(machine.variable(number))
    assert handle is not None
    found: dict[int, Run] = {}
    numbers = handle.reshape(-1)

    def run() -> None:
        number = int(numbers[0])
        if number not in found:
            held = machine.variable(number)
            if held.nbytes != size:
                node.fail(f"moves {size} bytes, variable {number} has {held.nbytes}")
            found[number] = move(held)
        found[number]()

    return run


def unlinked(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> NoReturn:
    """The bind of what needs more than its own tensors."""
    raise UnsupportedError("the operator reaches beyond its own tensors and cannot run by itself")


def move_bytes(source: Array, target: Array) -> Run:
    """A closure that copies bytes as they lie."""
    from ..kernels.data_movement import copy

    return copy(source.reshape(-1).view(np.uint8), target.reshape(-1).view(np.uint8))

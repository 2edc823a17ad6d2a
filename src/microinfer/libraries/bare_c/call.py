"""One call of a C kernel: what the lowering of an operator returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ...errors import UnsupportedError
from ...model.tables import Tensor
from ...operators.spec import Node, Step
from ...words.dataclass import dataclass
from ..homes import Homes
from .c_source import ByteArray, Parameters

__all__ = ["Call", "Constant", "Lower", "Lowered", "Place", "unsupported"]

Constant: TypeAlias = ByteArray | Parameters


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`, from kernels/`source`, and the constants in flash that it reads."""

    source: str
    function: str
    arguments: tuple[str, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where one operator's data lie: its name in C, and expressions for tensors and scratch in the arena.

    `constants` are the tensors that had to be put into flash because a kernel reads them as activations.
    """

    step: Step
    name: str
    homes: Homes

    @property
    def node(self) -> Node:
        return self.step.node

    def at(self, tensor: Tensor, offset: int = 0) -> str:
        """The tensor in the arena, as a pointer to its type."""
        found = self.bytes_of(tensor, offset)
        kind = {"int8": "", "uint8": ""}.get(tensor.dtype)
        if kind == "":
            return found
        c_type = {"float32": "float", "bool": "int8_t"}.get(tensor.dtype, f"{tensor.dtype}_t")
        return f"({c_type} *)(void *)({found})"

    def bytes_of(self, tensor: Tensor, offset: int = 0) -> str:
        """The tensor's bytes in the arena."""
        if tensor.index not in self.homes.tensors:
            raise unsupported(
                self.step,
                f"reads the constant {tensor.name!r} as an activation; bare-c can do that where two operands "
                "are taken element by element, for choices, tables and values that are set, and for whole "
                "parts of a CONCATENATION",
            )
        return f"arena + {self.homes.tensors[tensor.index] + offset}"

    def input(self, position: int) -> str:
        return self.at(self.node.input(position))

    def output(self, position: int = 0) -> str:
        return self.at(self.node.output(position))

    def scratch(self, position: int = 0) -> str:
        return f"arena + {self.homes.scratch[position]}"

    def variable(self, number: int) -> str:
        """The bytes of a resource variable."""
        return f"arena + {self.homes.variables[number][0]}"


@dataclass(frozen=True, slots=True)
class Lowered:
    """One operator as C: its calls, in order."""

    step: Step
    calls: tuple[Call, ...]

    @property
    def constants(self) -> tuple[Any, ...]:
        return tuple(constant for call in self.calls for constant in call.constants)


Lower: TypeAlias = Callable[[Place], Sequence[Call]]


def unsupported(step: Step, message: str) -> UnsupportedError:
    return UnsupportedError(f"{step.name}: {message}", step.node.operator.place)

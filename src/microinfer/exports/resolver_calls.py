"""The calls that give a MicroMutableOpResolver the operators of a model, and how many those are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model.tables import Model, Operator
from ..operators.tflm_operators import CUSTOM_OPERATORS, SPELLED
from ..words.dataclass import dataclass

__all__ = ["Registration", "add_method", "registrations"]


@dataclass(frozen=True, slots=True)
class Registration:
    """One call on the resolver. `function`, the user's own, returns a custom operator's registration."""

    operator: str
    call: str
    function: str = ""


def add_method(opcode: str) -> str:
    """The method that registers a builtin operator: "CONV_2D" is "AddConv2D"."""
    words = SPELLED.get(opcode) or "".join(
        part if part == "2D" or part == "3D" else part.capitalize() for part in opcode.split("_")
    )
    return f"Add{words}"


def registrations(model: Model) -> tuple[Registration, ...]:
    """The operators of all subgraphs, each once, in the order in which they first appear.

    A resolver takes an operator once, in whatever versions the file has it.
    """
    found: dict[str, Registration] = {}
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            found.setdefault(operator.name, _registration(operator, found.values()))
    return tuple(found.values())


def _registration(operator: Operator, others: Iterable[Registration]) -> Registration:
    if operator.opcode != "CUSTOM":
        return Registration(operator.opcode, f"{add_method(operator.opcode)}()")
    name = operator.custom_code
    if name in CUSTOM_OPERATORS:
        return Registration(name, f"{CUSTOM_OPERATORS[name]}()")
    function = "Register" + (re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "Custom")
    taken = {other.function for other in others}
    while function in taken:
        function += "_"
    quoted = "".join(c if c.isascii() and c.isprintable() and c not in '"\\?' else _octal(c) for c in name)
    return Registration(name, f'AddCustom("{quoted}", {function}())', function)


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())

"""The resource variables of a model: how many there are, their sizes, and what they hold at first.

TFLM numbers them in the order in which VAR_HANDLE is prepared, by container and name. The first
ASSIGN_VARIABLE that is prepared gives a variable its memory, of the size of what it assigns, and every byte
the zero point of that. Source: TFLM, micro/micro_resource_variable.cc and the kernels of the operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..model.whole import Whole
from ..words.dataclass import dataclass, replace
from .calls import calls

__all__ = ["Resources", "Variable", "forgotten", "resources"]


@dataclass(frozen=True, slots=True)
class Variable:
    """`size` in bytes, 0 where nothing gives it memory; `fill` is every byte's value at first, 0 to 255.

    `maker` is the number of the operator that gives it memory, -1 where there is none.
    """

    container: str | None
    name: str
    size: int = 0
    fill: int = 0
    maker: int = -1
    dtype: str = ""
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """`handles` maps a tensor that VAR_HANDLE makes to its variable's number, by the whole graph's numbers.

    `faults` has what the device would crash of, by operator.
    """

    variables: tuple[Variable, ...]
    handles: Mapping[int, int]
    faults: Mapping[int, str]


@lru_cache(maxsize=8)
def resources(whole: Whole) -> Resources:
    """All variables of a model."""
    variables: list[Variable] = []
    handles: dict[int, int] = {}
    faults: dict[int, str] = {}
    by_name: dict[str, list[int]] = {}
    uncontained = False
    for operator in whole.graph.operators:
        if operator.name == "VAR_HANDLE" and len(operator.outputs) == 1:
            container, name = operator.options["container"], operator.options["shared_name"]
            if name is None:
                faults[operator.index] = "has no shared_name, by which TFLM finds the variable"
                continue
            if container is not None and uncontained:
                faults[operator.index] = (
                    f"has the container {container!r}, and an earlier variable has none; TFLM compares both"
                )
                continue
            alike = by_name.setdefault(name, [])
            found = next((n for n in alike if container in (None, variables[n].container)), None)
            if found is None:
                found = len(variables)
                variables.append(Variable(container, name))
                alike.append(found)
                uncontained = uncontained or container is None
            handles[operator.outputs[0]] = found
        elif operator.name == "ASSIGN_VARIABLE" and len(operator.inputs) == 2:
            handle, value = operator.inputs
            number = handles.get(handle)
            if number is None or value < 0 or variables[number].maker >= 0:
                continue
            tensor = whole.graph.tensors[value]
            variables[number] = replace(
                variables[number],
                size=tensor.size_bytes,
                fill=(tensor.filler if tensor.described is not None else 0) & 255,
                maker=operator.index,
                dtype=tensor.dtype,
                shape=tensor.shape,
            )
    return Resources(tuple(variables), handles, faults)


def forgotten(whole: Whole) -> tuple[tuple[int, Variable], ...]:
    """Variables that begin with other values than those that a reset fills them with.

    Each with the position of the operator that assigns constants to it, in a subgraph that is called once.
    """
    known = resources(whole)
    called = calls(whole).of
    found = []
    for caller in whole.graph.operators:
        if caller.name != "CALL_ONCE":
            continue
        for part in (whole.parts[target] for target in called.get(caller.index, ())):
            for position in part.operators:
                operator = whole.graph.operators[position]
                if operator.name != "ASSIGN_VARIABLE" or len(operator.inputs) != 2:
                    continue
                number, value = known.handles.get(operator.inputs[0]), operator.inputs[1]
                data = whole.graph.tensors[value].data if value >= 0 else None
                if number is None or data is None:
                    continue
                variable = known.variables[number]
                if any(byte != variable.fill for byte in data.tobytes()):
                    found.append((position, variable))
    return tuple(found)

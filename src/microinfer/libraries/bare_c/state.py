"""Resource variables in C: they lie in the arena behind the activations, and what moves them copies bytes.

A handle is nothing at run time. What runs once stands in the program where it is called, and is stepped over
from the second inference on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.resources import resources
from ..kernel import Kernel
from .c_source import ByteArray
from .call import Call, unsupported
from .one_kernel import calls, one_kernel

if TYPE_CHECKING:
    from ...operators.assign_variable import AssignVariableGeometry
    from ...operators.call_once import CallOnceGeometry
    from ...operators.read_variable import ReadVariableGeometry
    from ...operators.var_handle import VarHandleGeometry
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Place


def _variable(place: Place) -> str:
    handle, graph = place.node.input(0), place.node.whole
    number = resources(graph).handles.get(handle.index) if graph is not None else None
    if number is None:
        raise unsupported(
            place.step,
            f"takes the handle {handle.name!r} from elsewhere; bare-c wants it of its own subgraph",
        )
    return place.variable(number)


def lower_read(place: Place) -> Sequence[Call]:
    bytes_ = str(place.node.output(0).size_bytes)
    return [Call("data_movement.c", "mi_copy", (bytes_, _variable(place), place.output()))]


def lower_assign(place: Place) -> Sequence[Call]:
    value = place.node.input(1)
    bytes_, target = str(value.size_bytes), _variable(place)
    if value.data is not None:
        array = ByteArray(f"{place.name}_value", ((value.data.tobytes(), ""),))
        return [Call("data_movement.c", "mi_copy_constant", (bytes_, array.name, target), (array,))]
    return [Call("data_movement.c", "mi_copy", (bytes_, place.input(1), target))]


def lower_nothing(place: Place) -> Sequence[Call]:
    return []


def copy_counts(g: AssignVariableGeometry | ReadVariableGeometry, seen: Observed) -> Counts:
    return {"call": 1, "bytes": g.size_bytes}


def assign_kernel(g: AssignVariableGeometry, core: Core) -> str:
    return "bare_c_constant" if g.constant else "bare_c"


def assign_functions(g: AssignVariableGeometry) -> tuple[str, ...]:
    return ("mi_copy_constant",) if g.constant else ("mi_copy",)


def no_counts(g: VarHandleGeometry | CallOnceGeometry, seen: Observed) -> Counts:
    """Nothing is left of it but a test."""
    return {}


ASSIGN_VARIABLE = Kernel(
    variant=assign_kernel,
    counts=copy_counts,
    functions=assign_functions,
    flash=(1,),
    lower=lower_assign,
)

CALL_ONCE = Kernel(variant=one_kernel, counts=no_counts, lower=lower_nothing)

READ_VARIABLE = Kernel(variant=one_kernel, counts=copy_counts, functions=calls("mi_copy"), lower=lower_read)

VAR_HANDLE = Kernel(variant=one_kernel, counts=no_counts, lower=lower_nothing)

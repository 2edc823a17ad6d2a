"""What the templates of a generated program say of its tensors, of its operators and of what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputError
from ..libraries.bare_c.c_source import comment, float_literal
from ..libraries.bare_c.call import Lowered
from ..memory.lifetimes import first_byte, tail_variables
from ..memory.plan import MemoryPlan
from ..model.tables import ITEM_BYTES, Model, Tensor
from ..model.whole import whole
from ..operators.calls import calls
from ..operators.resources import resources

__all__ = ["kept_words", "nested_steps", "tensor_words"]

C_TYPES = {
    "int8": "int8_t",
    "int16": "int16_t",
    "float32": "float",
    "uint8": "uint8_t",
    "int32": "int32_t",
    "bool": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
}


def _tensor(tensor: Tensor, plan: MemoryPlan, kind: str, number: int) -> dict[str, Any]:
    c_type = C_TYPES.get(tensor.dtype)
    if c_type is None:
        raise InputError(
            f"{kind} {number} ({tensor.name!r}) is {tensor.dtype}, bare-c has {', '.join(C_TYPES)}"
        )
    place = f"arena + {plan.tensor_offsets[tensor.index]}"
    return {
        "name": comment(tensor.name),
        "dtype": tensor.dtype,
        "c_type": c_type,
        "shape": tensor.shape or (1,),
        "elements": tensor.elements,
        "bytes": tensor.elements * ITEM_BYTES[tensor.dtype],
        "scale": float_literal(tensor.scale) if tensor.quantization is not None else "",
        "zero_point": tensor.zero_point,
        "place": place if c_type == "int8_t" else f"({c_type} *)(void *)({place})",
    }


def tensor_words(
    tensors: Sequence[Tensor], indices: Sequence[int], plan: MemoryPlan, kind: str
) -> list[dict[str, Any]]:
    """The model's inputs or its outputs, which `kind` says.

    Raises:
        InputError: a type that no program has.
    """
    return [_tensor(tensors[index], plan, kind, number) for number, index in enumerate(indices)]


def kept_words(model: Model, plan: MemoryPlan) -> list[dict[str, Any]]:
    """What stays from run to run: offset, bytes and the value of each at first, of variable tensors and of
    resource variables."""
    found = [
        {
            "name": comment(tensor.name),
            "offset": plan.tensor_offsets[tensor.index],
            "bytes": tensor.size_bytes,
            "fill": first_byte(tensor),
        }
        for tensor in tail_variables(model.subgraphs[0], None)
    ]
    known = resources(whole(model.subgraphs)).variables
    for variable, (offset, size) in zip(known, plan.resource_places, strict=True):
        fill = (variable.fill + 128) % 256 - 128
        if size:
            found.append({"name": comment(variable.name), "offset": offset, "bytes": size, "fill": fill})
    return found


def nested_steps(model: Model, lowered: Sequence[Lowered]) -> list[dict[str, Any]]:
    """The first subgraph's operators; `once` of each are those of the subgraph that it calls, as far as that
    goes."""
    graph = whole(model.subgraphs)
    called = calls(graph).of

    def part(index: int) -> list[dict[str, Any]]:
        found = []
        for item in (lowered[position] for position in graph.parts[index].operators):
            inner = [step for target in called.get(item.step.index, ()) for step in part(target)]
            found.append(_step(item) | {"once": inner})
        return found

    return part(0)


def _step(item: Lowered) -> dict[str, Any]:
    shapes = ["x".join(map(str, tensor.shape)) or "scalar" for tensor in item.step.node.outputs]
    return {
        "index": item.step.index,
        "operator": item.step.name,
        "shape": ", ".join(shapes),
        "constants": [constant.text() for constant in item.constants],
        "calls": [f"{call.function}({', '.join(call.arguments)});" for call in item.calls],
    }

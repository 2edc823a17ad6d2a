"""The operators of a file: codes, options with their defaults filled in, and the order of the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import FormatError, Reason, UnsupportedError
from ...words.dataclass import dataclass
from ..codes import BUILTIN_OPERATORS
from ..schema import ACTIVATIONS, OPTIONS, PADDINGS, TENSOR_TYPES, OptionField
from ..tables import Operator, Tensor
from .flatbuffer import Oddities, Table
from .tensors import text

__all__ = ["OperatorCode", "check_order", "read_code", "read_operator"]

_TYPES = tuple(TENSOR_TYPES[code] for code in sorted(TENSOR_TYPES))
_ENUMS: dict[str, tuple[str, ...]] = {
    "padding": PADDINGS,
    "fused_activation_function": ACTIVATIONS,
    "in_data_type": _TYPES,
    "out_data_type": _TYPES,
    "out_type": _TYPES,
    "output_type": _TYPES,
    "quantized_bias_type": _TYPES,
}


@dataclass(frozen=True, slots=True)
class OperatorCode:
    """One entry of the model's table of operator codes."""

    opcode: str
    custom_code: str
    version: int

    @property
    def name(self) -> str:
        return self.custom_code if self.opcode == "CUSTOM" else self.opcode


def read_code(table: Table) -> OperatorCode:
    """The larger of the two code fields holds, as in TFLM."""
    code = max(table.scalar(0, "deprecated_builtin_code", "int8"), table.scalar(3, "builtin_code", "int32"))
    if code < 0:
        raise FormatError(f"operator code {code}, expected 0 or above", table.place("builtin_code"))
    custom = text(table.string(1, "custom_code"))
    opcode = BUILTIN_OPERATORS.get(code, f"BUILTIN_{code}")
    if opcode == "CUSTOM" and not custom:
        raise FormatError("Operator with CUSTOM builtin_code has no custom_code.", table.path)
    return OperatorCode(opcode, custom, table.scalar(2, "version", "int32", 1))


def read_operator(table: Table, index: int, codes: Sequence[OperatorCode], tensors: int) -> Operator:
    """An operator with every index checked.

    Raises:
        FormatError: an index or an option that points nowhere.
        UnsupportedError: custom options outside the flatbuffer.
    """
    code_index = table.scalar(0, "opcode_index", "uint32")
    if code_index >= len(codes):
        raise FormatError(
            f"Missing registration for opcode_index {code_index}: the model has {len(codes)} operator codes",
            table.place("opcode_index"),
        )
    code = codes[code_index]
    if table.scalar(9, "large_custom_options_offset", "uint64") > 1:
        raise UnsupportedError(
            "custom options outside the flatbuffer, which TFLM does not read", table.path, Reason.OUTSIDE_FILE
        )
    table.table(12, "builtin_options_2")
    return Operator(
        index,
        code.opcode,
        read_indices(table, 1, "inputs", tensors, -1),
        read_indices(table, 2, "outputs", tensors, 0),
        _read_options(table, code.opcode),
        code.version,
        code.custom_code,
        table.bytes(5, "custom_options"),
        read_indices(table, 8, "intermediates", tensors, -1),
        table.path,
    )


def read_indices(table: Table, slot: int, name: str, tensors: int, least: int) -> tuple[int, ...]:
    """A vector of tensor indices; `least` is -1 where one may be left out."""
    indices = table.ints(slot, name)
    for position, index in enumerate(indices):
        if not least <= index < tensors:
            raise FormatError(
                f"tensor {index}, the subgraph has {tensors}", f"{table.place(name)}[{position}]"
            )
    return indices


def _read_options(table: Table, opcode: str) -> Mapping[str, Any]:
    kind = table.scalar(3, "builtin_options_type", "uint8")
    found = table.table(4, "builtin_options")
    wanted = OPTIONS.get(opcode)
    if wanted is None:
        return {}
    if found is not None and kind != wanted.code:
        table.buffer.oddities.note(
            table.path,
            f"{opcode} has options of union type {kind}, expected {wanted.code} ({wanted.name}); "
            "TFLM ignores them, so defaults apply",
        )
        found = None
    made = {item.name: _read_option(found, item) for item in wanted.fields}
    return made if found is not None else made | dict(wanted.absent)


def _read_option(table: Table | None, item: OptionField) -> Any:
    if item.kind == "ints":
        return table.ints(item.slot, item.name) if table is not None else ()
    if item.kind == "string":
        found = table.string(item.slot, item.name) if table is not None else None
        return None if found is None else text(found)
    value: Any = item.default
    if table is not None:
        value = table.scalar(item.slot, item.name, item.kind, item.default)
    names = _ENUMS.get(item.name)
    if names is None:
        return value
    if item.name == "fused_activation_function" and table is not None and not 0 <= value < len(names):
        table.buffer.oddities.note(
            table.place(item.name), f"activation {value} does not exist; TFLM takes it for NONE"
        )
        return names[0]
    if item.name == "padding" and table is not None and not 0 <= value < len(names):
        table.buffer.oddities.note(
            table.place(item.name), f"padding {value} does not exist; TFLM pads with nothing"
        )
        return f"padding {value}"
    if not 0 <= value < len(names):
        place = table.place(item.name) if table is not None else item.name
        raise FormatError(f"{value}, expected 0 ({names[0]}) to {len(names) - 1} ({names[-1]})", place)
    return names[value]


def check_order(
    path: str,
    oddities: Oddities,
    tensors: Sequence[Tensor],
    operators: Sequence[Operator],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> set[int]:
    """Every tensor is made before it is used. Returns those that are fed or made.

    Raises:
        FormatError: with the operator and the position among its inputs or outputs.
    """
    makers: dict[int, str] = {}
    for position, index in enumerate(inputs):
        makers[index] = f"inputs[{position}]"
    for operator in operators:
        for position, index in enumerate(operator.inputs):
            if index < 0 or index in makers or _is_given(tensors[index]):
                continue
            place = f"{operator.place}.inputs[{position}]"
            fault = _explain(tensors[index], operator, operators)
            if operator.opcode != "CUSTOM" or _maker(index, operator, operators) is not None:
                raise FormatError(fault, place)
            # Accelerators hand their scratch memory in this way.
            oddities.note(place, f"{fault}; TFLM gives it memory all the same")
        for position, index in enumerate(operator.outputs):
            place = f"{operator.place}.outputs[{position}]"
            if index in makers and not (tensors[index].is_variable or tensors[index].is_constant):
                oddities.note(place, f"is already made by {makers[index]}; TFLM writes it anew")
            makers[index] = f"operators[{operator.index}]"
    for position, index in enumerate(outputs):
        if index not in makers and not _is_given(tensors[index]):
            raise FormatError(f"nothing makes {tensors[index].name!r}", f"{path}.outputs[{position}]")
    return set(makers)


def _is_given(tensor: Tensor) -> bool:
    return tensor.is_constant or tensor.is_variable or tensor.elements == 0


def _maker(index: int, user: Operator, operators: Sequence[Operator]) -> Operator | None:
    """The operator from `user` on that makes a tensor."""
    return next((other for other in operators[user.index :] if index in other.outputs), None)


def _explain(tensor: Tensor, user: Operator, operators: Sequence[Operator]) -> str:
    """Why a tensor is not there: nobody makes it, somebody later does, or there is a cycle."""
    later = _maker(tensor.index, user, operators)
    if later is None:
        return f"nothing makes {tensor.name!r}"
    reached = set(user.outputs)
    for other in operators[user.index : later.index + 1]:
        if other is not user and reached.intersection(other.inputs):
            reached.update(other.outputs)
    if tensor.index in reached:
        return f"{tensor.name!r} depends on this operator itself, by way of operators[{later.index}]: a cycle"
    return f"{tensor.name!r} is used before operators[{later.index}] makes it; sort the operators"

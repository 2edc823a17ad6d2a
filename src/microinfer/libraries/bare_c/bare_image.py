"""What a bare-c program takes of flash and stack: constants in closed form, code and stack as measured.

A program is what every one has (vectors, start-up, a main that moves inputs and outputs), each kernel
that is called and what that calls in turn, once, the calls themselves, and the model's constants. There is
no static RAM but the arena. Operators run one after another, so the stack is that of the deepest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from ...model.tables import ITEM_BYTES, Model
from ...model.whole import whole
from ...operators.spec import Geometry
from ...words.data_folder import data_file
from ...words.dataclass import dataclass
from ...words.toml_sections import parse_sections
from ..build import DEFAULT_BUILD, Level
from ..image import CodeShare, Image, Operators, unmodelled_names
from ..library import kernel_library
from ..pick_tables import pick_sizes
from ..target import Target

__all__ = ["BareImage", "bare_c_program", "constant_bytes", "functions", "image"]

CHANNEL_BYTES = 10
"""A bias and a requantisation record."""
TABLE_BYTES = 256
OVER_BYTES = 49
AS_ACTIVATIONS = ("int8", "float32")
"""Types of constants that kernels read in place of activations; axes and shapes are not stored."""


@dataclass(frozen=True, slots=True)
class BareImage:
    """Bytes of a program without its constants. `provisional`: it was linked and not run, or some kernel was
    not measured; `unmeasured` names operators with such kernels, of which nothing is in the bytes."""

    code_bytes: int
    stack_bytes: int
    deepest: str
    provisional: bool
    source: str
    shares: tuple[CodeShare, ...] = ()
    unmeasured: tuple[str, ...] = ()
    stack_least: int = 0


def functions(name: str, geometry: Any) -> tuple[str, ...]:
    """The C functions that an operator calls, in order; one is there as often as it is called."""
    kernel = kernel_library("bare-c").kernels.get(name)
    return () if kernel is None else kernel.functions(geometry)


_PARAMETERS: Mapping[str, Callable[[Any], int]] = {
    "mi_add": lambda g: 67,
    "mi_add_any": lambda g: 64,
    "mi_add_float": lambda g: 47,
    "mi_add_int16": lambda g: 59,
    "mi_add_int32": lambda g: 47,
    "mi_add_n_int8": lambda g: 13,
    "mi_all": lambda g: OVER_BYTES,
    "mi_average_pool_2d": lambda g: 30,
    "mi_batch_matmul_float": lambda g: 45,
    "mi_batch_matmul_int16": lambda g: 45,
    "mi_batch_matmul_int8": lambda g: 45,
    "mi_batch_to_space": lambda g: 22,
    "mi_compare_bool": lambda g: 40,
    "mi_compare_float32": lambda g: 40,
    "mi_compare_int32": lambda g: 40,
    "mi_compare_int64": lambda g: 40,
    "mi_compare_int8": lambda g: 54,
    "mi_average_pool_2d_float": lambda g: 36,
    "mi_conv_2d": lambda g: 42 + g.output_c * (CHANNEL_BYTES + g.kernel_h * g.kernel_w * g.filter_c),
    "mi_average_pool_2d_int16": lambda g: 32,
    "mi_conv_2d_int16": lambda g: 43 + g.output_c * (13 + g.kernel_h * g.kernel_w * g.filter_c),
    "mi_depthwise_conv_2d_int16": lambda g: 38 + g.output_c * (13 + g.kernel_h * g.kernel_w),
    "mi_fully_connected_int16": lambda g: 15 + g.output_depth * (13 + g.input_depth),
    "mi_max_pool_2d_int16": lambda g: 32,
    "mi_conv_2d_float": lambda g: 44 + 4 * g.output_c * (1 + g.kernel_h * g.kernel_w * g.filter_c),
    "mi_copy_constant": lambda g: 4 * getattr(g, "rank", 0),
    "mi_depthwise_conv_2d": lambda g: 38 + g.output_c * (CHANNEL_BYTES + g.kernel_h * g.kernel_w),
    "mi_depthwise_conv_2d_float": lambda g: 40 + 4 * g.output_c * (1 + g.kernel_h * g.kernel_w),
    "mi_divide_float": lambda g: 47,
    "mi_divide_int32": lambda g: 47,
    "mi_divide_int8": lambda g: 52,
    "mi_fill_constant": lambda g: 1,
    "mi_floor_modulo_float": lambda g: 39,
    "mi_fully_connected": lambda g: 13 + g.output_depth * (CHANNEL_BYTES + g.input_depth),
    "mi_fully_connected_float": lambda g: 16 + 4 * g.output_depth * (1 + g.input_depth),
    "mi_take_slices": lambda g: 11,
    "mi_largest_float": lambda g: OVER_BYTES,
    "mi_largest_int8": lambda g: OVER_BYTES,
    "mi_least_float": lambda g: OVER_BYTES,
    "mi_least_int8": lambda g: OVER_BYTES,
    "mi_logical_and": lambda g: 39,
    "mi_logical_or": lambda g: 39,
    "mi_l2_pool_2d_float": lambda g: 36,
    "mi_log_softmax_int8": lambda g: 22 + 4 * (min(-g.diff_min, 255) + 1),
    "mi_logistic_int16": lambda g: 7,
    "mi_lookup": lambda g: TABLE_BYTES,
    "mi_lstm_float": lambda g: 22 + 16 * g.units * (1 + g.input_size + g.units),
    "mi_lstm_int16": lambda g: 78 + 4 * g.units * (16 + g.input_size + g.units),
    "mi_lstm_int8": lambda g: 78 + 4 * g.units * (8 + g.input_size + g.units),
    "mi_max_pool_2d": lambda g: 30,
    "mi_max_pool_2d_float": lambda g: 36,
    "mi_maximum": lambda g: 39,
    "mi_maximum_float": lambda g: 39,
    "mi_maximum_int16": lambda g: 39,
    "mi_maximum_int32": lambda g: 39,
    "mi_maximum_int64": lambda g: 39,
    "mi_mean": lambda g: 51,
    "mi_mean_float": lambda g: OVER_BYTES,
    "mi_mean_int16": lambda g: OVER_BYTES,
    "mi_minimum": lambda g: 39,
    "mi_minimum_float": lambda g: 39,
    "mi_minimum_int16": lambda g: 39,
    "mi_minimum_int32": lambda g: 39,
    "mi_minimum_int64": lambda g: 39,
    "mi_move": lambda g: 29,
    "mi_mul": lambda g: 56,
    "mi_multiply_float": lambda g: 47,
    "mi_multiply_int16": lambda g: 48,
    "mi_multiply_int32": lambda g: 47,
    "mi_pad": lambda g: 32,
    "mi_pick": lambda g: 12 + 2 * sum(pick_sizes(g)[0]),
    "mi_prelu_float": lambda g: 39,
    "mi_prelu_int16": lambda g: 55,
    "mi_prelu_int8": lambda g: 55,
    "mi_rescale_int16": lambda g: 25,
    "mi_running_sum_float": lambda g: 8,
    "mi_running_sum_int8": lambda g: 15,
    "mi_resize_bilinear_float": lambda g: 16 + 8 * (g.output_h + g.output_w),
    "mi_resize_bilinear_int8": lambda g: 16 + 6 * (g.output_h + g.output_w),
    "mi_select": lambda g: 53,
    "mi_softmax": lambda g: 8 + 4 * (min(-g.diff_min, 255) + 1),
    "mi_softmax_of_int16": lambda g: 13 + 2 * 2 * 513,
    "mi_softmax_int16": lambda g: 8 + 4 * (min(-g.diff_min, 255) + 1),
    "mi_space_to_batch": lambda g: 22,
    "mi_squared_difference": lambda g: 59,
    "mi_squared_difference_float": lambda g: 39,
    "mi_squared_difference_int16": lambda g: 54,
    "mi_squared_difference_int32": lambda g: 39,
    "mi_subtract_float": lambda g: 47,
    "mi_subtract_int32": lambda g: 47,
    "mi_svdf_int16": lambda g: 26 + 4 * g.units + g.filters * (g.input_size + 2 * g.memory),
    "mi_svdf_int8": lambda g: 26 + 4 * g.units + g.filters * (g.input_size + g.memory),
    "mi_svdf_float": lambda g: 13 + 4 * (g.filters * (g.input_size + g.memory) + g.units),
    "mi_tanh_int16": lambda g: 7,
    "mi_transpose_conv": lambda g: 38 + g.output_c * (CHANNEL_BYTES + g.kernel_h * g.kernel_w * g.input_c),
    "mi_transpose_conv_float": lambda g: 40 + 4 * g.output_c * (1 + g.kernel_h * g.kernel_w * g.input_c),
    "mi_transpose_conv_int16": lambda g: 38 + g.output_c * (13 + g.kernel_h * g.kernel_w * g.input_c),
    "mi_where_float": lambda g: 7,
    "mi_where_int8": lambda g: 7,
}
"""Bytes of parameters, weights and tables, as AVR lays them out."""


def constant_bytes(model: Model, operators: Sequence[tuple[str, Geometry]]) -> int:
    """Flash that weights, tables and parameters take; what no kernel of bare-c runs is not in it."""
    total = 0
    graph = whole(model.subgraphs).graph
    for operator, (name, geometry) in zip(graph.operators, operators, strict=True):
        for function in dict.fromkeys(functions(name, geometry)):
            known = _PARAMETERS.get(function)
            if known is not None:
                total += known(geometry)
            elif function.startswith("mi_requantize"):
                total += 15
            elif "quantize" in function:
                total += 8
        kernel = kernel_library("bare-c").kernels.get(name)
        if kernel is None:
            continue
        data = [graph.tensors[index] if index >= 0 else None for index in operator.inputs]
        total += sum(
            prod(tensor.shape) * ITEM_BYTES[tensor.dtype]
            for position, tensor in enumerate(data)
            if tensor is not None
            and tensor.data is not None
            and (position in kernel.flash or (kernel.reads_constants and tensor.dtype in AS_ACTIVATIONS))
        )
    return total


@cache
def _table(core: str, section: str, called: frozenset[str]) -> dict[str, Any]:
    """What was measured of a core, in one section and of these functions; nothing where it was not."""

    def kept(heading: str, text: str) -> str | bool:
        part = heading.strip("[]").split(".")
        if part[0] != section:
            return False
        if part[1:] in (["call"], ["stack"]):
            lines = (line for line in text.splitlines()[1:] if line.partition(" ")[0] in called)
            return "\n".join([heading, *lines, ""])
        return part[1:2] != ["code"] or part[2:] == [] or part[2] in called

    path = data_file("memory", f"bare-c.{core}.toml")
    return parse_sections(path, kept) if path.is_file() else {}


def image(
    core: str, operators: Sequence[tuple[str, Geometry]], level: Level = DEFAULT_BUILD.level
) -> BareImage | None:
    """Code and stack of the program around these operators; None where nobody compiled it for this core at
    this level: an AVR was measured at -O2 and -Os.

    A Cortex-M's kernels were linked and not run: their stack is the deepest chain of calls, and the answer
    provisional.
    """
    section = core if level == DEFAULT_BUILD.level else f"{core}-{level.lower()}"
    called_by = [functions(name, geometry) for name, geometry in operators]
    table = _table(core, section, frozenset().union(*called_by))
    measured = table.get(section)
    if measured is None:
        return None
    code: dict[str, int] = {}
    users: dict[str, dict[str, None]] = {}
    unmeasured: dict[str, None] = {}
    calls, stack, deepest, provisional = 0.0, 0, "", bool(table.get("provisional"))
    each, pieces = measured["call"], measured.get("code", {})
    kernels = kernel_library("bare-c").kernels
    for (name, _), called in zip(operators, called_by, strict=True):
        if name not in kernels or any(function not in pieces for function in called):
            unmeasured[name] = None
        for function in called:
            code.update(pieces.get(function, {}))
            for piece in pieces.get(function, {}):
                users.setdefault(piece, {})[name] = None
            calls += each.get(function, 0) if isinstance(each, dict) else each
            if measured["stack"].get(function, 0) > stack:
                stack, deepest = measured["stack"][function], name
    bytes_ = measured["program"] + sum(code.values()) + round(calls)
    stack += measured.get("entry", 0)
    shares = [CodeShare((), "program", measured["program"]), CodeShare((), "calls", round(calls))]
    shares += [CodeShare(tuple(users[piece]), "kernels", size) for piece, size in code.items()]
    source = f"{table['compiler']} {measured['flags']}"
    least = 0 if provisional else stack
    provisional |= bool(unmeasured)
    return BareImage(bytes_, stack, deepest, provisional, source, tuple(shares), tuple(unmeasured), least)


def bare_c_program(core: str, target: Target, operators: Operators) -> Image:
    """The same in the words of every library; nothing where an operator is not known."""
    found = image(core, operators, target.build.level) if not unmodelled_names(operators) else None
    if found is None:
        return Image(None, None, None)
    shares = found.shares
    return Image(
        found.code_bytes if not found.unmeasured else None,
        found.stack_bytes if not found.unmeasured else None,
        0,
        found.provisional,
        found.unmeasured,
        stack_least=found.stack_least,
        shared_out=lambda: shares,
    )

"""Operators that move bytes, in C."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from ...operators.concatenation import ConcatenationGeometry
from ...operators.pack import PackGeometry
from ...operators.pad import PadGeometry
from ...operators.split import SplitGeometry
from ..kernel import Kernel
from ..loops import MOVE_LOOPS, PAD_AXES, Moved, move_loops, nested, pad_axes
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .loop_counts import odometer
from .one_kernel import calls, one_kernel

if TYPE_CHECKING:
    from ...operators.reshape import ReshapeGeometry
    from ..kernel import Counts, Observed
    from .call import Lower, Place


FURTHEST = 65535


def lower_copy(place: Place) -> Sequence[Call]:
    source = place.node.input(0)
    bytes_ = str(source.size_bytes)
    if source.data is not None:
        array = ByteArray(f"{place.name}_input", ((source.data.tobytes(), ""),))
        return [Call("data_movement.c", "mi_copy_constant", (bytes_, array.name, place.output()), (array,))]
    return [Call("data_movement.c", "mi_copy", (bytes_, place.input(0), place.output()))]


def lower_concatenation(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ConcatenationGeometry)
    target = place.node.output(0)
    calls, offset, row = [], 0, sum(g.copy_bytes)
    for position, size in enumerate(g.copy_bytes):
        source = place.node.input(position)
        to = place.at(target, offset)
        if size == 0:
            continue
        if source.data is not None and g.outer == 1:
            array = ByteArray(f"{place.name}_input_{position + 1}", ((source.data.tobytes(), ""),))
            arguments: tuple[str, ...] = (str(size), array.name, to)
            calls.append(Call("data_movement.c", "mi_copy_constant", arguments, (array,)))
        else:
            arguments = str(g.outer), str(size), str(size), str(row), place.at(source), to
            calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
        offset += size
    return calls


def lower_parts(data: int) -> Lower:
    """SPLIT and SPLIT_V, which have what they cut at different positions."""

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, SplitGeometry)
        source, row, offset = place.node.input(data), sum(g.copy_bytes), 0
        calls = []
        for position, size in enumerate(g.copy_bytes):
            rows = str(g.outer), str(size), str(row), str(size)
            arguments = *rows, place.at(source, offset), place.output(position)
            calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
            offset += size
        return calls

    return lower


def lower_pack(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PackGeometry)
    size = g.inner * g.item_bytes
    calls = []
    for position in range(g.count):
        to = place.at(place.node.output(0), position * size)
        arguments = str(g.outer), str(size), str(size), str(g.count * size), place.input(position), to
        calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
    return calls


def lower_unpack(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PackGeometry)
    size = g.inner * g.item_bytes
    calls = []
    for position in range(g.count):
        source = place.at(place.node.input(0), position * size)
        arguments = str(g.outer), str(size), str(g.count * size), str(size), source, place.output(position)
        calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
    return calls


def lower_move(place: Place) -> Sequence[Call]:
    geometry = place.step.geometry
    assert isinstance(geometry, Moved)
    loops, first, run = move_loops(geometry)
    if len(loops) > MOVE_LOOPS:
        raise unsupported(place.step, f"moves in {len(loops)} nested loops, bare-c has {MOVE_LOOPS}")
    if max(first, run) > FURTHEST or any(abs(step) > FURTHEST // 2 for _, step in loops):
        raise unsupported(place.step, f"steps over more than {FURTHEST // 2} bytes at once")
    full = nested(loops, MOVE_LOOPS)
    parameters = Parameters(
        "mi_move_parameters",
        place.name,
        (
            ("size", "uint16_t", [size for size, _ in full]),
            ("step", "int16_t", [step for _, step in full]),
            ("first", "uint16_t", first),
            ("bytes", "uint16_t", run),
            ("loops", "uint8_t", len(loops)),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("data_movement.c", "mi_move", arguments, (parameters,))]


def lower_pad(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PadGeometry)
    target = place.node.output(0)
    value = target.zero_point if target.dtype == "int8" else 0
    if len(place.node.inputs) == 3:
        given = place.node.constant_input(2).reshape(-1)[0]
        value = int(given) if target.dtype == "int8" else 0
        if target.dtype != "int8" and any(given.tobytes()):
            raise unsupported(
                place.step, f"with a value other than 0 in {target.dtype} has no kernel in bare-c"
            )
    axes = nested(pad_axes(g), PAD_AXES)
    if len(axes) > PAD_AXES:
        raise unsupported(place.step, f"pads {len(axes)} axes, bare-c at most {PAD_AXES}")
    parameters = Parameters(
        "mi_pad_parameters",
        place.name,
        (
            ("size", "uint16_t", [axis[0] for axis in axes]),
            ("before", "uint16_t", [axis[1] for axis in axes]),
            ("after", "uint16_t", [axis[2] for axis in axes]),
            ("outer", "uint8_t", len(pad_axes(g)) - 1),
            ("value", "int8_t", value),
        ),
    )
    arguments = f"&{place.name}", place.bytes_of(place.node.input(0)), place.bytes_of(target)
    return [Call("pad.c", "mi_pad", arguments, (parameters,))]


def reshape_counts(g: ReshapeGeometry, seen: Observed) -> Counts:
    return {"call": 1, "bytes": g.size_bytes}


def copies_counts(g: ConcatenationGeometry | SplitGeometry, seen: Observed) -> Counts:
    """CONCATENATION and SPLIT: a call for each part."""
    parts = [size for size in g.copy_bytes if size]
    return {"call": len(parts), "rows": g.outer * len(parts), "bytes": g.outer * sum(parts)}


def stacks_counts(g: PackGeometry, seen: Observed) -> Counts:
    """PACK and UNPACK: a call for each tensor."""
    rows = g.outer * g.count
    return {"call": g.count, "rows": rows, "bytes": rows * g.inner * g.item_bytes}


def move_counts(g: Moved, seen: Observed) -> Counts:
    loops, _, run = move_loops(g)
    sizes = [size for size, _ in loops]
    return {"call": 1, **odometer(sizes), "bytes": prod(sizes) * run}


def pad_counts(g: PadGeometry, seen: Observed) -> Counts:
    """Rows of the output; those outside are filled whole, the others filled, copied and filled."""
    *outer, (size, before, after) = pad_axes(g)
    inside = prod(size for size, *_ in outer)
    whole = [sum(axis) for axis in outer]
    rows = prod(whole)
    copied = inside * size
    return {
        "call": 1,
        **odometer(whole),
        "rows_inside": inside,
        "fills": rows - inside + inside * (before > 0),
        "fills_after": inside * (after > 0),
        "axis_tests": rows * len(outer),
        "outside_tests": sum(rows // sum(axis) * (axis[1] + axis[2]) for axis in outer if sum(axis)),
        "bytes_copied": copied,
        "bytes_filled": rows * (size + before + after) - copied - inside * after,
        "bytes_filled_after": inside * after,
    }


def copied_functions(geometry: ConcatenationGeometry | SplitGeometry) -> tuple[str, ...]:
    return tuple("mi_copy_rows" for size in geometry.copy_bytes if size)


def stacked_functions(geometry: PackGeometry) -> tuple[str, ...]:
    return tuple("mi_copy_rows" for _ in range(geometry.count))


BROADCAST_TO = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

CONCATENATION = Kernel(
    variant=one_kernel,
    counts=copies_counts,
    functions=copied_functions,
    reads_constants=True,
    lower=lower_concatenation,
)

DEPTH_TO_SPACE = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

EXPAND_DIMS = Kernel(variant=one_kernel, counts=reshape_counts, functions=calls("mi_copy"), lower=lower_copy)

PACK = Kernel(variant=one_kernel, counts=stacks_counts, functions=stacked_functions, lower=lower_pack)

PAD = Kernel(variant=one_kernel, counts=pad_counts, functions=calls("mi_pad"), lower=lower_pad)

PADV2 = Kernel(variant=one_kernel, counts=pad_counts, functions=calls("mi_pad"), lower=lower_pad)

RESHAPE = Kernel(
    variant=one_kernel,
    counts=reshape_counts,
    functions=calls("mi_copy"),
    reads_constants=True,
    lower=lower_copy,
)

REVERSE_V2 = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

SLICE = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

SPACE_TO_DEPTH = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

SPLIT = Kernel(variant=one_kernel, counts=copies_counts, functions=copied_functions, lower=lower_parts(1))

SPLIT_V = Kernel(variant=one_kernel, counts=copies_counts, functions=copied_functions, lower=lower_parts(0))

SQUEEZE = Kernel(variant=one_kernel, counts=reshape_counts, functions=calls("mi_copy"), lower=lower_copy)

STRIDED_SLICE = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

TRANSPOSE = Kernel(variant=one_kernel, counts=move_counts, functions=calls("mi_move"), lower=lower_move)

UNPACK = Kernel(variant=one_kernel, counts=stacks_counts, functions=stacked_functions, lower=lower_unpack)

"""MEAN, PAD and what only moves bytes as calls of C kernels."""

from __future__ import annotations

from collections.abc import Sequence

from ...operators.concatenation import ConcatenationGeometry
from ...operators.mean import ReduceGeometry
from ...operators.pack import PackGeometry
from ...operators.pad import PadGeometry
from ...operators.quantization import integer_range, quantize_multiplier
from ...operators.resize_nearest_neighbor import ResizeGeometry
from ...operators.split import SplitGeometry
from ...operators.strided_slice import StridedSliceGeometry
from ...operators.transpose import TransposeGeometry
from ..loops import (
    MOVE_LOOPS,
    PAD_AXES,
    REDUCTION_AXES,
    move_loops,
    nested,
    pad_axes,
    reduction_runs,
)
from .c_source import ByteArray, Parameters
from .call import Call, Lower, Place, unsupported
from .records import requantisation_record

__all__ = ["SHAPING"]


def _copy(place: Place) -> Sequence[Call]:
    source = place.node.input(0)
    bytes_ = str(source.size_bytes)
    if source.data is not None:
        array = ByteArray(f"{place.name}_input", ((source.data.tobytes(), ""),))
        return [Call("data_movement.c", "mi_copy_constant", (bytes_, array.name, place.output()), (array,))]
    return [Call("data_movement.c", "mi_copy", (bytes_, place.input(0), place.output()))]


def _concatenation(place: Place) -> Sequence[Call]:
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


def _split(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, SplitGeometry)
    source, row, offset = place.node.input(1), sum(g.copy_bytes), 0
    calls = []
    for position, size in enumerate(g.copy_bytes):
        arguments = (
            str(g.outer),
            str(size),
            str(row),
            str(size),
            place.at(source, offset),
            place.output(position),
        )
        calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
        offset += size
    return calls


def _pack(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PackGeometry)
    size = g.inner * g.item_bytes
    calls = []
    for position in range(g.count):
        to = place.at(place.node.output(0), position * size)
        arguments = str(g.outer), str(size), str(size), str(g.count * size), place.input(position), to
        calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
    return calls


def _unpack(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PackGeometry)
    size = g.inner * g.item_bytes
    calls = []
    for position in range(g.count):
        source = place.at(place.node.input(0), position * size)
        arguments = str(g.outer), str(size), str(g.count * size), str(size), source, place.output(position)
        calls.append(Call("data_movement.c", "mi_copy_rows", arguments))
    return calls


def _move(place: Place) -> Sequence[Call]:
    geometry = place.step.geometry
    assert isinstance(geometry, TransposeGeometry | StridedSliceGeometry | ResizeGeometry)
    loops, first, run = move_loops(geometry)
    if len(loops) > MOVE_LOOPS:
        raise unsupported(place.step, f"moves in {len(loops)} nested loops, bare-c has {MOVE_LOOPS}")
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


def _resize_nearest_neighbor(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ResizeGeometry)
    if g.align_corners or g.output_h % g.input_h or g.output_w % g.input_w:
        raise unsupported(place.step, "bare-c enlarges by whole factors without align_corners only")
    return _move(place)


def _pad(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PadGeometry)
    target = place.node.output(0)
    value = target.zero_point if target.dtype == "int8" else 0
    if len(place.node.inputs) == 3:
        given = place.node.constant_input(2)
        value = int(given.reshape(-1)[0])
        if target.dtype != "int8" and value:
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
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("pad.c", "mi_pad", tuple(arguments), (parameters,))]


def _mean(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ReduceGeometry)
    if g.dtype != "int8":
        raise unsupported(place.step, f"of {g.dtype} has no kernel in bare-c")
    kept, reduced = reduction_runs(g)
    if max(len(kept), len(reduced)) > REDUCTION_AXES:
        raise unsupported(place.step, f"alternates over more than {REDUCTION_AXES} groups of axes")
    source, target = place.node.input(0), place.node.output(0)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    if place.step.name == "MEAN":
        left = min(g.count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << left) // g.count, shift - left
    low, high = integer_range("int8")
    record = ByteArray(f"{place.name}_record", ((requantisation_record(multiplier, shift), ""),))
    lists = [nested(runs, REDUCTION_AXES) for runs in (kept, reduced)]
    parameters = Parameters(
        "mi_mean_parameters",
        place.name,
        (
            ("kept_size", "uint16_t", [size for size, _ in lists[0]]),
            ("kept_stride", "uint16_t", [step for _, step in lists[0]]),
            ("reduced_size", "uint16_t", [size for size, _ in lists[1]]),
            ("reduced_stride", "uint16_t", [step for _, step in lists[1]]),
            ("kept_outer", "uint8_t", max(0, len(kept) - 1)),
            ("reduced_outer", "uint8_t", max(0, len(reduced) - 1)),
            ("bias", "int32_t", -source.zero_point * g.count),
            ("clamp.low", "int16_t", low - target.zero_point),
            ("clamp.high", "int16_t", high - target.zero_point),
            ("clamp.zero_point", "int8_t", target.zero_point),
            ("record", "pointer", record.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("reduce.c", "mi_mean", arguments, (record, parameters))]


SHAPING: dict[str, Lower] = {
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _copy,
    "MEAN": _mean,
    "PACK": _pack,
    "PAD": _pad,
    "PADV2": _pad,
    "RESHAPE": _copy,
    "RESIZE_NEAREST_NEIGHBOR": _resize_nearest_neighbor,
    "SPLIT": _split,
    "SQUEEZE": _copy,
    "STRIDED_SLICE": _move,
    "SUM": _mean,
    "TRANSPOSE": _move,
    "UNPACK": _unpack,
}

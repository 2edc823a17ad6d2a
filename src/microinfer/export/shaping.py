"""MEAN, PAD and what only moves bytes as calls of C kernels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..ops.concatenation import ConcatenationGeometry
from ..ops.mean import ReduceGeometry
from ..ops.pad import PadGeometry
from ..ops.resize_nearest_neighbor import ResizeGeometry
from ..ops.split import SplitGeometry
from ..ops.strided_slice import StridedSliceGeometry
from ..ops.transpose import TransposeGeometry
from ..quantization import integer_range, quantize_multiplier
from .c_source import ByteArray, Parameters
from .call import Call, Lower, Place, unsupported
from .records import requantisation_record

__all__ = ["SHAPING"]

AXES = 4
PAD_AXES = 5
MOVE_LOOPS = 6


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


def _move(place: Place, loops: Sequence[tuple[int, int]], first: int, run: int) -> Sequence[Call]:
    """`loops`: (size, step in bytes), outermost first."""
    kept = [loop for loop in loops if loop[0] != 1]
    if len(kept) > MOVE_LOOPS:
        raise unsupported(place.step, f"moves in {len(kept)} nested loops, bare-c has {MOVE_LOOPS}")
    kept = [(1, 0)] * (MOVE_LOOPS - len(kept)) + kept
    parameters = Parameters(
        "mi_move_parameters",
        place.name,
        (
            ("size", "uint16_t", [size for size, _ in kept]),
            ("step", "int16_t", [step for _, step in kept]),
            ("first", "uint16_t", first),
            ("bytes", "uint16_t", run),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("data_movement.c", "mi_move", arguments, (parameters,))]


def _strides(shape: Sequence[int], item: int) -> list[int]:
    return [item * prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _transpose(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, TransposeGeometry)
    strides = _strides(g.input_shape, g.item_bytes)
    loops = [(g.input_shape[axis], strides[axis]) for axis in g.permutation]
    run = g.item_bytes
    while loops and loops[-1][1] == run:
        run *= loops.pop()[0]
    return _move(place, loops, 0, run)


def _strided_slice(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, StridedSliceGeometry)
    strides = _strides(g.input_shape, g.item_bytes)
    first = sum(start * stride for start, stride in zip(g.begin, strides, strict=True))
    loops = [(count, step * stride) for count, step, stride in zip(g.counts, g.strides, strides, strict=True)]
    run = g.item_bytes
    while loops and loops[-1][1] == run:
        run *= loops.pop()[0]
    return _move(place, loops, first, run)


def _resize_nearest_neighbor(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ResizeGeometry)
    if g.align_corners or g.output_h % g.input_h or g.output_w % g.input_w:
        raise unsupported(place.step, "bare-c enlarges by whole factors without align_corners only")
    run = g.channels * g.item_bytes
    loops = [
        (g.batch, g.input_h * g.input_w * run),
        (g.input_h, g.input_w * run),
        (g.output_h // g.input_h, 0),
        (g.input_w, run),
        (g.output_w // g.input_w, 0),
    ]
    return _move(place, loops, 0, run)


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
    axes = [
        (size, before, after) for size, before, after in zip(g.input_shape, g.before, g.after, strict=True)
    ]
    axes.append((g.item_bytes, 0, 0))
    while len(axes) > 1 and axes[-1][1:] == (0, 0):
        size = axes.pop()[0]
        axes[-1] = (axes[-1][0] * size, axes[-1][1] * size, axes[-1][2] * size)
    axes = [(1, 0, 0)] * (PAD_AXES - len(axes)) + axes
    if len(axes) > PAD_AXES:
        raise unsupported(place.step, f"pads {len(axes)} axes, bare-c at most {PAD_AXES}")
    parameters = Parameters(
        "mi_pad_parameters",
        place.name,
        (
            ("size", "uint16_t", [axis[0] for axis in axes]),
            ("before", "uint16_t", [axis[1] for axis in axes]),
            ("after", "uint16_t", [axis[2] for axis in axes]),
            ("value", "int8_t", value),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("pad.c", "mi_pad", tuple(arguments), (parameters,))]


def _runs(g: ReduceGeometry) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(size, stride) of kept and of reduced runs of axes, outermost first."""
    merged: list[tuple[int, int, bool]] = []
    stride = prod(g.input_shape)
    for axis, size in enumerate(g.input_shape):
        stride //= size
        reduced = axis in g.axes
        if size == 1:
            continue
        if merged and merged[-1][2] == reduced:
            merged[-1] = (merged[-1][0] * size, stride, reduced)
        else:
            merged.append((size, stride, reduced))
    kept = [(size, step) for size, step, reduced in merged if not reduced]
    return kept, [(size, step) for size, step, reduced in merged if reduced]


def _mean(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ReduceGeometry)
    if g.dtype != "int8":
        raise unsupported(place.step, f"of {g.dtype} has no kernel in bare-c")
    kept, reduced = _runs(g)
    if max(len(kept), len(reduced)) > AXES:
        raise unsupported(place.step, f"alternates over more than {AXES} groups of axes")
    source, target = place.node.input(0), place.node.output(0)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    if place.step.name == "MEAN":
        left = min(g.count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << left) // g.count, shift - left
    low, high = integer_range("int8")
    record = ByteArray(f"{place.name}_record", ((requantisation_record(multiplier, shift), ""),))
    lists = [[(1, 0)] * (AXES - len(runs)) + runs for runs in (kept, reduced)]
    parameters = Parameters(
        "mi_mean_parameters",
        place.name,
        (
            ("kept_size", "uint16_t", [size for size, _ in lists[0]]),
            ("kept_stride", "uint16_t", [step for _, step in lists[0]]),
            ("reduced_size", "uint16_t", [size for size, _ in lists[1]]),
            ("reduced_stride", "uint16_t", [step for _, step in lists[1]]),
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
    "PAD": _pad,
    "PADV2": _pad,
    "RESHAPE": _copy,
    "RESIZE_NEAREST_NEIGHBOR": _resize_nearest_neighbor,
    "SPLIT": _split,
    "SQUEEZE": _copy,
    "STRIDED_SLICE": _strided_slice,
    "SUM": _mean,
    "TRANSPOSE": _transpose,
}

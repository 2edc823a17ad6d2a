"""What is picked by tables in flash, filled, or looked up by an index that is computed, in C."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...operators.gather_nd import GatherNdGeometry
from ...operators.resize_nearest_neighbor import ResizeGeometry
from ..kernel import Inner, Kernel
from ..pick_tables import pick_sizes, pick_tables
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .moving import lower_move, move_counts
from .one_kernel import calls, one_kernel
from .pair_operands import in_flash

if TYPE_CHECKING:
    from ...operators.fill import FillGeometry
    from ...operators.gather import GatherGeometry
    from ...operators.mirror_pad import MirrorPadGeometry
    from ...operators.shape import ShapeGeometry
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Constant, Place

FURTHEST = 65535


def picked(place: Place, indices: Any = None) -> Sequence[Call]:
    tables, moved = pick_tables(place.step.geometry, indices)
    if sum(int(table.max()) for table in tables) > FURTHEST or moved > FURTHEST:
        raise unsupported(place.step, f"reaches further than {FURTHEST} bytes")
    places = ByteArray(
        f"{place.name}_places", ((b"".join(table.astype("<u2").tobytes() for table in tables), ""),)
    )
    parameters = Parameters(
        "mi_pick_parameters",
        place.name,
        (
            ("size", "uint16_t", [len(table) for table in tables]),
            ("bytes", "uint16_t", moved),
            ("places", "pointer", places.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("picks.c", "mi_pick", arguments, (places, parameters))]


def pick_counts(
    g: MirrorPadGeometry | GatherGeometry | GatherNdGeometry | ResizeGeometry, seen: Observed
) -> Counts:
    turns, moved = pick_sizes(g)
    return {"call": 1, "rows": prod(turns[:3]), "runs": prod(turns), "bytes": prod(turns) * moved}


def lower_gather(place: Place) -> Sequence[Call]:
    g = cast("GatherGeometry", place.step.geometry)
    source, indices = place.node.input(0), place.node.input(1)
    if indices.data is not None:
        if g.batch != 1:
            raise unsupported(place.step, "by indices of each sample has no kernel in bare-c")
        return picked(place, indices.data)
    constants: list[Constant] = []
    if source.data is not None:
        constants.append(ByteArray(f"{place.name}_table", ((source.data.tobytes(), ""),)))
    table = in_flash(constants[0].name, "int8") if constants else place.input(0)
    parameters = Parameters(
        "mi_take_slices_parameters",
        place.name,
        (
            ("batch", "uint16_t", g.batch),
            ("outer", "uint16_t", g.outer),
            ("length", "uint16_t", g.length),
            ("indices", "uint16_t", g.indices),
            ("bytes", "uint16_t", g.inner * g.item_bytes),
            ("constant", "uint8_t", int(source.data is not None)),
        ),
    )
    arguments = f"&{place.name}", table, place.input(1), place.output()
    return [Call("picks.c", "mi_take_slices", arguments, (*constants, parameters))]


def gathered(g: GatherGeometry) -> tuple[str, ...]:
    return ("mi_pick",) if g.fixed else ("mi_take_slices",)


def gather_kernel(g: GatherGeometry, core: Core) -> str:
    return "bare_c" if g.fixed else "bare_c_computed"


def computed_counts(g: GatherGeometry, seen: Observed) -> Counts:
    runs = g.batch * g.outer * g.indices
    return {"call": 1, "rows": g.batch * g.outer, "runs": runs, "bytes": runs * g.inner * g.item_bytes}


def lower_gather_nd(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, GatherNdGeometry)
    source, indices = place.node.input(0), place.node.input(1)
    if indices.data is None:
        raise unsupported(place.step, "by indices that are computed has no kernel in bare-c")
    places = source.shape[: g.places]
    rows = np.ravel_multi_index(tuple(indices.data.reshape(-1, g.places).T), places)
    return picked(place, np.asarray(rows))


def lower_resize(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ResizeGeometry)
    return lower_move(place) if _by_whole_factors(g) else picked(place)


def _by_whole_factors(g: ResizeGeometry) -> bool:
    return not (g.align_corners or g.output_h % g.input_h or g.output_w % g.input_w)


def resized(g: ResizeGeometry) -> tuple[str, ...]:
    return ("mi_move",) if _by_whole_factors(g) else ("mi_pick",)


def resize_kernel(g: ResizeGeometry, core: Core) -> str:
    return "bare_c" if _by_whole_factors(g) else "bare_c_picked"


def lower_fill(place: Place) -> Sequence[Call]:
    value, target = place.node.input(1), place.node.output(0)
    size = str(target.elements), str(target.size_bytes // target.elements)
    if value.data is None:
        return [Call("picks.c", "mi_fill", (*size, place.input(1), place.output()))]
    array = ByteArray(f"{place.name}_value", ((value.data.tobytes(), ""),))
    return [Call("picks.c", "mi_fill_constant", (*size, array.name, place.output()), (array,))]


def lower_zeros(place: Place) -> Sequence[Call]:
    target = place.node.output(0)
    array = ByteArray(f"{place.name}_value", ((bytes(1), ""),))
    arguments = str(target.size_bytes), "1", array.name, place.output()
    return [Call("picks.c", "mi_fill_constant", arguments, (array,))]


def fill_counts(g: FillGeometry, seen: Observed) -> Counts:
    return {"call": 1, "runs": g.elements, "bytes": g.elements * g.item_bytes}


def zeros_counts(g: FillGeometry, seen: Observed) -> Counts:
    return {"call": 1, "runs": g.elements * g.item_bytes, "bytes": g.elements * g.item_bytes}


def lower_shape(place: Place) -> Sequence[Call]:
    dimensions = np.array(place.node.input(0).shape, "<i4").tobytes()
    array = ByteArray(f"{place.name}_dimensions", ((dimensions, ""),))
    arguments = str(len(dimensions)), array.name, place.output()
    return [Call("data_movement.c", "mi_copy_constant", arguments, (array,))]


def shape_counts(g: ShapeGeometry, seen: Observed) -> Counts:
    return {"call": 1, "bytes": 4 * g.rank}


FILL = Kernel(
    variant=one_kernel, counts=fill_counts, functions=calls("mi_fill"), flash=(1,), lower=lower_fill
)

GATHER = Kernel(
    variant=gather_kernel,
    counts=pick_counts,
    inner={"bare_c_computed": Inner(computed_counts)},
    functions=gathered,
    flash=(0,),
    lower=lower_gather,
)

GATHER_ND = Kernel(variant=one_kernel, counts=pick_counts, functions=calls("mi_pick"), lower=lower_gather_nd)

MIRROR_PAD = Kernel(variant=one_kernel, counts=pick_counts, functions=calls("mi_pick"), lower=picked)

RESIZE_NEAREST_NEIGHBOR = Kernel(
    variant=resize_kernel,
    counts=move_counts,
    inner={"bare_c_picked": Inner(pick_counts)},
    functions=resized,
    lower=lower_resize,
)

SHAPE = Kernel(
    variant=one_kernel, counts=shape_counts, functions=calls("mi_copy_constant"), lower=lower_shape
)

ZEROS_LIKE = Kernel(
    variant=one_kernel, counts=zeros_counts, functions=calls("mi_fill_constant"), lower=lower_zeros
)

"""The end of an object detector, in floats, of TFLM's reference kernels; no other library has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...operators.detection_work import INSERTED
from ..kernel import Kernel
from ..software_float import EXPONENTIALS

if TYPE_CHECKING:
    from ...operators.tflite_detection_postprocess import DetectionGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..target import Core

FLOAT_BYTES = 4


def detection_scratch(g: DetectionGeometry, core: Core) -> tuple[int, ...]:
    """Who is still a candidate, boxes, scores three times, and what is found and sorted."""
    each = FLOAT_BYTES * g.boxes
    return (
        g.boxes,
        4 * each,
        each * g.columns,
        each,
        each,
        each * g.most,
        each * g.most,
        each,
        each * g.most,
        each * max(g.classes, g.most),
        each * min(g.boxes, g.most),
    )


def detection_counts(g: DetectionGeometry, seen: Observed) -> Counts:
    """Boxes that are decoded and scores that are looked at; how many are kept and compared the data say."""
    passes = g.classes if g.regular else 1
    return {
        "call": 1,
        "boxes": g.boxes,
        "passes": passes,
        "checked": g.boxes * passes,
        "scores": g.boxes * g.classes,
        "class_ranks": 0 if g.regular else g.boxes * g.each * g.each.bit_length(),
        "places": g.most if g.regular else 0,
        **seen,
    }


def detection_bounds(g: DetectionGeometry) -> Mapping[str, Bounds]:
    """At the least no score is enough, at the most all are and no box overlaps another; typically a tenth is
    enough, and half of these overlap a better one."""
    passes, most = (g.classes, g.each) if g.regular else (1, g.most)
    few, half = _suppression(max(1, g.boxes // 10), most), _suppression(max(1, g.boxes // 20), most)
    typical = {name: (few[name] + half[name]) // 2 for name in few}
    greatest = _suppression(g.boxes, most)
    bounds = {name: (0, passes * typical[name], passes * greatest[name]) for name in greatest}
    if not g.regular:
        others = g.boxes * max(0, g.classes - g.each)
        return {**bounds, "bests": (0, min(others, 2 * g.boxes), others)}
    ranked = min(g.most, passes * most) + min(g.boxes, g.each)
    steps = min(g.most, ranked) * min(g.most, ranked).bit_length()
    bounds["ranked"] = 0, passes * ranked // 2, passes * ranked
    bounds["rank_steps"] = 0, passes * steps // 2, passes * steps
    return bounds


def _suppression(kept: int, most: int) -> dict[str, int]:
    """Of so many boxes that are kept, none of which overlaps another one."""
    chosen, sizes, merged = min(kept, most), [kept], 0
    while sizes[0] >= INSERTED:
        merged += sum(sizes)
        sizes = [part for size in sizes for part in (size // 2, size - size // 2)]
    pairs = sum(kept - 1 - i for i in range(chosen))
    return {
        "kept": kept,
        "inserted": kept,
        "moved": sum(size * (size - 1) // 2 for size in sizes),
        "halvings": sum(i.bit_length() for size in sizes for i in range(size)),
        "merged": merged,
        "passed": pairs,
        "overlaps": pairs,
        "selected": chosen,
    }


TFLite_Detection_PostProcess = Kernel(
    software=EXPONENTIALS,
    temporaries="i0 i1 i2",
    scratch=detection_scratch,
    counts=detection_counts,
    bounds=detection_bounds,
)

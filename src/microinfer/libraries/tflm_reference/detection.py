"""The end of an object detector, in floats, of TFLM's reference kernels; no other library has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import Kernel

if TYPE_CHECKING:
    from ...operators.tflite_detection_postprocess import DetectionGeometry
    from ..kernel import Counts, Observed
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


def detection_counts(g: DetectionGeometry, seen: Observed) -> Counts | None:
    """Boxes that are decoded and scores that are looked at; how many overlap hangs on the data."""
    return {"call": 1, "boxes": g.boxes, "scores": g.boxes * g.classes}


def is_told_by_data(g: DetectionGeometry) -> bool:
    return True


TFLite_Detection_PostProcess = Kernel(
    temporaries="i0 i1 i2", scratch=detection_scratch, counts=detection_counts, needs_data=is_told_by_data
)

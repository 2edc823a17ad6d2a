"""TFLite_Detection_PostProcess: boxes, classes and scores of an object detector, without those that overlap.

float32: encodings of the boxes [1, boxes, 4 or more], scores [1, boxes, classes], with or without one of the
background before them, and the constant or computed anchors [boxes, 4]. Outputs: boxes, classes, scores and
their number, all float32. Options by name: max_detections, max_classes_per_detection, num_classes,
nms_score_threshold, nms_iou_threshold, y_scale, x_scale, h_scale, w_scale; detections_per_class, 100 where it
is left out, and use_regular_nms. Without that one, places behind the last detection are left as they are,
whatever the memory held. Source: TFLM, micro/kernels/detection_postprocess.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .custom_options import CustomOptions, custom_options
from .detection_work import work
from .example import Draw
from .refusals import refusing
from .signals import arrays, expect_rank, flat
from .spec import (
    Array,
    Arrays,
    Geometry,
    Node,
    Observe,
    Prepared,
    Real,
    Reals,
    Run,
    Seen,
    Spec,
    Step,
    same,
)

DETECTIONS_PER_CLASS = 100
MOST_BOXES = 1 << 16
OUTPUTS = ("boxes", "classes", "scores", "number")


@dataclass(frozen=True, slots=True)
class DetectionGeometry(Geometry):
    """`columns` of scores are those of `classes` and perhaps a background. `most` detections, `each` of one
    class where `regular`, else of so many classes of one box."""

    boxes: int
    classes: int
    columns: int
    most: int
    each: int
    regular: bool
    dtype: str = "float32"

    @property
    def places(self) -> int:
        """How many detections the outputs need room for: of several classes a box TFLM leaves places out."""
        return self.most if self.regular else self.each**2 * min(self.boxes, self.most)


def prepare(node: Node) -> Prepared:
    node.expect_counts(3, 4)
    encodings, scores, anchors = (node.input(place, "float32") for place in range(3))
    outputs = tuple(node.output(place, "float32") for place in range(4))
    for place, (tensor, rank) in enumerate(((encodings, 3), (scores, 3), (anchors, 2))):
        expect_rank(node, f"inputs[{place}]", tensor, rank)
    options = custom_options(node)
    geometry = _geometry(node, options, encodings, scores, anchors)
    for place, (tensor, numbers) in enumerate(
        zip(outputs, (4 * geometry.places, geometry.places, geometry.places, 1), strict=True)
    ):
        if tensor.elements < numbers:
            node.fail(
                f"outputs[{place}] ({tensor.name!r}) has {counted(tensor.elements, 'number')}, "
                f"expected {numbers} "
                f"or more of {OUTPUTS[place]}: the device writes behind them"
            )
    least, limit = _real(options, "nms_score_threshold"), _real(options, "nms_iou_threshold")
    if not 0 < limit <= 1:
        node.fail(f"nms_iou_threshold is {limit:g}, expected above 0 and up to 1")
    scales = np.array([_real(options, f"{axis}_scale") for axis in "yxhw"], np.float32)
    if not scales.all():
        node.fail("y_scale, x_scale, h_scale or w_scale is 0 or missing, expected other numbers to divide by")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        return _bind(node, geometry, scales, (least, limit), arrays(inputs), outputs)

    return Prepared(geometry, bind)


def _bind(
    node: Node,
    g: DetectionGeometry,
    scales: Array,
    thresholds: tuple[float, float],
    inputs: Sequence[Array],
    outputs: Sequence[Array],
) -> Run:
    from ..kernels import detection as kernels
    from ..kernels.data_movement import in_turn

    encodings, scores, anchors = inputs
    boxes, status = np.zeros((g.boxes, 4), np.float32), np.zeros(1, np.int64)
    rows = read_only(encodings.reshape(g.boxes, -1))
    decode = kernels.decode.bind(rows, read_only(anchors.reshape(-1, 4)), read_only(scales), boxes, status)
    room = g.boxes + max(g.most, g.classes)
    work, values = np.zeros((5, room), np.int64), np.zeros((3, room), np.float32)
    found = [flat(output) for output in outputs]
    places = found[0][: 4 * (found[0].size // 4)].reshape(-1, 4)
    select = (kernels.regular if g.regular else kernels.fast).bind(
        boxes, read_only(scores.reshape(g.boxes, g.columns)), *thresholds, g.most, g.each, g.classes,
        work, values, places, *found[1:],
    )  # fmt: skip

    def refuse() -> None:
        raise UnsupportedError(
            f"{node.operator.name}: a box has no height or no width; Invoke fails on the device, too",
            node.operator.place,
        )

    return in_turn((refusing((decode,), status, refuse), select))


def _geometry(
    node: Node, options: CustomOptions, encodings: Tensor, scores: Tensor, anchors: Tensor
) -> DetectionGeometry:
    boxes, columns = encodings.shape[1], scores.shape[2]
    if encodings.shape[0] != 1 or encodings.shape[2] < 4 or not 1 <= boxes <= MOST_BOXES:
        node.fail(f"inputs[0] has shape {encodings.shape}, expected (1, up to {MOST_BOXES} boxes, 4 or more)")
    if scores.shape[:2] != (1, boxes):
        node.fail(f"inputs[1] has shape {scores.shape}, expected (1, {boxes}, classes)")
    if anchors.elements < 4 * boxes or anchors.elements % 4:
        node.fail(f"inputs[2] has shape {anchors.shape}, expected ({boxes}, 4)")
    most, classes = _count(options, "max_detections"), _count(options, "num_classes")
    if columns - classes not in (0, 1):
        node.fail(
            f"num_classes is {classes}, expected {columns} or {columns - 1}, for "
            f"{counted(columns, 'column')} of scores"
        )
    regular = bool(options.named("use_regular_nms") or 0)
    if regular:
        each = _count(options, "detections_per_class", DETECTIONS_PER_CLASS)
        needed = most + min(boxes, each)
        if classes > 1 and 4 * needed > -(-4 * most * boxes // 16) * 16:
            node.fail(
                f"max_detections {most} of {boxes} boxes: the device's buffer of {most * boxes} scores may "
                f"have to hold {needed}"
            )
    else:
        each = min(_count(options, "max_classes_per_detection"), classes)
    if most * boxes > MOST_BOXES**2 >> 4:
        node.fail(f"max_detections {most} of {boxes} boxes: more than any device has memory for")
    return DetectionGeometry(boxes, classes, columns, most, each, regular)


def _count(options: CustomOptions, name: str, default: int = 0) -> int:
    found = options.named(name)
    number = default if found is None else int(found)
    if not 1 <= number < 1 << 31:
        options.node.fail(f"{name} is {number}, expected 1 or more")
    return number


def _real(options: CustomOptions, name: str) -> float:
    return float(np.float32(options.named(name) or 0.0))


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """How many boxes are kept, compared and chosen, by the exponentials of this machine."""
    g, options = step.geometry, custom_options(step.node)
    assert isinstance(g, DetectionGeometry)
    encodings, scores, anchors = arrays(inputs)
    x = encodings.reshape(g.boxes, -1).astype(np.float64)
    at = anchors.reshape(-1, 4)[: g.boxes].astype(np.float64)
    scales = np.array([_real(options, f"{axis}_scale") for axis in "yxhw"])
    with np.errstate(all="ignore"):
        centres = (x[:, :2] / scales[:2] * at[:, 2:] + at[:, :2]).astype(np.float32)
        halves = (0.5 * np.exp(x[:, 2:4] / scales[2:]) * at[:, 2:]).astype(np.float32)
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
    thresholds = _real(options, "nms_score_threshold"), _real(options, "nms_iou_threshold")
    classes = scores.reshape(g.boxes, g.columns)[:, g.columns - g.classes :]
    return dict(work(boxes, classes, thresholds, g.most, g.each, g.regular))


def in_reals(node: Node, inputs: Reals) -> list[Real]:
    """In floats as they are; places that are left as they are hold 0."""
    given = [None if x is None else np.ascontiguousarray(x, np.float32) for x in inputs]
    made = [np.zeros(tensor.shape, np.float32) for tensor in node.outputs]
    prepare(node).bind(given, made)()
    return [output.astype(np.float64) for output in made]


def example(d: Draw) -> Any:
    boxes, classes = d.pick(3, 12), d.pick(1, 3)
    regular = d.pick(True, False)
    encodings = d.b.input((1, boxes, d.pick(4, 5)), "float32")
    scores = d.b.input((1, boxes, classes + d.pick(0, 1)), "float32")
    anchors = d.g.uniform(0.1, 0.9, (boxes, 4)).astype(np.float32)
    return d.b.detection_postprocess(
        encodings, scores, anchors, num_classes=classes, max_detections=boxes, score_threshold=-100.0,
        iou_threshold=1.0, regular=regular,
    )  # fmt: skip


SPEC = Spec(
    "TFLite_Detection_PostProcess",
    prepare=prepare,
    geometry=DetectionGeometry,
    types=same("float32"),
    observe=Observe(branches, "neither"),
    in_reals=in_reals,
    leaves=lambda geometry: "" if geometry.regular else "places lie behind the last detection",
    c_library=("exponentials", 1),
    example=example,
)

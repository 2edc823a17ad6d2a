"""The end of an object detector: bits and memory as TFLM's, and what would run out of its buffers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from microinfer import ModelBuilder, UnsupportedError, check, load
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.planning import plan_memory
from microinfer.model.flexbuffers import write_map
from microinfer.operators.prepare import prepare
from microinfer.validation.shadow import Shadow

from support.arena_trials import works
from support.oracle import Interpreter, tflm
from support.strategies import generators


def model_of(
    boxes: int, classes: int, background: int = 0, most: int = 3, anchors: Any = None, **how: Any
) -> bytes:
    b = ModelBuilder("detector")
    if anchors is None:
        anchors = np.random.default_rng(0).uniform(0.1, 0.9, (boxes, 4))
    made = b.detection_postprocess(
        b.input((1, boxes, 4), "float32"),
        b.input((1, boxes, classes + background), "float32"),
        anchors,
        **{"num_classes": classes, "max_detections": most, "score_threshold": 0.2, "iou_threshold": 0.5}
        | how,
    )
    b.output(*made)
    return b.build()


def drawn(g: np.random.Generator) -> bytes:
    boxes, classes, regular = int(g.integers(2, 60)), int(g.integers(1, 6)), bool(g.integers(2))
    most = int(g.integers(2, 12))
    return model_of(
        boxes, classes, int(g.integers(2)), most, g.uniform(0.05, 0.9, (boxes, 4)),
        max_classes_per_detection=1, detections_per_class=int(g.integers(1, 10)), regular=regular,
        score_threshold=float(g.choice([-9.0, 0.0, 0.3, 0.9])), iou_threshold=float(g.uniform(0.05, 1.0)),
    )  # fmt: skip


@pytest.mark.kernels
@given(g=generators)
def test_as_in_tflm(g: np.random.Generator) -> None:
    model = drawn(g)
    interpreter = Interpreter(model)
    (step,) = interpreter.steps
    inputs = []
    for detail in interpreter.get_input_details():
        x = g.normal(size=detail["shape"]).astype(np.float32)
        if g.integers(2):
            x = (np.round(x * 4) / 4).astype(np.float32)  # scores that are alike
        inputs.append(x)
        interpreter.set_tensor(detail["index"], x)
    interpreter.invoke()
    found = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
    wanted = tflm(model, inputs, outputs=4)
    count = int(wanted[3][0])
    assert found[3] == wanted[3]
    if step.geometry.regular:  # type: ignore[attr-defined]
        count = wanted[1].size
    for one, other in zip(found[:3], wanted[:3], strict=True):
        np.testing.assert_array_equal(one[0, :count], other[0, :count])
    real = Shadow(interpreter.model).run([x.astype(np.float64) for x in inputs])
    for detail, output in zip(interpreter.get_output_details(), found, strict=True):
        made = real[detail["index"]]
        np.testing.assert_array_equal(
            made if made.ndim == 1 else made[:, :count], output if output.ndim == 1 else output[:, :count]
        )


def test_the_smallest_arena_is_exact() -> None:
    models = [drawn(np.random.default_rng(seed)) for seed in range(8)]
    said = []
    for data in models:
        model = load(data)
        recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
        assert recording is not None
        said.append(recording.min_arena_bytes)
    assert all(works(list(zip(models, said, strict=True))))
    assert not any(works([(data, size - 1) for data, size in zip(models, said, strict=True)]))


def test_several_classes_of_a_box_leave_places_out() -> None:
    """As TFLM does: the second class of the first box stands in the fourth place."""
    b = ModelBuilder("two")
    encodings, scores = b.input((1, 2, 4), "float32"), b.input((1, 2, 3), "float32")
    shapes = [(1, 8, 4), (1, 8), (1, 8), (1,)]
    options = {
        "max_detections": 2,
        "max_classes_per_detection": 2,
        "num_classes": 3,
        "nms_score_threshold": 0.0,
        "nms_iou_threshold": 0.5,
        "y_scale": 1.0,
        "x_scale": 1.0,
        "h_scale": 1.0,
        "w_scale": 1.0,
    }
    anchors = b.constant(np.array([[0.2, 0.2, 0.1, 0.1], [0.8, 0.8, 0.1, 0.1]], np.float32))
    made = b.custom(
        "TFLite_Detection_PostProcess",
        [encodings, scores, anchors],
        [(s, "float32") for s in shapes],
        options,
    )
    b.output(*made)
    model = b.build()
    x, y = np.zeros((1, 2, 4), np.float32), np.array([[[0.1, 0.3, 0.2], [0.9, 0.8, 0.1]]], np.float32)
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), (x, y), strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    wanted = tflm(model, [x, y], outputs=4)
    for detail, other in list(zip(interpreter.get_output_details(), wanted, strict=True))[:3]:
        places = [0, 3, 4, 7]
        np.testing.assert_array_equal(interpreter.get_tensor(detail["index"])[0, places], other[0, places])


def test_a_box_of_no_size_ends_the_run_as_on_the_device() -> None:
    model = model_of(2, 1, anchors=np.zeros((2, 4)))
    interpreter = Interpreter(model)
    x, y = np.zeros((1, 2, 4), np.float32), np.ones((1, 2, 1), np.float32)
    for detail, value in zip(interpreter.get_input_details(), (x, y), strict=True):
        interpreter.set_tensor(detail["index"], value)
    with pytest.raises(UnsupportedError, match="no height or no width"):
        interpreter.invoke()
    with pytest.raises(RuntimeError):
        tflm(model, [x, y])


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"num_classes": 9}, "num_classes is 9, expected 2 or 1"),
    ({"max_detections": 0}, "max_detections is 0"),
    ({"max_detections": -1}, "max_detections is -1"),
    ({"max_detections": 5, "use_regular_nms": True}, r"outputs\[0\].*expected 20 or more of boxes"),
    ({"max_classes_per_detection": 0}, "max_classes_per_detection is 0"),
    ({"nms_iou_threshold": 0.0}, "nms_iou_threshold is 0"),
    ({"nms_iou_threshold": 1.5}, "nms_iou_threshold is 1.5"),
    ({"y_scale": 0.0}, "y_scale"),
    ({"use_regular_nms": True, "detections_per_class": 0}, "detections_per_class is 0"),
    ({"use_regular_nms": True, "max_detections": 1}, "may have to hold 5"),
]


@pytest.mark.parametrize(("changed", "words"), HOSTILE)
def test_what_a_device_would_write_beside_is_refused(changed: dict[str, Any], words: str) -> None:
    options: dict[str, Any] = {
        "max_detections": 4,
        "max_classes_per_detection": 1,
        "num_classes": 2,
        "nms_score_threshold": 0.0,
        "nms_iou_threshold": 0.5,
        "y_scale": 1.0,
        "x_scale": 1.0,
        "h_scale": 1.0,
        "w_scale": 1.0,
    }
    b = ModelBuilder("hostile")
    inputs = [
        b.input((1, 4, 4), "float32"),
        b.input((1, 4, 2), "float32"),
        b.constant(np.ones((4, 4), np.float32)),
    ]
    made = [b.tensor(shape, "float32") for shape in ((1, 4, 4), (1, 4), (1, 4), (1,))]
    raw = write_map(options | changed)
    b.operator("CUSTOM", inputs, made, custom_code="TFLite_Detection_PostProcess", custom_options=raw)
    b.output(*made)
    data = b.build()
    with pytest.raises(UnsupportedError, match=words):
        prepare(load(data))
    assert check(data).verdict == "no"

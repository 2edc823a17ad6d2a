"""Gesture's network where it runs: its biases follow a sensor whose zero level moved, a sample at a time.

What learns are the layer behind the features, in float32, and biases of the convolutions before it, in the
whole numbers of bare-c's kernels: the bits of the C that `write_bias_learner` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from workshop import page
from workshop.parts import life, table

import microinfer
from microinfer.builder.rewriting import Rewriting
from microinfer.learning import (
    BiasLearner,
    Knowledge,
    LearningReport,
    OnlineLayer,
    StreamResult,
    features,
    features_of,
    layer_cost,
    learning_report,
    score,
    stream,
)
from microinfer.timing.battery_life import battery_life, load_cell
from microinfer.timing.energy import Span
from microinfer.words.printing import brief_interval
from microinfer.words.result import plain

__all__ = [
    "HELD",
    "PACE",
    "WAYS",
    "Followed",
    "behind",
    "features_network",
    "followed",
    "moved",
    "parts",
    "parts_aside",
    "with_residuals",
]

WAYS = {"nothing": -1, "the last layer": 0, "and biases of two convolutions": 2, "and biases of all five": 5}
"""What learns: of how many layers the biases, -1 where the last one does not either."""
FILE = Path(__file__).resolve().parent.parent / "gesture" / "gesture.tflite"
RATE = 0.002
"""Of those tried, 0.002 to 0.04, the one by which most of the stream is told rightly before it is learnt."""
PACE = 1 / 512
"""The part of it at which weights of lite residuals learn, likewise of 1/512 to 1/8."""
PEOPLE = 16
"""Of the 24 held out: those of the stream; the others are asked before it and after it."""
EACH = 18
CELL = "cr2032"
MOVED = (44, -38, 32)
"""In the sensor's steps of 16 mg, of each axis: 0.7, -0.6 and 0.5 g."""
HELD = page.samples(FILE.with_name("gesture.npz"))


def features_network() -> bytes:
    """Without the last layer and the softmax behind it."""
    model = microinfer.load(FILE)
    graph = model.subgraphs[0]
    last = graph.operators[-2]
    made = Rewriting(replace(model, subgraphs=(replace(graph, outputs=(last.inputs[0],)),)))
    made.operators = made.operators[:-2]
    return made.encode()


def behind(interpreter: microinfer.Interpreter) -> OnlineLayer:
    """The last layer with the weights that the file has."""
    graph = microinfer.load(FILE).subgraphs[0]
    weights, bias = (graph.tensors[at] for at in graph.operators[-2].inputs[1:])
    found = features_of(interpreter)
    begun = np.empty((weights.shape[0], 1 + weights.shape[1]), np.float32)
    begun[:, 1:] = weights.data.astype(np.float32) * np.float32(weights.scale)
    begun[:, 0] = bias.data.astype(np.float32) * np.float32(weights.scale) * np.float32(found.scale)
    return OnlineLayer(begun, found.scale, found.zero_point, RATE)


def moved(x: np.ndarray) -> np.ndarray:
    """As the sensor tells it whose zero level has moved; it ends at 2 g."""
    return np.clip(x.astype(np.int16) + np.array(MOVED, np.int16), -128, 127).astype(np.int8)


class Followed:
    """One way: what it learnt of the stream, and how it tells other people's gestures, before and after."""

    def __init__(self, layers: int, residuals: int = 0) -> None:
        model = features_network()
        self.interpreter = microinfer.Interpreter(model, "arduino-nano-33-ble", library="bare-c")
        layer = behind(self.interpreter)
        self.learner: BiasLearner | OnlineLayer = layer
        if layers > 0:
            self.learner = BiasLearner(self.interpreter, layer, layers, residuals, PACE)
        cut = PEOPLE * EACH
        order = np.random.default_rng(0).permutation(cut)
        x, y = HELD["x"], HELD["y"].astype(np.int64)
        others, right = (x[cut:], moved(x[cut:])), y[cut:]
        self.before = [self.told(one, right) for one in others]
        given, of = self.taken(moved(x[order])), y[order]
        frozen = features(self.interpreter, moved(x[order]), "stream")
        noughts = float((frozen == layer.zero_point).sum(1).mean())
        self.stream: StreamResult | None = None
        if layers >= 0:
            self.stream = stream(self.learner, given, of, EACH, noughts)
        self.after = [self.told(one, right) for one in others]
        self.kept = Knowledge(len(right), self.before[0], self.after[0])

    def taken(self, x: np.ndarray) -> np.ndarray:
        """As what learns takes it: samples, or their features."""
        return x if isinstance(self.learner, BiasLearner) else features(self.interpreter, x, "samples")

    def told(self, x: np.ndarray, right: np.ndarray) -> float:
        return score(self.learner, self.taken(x), right)

    @property
    def ram(self) -> tuple[int, int]:
        """Bytes for good, and of a sample."""
        layer = self.learner.layer if isinstance(self.learner, BiasLearner) else self.learner
        always, scratch = layer.geometry.weights_bytes, layer.geometry.scratch_bytes
        if isinstance(self.learner, BiasLearner):
            g = self.learner.geometry
            always, scratch = always + g.biases_bytes, scratch + g.kept_bytes + g.pass_bytes
        return always, scratch

    def report(self, board: str) -> LearningReport:
        """What a part takes for it, compiled with -O2."""
        part = microinfer.load_profile(board).built("O2")
        interpreter = microinfer.Interpreter(self.interpreter.model, part, library="bare-c")
        assert self.stream is not None
        return learning_report(interpreter, self.learner, self.stream, self.kept)


def followed() -> dict[str, Followed]:
    return {name: Followed(layers) for name, layers in WAYS.items()}


def with_residuals() -> Followed:
    """All biases, and a lite residual beside each of the five convolutions."""
    return Followed(5, 5)


def said(span: Span | None, factor: float, unit: str) -> str:
    if span is None:
        return "unknown"
    return brief_interval(*(end * factor for end in (span.typical, span.low, span.high)), unit)


def parts(every: Followed, boards: Sequence[str]) -> list[str]:
    """What all biases take on each part, a gesture a second that is told and learnt."""
    rows = []
    for board in boards:
        report = every.report(board)
        part, second = microinfer.load_profile(board).built("O2"), 1 / report.clock_hz
        last = layer_cost(report.layer, part, report.stream.zeros).learn
        spans = [one for one in (report.network, report.predict, report.learn) if one is not None]
        assert len(spans) == 3
        ends = ("typical", "low", "high")
        whole = Span(*(sum(getattr(one, end) for one in spans) * second for end in ends))
        rows.append(
            [
                f"{board}, {report.library}",
                report.verdict,
                f"{every.interpreter.plan.arena_used_bytes:,}",
                f"{report.weights_bytes + report.scratch_bytes:,}",
                said(report.network, second, "s"),
                said(report.learn, second, "s"),
                said(last, second, "s"),
                said(report.microjoules, 1e-6, "J"),
                life(plain(battery_life(part, whole, load_cell(CELL), 1.0).hours)),
            ]
        )
    header = ["part and kernels, at -O2", "has the RAM", "arena, bytes", "beside it", "network", "a step"]
    return table([*header, "of the last layer alone", "energy", f"{CELL}, 1 a second"], rows)


def parts_aside(beside: Followed, boards: Sequence[str]) -> list[str]:
    """What lite residuals beside all biases take on each part."""
    rows = []
    for board in boards:
        report = beside.report(board)
        second = 1 / report.clock_hz
        times = [said(one, second, "s") for one in (report.network, report.learn)]
        size = f"{report.weights_bytes + report.scratch_bytes:,}"
        rows.append([board, report.verdict, size, *times, said(report.microjoules, 1e-6, "J")])
    return table(["with lite residuals", "has the RAM", "beside it", "network", "a step", "energy"], rows)

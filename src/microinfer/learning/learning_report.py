"""What a stream teaches a layer on a part: rightness, forgetting, bytes, time and energy."""

from __future__ import annotations

from typing import ClassVar

from ..deploy.verdict import Holds, MemoryReport
from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..timing.energy import Span, inference_energy
from ..words.dataclass import dataclass
from ..words.printing import brief_interval
from ..words.result import Result, Summary
from .bias_cost import BiasCost, bias_cost, summed
from .bias_learner import BiasGeometry, BiasLearner
from .layer_cost import layer_cost
from .online_layer import OnlineGeometry, OnlineLayer
from .training_stream import StreamResult

__all__ = ["SCHEMA", "Knowledge", "LearningReport", "learning_report"]

SCHEMA = "microinfer.learning/1"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the layer told rightly of `samples` that it knew, before the stream and after it."""

    samples: int
    before: float
    after: float

    @property
    def forgotten(self) -> float:
        return self.before - self.after


@dataclass(frozen=True, slots=True, repr=False)
class LearningReport(Result):
    """`weights_bytes` of RAM the layer keeps, and `scratch_bytes` between a prediction and learning from it;
    in both are those of `biases`, where the network's learn, too.
    `ram_bytes` takes the frozen network's firmware, None where that is not known; `verdict` says whether both
    are in the part's RAM.

    Cycles, with an interval over data: of the network, of the layer's prediction behind it, of learning.
    None where they are not known, `note` says what they rest on. `microjoules` are those of all three.
    `kept` is None where nothing was said of what the layer knew before.
    """

    schema: ClassVar[str] = SCHEMA

    model: str
    sha256: str
    profile: str
    library: str
    release: str
    layer: OnlineGeometry
    biases: BiasGeometry | None
    rate: float
    weights_bytes: int
    scratch_bytes: int
    ram_bytes: int | None
    part_ram_bytes: int
    verdict: Holds
    clock_hz: int
    network: Span | None
    predict: Span | None
    learn: Span | None
    provisional: bool
    note: str
    microjoules: Span | None
    stream: StreamResult
    kept: Knowledge | None

    def summary(self) -> Summary:
        """Rightness first, then what it takes."""
        rows = [
            ("told rightly", f"{self.stream.learning:.1%}, without learning {self.stream.frozen:.1%}"),
        ]
        if self.kept is not None:
            rows.append(("known before", f"{self.kept.before:.1%}, then {self.kept.after:.1%}"))
        rows.append(
            ("RAM", f"{self.weights_bytes + self.scratch_bytes:,} bytes beside the network, {self.verdict}")
        )
        for name, span in (("network", self.network), ("predict", self.predict), ("learn", self.learn)):
            rows.append((name, _time(span, self.clock_hz, self.provisional)))
        return Summary(f"{self.model} learning on {self.profile}", tuple(rows))


def _time(span: Span | None, clock: int, provisional: bool) -> str:
    if span is None:
        return "unknown"
    seconds = span.scaled(1 / clock)
    said = brief_interval(seconds.typical, seconds.low, seconds.high, "s")
    return f"{said}, provisional" if provisional else said


def learning_report(
    interpreter: Interpreter,
    learns: OnlineLayer | BiasLearner,
    found: StreamResult,
    kept: Knowledge | None,
) -> LearningReport:
    """What the stream gave, with what the part takes for it.

    Raises:
        ProfileError: a price list is damaged.
    """
    deployment, part = interpreter.deployment, interpreter.profile
    biases = None
    if isinstance(learns, BiasLearner):
        layer, biases = learns.layer, learns.geometry
        cost = bias_cost(learns, part, found.zeros, learns.usually_taught)
    else:
        layer = learns
        alone, seconds = layer_cost(layer.geometry, part, found.zeros), deployment.seconds
        network = None if seconds is None else seconds.scaled(part.clock_hz)
        provisional = alone.provisional or deployment.provisional
        cost = BiasCost(network, alone.predict, alone.learn, provisional, alone.note)
    g, microjoules = layer.geometry, None
    spans = [one for one in (cost.network, cost.predict, cost.learn) if one is not None]
    if len(spans) == 3:
        whole = summed(spans).scaled(1 / part.clock_hz)
        energy = inference_energy(whole, part, provisional=cost.provisional)
        microjoules = None if energy is None else energy.microjoules
    memory = deployment.memory
    weights_bytes, scratch_bytes = g.weights_bytes, g.scratch_bytes
    if biases is not None:
        weights_bytes += biases.biases_bytes
        scratch_bytes += biases.kept_bytes + biases.pass_bytes
    return LearningReport(
        model=interpreter.model.name,
        sha256=interpreter.model.sha256,
        profile=part.name,
        library=interpreter.library,
        release=interpreter.release.title,
        layer=g,
        biases=biases,
        rate=float(layer.rate),
        weights_bytes=weights_bytes,
        scratch_bytes=scratch_bytes,
        ram_bytes=None if memory is None else memory.ram_bytes,
        part_ram_bytes=part.ram_bytes if memory is None else memory.part_ram_bytes,
        verdict=_verdict(deployment.verdict, memory, part, weights_bytes + scratch_bytes),
        clock_hz=part.clock_hz,
        network=cost.network,
        predict=cost.predict,
        learn=cost.learn,
        provisional=cost.provisional,
        note=cost.note,
        microjoules=microjoules,
        stream=found,
        kept=kept,
    )


def _verdict(network: Holds, memory: MemoryReport | None, part: Profile, size: int) -> Holds:
    """Whether the layer is in RAM beside the network; surely, where one piece of RAM holds both."""
    if network == "no" or memory is None:
        return "no" if network == "no" else "cannot-tell"
    if (memory.ram_bytes or memory.arena_bytes) + size > memory.part_ram_bytes:
        return "no"
    if network == "cannot-tell" or memory.ram_bytes is None:
        return "cannot-tell"
    outside = memory.part_ram_bytes - part.ram_bytes
    return network if memory.ram_bytes + size <= max(outside, part.arena_limit_bytes) else "cannot-tell"

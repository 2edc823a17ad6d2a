"""What a validation may be told, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..words.dataclass import dataclass
from ..words.result import Result, Summary, plain
from .float_twin import FloatComparison
from .layers import LayerReport
from .metrics import Classification, Regression
from .tasks import Task

__all__ = ["SCHEMA", "Attempt", "LayerAdvice", "Reconstruction", "Validation", "ValidationSettings"]

SCHEMA = "microinfer.validate/1"


@dataclass(frozen=True, slots=True)
class ValidationSettings:
    """What the user may say about a run. See `microinfer validate --help`."""

    x: str | None = None
    y: str | None = None
    labels: tuple[str, ...] = ()
    task: str | None = None
    output: str | None = None
    threshold: float | None = None
    stored: bool = False
    pixels: tuple[float, float] | None = None
    float_model: Path | None = None
    limit: int | None = None
    layer_samples: int | None = None
    keep_state: bool = False
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Of an autoencoder: how well it gives back its input, and how well its error tells y = 1 from 0."""

    samples: int
    rmse: float
    mae: float
    cosine: float
    auc: float | None
    rmse_by_class: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model with one thing changed, or the model as it is, measured on the same data.

    `reason` says why it could not be tried, "" where it was. `layer_sqnr_db` is the noise of the layer's own,
    `output_sqnr_db` that of the model's output: against the float model where one is given, else against the
    same graph in real numbers. `cycles` of one inference, None where they are not known; `arena_bytes` the
    least arena; `file` where the model was written.
    """

    name: str
    change: str = ""
    reason: str = ""
    accuracy: float | None = None
    rmse: float | None = None
    agreement: float | None = None
    layer_sqnr_db: float | None = None
    output_sqnr_db: float | None = None
    cycles: int | None = None
    arena_bytes: int | None = None
    file_bytes: int | None = None
    verdict: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class LayerAdvice:
    """What was tried for the layer with the largest noise of its own: `attempts`, the first of them the model
    as it is. `best` names the one with the best answers, None where none is better."""

    index: int
    operator: str
    tensor: str
    attempts: tuple[Attempt, ...]
    best: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Validation(Result):
    """What came out. `metrics` is None where there were no answers; `total` None for a stream.

    `clipped` is the share of input numbers outside the input's range. `seconds` of inference are this run's,
    `samples` include those that were resumed. `accuracy` is what --min-accuracy is held against.
    """

    schema: ClassVar[str] = SCHEMA

    model: str
    sha256: str
    profile: str
    library: str
    release: str
    data: str
    samples: int
    total: int | None
    complete: bool
    resumed: int
    seconds: float
    inputs: tuple[str, ...]
    clipped: float
    task: Task
    labels: tuple[str, ...]
    metrics: Classification | Regression | Reconstruction | None
    float_model: FloatComparison | None
    layers: tuple[LayerReport, ...]
    layer_samples: int
    warnings: tuple[str, ...]
    advice: LayerAdvice | None = None

    @property
    def accuracy(self) -> float | None:
        return self.metrics.accuracy if isinstance(self.metrics, Classification) else None

    def summary(self) -> Summary:
        """How many samples, and how good the answers are."""
        rows = [("data", self.data), ("samples", f"{self.samples:,}"), ("task", self.task.name)]
        shown = {} if self.metrics is None else plain(self.metrics)
        rows += [(name, f"{value:.6g}") for name, value in shown.items() if isinstance(value, float)]
        title = f"{self.model} on {self.profile} with {self.library} kernels"
        return Summary(title, (*rows, *(("warning", warning) for warning in self.warnings)))

    def to_dict(self) -> dict[str, Any]:
        """What `--json` prints, but for the threshold of the command: null for what is not known."""
        return {"schema": self.schema, **plain(self), "accuracy": self.accuracy}

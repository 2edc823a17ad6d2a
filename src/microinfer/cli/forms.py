"""What commands about a model print as JSON: a type a kind. A kind whose form is that of its result's own
fields has none here."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from ..comparison.several import ModelVerdict
from ..comparison.side_by_side import ComparisonRow
from ..deploy.verdict import Holds
from ..difference import DeviceDifference
from ..difference.answer_changes import AnswerChange
from ..difference.model_change import OperatorChange, Verdict
from ..timing.energy import Span
from ..timing.total_log import TotalVerdict
from ..validation.float_twin import FloatComparison
from ..validation.layers import LayerReport
from ..validation.metrics import Classification, Regression
from ..validation.results import LayerAdvice, Reconstruction
from ..validation.tasks import Task
from ..view.html.several_models import ModelOnPage

__all__ = [
    "Change",
    "CompareLog",
    "CompareModels",
    "CompareParts",
    "CompareTotal",
    "DeviceDump",
    "Export",
    "File",
    "Named",
    "Report",
    "ReportModels",
    "Tensors",
    "Trace",
    "Validate",
]


class Named(TypedDict):
    name: str


class File(Named):
    sha256: str
    bytes: int


class CompareParts(TypedDict):
    model: Named
    rows: list[ComparisonRow]


class ComparedModel(Named):
    path: str
    error: str
    rows: list[ComparisonRow]
    verdict: ModelVerdict


class CompareModels(TypedDict):
    models: list[ComparedModel]


class Figure(Named):
    unit: Literal["bytes", "s", "J", ""]
    before: Span | None
    after: Span | None
    provisional: bool
    provisional_each: list[bool]
    times: float | None


class Change(TypedDict):
    before: str
    after: str
    profile: str
    library: str
    release: str
    build: str
    verdicts: list[Verdict]
    unknown: list[str]
    shortfalls: list[str]
    figures: list[Figure]
    operators: list[OperatorChange]
    answers: AnswerChange | None


class LogPart(Named):
    clock_hz: int


class LogOperator(TypedDict):
    operator: str
    positions: list[int]
    cycles: float
    predicted: dict[str, Span]
    inside: list[str]
    nearest: str
    telling: bool


class LogFit(TypedDict):
    library: str
    build: str
    ratio: float
    inside: int
    operators: int
    likely: bool


class CompareLog(TypedDict):
    model: Named
    profile: LogPart
    ticks_per_second: float
    libraries: list[str]
    builds: list[str]
    linked: str | None
    build: str | None
    fits: list[LogFit]
    others: list[list[int]]
    ratio: float
    strange: str | None
    sentence: str
    unpriced: list[str]
    operators: list[LogOperator]
    expected: NotRequired[str]
    good: NotRequired[bool]


class CompareTotal(TypedDict):
    model: Named
    profile: Named
    seconds: float
    times: int
    sentence: str
    rows: list[TotalVerdict]


class DeviceDump(TypedDict):
    model: str
    sha256: str
    profile: str
    library: str
    release: str
    data: str
    device: DeviceDifference


class Export(TypedDict):
    directory: str
    format: Literal["bare-c", "tflm", "npz"]
    profile: str
    files: list[str]
    library: NotRequired[str]
    arena_bytes: NotRequired[int]
    arena_memory: NotRequired[str]
    constant_bytes: NotRequired[int]
    kernels: NotRequired[list[str]]
    model_bytes: NotRequired[int]
    operators: NotRequired[list[str]]
    tensors: NotRequired[int]
    activations: NotRequired[int]


class DumpMaker(Named):
    index: int


class DumpTensor(TypedDict):
    key: str
    index: int
    name: str
    dtype: str
    shape: list[int]
    scale: list[float] | None
    zero_point: list[int] | None
    quantized_dimension: int | None
    role: Literal["input", "output", "constant", "variable", "activation"]
    operator: DumpMaker | None
    crc32: str


class DumpModel(Named):
    sha256: str


class Tensors(TypedDict):
    model: DumpModel
    input_source: str | None
    tensors: list[DumpTensor]


class Report(TypedDict):
    file: str | None
    bytes: int
    not_run: str | None
    fits: bool
    verdict: Holds


class ReportModels(TypedDict):
    file: str | None
    bytes: int
    verdict: Holds
    models: list[ModelOnPage]


class Trace(TypedDict):
    file: str
    operators: int
    ms: float | None
    ms_low: float | None
    ms_high: float | None
    provisional: bool


class Validate(TypedDict):
    """Of a `Validation`, and what the command was asked for."""

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
    inputs: list[str]
    clipped: float
    task: Task
    labels: list[str]
    metrics: Classification | Regression | Reconstruction | None
    float_model: FloatComparison | None
    layers: list[LayerReport]
    layer_samples: int
    warnings: list[str]
    advice: LayerAdvice | None
    accuracy: float | None
    min_accuracy: NotRequired[float | None]
    passed: NotRequired[bool | None]

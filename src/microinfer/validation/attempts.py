"""What could help the layer that loses most: each thing tried on the same data, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..builder.finer_scales import with_channels, with_wider_range
from ..builder.remedy import Remedy
from ..builder.wide_islands import with_int16
from ..errors import InputError, MicroinferError
from ..files.folder import write_all
from ..files.output import expect_free
from ..model.read import load
from ..model.tables import Model
from ..run.interpreter import Interpreter
from ..words.dataclass import replace
from .layers import LayerReport
from .metrics import Classification
from .results import Attempt, LayerAdvice, Validation, ValidationSettings
from .validator import Validator

__all__ = ["Attempts", "expect_room"]

Try = Callable[[Model, int, "Model | None"], Remedy]

TRIES: Mapping[str, Try] = {
    "int16x8 there": lambda model, position, floats: with_int16(model, position),
    "a wider range": lambda model, position, floats: with_wider_range(model, position),
    "per-channel weights": with_channels,
}
AS_IT_IS = "as it is"
GAIN_DB = 1.0
"""Less than this at the output is no gain."""


def expect_room(folder: Path, model: Model, *, force: bool) -> None:
    """Before hours of work: no file is there already that `write` would write.

    Raises:
        InputError: one is, and `force` is not given.
    """
    for name in TRIES if folder.exists() else ():
        expect_free(folder / _file(model, name), force=force)


def _file(model: Model, name: str) -> str:
    return f"{Path(model.name).stem}-{name.replace(' ', '-')}.tflite"


class Attempts:
    """Tries them one after the other; `advice` says what came out by now.

    Args:
        validator: that has run, and looked at the layers.

    Raises:
        InputError: no layer's noise is known.
    """

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._before = validator.result()
        known = [layer for layer in self._before.layers if layer.own_sqnr_db is not None]
        if not known:
            raise InputError("advise: no layer's noise is known, so none is known to lose most")
        self._layer = min(known, key=lambda layer: layer.own_sqnr_db or 0.0)
        found = validator.interpreter.model
        self._model = found.unfolded or found
        self._rows = [_measured(AS_IT_IS, "", self._before, validator.interpreter, self._layer)]
        self._data: dict[str, bytes] = {}

    @property
    def total(self) -> int:
        return len(TRIES)

    def run(self) -> Iterator[int]:
        """Try what has not been tried; yields how many have been."""
        for name, attempt in list(TRIES.items())[len(self._rows) - 1 :]:
            self._rows.append(self._try(name, attempt))
            yield len(self._rows) - 1

    def leave_out(self, reason: str) -> None:
        """Try no more."""
        self._rows += [Attempt(name, reason=reason) for name in list(TRIES)[len(self._rows) - 1 :]]

    def _try(self, name: str, attempt: Try) -> Attempt:
        try:
            remedy = attempt(self._model, self._layer.index, self._floats())
            return self._measure(name, remedy)
        except MicroinferError as error:
            return Attempt(name, reason=str(error))

    def _floats(self) -> Model | None:
        path = self._validator.settings.float_model
        return load(path) if path is not None and path.suffix.lower() not in (".npy", ".npz") else None

    def _measure(self, name: str, remedy: Remedy) -> Attempt:
        old = self._validator.interpreter
        interpreter = Interpreter(
            remedy.data,
            old.profile,
            library=old.library,
            release=old.release,
            contracts=old.contracts,
            max_turns=old.max_turns,
        )
        validator = Validator(interpreter, self._validator.dataset, self._settings())
        for _ in validator.run():
            pass
        for _ in validator.look_at_layers():
            pass
        self._data[name] = remedy.data
        found = validator.result()
        layer = next((layer for layer in found.layers if layer.index == remedy.operator), None)
        return _measured(name, remedy.change, found, interpreter, layer)

    def _settings(self) -> ValidationSettings:
        """The same task with the same threshold, on as many samples."""
        task = self._before.task
        return replace(
            self._validator.settings,
            task=task.name,
            threshold=task.threshold if task.name == "binary" else None,
            labels=self._before.labels,
            limit=self._before.samples,
            layer_samples=self._before.layer_samples,
        )

    def advice(self) -> LayerAdvice:
        """What was tried by now."""
        better = [row for row in self._rows[1:] if _gains(row, self._rows[0])]
        best = max(better, key=_goodness, default=None)
        return LayerAdvice(
            self._layer.index,
            self._layer.operator,
            self._layer.tensor,
            tuple(self._rows),
            None if best is None else best.name,
        )

    def write(self, folder: Path, *, force: bool = False) -> None:
        """The models that were measured, a file each; the advice names them from now on.

        Raises:
            InputError: a file is there already, or cannot be written.
        """
        files = {name: _file(self._model, name) for name in self._data}
        write_all(folder, {files[name]: data for name, data in self._data.items()}, force=force)
        self._rows = [
            replace(row, file=str(folder / files[row.name])) if row.name in files else row
            for row in self._rows
        ]


def _measured(
    name: str, change: str, found: Validation, interpreter: Interpreter, layer: LayerReport | None
) -> Attempt:
    deployment = interpreter.deployment
    floats, metrics = found.float_model, found.metrics
    output = _output_row(found, interpreter)
    return Attempt(
        name,
        change,
        accuracy=found.accuracy,
        rmse=None if metrics is None or isinstance(metrics, Classification) else metrics.rmse,
        agreement=None if floats is None else floats.agreement,
        layer_sqnr_db=None if layer is None else layer.own_sqnr_db,
        output_sqnr_db=floats.sqnr_db if floats is not None else None if output is None else output.sqnr_db,
        cycles=deployment.cycles,
        arena_bytes=deployment.plan.least_arena_bytes,
        file_bytes=interpreter.model.size_bytes,
        verdict=deployment.verdict,
    )


def _output_row(found: Validation, interpreter: Interpreter) -> LayerReport | None:
    """Of what gives the last of the model's outputs that is looked at."""
    outputs = set(interpreter.subgraph.outputs)
    makers = [step.index for step in interpreter.steps if outputs.intersection(step.node.operator.outputs)]
    return next((layer for layer in reversed(found.layers) if layer.index in makers), None)


def _goodness(row: Attempt) -> tuple[float, float, float]:
    return (
        row.accuracy if row.accuracy is not None else 0.0,
        -row.rmse if row.rmse is not None else 0.0,
        row.output_sqnr_db if row.output_sqnr_db is not None else float("-inf"),
    )


def _gains(row: Attempt, before: Attempt) -> bool:
    """Better answers; where they are equal, clearly less noise at the output."""
    if row.reason:
        return False
    own, old = _goodness(row), _goodness(before)
    return own[:2] > old[:2] or (own[:2] == old[:2] and own[2] >= old[2] + GAIN_DB)

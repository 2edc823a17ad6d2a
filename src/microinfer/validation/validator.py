"""From a model and a dataset to what is known of its answers: the whole of `microinfer validate`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from .. import zoo
from ..errors import InputError
from ..operators.reals import real_values
from ..operators.spec import Array, Real
from ..run.interpreter import Interpreter
from ..run.samples import sample_shape
from ..words.printing import counted
from ..words.version import __version__
from .answers import ACCURACY_TASKS, answers_of, compares, measure, measure_reconstruction
from .blocks import Want
from .cautions import cautions
from .conforming import Fitter
from .data_source import dataset_of, output_position
from .fingerprints import file_fingerprint
from .float_twin import FloatComparison, FloatModel, compare_outputs, open_float_model
from .layers import Layers
from .metrics import Classification, Regression
from .results import Reconstruction, Validation, ValidationSettings
from .resumption import Expected
from .session import Examples, Kept, Session, reconstruction
from .tasks import Task, choose_task, truth
from .thresholds import default_threshold

__all__ = ["Validator"]

LAYER_SAMPLES, LAYER_SECONDS = 16, 10.0


class Validator:
    """One validation: run it, look at its progress, take its result at any time.

    Args:
        interpreter: of the model. Its own tensors are not touched.
        data: what `open_dataset` takes, a Dataset, a pair of arrays (x, y), or None for the zoo's samples.

    Raises:
        InputError: data that cannot be read or do not suit the model.
    """

    def __init__(
        self, interpreter: Interpreter, data: Any = None, settings: ValidationSettings | None = None
    ) -> None:
        self.settings = settings or ValidationSettings()
        self.interpreter = interpreter
        subgraph, model = interpreter.subgraph, interpreter.model
        self.sources = tuple(subgraph.tensors[index] for index in subgraph.inputs)
        self.output = output_position(interpreter, self.settings.output)
        self.target = subgraph.tensors[subgraph.outputs[self.output]]
        chosen = self.settings.threshold
        self.threshold = default_threshold(subgraph, self.target) if chosen is None else chosen
        known = zoo.recognise(model.sha256)
        said = self.settings
        want = Want(
            self.sources, model.input_names, said.x, said.y, said.labels, said.keep_state, said.task != "none"
        )
        self.dataset = dataset_of(data, want, known)
        self.labels = self.dataset.labels or said.labels or (zoo.labels(known) if known else ())
        self.fitters = tuple(
            Fitter(
                tensor,
                self.settings.stored,
                self.settings.pixels,
                self.dataset.pixels,
                interpreter.keeps_state,
            )
            for tensor in self.sources
        )
        self.float_model = self._open_float_model()
        self.session = Session(
            interpreter,
            self.dataset,
            self.fitters,
            self.output,
            self._key(),
            self.settings.keep_state,
            self.settings.workers,
            self._columns,
            Kept(),
            Examples(LAYER_SAMPLES if self.settings.layer_samples is None else self.settings.layer_samples),
        )
        self.task: Task | None = None
        self._reconstruct = reconstruction(self.fitters[0], self.target)
        self.resumed = 0
        self._layers: Layers | None = None

    def _open_float_model(self) -> FloatModel | None:
        path = self.settings.float_model
        if path is None:
            return None
        if len(self.sources) != 1 and path.suffix.lower() == ".tflite":
            raise InputError("--float takes a model of one input; give its outputs as .npz instead")
        return open_float_model(path, self.sources[0], self.target, self.output, self.dataset.count)

    def _key(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "microinfer": __version__,
            "model": self.interpreter.model.sha256,
            "data": self.dataset.fingerprint,
            "output": self.output,
            "x": settings.x,
            "y": settings.y,
            "task": settings.task,
            "stored": settings.stored,
            "pixels": list(settings.pixels) if settings.pixels else None,
            "labels": list(self.labels),
            "float model": _float_key(settings.float_model, self.float_model),
            "layers": settings.layer_samples,
        }

    def resume(self, path: Path) -> None:
        """Go on from a file that `save` wrote.

        Raises:
            InputError: it is of another run, or state goes from sample to sample.
        """
        if self.settings.keep_state:
            raise InputError("--keep-state cannot be resumed: what the variables held is gone")
        self.resumed = self.session.resume(path, self._expected())

    def _expected(self) -> Expected:
        """What a state of this run holds."""
        columns: dict[str, tuple[int, ...]] = {}
        if self._mirrors():
            columns |= {"squared": (), "absolute": (), "cosine": ()}
        if self.float_model is not None:
            columns["float"] = (int(np.prod(sample_shape(self.target))),)
        examples = [(tensor.dtype, sample_shape(tensor)) for tensor in self.sources]
        return Expected((self.target.dtype, sample_shape(self.target)), columns, examples, self.total)

    def save(self, path: Path) -> None:
        """Keep what is done for `resume`, in the place of what is there."""
        self.session.save(path)

    @property
    def done(self) -> int:
        return self.session.done

    @property
    def total(self) -> int | None:
        count, limit = self.dataset.count, self.settings.limit
        return min(count, limit) if count is not None and limit is not None else (limit or count)

    def run(self) -> Iterator[int]:
        """Run block after block; yields how many samples are done."""
        for done in self.session.run(self.settings.limit):
            if self.task is None:
                self._check_answers()
            yield done

    def _check_answers(self) -> None:
        """Whether y suits the output: said after the first block, not after hours."""
        kept = self.session.kept
        y = kept.y[0] if kept.y else None
        settings = self.settings
        task = choose_task(settings.task, y, self.sources, self.target, self.threshold)
        classes = task.classes
        if settings.labels and classes and len(settings.labels) != classes:
            raise InputError(
                f"{counted(len(settings.labels), 'label')} for an output of {counted(classes, 'class')}"
            )
        if y is not None and compares(task):
            truth(task, y, self.target)
        self.task = task

    def _columns(
        self, stored: Sequence[Array], reals: Sequence[Real | None], outputs: Array
    ) -> dict[str, Array]:
        """What else is kept of each sample: errors of an autoencoder, outputs of the float model."""
        made: dict[str, Array] = {}
        first = self.session.done
        if self._mirrors():
            made |= self._reconstruct(stored, reals, outputs)
        if self.float_model is not None:
            given = [
                fit.reals(array) if real is None else real
                for fit, array, real in zip(self.fitters, stored, reals, strict=True)
            ]
            made["float"] = self.float_model.run(given, first).reshape(len(outputs), -1).astype(np.float32)
        return made

    def _mirrors(self) -> bool:
        """Whether this may be an autoencoder."""
        shapes = sample_shape(self.target), sample_shape(self.sources[0])
        wanted = self.settings.task in (None, "autoencoder")
        return wanted and len(self.sources) == 1 and shapes[0] == shapes[1] and self.target.elements > 1

    def look_at_layers(self) -> Iterator[int]:
        """Compare layer by layer on the examples of the run; yields how many are done.

        Ends early after 10 seconds unless the number of samples was asked for.
        """
        asked = self.settings.layer_samples
        samples = self.session.examples.arrays()
        if asked == 0 or not samples:
            return
        self._layers = Layers(self.interpreter)
        end = perf_counter() + LAYER_SECONDS
        for position in range(len(samples[0])):
            self._layers.add([array[position] for array in samples])
            yield position + 1
            if asked is None and perf_counter() > end:
                return

    def result(self) -> Validation:
        """What is known by now.

        Raises:
            InputError: y does not suit the output or the task, or nothing has been run.
        """
        if not self.session.done:
            raise InputError(f"{self.dataset.source}: no sample was run")
        kept = self.session.kept.arrays()
        y = kept.get("y")
        settings = self.settings
        task = choose_task(settings.task, y, self.sources, self.target, self.threshold)
        outputs = real_values(kept["outputs"], self.target)
        wanted = truth(task, y, self.target) if y is not None and compares(task) else None
        metrics: Classification | Regression | Reconstruction | None
        mirrored = task.name == "autoencoder"
        metrics = measure_reconstruction(kept, y) if mirrored else measure(task, wanted, outputs)
        return Validation(
            model=self.interpreter.model.name,
            sha256=self.interpreter.model.sha256,
            profile=self.interpreter.profile.name,
            library=self.interpreter.library,
            release=self.interpreter.release.title,
            data=self.dataset.source,
            samples=self.session.done,
            total=self.total
            if self.total is not None
            else (self.session.done if self.session.ended else None),
            complete=self.session.complete or self.session.done == self.total,
            resumed=self.resumed,
            seconds=self.session.seconds,
            inputs=tuple(fit.words for fit in self.fitters),
            clipped=max(fit.clipped_share for fit in self.fitters),
            task=task,
            labels=self.labels,
            metrics=metrics,
            float_model=self._compare(kept, outputs, task, wanted),
            layers=self._layers.reports() if self._layers is not None else (),
            layer_samples=self._layers.samples if self._layers is not None else 0,
            warnings=cautions(self.fitters, self.session, self.settings),
        )

    def _compare(
        self, kept: dict[str, Array], outputs: Real, task: Task, wanted: Array | None
    ) -> FloatComparison | None:
        if self.float_model is None:
            return None
        floats = kept["column_float"].astype(np.float64).reshape(outputs.shape)
        answers = (
            (answers_of(task, outputs), answers_of(task, floats)) if task.name in ACCURACY_TASKS else None
        )
        return compare_outputs(
            self.float_model.source,
            outputs.reshape(len(outputs), -1),
            floats.reshape(len(floats), -1),
            measure(task, wanted, floats),
            answers,
            wanted,
            self.labels,
        )


def _float_key(path: Path | None, opened: FloatModel | None) -> list[str] | None:
    """The float model by its content, and who runs it."""
    if path is None or opened is None:
        return None
    return [file_fingerprint(path), opened.source.removeprefix(str(path))]

"""`microinfer validate`: a whole dataset, and how good the device's answers are."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, MicroinferError
from ..files.output import expect_free, is_standard_output
from ..words.printing import counted
from .arguments import (
    DEFAULT_PROFILE,
    in_zoo,
    json_option,
    library_option,
    model_argument,
    open_model,
    profile_option,
    release_option,
    turns_option,
)
from .checkpoints import Checkpoints, as_interrupts
from .console import compiling, printable
from .exit_codes import CANNOT_TELL
from .interpreters import interpreter_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..validation import Validation, Validator

__all__ = ["Pixels", "command", "labels_of", "progress"]

INTERRUPTED = 130


class Pixels(click.ParamType[Any] if TYPE_CHECKING else click.ParamType):  # type: ignore[misc]
    """LOW:HIGH, two numbers."""

    name = "low:high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        low, _, high = str(value).partition(":")
        try:
            pair = float(low), float(high)
        except ValueError:
            self.fail(f"{value!r} is no LOW:HIGH, such as 0:1 or -1:1", param, ctx)
        if not pair[0] < pair[1] or pair[1] - pair[0] == float("inf"):
            self.fail(f"{value!r}: expected LOW to be less than HIGH", param, ctx)
        return pair


@click.command("validate")
@model_argument
@click.option(
    "--data",
    metavar="DATA",
    help="An .npz, .npy or .csv file, a folder of images or WAV files with a subfolder a class, or "
    "file.py:function or module:function that yields (x, y). Default: the zoo's own samples.",
)
@profile_option
@library_option
@release_option
@click.option(
    "--x", metavar="NAME", help="The array or columns with the samples; several inputs with commas."
)
@click.option("--y", metavar="NAME", help="The array, .npy file or column with the answers.")
@click.option(
    "--labels", metavar="LIST", help="Names of the classes in order: a,b,c or a text file of lines."
)
@click.option(
    "--task",
    type=click.Choice(["classification", "binary", "regression", "autoencoder", "none"]),
    help="What to measure. Default: what the answers look like.",
)
@click.option(
    "--output", metavar="NAME", help="The output to look at, by name or position. Default: the first."
)
@click.option("--threshold", type=float, help="Of a binary task: answers above it are 1. Default 0.5 or 0.")
@click.option("--stored", is_flag=True, help="The numbers are the model's own, whatever type they have.")
@click.option(
    "--pixels",
    type=Pixels(),
    help="What the bytes 0 and 255 of an image stand for. Default: by the input's range.",
)
@click.option(
    "--float",
    "float_model",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with a float .tflite, or with its outputs in an .npy or .npz file.",
)
@click.option(
    "--min-accuracy", type=click.FloatRange(0, 1), metavar="SHARE", help="Exit with 1 below it: 0 to 1."
)
@click.option(
    "--limit", "--samples", "limit", type=click.IntRange(1), metavar="N", help="Only the first N samples."
)
@click.option(
    "--layers",
    type=click.IntRange(0),
    metavar="N",
    help="Samples for the table of layers, 0 for no table. Default 16, or as many as 10 seconds allow.",
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Threads. Default: one a processor.")
@click.option("--keep-state", is_flag=True, help="Variables keep their values from sample to sample.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run stopped.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where an interrupted run is kept. Default: a name of its own in this folder.",
)
@click.option("--force", is_flag=True, help="Start anew where the state of an interrupted run is there.")
@turns_option
@json_option
def command(
    model: str,
    data: str | None,
    profile: str | None,
    library: str | None,
    release: str | None,
    labels: str | None,
    min_accuracy: float | None,
    layers: int | None,
    max_turns: int | None,
    resume: bool,
    state: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Run a dataset through MODEL with the device's bits, on all cores, and say how good it is.

    Measures what the data ask for: accuracy, top-k, confusion and AUC of classes; RMSE, MAE and cosine of
    numbers and of autoencoders; layer by layer the noise of quantisation. Ctrl-C (or SIGTERM, SIGHUP) prints
    what is done and keeps it for --resume; so does a run that is killed, but for its last seconds.
    """
    from ..validation import ValidationSettings, Validator

    loaded = open_model(model)
    if data is None and not in_zoo(model):
        from .. import zoo

        if zoo.recognise(loaded.sha256) is None:
            raise click.UsageError("--data is missing: a file, a folder or a Python function with samples")
    if data is None and (given["x"] or given["y"]):
        raise click.UsageError("--x and --y name parts of --data, which is missing")
    settings = ValidationSettings(labels=labels_of(labels), layer_samples=layers, **given)
    expected = len({operator.name for operator in loaded.subgraphs[0].operators})
    with compiling(expected):
        interpreter = interpreter_of(
            loaded, DEFAULT_PROFILE if profile is None else profile, library, release, max_turns=max_turns
        )
        if interpreter is None:
            return CANNOT_TELL
        validator = Validator(interpreter, data, settings)
        interpreter.run_batch(_nothing(validator), workers=1)
    path = state if state is not None else Path(f"microinfer-validate-{validator.session.name}.npz")
    if is_standard_output(path):
        raise click.UsageError(f"--state {path}: expected a file, from which --resume can read")
    if resume:
        validator.resume(path)
    elif path.is_file() and not force:
        raise InputError(f"{path} is there already; --resume goes on from it, --force starts anew")
    else:
        expect_free(path, force=True)
    checkpoints = Checkpoints(validator, path, resumed=resume)
    with as_interrupts():
        interrupted = _run(validator, checkpoints)
    result = validator.result()
    if not interrupted:
        checkpoints.drop()
    passed = _passed(result, min_accuracy)
    if as_json:
        _emit(result, min_accuracy, passed)
    else:
        from .validation_view import show_validation

        show_validation(result, min_accuracy, default_profile=profile is None)
    if interrupted:
        click.echo(f"microinfer: interrupted; --resume goes on from {printable(str(path))}", err=True)
        return INTERRUPTED
    return 0 if passed in (None, True) else 1


def labels_of(given: str | None) -> tuple[str, ...]:
    """What --labels names: a,b,c, or the lines of a file.

    Raises:
        InputError: less than two, or one of them twice.
    """
    if given is None:
        return ()
    path = Path(given)
    if "," not in given and path.is_file():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"--labels {given}: not a text file that can be read") from error
        found = tuple(line.strip() for line in lines if line.strip())
    else:
        found = tuple(name.strip() for name in given.split(","))
    if len(found) < 2 or len(set(found)) != len(found) or not all(found):
        raise InputError(f"--labels {given}: expected two or more different names, a,b,c or a file of lines")
    return found


def _nothing(validator: Validator) -> Any:
    """One sample of zeros, so that kernels are compiled before the bar starts."""
    import numpy as np

    from ..run.samples import sample_shape

    arrays = [np.zeros((0, *sample_shape(tensor)), tensor.dtype) for tensor in validator.sources]
    return arrays if len(arrays) > 1 else arrays[0]


def _run(validator: Validator, checkpoints: Checkpoints) -> bool:
    """Run all, then look at the layers. True if Ctrl-C ended it; what is done is then kept."""
    with progress() as bar:
        try:
            bar.update("samples", validator.done, validator.total)
            for done in validator.run():
                bar.update("samples", done, validator.total)
                checkpoints.perhaps()
        except KeyboardInterrupt:
            if not validator.done:
                raise
            checkpoints.keep()
            return True
        except MicroinferError as error:
            if not validator.done or validator.task is None:
                raise
            checkpoints.keep()
            raise type(error)(
                f"{error} (the {counted(validator.done, 'sample')} before it are kept: --resume goes on)"
            ) from error
        try:
            for done in validator.look_at_layers():
                bar.update("layers", done, None)
        except KeyboardInterrupt:
            bar.update("layers skipped", 0, None)
    return False


class _Bar:
    """A rich progress bar on stderr, or nothing where stderr is no terminal."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def update(self, what: str, done: int, total: int | None) -> None:
        if self._progress is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


@contextmanager
def progress() -> Iterator[_Bar]:
    """A bar while something long runs."""
    import sys

    if not sys.stderr.isatty():
        yield _Bar(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


def _passed(result: Validation, min_accuracy: float | None) -> bool | None:
    if min_accuracy is None:
        return None
    if result.accuracy is None:
        raise InputError(f"--min-accuracy needs classes to compare with; the task is {result.task.name}")
    return result.accuracy >= min_accuracy


def _emit(result: Validation, min_accuracy: float | None, passed: bool | None) -> None:
    import json

    content = {**result.to_dict(), "min_accuracy": min_accuracy, "passed": passed}
    click.echo(json.dumps(content, indent=2, allow_nan=False))

"""`microinfer validate`: a whole dataset, and how good the device's answers are."""

from __future__ import annotations

from dataclasses import replace
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
from .progress_bar import progress
from .sample_arguments import Pixels, labels_of

if TYPE_CHECKING:
    from ..validation import Validation, Validator
    from ..validation.attempts import Attempts

__all__ = ["command"]

INTERRUPTED = 130


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
@click.option(
    "--advise",
    is_flag=True,
    help="For the layer that loses most, try what could help, and measure it: int16 there, a wider range, "
    "weights per channel.",
)
@click.option(
    "--advise-to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="As --advise, and keep the models that were tried.",
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
@click.option(
    "--force",
    is_flag=True,
    help="Start anew where the state of an interrupted run is there, and replace files in --advise-to.",
)
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
    advise: bool,
    advise_to: Path | None,
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
    from ..validation.attempts import expect_room

    loaded = open_model(model)
    if data is None and not in_zoo(model):
        from .. import zoo

        if zoo.recognise(loaded.sha256) is None:
            raise click.UsageError("--data is missing: a file, a folder or a Python function with samples")
    if data is None and (given["x"] or given["y"]):
        raise click.UsageError("--x and --y name parts of --data, which is missing")
    advise = advise or advise_to is not None
    if advise and layers == 0:
        raise click.UsageError("--advise looks at the layers, which --layers 0 leaves out")
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
    if advise_to is not None:
        expect_room(advise_to, loaded, force=force)
    checkpoints = Checkpoints(validator, path, resumed=resume)
    with as_interrupts():
        interrupted = _run(validator, checkpoints)
        attempts = _try(validator) if advise and not interrupted else None
    result = validator.result()
    if not interrupted:
        checkpoints.drop()
    if attempts is not None:
        if advise_to is not None:
            attempts.write(advise_to, force=force)
        result = replace(result, advice=attempts.advice())
    passed = _passed(result, min_accuracy)
    if as_json:
        _emit(result, min_accuracy, passed)
    else:
        from .validation_view import show_validation

        build = str(interpreter.profile.build)
        show_validation(result, min_accuracy, build, default_profile=profile is None)
    if interrupted:
        click.echo(f"microinfer: interrupted; --resume goes on from {printable(str(path))}", err=True)
        return INTERRUPTED
    return 0 if passed in (None, True) else 1


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


def _try(validator: Validator) -> Attempts:
    """What could help, tried; Ctrl-C leaves out what is not done."""
    from ..validation.attempts import Attempts

    attempts = Attempts(validator)
    with progress() as bar:
        try:
            for done in attempts.run():
                bar.update("attempts", done, attempts.total)
        except KeyboardInterrupt:
            attempts.leave_out("interrupted")
    return attempts


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

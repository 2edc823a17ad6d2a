"""`microinfer diff`: how much the answer depends on who computes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .arguments import (
    DEFAULT_PROFILE,
    json_option,
    library_option,
    model_argument,
    open_model,
    profile_option,
    release_option,
    turns_option,
)
from .console import compiling
from .exit_codes import CANNOT_TELL
from .interpreters import interpreter_of
from .progress_bar import progress
from .sample_arguments import Pixels, labels_of

if TYPE_CHECKING:
    from ..difference import DeviceDifference
    from ..operators.spec import Array
    from ..run.interpreter import Interpreter
    from ..validation import ValidationSettings

__all__ = ["command"]

DIFFERS, INTERRUPTED = 1, 130


@click.command("diff")
@model_argument
@click.option(
    "--data",
    metavar="DATA",
    help="Samples, as for 'microinfer validate'. Default: the zoo's own, else pseudo-random ones.",
)
@profile_option
@library_option
@release_option
@turns_option
@click.option("--x", metavar="NAME", help="The array or columns with the samples.")
@click.option("--y", metavar="NAME", help="The array, .npy file or column with the answers.")
@click.option(
    "--labels", metavar="LIST", help="Names of the classes in order: a,b,c or a text file of lines."
)
@click.option("--stored", is_flag=True, help="The numbers are the model's own, whatever type they have.")
@click.option("--pixels", type=Pixels(), help="What the bytes 0 and 255 of an image stand for.")
@click.option(
    "--samples",
    "--limit",
    "samples",
    type=click.IntRange(0),
    metavar="N",
    help="How many, spread over the data. Default 64; 0: all.",
)
@click.option(
    "--runtime",
    "runtimes",
    multiple=True,
    metavar="NAME",
    help="Only this one, may be repeated: single-rounding, float-rescaling, other-scales, litert-reference, "
    "litert. Default: all.",
)
@click.option(
    "--device",
    type=click.Path(path_type=Path),
    metavar="DUMP",
    help="Compare with tensors read back from a board instead: an .npz with indices or names as keys. Exits "
    "with 1 if one differs.",
)
@click.option(
    "--sample",
    type=click.IntRange(0),
    metavar="N",
    help="The sample of --data that the board ran. Default 0.",
)
@json_option
def command(
    model: str,
    data: str | None,
    profile: str | None,
    library: str | None,
    release: str | None,
    max_turns: int | None,
    labels: str | None,
    samples: int | None,
    runtimes: tuple[str, ...],
    device: Path | None,
    sample: int | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Show where and by how much the answers of MODEL depend on who computes them.

    Holds against the device's bits (TFLM): other roundings, and LiteRT if it is installed; share of outputs
    that differ, largest step, flipped labels on your data, the first operator that differs. Or, with
    --device, what a board really computed.
    """
    from ..validation import ValidationSettings

    if data is None and (given["x"] or given["y"]):
        raise click.UsageError("--x and --y name parts of --data, which is missing")
    settings = ValidationSettings(labels=labels_of(labels), layer_samples=0, **given)
    loaded = open_model(model)
    with compiling(len({operator.name for operator in loaded.subgraphs[0].operators})):
        interpreter = interpreter_of(
            loaded, DEFAULT_PROFILE if profile is None else profile, library, release, max_turns=max_turns
        )
        if interpreter is None:
            return CANNOT_TELL
        if device is not None:
            return _device(interpreter, device, data, sample or 0, settings, as_json=as_json)
    if sample is not None:
        raise InputError("--sample goes with --device")
    return _runtimes(interpreter, data, runtimes, samples, settings, as_json=as_json)


def _runtimes(
    interpreter: Interpreter,
    data: str | None,
    runtimes: tuple[str, ...],
    samples: int | None,
    settings: ValidationSettings,
    *,
    as_json: bool,
) -> int:
    from ..difference import Study
    from .difference_view import show_difference

    study = Study(interpreter, data, runtimes or None, samples, settings)
    interrupted = False
    with progress() as bar:
        try:
            bar.update("samples", 0, study.total)
            for done in study.run():
                bar.update("samples", done, study.total)
        except KeyboardInterrupt:
            if not study.done:
                raise
            interrupted = True
    result = study.result()
    if as_json:
        _emit(result.to_dict())
    else:
        show_difference(result)
    if interrupted:
        click.echo("microinfer: interrupted", err=True)
        return INTERRUPTED
    return 0


def _device(
    interpreter: Interpreter,
    path: Path,
    data: str | None,
    sample: int,
    settings: ValidationSettings,
    *,
    as_json: bool,
) -> int:
    from ..difference import SCHEMA, compare_dump, dumped_inputs, read_dump
    from ..words.result import plain
    from .difference_view import show_device

    subgraph = interpreter.subgraph
    names = dict(zip(interpreter.model.input_names, subgraph.inputs, strict=False))
    if len(subgraph.inputs) == 1:
        names.setdefault("x", subgraph.inputs[0])
    dump, unknown = read_dump(path, subgraph.tensors, names)
    inputs, source = dumped_inputs(dump, interpreter), "the inputs in the dump"
    if data is not None or inputs is None:
        inputs, source = _sample(interpreter, data, sample, settings)
    found = compare_dump(interpreter, inputs, dump, unknown)
    if as_json:
        _emit(
            {
                "schema": SCHEMA,
                "model": interpreter.model.name,
                "sha256": interpreter.model.sha256,
                "profile": interpreter.profile.name,
                "library": interpreter.library,
                "release": interpreter.release.title,
                "data": source,
                "device": plain(found),
            }
        )
    else:
        show_device(interpreter, source, path, found)
    return _verdict(found)


def _verdict(found: DeviceDifference) -> int:
    return 0 if found.first_bad is None else DIFFERS


def _sample(
    interpreter: Interpreter, data: str | None, sample: int, settings: ValidationSettings
) -> tuple[list[Array], str]:
    """One sample of the data, or what `microinfer run` takes without --input."""
    from .. import zoo
    from ..run.inputs import patterned
    from ..validation import Validator

    known = zoo.recognise(interpreter.model.sha256)
    if data is None and known is not None:
        return [zoo.sample(known)], f"sample {zoo.describe(known).sample} of the zoo's {known}"
    if data is None:
        return patterned(interpreter), "pattern 1, as 'microinfer run' takes it"
    validator = Validator(interpreter, data, settings)
    count = validator.dataset.count
    block = next(validator.dataset.blocks(sample, 1), None)
    if block is None:
        raise InputError(f"{validator.dataset.source}: no sample {sample}, there are {count}")
    arrays = [
        fit(x[:1], sample)[0].reshape(fit.tensor.shape)
        for fit, x in zip(validator.fitters, block.x, strict=True)
    ]
    return arrays, f"sample {sample} of {validator.dataset.source}"


def _emit(content: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(content, indent=2, allow_nan=False))

"""The verbs that run a model: validate, diff, export, report."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, overload

from .. import zoo
from ..difference import Difference, Study
from ..errors import InputError
from ..exports.formats import DEFAULT_PROFILES, ExportReport, format_of, write_export
from ..files.output import expect_free, write_file
from ..run.inputs import set_inputs
from ..run.interpreter import Interpreter
from ..validation import Validation, ValidationSettings, Validator
from ..validation.attempts import Attempts, expect_room
from ..view.html.report_page import Page, make_page
from ..view.html.several_models import SeveralModels, make_several
from ..zoo.source import in_zoo, open_model
from .given import Build, Inputs, Part, Release, Source, inputs_of, listed, part_of, release_of

__all__ = ["diff", "export", "report", "validate"]


def validate(
    model: Source,
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    data: Any = None,
    x: str | None = None,
    y: str | None = None,
    labels: Iterable[str] = (),
    task: str | None = None,
    output: str | None = None,
    threshold: float | None = None,
    stored: bool = False,
    pixels: tuple[float, float] | None = None,
    float_model: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    layers: int | None = None,
    workers: int | None = None,
    keep_state: bool = False,
    advise: bool = False,
    advise_to: str | os.PathLike[str] | None = None,
    force: bool = False,
) -> Validation:
    """Run a dataset through a model with the device's bits, and say how good it is.

    Args:
        model: path, bytes, Model, or a name of the zoo.
        part, library: whose bits; by name, path or Profile, and the part's own library by default.
        release: of TFLM, by name or commit, as for `check`.
        data: a pair of arrays (x, y), samples first; an .npz, .npy or .csv file, a folder of images or
            WAV files, or "file.py:function"; or a pipeline of samples or batches, (x, y) or named columns:
            a `tf.data.Dataset`, a `PyDataset`, a Hugging Face `Dataset`, a list. Default: the zoo's own
            samples.
        x, y: names of the arrays or columns within the data.
        labels: names of the classes, in order.
        task: "classification", "binary", "regression", "autoencoder" or "none"; default by the answers.
        output: the output to look at, by name or position.
        threshold: of a binary task.
        stored: the numbers are the model's own, whatever type they have.
        pixels: what the bytes 0 and 255 of an image stand for.
        float_model: a float .tflite, or its outputs as .npy or .npz, to compare with.
        limit: only the first so many samples.
        layers: samples for the table of layers; 0 for no table.
        workers: threads; default one a processor.
        keep_state: variables keep their values from sample to sample.
        advise: for the layer that loses most, try what could help (int16 there, a wider range, weights per
            channel) and measure each; the result's `advice`.
        advise_to: a folder for the models that were tried; implies `advise`. force: replace files there.

    Raises:
        ModelError, InputError, ProfileError: the model, the data or the part cannot be used, or do not suit
            each other; a file is there already.
    """
    settings = ValidationSettings(
        x,
        y,
        tuple(listed(labels)),
        task,
        output,
        threshold,
        stored,
        pixels,
        None if float_model is None else Path(float_model),
        limit,
        layers,
        keep_state,
        workers,
    )
    validator = Validator(
        Interpreter(open_model(model), part_of(part), library=library, release=release_of(release)),
        data,
        settings,
    )
    if advise_to is not None:
        expect_room(Path(advise_to), validator.interpreter.model, force=force)
    for _ in validator.run():
        pass
    for _ in validator.look_at_layers():
        pass
    if not advise and advise_to is None:
        return validator.result()
    attempts = Attempts(validator)
    for _ in attempts.run():
        pass
    if advise_to is not None:
        attempts.write(Path(advise_to), force=force)
    return dataclasses.replace(validator.result(), advice=attempts.advice())


def diff(
    model: Source,
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    data: Any = None,
    runtime: str | Iterable[str] | None = None,
    samples: int | None = None,
    x: str | None = None,
    y: str | None = None,
    labels: Iterable[str] = (),
    stored: bool = False,
    pixels: tuple[float, float] | None = None,
) -> Difference:
    """Where, and by how much, the answers of a model depend on who computes them.

    Args:
        model, part, library, release: as for `validate`.
        data: as for `validate`; default the zoo's own samples, else pseudo-random ones.
        runtime: one or several to hold against TFLM's bits; default all. One that refuses the model says why.
        samples: how many of the data, spread over them; default 64, 0 for all.
        x, y, labels, stored, pixels: as for `validate`.

    Raises:
        ModelError, InputError, ProfileError: as for `validate`, or there is no such runtime.
    """
    settings = ValidationSettings(x, y, tuple(listed(labels)), stored=stored, pixels=pixels, layer_samples=0)
    interpreter = Interpreter(open_model(model), part_of(part), library=library, release=release_of(release))
    study = Study(interpreter, data, None if runtime is None else listed(runtime), samples, settings)
    for _ in study.run():
        pass
    return study.result()


def export(
    model: Source,
    part: Part | None = None,
    library: str | None = None,
    release: Release | None = None,
    *,
    output: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    inputs: Inputs | None = None,
    force: bool = False,
) -> ExportReport:
    """Write a model as files for a firmware project, or as arrays to look into.

    Args:
        model, library, release: as for `validate`.
        part: whose memory plan the arena follows; default "atmega328p" for bare-c, else "cortex-m4".
        output: the folder to write, after which things are named.
        format: "bare-c", "tflm" or "npz"; default what the part runs, "bare-c" without one.
        inputs: the golden input: a .npy or .npz file, or arrays; real numbers are quantised. Default: the
            zoo's own sample, else a pattern.
        force: replace files that are there already.

    Raises:
        ModelError: the model cannot be exported.
        InputError, ProfileError: as for `validate`, or a file is there already.
    """
    given = None if part is None else part_of(part)
    form = format or format_of(given, library)
    return write_export(
        open_model(model),
        given or part_of(DEFAULT_PROFILES.get(form, "cortex-m4")),
        library,
        release_of(release),
        form,
        Path(output),
        lambda interpreter: set_inputs(interpreter, inputs_of(inputs), option="inputs"),
        force=force,
    )


@overload
def report(
    model: Source,
    part: Part = ...,
    library: str | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
    output: str | os.PathLike[str] | None = ...,
    inputs: Inputs | None = ...,
    force: bool = ...,
) -> Page: ...


@overload
def report(
    model: list[Any] | tuple[Source, ...],
    part: Part = ...,
    library: str | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
    output: str | os.PathLike[str] | None = ...,
    force: bool = ...,
) -> SeveralModels: ...


def report(
    model: Source | list[Any] | tuple[Source, ...],
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    build: Build | None = None,
    output: str | os.PathLike[str] | None = None,
    inputs: Inputs | None = None,
    force: bool = False,
) -> Page | SeveralModels:
    """One HTML page about a model on a part, or about several, to keep or to send.

    Args:
        model: as for `validate`; a list or tuple of several stands on one page, side by side at its top.
        part, library, release: as for `validate`.
        build: how the firmware is compiled, as for `check`.
        output: the file to write; default none, the page is the result's `html`.
        inputs: as for `export`, of one model.
        force: replace a file that is there already.

    Raises:
        ModelError, InputError, ProfileError: as for `validate`, or a file is there already.
    """
    path = None if output is None else Path(output)
    expect_free(path, force=force)
    several = isinstance(model, (list, tuple))
    if several and inputs is not None:
        raise InputError("inputs: found beside a list of models, expected one model; leave them out")
    sources = list(model) if isinstance(model, (list, tuple)) else [model]
    untrained = [in_zoo(one) and not zoo.describe(str(one)).trained for one in sources]
    models, chosen = [open_model(one) for one in sources], part_of(part, build)

    def give(interpreter: Interpreter) -> str:
        return set_inputs(interpreter, inputs_of(inputs), option="inputs")

    page: Page | SeveralModels
    if several:
        page = make_several(models, chosen, library, release_of(release), give, untrained=untrained)
    else:
        page = make_page(models[0], chosen, library, release_of(release), give, untrained=untrained[0])
    if path is None:
        return page
    write_file(path, page.html, force=force)
    return dataclasses.replace(page, file=str(path))

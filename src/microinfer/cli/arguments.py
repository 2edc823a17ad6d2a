"""Arguments and options that commands share, and what they are turned into."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError, ModelError
from ..words.spelling import nearest
from .terminal import printable

if TYPE_CHECKING:
    from ..model.tables import Model

    Bytes = click.ParamType[int]
    Number = click.ParamType[float]
else:
    Bytes = Number = click.ParamType

__all__ = [
    "DEFAULT_PROFILE",
    "Amount",
    "Size",
    "about",
    "in_zoo",
    "input_options",
    "json_option",
    "library_option",
    "model_argument",
    "open_model",
    "profile_option",
]

DEFAULT_PROFILE = "cortex-m4"
F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([muµμn]?)([A-Za-z]+)")


class Size(Bytes):
    """A number of bytes: 4096, 64k or 1.5M, with k and M as powers of 1024."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value).strip().replace("_", "").lower().removesuffix("b").removesuffix("i")
        unit = text[-1:] if text[-1:] in {"k", "m"} else ""
        try:
            size = float(text.removesuffix(unit)) * _UNITS[unit]
        except ValueError:
            size = -1.0
        if not 0 <= size < 1 << 48 or size != int(size):
            self.fail(f"{value!r} is no size; expected bytes, such as 4096, 64k or 1M", param, ctx)
        return int(size)


class Amount(Number):
    """A number above 0 with its unit and a prefix: 5uA, 12mA, 3.3V, 2Ah."""

    name = "amount"

    def __init__(self, unit: str, example: str) -> None:
        self.unit, self.example = unit, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _AMOUNT.fullmatch(str(value).strip())
        amount = 0.0
        if found is not None and found[3].lower() == self.unit.lower():
            amount = float(found[1]) * _PREFIXES[found[2]]
        if not 0 < amount < 1e9:
            self.fail(
                f"{value!r}: expected a figure above 0 with its unit, such as {self.example}", param, ctx
            )
        return amount


def model_argument(function: F) -> F:
    return click.argument("model", metavar="MODEL")(function)


def profile_option(function: F) -> F:
    return click.option(
        "-p",
        "--profile",
        metavar="PROFILE",
        help=f"Part or board: a name from 'microinfer profiles', or a .toml file. Default {DEFAULT_PROFILE}.",
    )(function)


def library_option(function: F) -> F:
    return click.option(
        "--library",
        metavar="LIBRARY",
        help="Kernel library: tflm-reference, tflm-cmsis-nn or bare-c. Default: the profile's.",
    )(function)


def input_options(what: str = "Inputs") -> Callable[[F], F]:
    """--input and --quantize, as `inputs.set_inputs` takes them."""
    options = (
        click.option(
            "--input",
            "input_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"{what}: .npy, or .npz by name or position.",
        ),
        click.option(
            "--quantize",
            is_flag=True,
            help="Quantise real numbers in the input file as the model wants them.",
        ),
    )
    return lambda function: options[0](options[1](function))


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")(
        function
    )


def about(title: str, clock_hz: int, *, default: bool) -> str:
    """The part, and that nobody chose it if so."""
    chosen = ". The default profile: -p chooses another" if default else ""
    clock = f"{clock_hz / 1e6:g} MHz"
    return printable(title) + ("" if clock in title else f", {clock}") + chosen


def _looks_like_path(text: str) -> bool:
    return os.sep in text or "/" in text or text.endswith(".tflite")


def in_zoo(text: str) -> bool:
    """Whether MODEL names a model of the zoo rather than a file."""
    from .. import zoo

    return not _looks_like_path(text) and zoo.has(text)


def open_model(text: str) -> Model:
    """A model from a path, or from the zoo by its name; ./digits is always a file.

    Raises:
        InputError: there is neither; the message has the nearest of both.
        ModelError: the file cannot be used.
    """
    from .. import zoo
    from ..model.read import load

    if in_zoo(text):
        return dataclasses.replace(load(zoo.load(text)), name=text)
    path = Path(text)
    try:
        if not path.is_file():
            raise _no_model(text, path)
        return load(path)
    except ModelError as error:
        raise type(error)(f"{text}: {error}") from error
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {text!r}: {getattr(error, 'strerror', None) or error}") from error


def _no_model(text: str, path: Path) -> InputError:
    """What is there instead, or the nearest of the zoo's names and of the files beside."""
    from .. import zoo

    if not text or path.is_dir():
        return InputError(f"{text!r} is {'a folder' if text else 'nothing'}, expected a .tflite file")
    if path.exists():
        return InputError(f"{text!r} is no ordinary file, expected a .tflite file")
    beside = [path.parent / found.name for found in path.parent.glob("*.tflite")]
    near = nearest(text, [*zoo.names(), *map(str, beside)])
    if _looks_like_path(text):
        what, otherwise = f"no file {text!r}", ""
    else:
        what, otherwise = (
            f"no model {text!r}: no such file, and not in the zoo",
            f" ({', '.join(zoo.names())})",
        )
    return InputError(what + (f"; did you mean {near!r}?" if near else otherwise))

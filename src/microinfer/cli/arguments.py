"""Arguments and options that commands share, and what they are turned into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError
from ..words.quantities import parse_amount, parse_bytes
from .completion import complete_libraries, complete_models, complete_profiles
from .console import printable

if TYPE_CHECKING:
    from ..model.tables import Model
    from ..parts.profile import Profile

    Bytes = click.ParamType[int]
    Pair = click.ParamType[tuple[str, float]]
    Number = click.ParamType[float]
else:
    Bytes = Number = Pair = click.ParamType

__all__ = [
    "DEFAULT_PROFILE",
    "Amount",
    "Size",
    "about",
    "build_option",
    "in_zoo",
    "input_options",
    "json_option",
    "kernels",
    "library_option",
    "model_argument",
    "open_model",
    "part_of",
    "profile_option",
    "release_option",
]

DEFAULT_PROFILE = "cortex-m4"
LIBRARIES = (
    "tflm-reference, tflm-cmsis-nn, tflm-esp-nn, tflm-arduino, tflm-pico, tflm-2020, tflm-2021 (or short: "
    "reference, cmsis-nn, ...) or bare-c"
)
"""All that there are, in words: a help is printed without looking for them."""
F = TypeVar("F", bound=Callable[..., Any])


class Size(Bytes):
    """A number of bytes: 4096, 64k or 1.5M, with k and M as powers of 1024."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return parse_bytes(value)
        except InputError as error:
            self.fail(str(error), param, ctx)


class Amount(Number):
    """A number above 0 with its unit and a prefix: 5uA, 12mA, 3.3V, 2Ah."""

    name = "amount"

    def __init__(self, unit: str, example: str) -> None:
        self.unit, self.example = unit, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return parse_amount(value, self.unit, self.example)
        except InputError as error:
            self.fail(str(error), param, ctx)


class Timed(Pair):
    """A model and what one inference of it took: model.tflite=386ms."""

    name = "timed"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        path, _, told = value.rpartition("=")
        try:
            took = parse_amount(told, "s", "386ms")
        except InputError as error:
            self.fail(str(error), param, ctx)
        if not path:
            self.fail(f"{value!r}: expected a model and a time, such as model.tflite=386ms", param, ctx)
        return path, took


def model_argument(function: F) -> F:
    return click.argument("model", metavar="MODEL", shell_complete=complete_models)(function)


def profile_option(function: F) -> F:
    return click.option(
        "-p",
        "--profile",
        metavar="PROFILE",
        shell_complete=complete_profiles,
        help=f"Part or board: a name from 'microinfer profiles', or a .toml file; behind a colon the "
        f"RAM that holds the arena, as in giga-r1:sdram. Default {DEFAULT_PROFILE}.",
    )(function)


def library_option(function: F) -> F:
    return click.option(
        "--library",
        metavar="LIBRARY",
        shell_complete=complete_libraries,
        help=f"Kernel library: {LIBRARIES}. Default: the profile's.",
    )(function)


def _release_option(default: Callable[[], str | None] | None) -> Callable[[F], F]:
    return click.option(
        "--release",
        metavar="RELEASE",
        default=default,
        help="TFLM to emulate: 2026-08 (90b983c2, the default), 2026-10 (the pip package's), or a commit. "
        "Default: that of a microinfer.toml.",
    )


def _own_release() -> str | None:
    from ..operators.release import settled_release

    return settled_release()


release_option = _release_option(_own_release)
check_release_option = _release_option(None)
"""Of `check`, which reads all of its microinfer.toml, or another file, or none."""


def _own_turns() -> int | None:
    """How often loops may turn, by the nearest microinfer.toml."""
    from ..files.settings_file import find_settings, read_settings, turns_of

    path = find_settings()
    return None if path is None else turns_of(read_settings(path), path)


def turns_option(function: F) -> F:
    return click.option(
        "--max-turns",
        type=click.IntRange(min=1),
        default=_own_turns,
        metavar="TURNS",
        help="How often loops (WHILE) may turn in one inference before they are taken for endless. Default: "
        "that of a microinfer.toml, else 100000.",
    )(function)


def build_option(function: F) -> F:
    return click.option(
        "--build",
        metavar="BUILD",
        help="How the firmware is compiled: O3, O2 or Os, and perhaps what is left in, as in Os,strings or "
        "O2,asserts. Default: as the part's common toolchain does.",
    )(function)


def part_of(profile: str | Path | None, build: str | None = None) -> Profile:
    """-p and --build.

    Raises:
        ProfileError: no such profile.
        InputError: no such build.
    """
    from ..parts.profile import load_profile

    return load_profile(DEFAULT_PROFILE if profile is None else profile).built(build)


def kernels(library: str, release: str, build: str = "") -> str:
    """A library's kernels in words, how they are compiled, and the title of the release of TFLM if it is not
    the default."""
    from ..libraries.build import find_build
    from ..operators.release import DEFAULT_RELEASE

    compiled = f" at {find_build(build).words}" if build else ""
    return f"{library} kernels{compiled}" + ("" if release == DEFAULT_RELEASE.title else f" of {release}")


def input_options(what: str = "Inputs") -> Callable[[F], F]:
    """--input, as `inputs.set_inputs` takes it; --quantize, which scripts may still give, is the rule."""
    options = (
        click.option(
            "--input",
            "input_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"{what}: .npy, or .npz by name (x), signature or position; real numbers are quantised "
            "as the model wants them.",
        ),
        click.option("--quantize", is_flag=True, hidden=True, expose_value=False),
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


def in_zoo(text: str) -> bool:
    """Whether MODEL names a model of the zoo rather than a file."""
    from ..zoo import source

    return source.in_zoo(text)


def open_model(text: str) -> Model:
    """MODEL, a file or a name of the zoo.

    Raises:
        InputError: there is neither; the message has the nearest of both.
        ModelError: the file cannot be used.
    """
    from ..zoo import source

    return source.open_model(text)

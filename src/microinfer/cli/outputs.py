"""The files that commands write: their options, and what is printed beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..files.output import expect_free, is_standard_output, write_file
from .console import printable

__all__ = ["expect_outputs", "force_option", "output_option", "write_file", "written"]

F = TypeVar("F", bound=Callable[..., Any])


def output_option(*names: str, words: str, required: bool = False, metavar: str = "FILE") -> Callable[[F], F]:
    """An option that names a file to write."""
    return click.option(
        *names, type=click.Path(path_type=Path), required=required, metavar=metavar, help=words
    )


def force_option(function: F) -> F:
    return click.option("--force", is_flag=True, help="Replace files that are there already.")(function)


def expect_outputs(*paths: Path | None, force: bool, as_json: bool = False) -> bool:
    """Look at where files are to go before any work is done; whether one goes to standard output, on which
    nothing else is printed then.

    Raises:
        InputError: a file is there already and --force is not given, or none can be there.
        UsageError: two things for standard output.
    """
    taken = sum(path is not None and is_standard_output(path) for path in paths)
    if taken > 1 or (taken and as_json):
        both = "--json and a file '-'" if as_json else "two files '-'"
        raise click.UsageError(f"{both} cannot both go to standard output")
    expect_free(*paths, force=force)
    return bool(taken)


def written(*paths: Path | None) -> list[str]:
    """A line for each file."""
    return [f"written: {printable(str(path))}" for path in paths if path is not None]

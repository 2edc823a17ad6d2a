"""The outputs of a run as a file of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..files.output import is_standard_output

if TYPE_CHECKING:
    from ..run.interpreter import Interpreter

__all__ = ["expect_arrays", "packed"]


def expect_arrays(path: Path, outputs: int) -> None:
    """Look at where the arrays are to go before any work is done.

    Raises:
        UsageError: neither .npz nor .npy, or an .npy for several outputs.
    """
    suffix = path.suffix.lower()
    if is_standard_output(path) or suffix == ".npz":
        return
    if suffix != ".npy":
        raise click.UsageError(f"-o {path}: expected a name that ends in .npz or .npy")
    if outputs != 1:
        raise click.UsageError(
            f"-o {path}: an .npy holds one array, the model has {outputs} outputs; use .npz"
        )


def packed(path: Path, interpreter: Interpreter, arrays: Sequence[Any]) -> bytes:
    """The file of the outputs, one array each, as they are stored: by name, or by position (arr_0, ...)
    where a name is missing, stands for two, or cannot be one of a file in an archive."""
    import numpy as np

    tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.outputs]
    made = BytesIO()
    if path.suffix.lower() == ".npy":
        np.save(made, arrays[0])
        return made.getvalue()
    names = [tensor.name for tensor in tensors]
    whole = len(set(names)) == len(names) and all(_plain(name) for name in names)
    named: dict[str, Any] = dict(
        zip(names if whole else map(_position, range(len(names))), arrays, strict=True)
    )
    np.savez(made, **named)
    return made.getvalue()


def _plain(name: str) -> bool:
    """Whether a name can be that of a file in an archive, also where one takes it out, and is no argument of
    numpy's own."""
    away = name.startswith("/") or ".." in name or "\\" in name
    return name.isprintable() and not away and name not in ("", "file", "args", "kwds", "allow_pickle")


def _position(number: int) -> str:
    return f"arr_{number}"

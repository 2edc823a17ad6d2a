"""What a user says of samples: what pixels stand for, and how classes are called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError

__all__ = ["Pixels", "labels_of"]


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

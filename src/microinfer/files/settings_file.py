"""`microinfer.toml`: where a user's own settings stand, in their repository.

    release = "2026-10"     # of TFLM, for every command and verb
    max-turns = 1000000     # of loops in an inference, for every command that runs a model

    [check]                 # budgets and choices, see `checks.settings`
    [budgets."*"."uno*"]    # budgets by model and board, see `checks.budgets`
    [battery]               # radios, sensors, cells, see `reports.battery_settings`

The file is looked for from the current folder upwards. What a command or a call says holds before it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError

__all__ = ["FILE_NAME", "find_settings", "read_settings", "release_of", "turns_of"]

FILE_NAME = "microinfer.toml"


def find_settings(start: Path | None = None) -> Path | None:
    """The nearest `microinfer.toml`, from a folder (the current one) upwards."""
    folder = (start or Path.cwd()).resolve()
    for place in (folder, *folder.parents):
        try:
            if (place / FILE_NAME).is_file():
                return place / FILE_NAME
        except OSError:
            return None
    return None


def read_settings(path: Path) -> dict[str, Any]:
    """What a settings file says.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as TOML: {error}") from error


def release_of(table: dict[str, Any], path: Path) -> str | None:
    """The release of TFLM that a settings file names, None where it names none.

    Raises:
        InputError: it is no text.
    """
    found = table.get("release")
    if found is None or (isinstance(found, str) and found):
        return found
    raise InputError(f"{path}: key 'release': found {found!r}, expected the name of a release, as text")


def turns_of(table: dict[str, Any], path: Path) -> int | None:
    """How often loops may turn in an inference, None where a settings file does not say.

    Raises:
        InputError: it is no whole number of 1 or more.
    """
    found = table.get("max-turns")
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and found > 0):
        return found
    raise InputError(f"{path}: key 'max-turns': found {found!r}, expected a whole number of turns, 1 or more")

"""`microinfer.toml`: a user's own budgets and choices, in their repository.

    release = "2026-10"                  # of TFLM, for every command and verb

    [check]
    models = ["models/kws.tflite"]       # checked where the command line names none; beside this file
    profile = ["nucleo-l4r5zi"]          # or one name; a path is taken from this file
    library = "tflm-cmsis-nn"
    build = "Os,strings"                 # how the firmware is compiled
    max-latency = "50ms"
    max-energy = "2mJ"
    max-arena = "64k"                    # or a number of bytes
    max-flash = 262144
    max-stack = 2048                     # the stack that the firmware reserves
    resolver = 6                         # room in the resolver, or a list: "CONV_2D", or "AddConv2D"
    disable = ["dynamic-batch"]
    strict = true

    [budgets."kws*.tflite"."nucleo-*"]   # by model and board, see `budgets`
    max-latency = "20ms"

    [battery]                            # see `reports.battery_settings`

The file is looked for from the current folder upwards, by pytest's fixture `mcu` from the root of the tests.
What is left out of a command, of a call and of pytest's own settings is taken from it: `release` by every
command and every verb of the package, `max-turns` by every command that runs a model and `mcu`, `[check]` by
`microinfer check`, `microinfer.check` and `mcu`. A class, `Interpreter` say, takes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import InputError
from ..exports.resolver_calls import add_method
from ..files.settings_file import find_settings, read_settings, turns_of
from ..libraries.build import find_build
from ..operators.release import checked_release
from ..operators.tflm_operators import CUSTOM_OPERATORS
from ..operators.tflm_versions import OPERATORS
from ..parts.profile import Profile
from ..words.dataclass import dataclass, replace
from ..words.spelling import nearest_note
from .budgets import LIMITS, Budget, describe, limits_of, read_budgets
from .limits import Limits
from .rule import expect_rule, rules
from .subject import Resolver

__all__ = ["CheckSettings", "load_settings", "near_settings", "parse_resolver"]

KEYS = ("battery", "budgets", "check", "max-turns", "release")
NO_LIMITS = Limits()
_LARGEST_RESOLVER = 1024


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What a `microinfer.toml` says about checks; `path` is the file, "" where there is none."""

    models: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    library: str | None = None
    release: str | None = None
    max_turns: int | None = None
    build: str | None = None
    limits: Limits = NO_LIMITS
    resolver: Resolver | None = None
    disable: tuple[str, ...] = ()
    strict: bool = False
    path: str = ""
    budgets: tuple[Budget, ...] = ()

    def limits_on(self, model: str, path: str, part: Profile) -> Limits:
        """The budgets of a model, by its name and path ("" where it has none), on a part."""
        if not self.budgets:
            return self.limits
        return limits_of(self.budgets, self.limits, model, path, part.name, str(Path(self.path).parent))


def load_settings(path: Path) -> CheckSettings:
    """Read a settings file.

    Raises:
        InputError: it cannot be read, or has an unknown key or a wrong value; names file, key, what was
            found and what was wanted.
    """
    table = read_settings(path)
    _expect_known(table, KEYS, "", path)
    if "battery" in table:
        from ..reports.battery_settings import read_battery

        read_battery(table, path)
    section = table.get("check", {})
    if not isinstance(section, dict):
        raise InputError(f"{path}: key 'check': found {describe(section)}, expected a table")
    _expect_known(section, tuple(_READERS), "check.", path)
    settings = CheckSettings(
        path=str(path),
        release=checked_release(table, path),
        max_turns=turns_of(table, path),
        budgets=read_budgets(table.get("budgets", {}), path),
    )
    for key, value in section.items():
        where = f"{path}: key 'check.{key}'"
        settings = _READERS[key](settings, value, where, path.parent)
    return settings


def near_settings(start: Path | None = None) -> CheckSettings:
    """Those of the nearest `microinfer.toml`, from a folder (the current one) upwards; empty where none is.

    Raises:
        InputError: as for `load_settings`.
    """
    path = find_settings(start)
    return CheckSettings() if path is None else load_settings(path)


def parse_resolver(value: str, where: str) -> Resolver:
    """A resolver from the command line: its size, or the names of its operators.

    Raises:
        InputError: neither.
    """
    text = value.strip()
    if text.lstrip("+-").isdigit():
        return _resolver_of_size(int(text), where)
    return _resolver_of_names([name.strip() for name in text.split(",") if name.strip()], where)


def _resolver_of_size(size: int, where: str) -> Resolver:
    if not 0 < size <= _LARGEST_RESOLVER:
        raise InputError(
            f"{where}: found {size}, expected a number of operators from 1 to {_LARGEST_RESOLVER}"
        )
    return Resolver(size)


def _resolver_of_names(names: list[str], where: str) -> Resolver:
    methods = {add_method(operator): operator for operator in OPERATORS}
    methods.update({method: operator for operator, method in CUSTOM_OPERATORS.items()})
    made = []
    for name in names:
        found = methods.get(name.partition("(")[0].rpartition(".")[2])
        if found is None and (name in CUSTOM_OPERATORS or name.upper() in OPERATORS):
            found = name if name in CUSTOM_OPERATORS else name.upper()
        if found is None:
            raise InputError(f"{where}: no operator {name!r}{nearest_note(name, OPERATORS)}")
        made.append(found)
    made = list(dict.fromkeys(made))
    if not made:
        raise InputError(f"{where}: found no operators, expected a number, or names such as CONV_2D,SOFTMAX")
    return Resolver(len(made), tuple(made))


def _expect_known(table: Mapping[str, Any], known: tuple[str, ...], at: str, path: Path) -> None:
    for key in table:
        if key not in known:
            raise InputError(
                f"{path}: key '{at}{key}': unknown{nearest_note(key, known)}, expected one of "
                f"{', '.join(sorted(known))}"
            )


def _text(value: object, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise InputError(f"{where}: found {describe(value)}, expected text")


def _texts(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str) and value:
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise InputError(f"{where}: found {describe(value)}, expected text, or a list of text")


def _beside(name: str, folder: Path, *, is_path: bool) -> str:
    """A path in the file is taken from where the file is."""
    return str(folder / Path(name).expanduser()) if is_path else name


def _models(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    found = (_beside(name, folder, is_path=_looks_like_path(name)) for name in _texts(value, where))
    return replace(settings, models=tuple(found))


def _profiles(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    found = (_beside(name, folder, is_path=_looks_like_path(name)) for name in _texts(value, where))
    return replace(settings, profiles=tuple(found))


def _looks_like_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith((".tflite", ".toml"))


def _library(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    return replace(settings, library=_text(value, where))


def _build(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    text = _text(value, where)
    try:
        find_build(text)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return replace(settings, build=text)


def _limit(key: str) -> Callable[..., CheckSettings]:
    name, read = LIMITS[key]

    def reader(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
        return replace(settings, limits=replace(settings.limits, **{name: read(value, where)}))  # type: ignore[arg-type]

    return reader


def _resolver(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    if isinstance(value, int) and not isinstance(value, bool):
        return replace(settings, resolver=_resolver_of_size(value, where))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return replace(settings, resolver=_resolver_of_names(value, where))
    raise InputError(f"{where}: found {describe(value)}, expected a number, or a list of operators")


def _disable(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    known = rules()
    return replace(
        settings, disable=tuple(expect_rule(name, known, f"{where}: ") for name in _texts(value, where))
    )


def _strict(settings: CheckSettings, value: object, where: str, folder: Path) -> CheckSettings:
    if not isinstance(value, bool):
        raise InputError(f"{where}: found {describe(value)}, expected true or false")
    return replace(settings, strict=value)


_READERS: Mapping[str, Callable[[CheckSettings, Any, str, Path], CheckSettings]] = MappingProxyType(
    {
        "models": _models,
        "profile": _profiles,
        "library": _library,
        "build": _build,
        **{key: _limit(key) for key in LIMITS},
        "resolver": _resolver,
        "disable": _disable,
        "strict": _strict,
    }
)

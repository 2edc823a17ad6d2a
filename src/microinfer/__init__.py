"""Runs a quantised .tflite model on your computer exactly as a microcontroller would.

>>> import microinfer
>>> interpreter = microinfer.Interpreter("kws.tflite", profile="cortex-m4")
>>> print(interpreter.report().to_dict()["memory"]["min_arena_bytes"])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    ArenaError,
    ConcurrentUseError,
    FormatError,
    InputError,
    MicroinferError,
    ModelError,
    ProfileError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from .build import ModelBuilder
    from .graph import prepare
    from .interpreter import Interpreter
    from .loader import load
    from .model import Model
    from .ops import OpResolver
    from .profile import Profile, load_profile, profile_names
    from .report import RunReport

__version__ = "0.1.0"

_LAZY = {
    "Interpreter": "interpreter",
    "Model": "model",
    "ModelBuilder": "build",
    "OpResolver": "ops",
    "Profile": "profile",
    "RunReport": "report",
    "load": "loader",
    "load_profile": "profile",
    "prepare": "graph",
    "profile_names": "profile",
}
"""Public name to module; imported when first asked for, so that `import microinfer` is quick."""

__all__ = [
    "ArenaError",
    "ConcurrentUseError",
    "FormatError",
    "InputError",
    "Interpreter",
    "MicroinferError",
    "Model",
    "ModelBuilder",
    "ModelError",
    "OpResolver",
    "Profile",
    "ProfileError",
    "RunReport",
    "UnsupportedError",
    "__version__",
    "load",
    "load_profile",
    "prepare",
    "profile_names",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

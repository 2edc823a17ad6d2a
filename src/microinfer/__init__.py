"""Runs a quantised .tflite model on your computer exactly as a microcontroller would.

>>> import microinfer
>>> microinfer.check("kws.tflite", "cortex-m4", max_arena="64k").verdict
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
from .words.version import __version__

if TYPE_CHECKING:
    from .builder import ModelBuilder
    from .model.read import load
    from .model.tables import Model
    from .operators.prepare import prepare
    from .operators.resolver import OpResolver
    from .parts.profile import Profile, load_profile, profile_names
    from .reports.run_report import RunReport
    from .run.interpreter import Interpreter
    from .words.result import Result

_LAZY = {
    "Interpreter": "run.interpreter",
    "Model": "model.tables",
    "ModelBuilder": "builder",
    "OpResolver": "operators.resolver",
    "Profile": "parts.profile",
    "RunReport": "reports.run_report",
    "load": "model.read",
    "load_profile": "parts.profile",
    "prepare": "operators.prepare",
    "profile_names": "parts.profile",
    **dict.fromkeys(("battery", "check", "plan"), "verbs.estimating"),
    "compare": "verbs.comparing",
    "learn": "verbs.teaching",
    "search": "verbs.searching",
    "faults": "verbs.injecting",
    "sweep": "verbs.sweeping",
    **dict.fromkeys(("diff", "export", "report", "validate"), "verbs.running"),
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
    "battery",
    "check",
    "compare",
    "diff",
    "export",
    "faults",
    "learn",
    "load",
    "load_profile",
    "plan",
    "prepare",
    "profile_names",
    "report",
    "search",
    "sweep",
    "validate",
]


def _drawing(result: Result) -> str:
    """Imported when a notebook first shows a result."""
    found: str = import_module(".view.drawings", __name__).drawing(result)
    return found


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module(".words.result", __name__).draw_with(_drawing)
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""A function of the user's that a spec names: found, told by its text, and called where models are built."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import InputError
from ..validation.fingerprints import code_fingerprint
from ..words.dataclass import dataclass
from ..words.spelling import nearest_note

__all__ = ["Code", "call_code", "code_of"]


@dataclass(frozen=True, slots=True)
class Code:
    """A function of the user's: `where` is a file of Python or a module; `text` is that file's, so that it
    runs where the file is not. `fingerprint` tells it, with what it imports from beside it."""

    where: str
    function: str
    text: str
    fingerprint: str


def code_of(value: Any, key: str, place: str, folder: Path) -> Code:
    """A function as people write it: file.py:function from `folder`, or module:function.

    Raises:
        InputError: no such file or module, or something else.
    """
    where, _, function = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not where or not function:
        raise InputError(
            f"{place}: key {key!r}: found {value!r}, expected file.py:function or module:function"
        )
    if where.endswith(".py"):
        path = (folder / where).resolve()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{place}: key {key!r}: {where}: cannot be read: {reason}") from error
        _expect_bound(text, function, f"{place}: key {key!r}: {where}")
        return Code(str(path), function, text, f"{code_fingerprint(path, path.parent)}:{function}")
    try:
        found = importlib.util.find_spec(where)
    except (ImportError, ValueError) as error:
        raise InputError(f"{place}: key {key!r}: {where}: {error}") from error
    if found is None or found.origin is None:
        raise InputError(f"{place}: key {key!r}: no module {where!r}")
    origin = Path(found.origin)
    marks = code_fingerprint(origin, [*origin.parents][min(where.count("."), len(origin.parents) - 1)])
    return Code(where, function, "", f"{marks}:{function}")


def _expect_bound(text: str, function: str, place: str) -> None:
    """So that a mistyped name is told before workers run the file: it is bound somewhere in the text."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{place}: {error}") from error
    made = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    bound = {*made, *(node.id for node in nodes if isinstance(node, ast.Name))}
    bound |= {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if function not in bound and "*" not in bound:
        raise InputError(f"{place}: no function {function!r}{nearest_note(function, made)}")


_LOADED: dict[str, ModuleType] = {}


def _module(code: Code) -> ModuleType:
    # Of two functions of one file, it is run once.
    mark = code.fingerprint.removesuffix(f":{code.function}")
    if mark in _LOADED:
        return _LOADED[mark]
    if code.where.endswith(".py"):
        module = ModuleType(Path(code.where).stem)
        module.__file__ = code.where
        folder = str(Path(code.where).parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        exec(compile(code.text, code.where, "exec"), module.__dict__)
    else:
        if "" not in sys.path:
            sys.path.insert(0, "")
        module = importlib.import_module(code.where)
    return _LOADED.setdefault(mark, module)


def call_code(code: Code, *arguments: Any) -> Any:
    """What the function returns.

    Raises:
        InputError: there is none, or it raised; names the user's line.
    """
    place = f"{code.where}:{code.function}"
    try:
        module = _module(code)
        function: Callable[..., Any] | None = getattr(module, code.function, None)
        if not callable(function):
            raise InputError(f"{code.where}: no function {code.function!r}")
        return function(*arguments)
    except (InputError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        frames: Sequence[Any] = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == code.where] or frames
        at = f" (line {own[-1].lineno})" if own else ""
        raise InputError(f"{place}: raised {type(error).__name__}: {error}{at}") from error

"""A self-contained C project of a model: bare-c's kernels, weights in flash, one static arena.

The directory is an Arduino sketch and a Makefile project at once:

    <name>.ino         runs the golden input on a board and prints the result
    Makefile           the same on this computer, an ATmega328P (simavr) and a Cortex-M4 (QEMU)
    src/               model.h, model.c, golden.h, golden.c and the kernels that the model needs
    test/              main.c and a linker script for QEMU
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.folder import write_all
from ..libraries.bare_c.c_source import ByteArray, comment, identifier
from ..libraries.bare_c.call import Lowered, unsupported
from ..libraries.bare_c.lowering import lower_step
from ..libraries.near_flash import constant_sizes, unreached
from ..memory.plan import MemoryPlan
from ..model.tables import Model
from ..operators.spec import Step
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass, field
from ..words.version import __version__
from .program_words import kept_words, nested_steps, tensor_words
from .project import set_golden

__all__ = ["Beside", "Export", "export", "kernel_sources", "lower", "write"]

BODIES = ("dot.c", "fixed_point.c", "patch.c")
"""Sources that come with their header: what several kernels call."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What model.c has besides the model: `instead` of operators by number, and C in front and behind."""

    instead: Mapping[int, Lowered] = field(default_factory=dict)
    head: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """What was written. `arena_bytes` is all the SRAM that the model takes besides the stack;
    `constant_bytes` what weights, tables and parameters take of flash on AVR."""

    directory: Path
    files: tuple[str, ...]
    arena_bytes: int
    constant_bytes: int
    kernels: tuple[str, ...]


def lower(model: Model, steps: Sequence[Step], plan: MemoryPlan) -> tuple[Lowered, ...]:
    """The kernel calls of a model whose arena is laid out by `plan`.

    Raises:
        UnsupportedError: an operator, type or size for which bare-c has no kernel.
    """
    return tuple(lower_step(step, homes) for step, homes in zip(steps, plan.homes, strict=True))


def export(
    source: Any,
    directory: str | Path,
    *,
    profile: str = "atmega328p",
    inputs: Sequence[NDArray[Any]] | None = None,
    name: str | None = None,
    labels: Sequence[str] = (),
    force: bool = False,
) -> Export:
    """Write the project.

    Args:
        source: path, bytes or Model, as the Interpreter takes it.
        directory: is made if need be; `force` says whether files of the same names are replaced.
        profile: the part whose plan the arena follows.
        inputs: the golden input, an array an input; default: the pattern called 1.
        name: of the sketch; default: the directory's own.
        labels: of the first output's classes, for the sketch to print.

    Raises:
        UnsupportedError: something in the model has no kernel in bare-c.
        InputError: the inputs do not fit, a file is there already and not to be replaced, or the directory
            cannot be written.
    """
    interpreter = Interpreter(source, profile, library="bare-c")
    said = set_golden(interpreter, inputs)
    return write(interpreter, directory, name=name, labels=labels, input_source=said, force=force)


def write(
    interpreter: Interpreter,
    directory: str | Path,
    *,
    name: str | None = None,
    labels: Sequence[str] = (),
    input_source: str = "",
    beside: Beside | None = None,
    force: bool = False,
) -> Export:
    """As `export`, of an interpreter for bare-c whose inputs are set; it is invoked once.

    `input_source` says in a comment where the golden input comes from, `beside` what the model has besides.
    """
    tensors = interpreter.subgraph.tensors
    plan = interpreter.plan
    more = beside or Beside()
    lowered = tuple(
        more.instead.get(one.step.index, one) for one in lower(interpreter.model, interpreter.steps, plan)
    )
    constants = map(constant_sizes, lowered)
    for step, said in unreached(constants, plan.pointer_bytes, interpreter.profile.flash_bytes):
        raise unsupported(step, f"{said}; take fewer channels, or a part with pointers of 32 bits")
    inputs = [interpreter.get_tensor(index) for index in interpreter.subgraph.inputs]
    for index in interpreter.subgraph.outputs:
        if index not in interpreter.plan.tensor_offsets:
            raise InputError(f"output {tensors[index].name!r} is a constant, there is nothing to run")
    interpreter.invoke()
    outputs = [interpreter.get_tensor(index) for index in interpreter.subgraph.outputs]
    target = Path(directory)
    title = identifier(name or target.resolve().name)
    written = _texts(interpreter, lowered, (inputs, outputs), title, labels, input_source, more)
    sources = kernel_sources(call.source for item in lowered for call in item.calls)
    kernels = tuple(sources)
    written.update({f"src/{file}": text for file, text in sources.items()})
    write_all(target, written, force=force)
    return Export(
        target,
        tuple(written),
        interpreter.plan.arena_used_bytes,
        sum(constant.size_bytes for item in lowered for constant in item.constants),
        kernels,
    )


def _texts(
    interpreter: Interpreter,
    lowered: Sequence[Lowered],
    golden: tuple[list[NDArray[Any]], list[NDArray[Any]]],
    title: str,
    labels: Sequence[str],
    source: str,
    beside: Beside,
) -> dict[str, str]:
    model, plan, subgraph = interpreter.model, interpreter.plan, interpreter.subgraph
    context: dict[str, Any] = {
        "title": title,
        "version": __version__,
        "model_name": comment(model.name or "a model in memory"),
        "model_bytes": model.size_bytes,
        "sha256": model.sha256,
        "arena_bytes": plan.arena_used_bytes,
        "alignment": max(4, plan.alignment),
        "plan": f"At the peak it holds {comment(plan.describe_peak())}.",
        "inputs": tensor_words(subgraph.tensors, subgraph.inputs, plan, "input"),
        "outputs": tensor_words(subgraph.tensors, subgraph.outputs, plan, "output"),
        "steps": nested_steps(model, lowered),
        "count": len(lowered),
        "begun": plan.begun,
        "kept": kept_words(model, plan),
        "source": comment(source),
        "beside": beside,
        "labels": [_string(label) for label in labels],
        "label_bytes": 1 + max((len(label.encode()) for label in labels), default=0),
    }
    for kind, values in (("input", golden[0]), ("output", golden[1])):
        for number, (tensor, value) in enumerate(zip(context[f"{kind}s"], values, strict=True)):
            data = np.ascontiguousarray(value).tobytes()
            tensor["array"] = ByteArray(f"golden_{kind}_{number}", ((data, ""),)).text()
            tensor["crc32"] = f"0x{crc32(data):08x}"
    paths = {
        "model.h": "src/model.h",
        "model.c": "src/model.c",
        "golden.h": "src/golden.h",
        "golden.c": "src/golden.c",
        "main.c": "test/main.c",
        "mps2.ld": "test/mps2.ld",
        "Makefile": "Makefile",
        "sketch.ino": f"{title}.ino",
    }
    return {path: _template(f"{template}.j2").render(context) for template, path in paths.items()}


def _string(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\?' else "_" for c in text)


@cache
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("microinfer.exports"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)


@cache
def _kernel_source(name: str) -> str:
    return files("microinfer.kernels").joinpath(name).read_text("utf-8")


def kernel_sources(sources: Iterable[str]) -> dict[str, str]:
    """Kernel files and the headers they include, directly or not: the text of each by its name."""
    found: list[str] = []
    wanted = ["flash.h", "kernels.h", *sources]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found.append(name)
        text = _kernel_source(name)
        for header in re.findall(r'#include "(\w+\.h)"', text):
            body = header.replace(".h", ".c")
            wanted += [header, body] if body in BODIES else [header]
    return {name: _kernel_source(name) for name in sorted(found)}

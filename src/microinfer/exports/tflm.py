"""What goes into a firmware project that runs a model with TensorFlow Lite Micro.

    <name>_data.h, .cc      the file as an array that TFLM may read where it lies
    <name>.h, .cc           arena, resolver, interpreter; quantise and dequantise for its inputs and outputs
    <name>_golden.h, .cc    one input, what the model makes of it to the bit, and a test of the board

C++11 or newer, no heap, no exceptions; nothing beyond TFLM's own headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.folder import write_all
from ..libraries.bare_c.c_source import comment, float_literal, identifier
from ..libraries.library import kernel_library
from ..model.align import align_up
from ..model.tables import Tensor
from ..model.whole import whole
from ..operators.resources import forgotten
from ..parts.profile import Profile, load_profile
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass
from ..words.version import __version__
from .project import memory_apart, set_golden
from .resolver_calls import Registration, registrations

__all__ = ["TflmExport", "export", "tflm_library", "write"]

_TYPES: dict[str, tuple[str, str]] = {
    "int8": ("int8_t", "kTfLiteInt8"),
    "uint8": ("uint8_t", "kTfLiteUInt8"),
    "int16": ("int16_t", "kTfLiteInt16"),
    "int32": ("int32_t", "kTfLiteInt32"),
    "int64": ("int64_t", "kTfLiteInt64"),
    "uint16": ("uint16_t", "kTfLiteUInt16"),
    "uint32": ("uint32_t", "kTfLiteUInt32"),
    "float32": ("float", "kTfLiteFloat32"),
    "bool": ("bool", "kTfLiteBool"),
}
"""Type to C's and TFLM's name for it."""

_QUANTIZED = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
_BYTES_A_LINE = 16


@dataclass(frozen=True, slots=True)
class TflmExport:
    """What was written. `arena_bytes` is the smallest multiple of 16 that works, `model_bytes` the array.
    Where stack and globals lie elsewhere, `memory` is the arena's, which the firmware hands to Start()."""

    directory: Path
    files: tuple[str, ...]
    arena_bytes: int
    model_bytes: int
    operators: tuple[str, ...]
    memory: str = ""


def tflm_library(profile: Profile, library: str | None = None) -> str:
    """The TFLM kernel library to export for: the one asked for, else the profile's first.

    Raises:
        InputError: the part has no such library, or TFLM does not run on it at all.
    """
    found = profile.choose_library(library)
    if kernel_library(found).interprets:
        return found
    first = next((name for name in profile.libraries if kernel_library(name).interprets), None)
    if first is None or library is not None:
        raise InputError(
            f"profile {profile.name}: {found} is not TFLM; --format bare-c exports for it, and parts such as "
            "cortex-m4 have TFLM"
        )
    return first


def export(
    source: Any,
    directory: str | Path,
    *,
    profile: str | Profile = "cortex-m4",
    library: str | None = None,
    inputs: Sequence[NDArray[Any]] | None = None,
    name: str | None = None,
    labels: Sequence[str] = (),
    force: bool = False,
) -> TflmExport:
    """Write the files.

    Args:
        source: path, bytes or Model, as the Interpreter takes it.
        directory: is made if need be; `force` says whether files of the same names are replaced.
        profile, library: the part and its TFLM kernels, which decide the arena's size.
        inputs: the golden input, an array an input; default: the pattern called 1.
        name: of files and namespace; default: the directory's own.
        labels: of the first output's classes.

    Raises:
        ModelError: an operator cannot run.
        InputError: the inputs do not fit, the part has no TFLM, a file is there already and not to be
            replaced, or the directory cannot be written.
    """
    part = profile if isinstance(profile, Profile) else load_profile(profile)
    interpreter = Interpreter(source, part, library=tflm_library(part, library))
    said = set_golden(interpreter, inputs)
    return write(interpreter, directory, name=name, labels=labels, input_source=said, force=force)


def write(
    interpreter: Interpreter,
    directory: str | Path,
    *,
    name: str | None = None,
    labels: Sequence[str] = (),
    input_source: str = "",
    force: bool = False,
) -> TflmExport:
    """As `export`, of an interpreter for TFLM whose inputs are set; it is reset and invoked once.

    `input_source` says in a comment where the golden input comes from.
    """
    subgraph = interpreter.subgraph
    interpreter.restart()
    inputs = [interpreter.get_tensor(index) for index in subgraph.inputs]
    interpreter.invoke()
    outputs = [interpreter.get_tensor(index) for index in subgraph.outputs]
    title = _title(name or Path(directory).resolve().name)
    context = _context(interpreter, title, labels, input_source)
    for tensors, arrays in ((context["inputs"], inputs), (context["outputs"], outputs)):
        for tensor, array in zip(tensors, arrays, strict=True):
            data = np.ascontiguousarray(array).tobytes()
            tensor["values"] = _rows(data)
            tensor["crc32"] = f"0x{crc32(data):08x}"
    target = Path(directory)
    files = {
        f"{title}{part}{suffix}": _template(f"{template}{suffix}.j2").render(context)
        for part, template in (("_data", "data"), ("", "model"), ("_golden", "golden"))
        for suffix in (".h", ".cc")
    }
    write_all(target, files, force=force)
    return TflmExport(
        target,
        tuple(files),
        interpreter.plan.recommended_arena_bytes,
        interpreter.model.size_bytes,
        tuple(item.operator for item in context["operators"]),
        context["memory"],
    )


def _title(name: str) -> str:
    return re.sub("_+", "_", identifier(name))[:64].strip("_") or "model"


def _context(interpreter: Interpreter, title: str, labels: Sequence[str], source: str) -> dict[str, Any]:
    model, plan, profile, subgraph = (
        interpreter.model,
        interpreter.plan,
        interpreter.profile,
        interpreter.subgraph,
    )
    operators: tuple[Registration, ...] = registrations(model)
    return {
        "title": title,
        "namespace": title if title.endswith("model") else f"{title}_model",
        "guard": f"{title}_model".upper(),
        "version": __version__,
        "model_name": comment(model.name or "a model in memory"),
        "model_bytes": model.size_bytes,
        "model_rows": _rows(model.data),
        "sha256": model.sha256,
        "profile": comment(f"{profile.name} ({profile.title})"),
        "library": plan.library,
        "layout": comment(plan.layout),
        "memory": comment(memory_apart(interpreter)),
        "plan": plan,
        "peak": comment(plan.describe_peak()),
        "recording_bytes": align_up(plan.recording.min_arena_bytes, plan.alignment)
        if plan.recording is not None
        else 0,
        "operators": [Registration(comment(item.operator), item.call, item.function) for item in operators],
        "stateful": any(t.is_variable for graph in model.subgraphs for t in graph.tensors)
        or bool(plan.resource_places),
        "forgets": bool(forgotten(whole(model.subgraphs))),
        "variables": len(plan.resource_places),
        "variable_bytes": sum(size for _, size in plan.resource_places),
        "inputs": [_tensor(subgraph.tensors[i], "Input", n) for n, i in enumerate(subgraph.inputs)],
        "outputs": [_tensor(subgraph.tensors[i], "Output", n) for n, i in enumerate(subgraph.outputs)],
        "labels": [_string(label) for label in labels]
        if subgraph.outputs and subgraph.tensors[subgraph.outputs[0]].elements == len(labels)
        else [],
        "source": comment(source),
    }


def _tensor(tensor: Tensor, kind: str, number: int) -> dict[str, Any]:
    c_type, tflite_type = _TYPES.get(tensor.dtype, ("", ""))
    if not c_type:
        raise InputError(
            f"{kind.lower()} {number} ({tensor.name!r}) is {tensor.dtype}, expected one of "
            f"{', '.join(_TYPES)}"
        )
    low, high = _QUANTIZED.get(tensor.dtype, (0, 0))
    return {
        "id": f"{kind}{number}",
        "number": number,
        "title": f"{kind} {number}",
        "name": comment(tensor.name),
        "dtype": tensor.dtype,
        "c_type": c_type,
        "tflite_type": tflite_type,
        "shape": f"[{', '.join(map(str, tensor.shape))}]",
        "elements": tensor.elements,
        "bytes": tensor.size_bytes,
        "quantized": tensor.quantization is not None and tensor.dtype in _QUANTIZED,
        "scale": float_literal(tensor.scale) if tensor.quantization is not None else "",
        "zero_point": tensor.zero_point,
        "low": low,
        "high": high,
    }


def _rows(data: bytes | memoryview) -> Iterator[str]:
    """The bytes as C wants them, some to a line."""
    raw = bytes(data)
    for start in range(0, len(raw), _BYTES_A_LINE):
        yield ", ".join(f"0x{byte:02x}" for byte in raw[start : start + _BYTES_A_LINE])


def _string(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\?' else "_" for c in text)


@cache
def _template(name: str) -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("microinfer.exports", "templates/tflm"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    ).get_template(name)

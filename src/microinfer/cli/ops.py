"""`microinfer ops`: every operator, the types it takes, and the kernels that run it in each library.

Nothing here is a list to keep: the types are what each operator's `prepare` asks its tensors for, the
kernels those that the libraries' price lists know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
import numpy as np

from ..errors import MicroinferError, Mismatch, UnsupportedError
from ..model.tables import ITEM_BYTES, Operator, Quantization, Tensor
from ..operators.spec import Node, Prepared
from .arguments import json_option
from .terminal import emit, show, table

__all__ = ["command", "kernels_of", "types_of"]

_POSITIONS = 6
_SHAPE = (1, 4, 4, 4)
_DATA_INPUT = {"FILL": 1, "SELECT_V2": 1, "SPLIT": 1, "TRANSPOSE_CONV": 2}
"""Operators whose first input is not the data."""


@click.command("ops")
@click.argument("names", metavar="[OPERATOR]...", nargs=-1)
@json_option
def command(names: tuple[str, ...], as_json: bool) -> None:
    """List the operators (or only those named), by type and kernel library.

    The names are those of TensorFlow Lite; libraries show the kernels among which the operator's
    geometry chooses.
    """
    from ..libraries import LIBRARIES
    from ..operators.resolver import OpResolver

    resolver = OpResolver.builtin()
    chosen = resolver.subset(name.upper() for name in names) if names else resolver
    kernels = kernels_of(LIBRARIES)
    found = []
    for name in chosen.names:
        prepare = chosen.find(Operator(0, name, (), (), {}))
        found.append((name, types_of(prepare, _DATA_INPUT.get(name, 0))))
    if as_json:
        rows = [
            {
                "operator": name,
                "types": {source: list(targets) for source, targets in types.items()},
                "kernels": {library: list(kernels[library].get(name, ())) for library in LIBRARIES},
            }
            for name, types in found
        ]
        emit("microinfer.ops/1", {"operators": rows})
        return
    made = table("operator", "types", *LIBRARIES, wrap=("types", *LIBRARIES))
    for name, types in found:
        made.add_row(name, _words(types), *(", ".join(kernels[one].get(name, ())) for one in LIBRARIES))
    show(made)


def kernels_of(libraries: tuple[str, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Library to operator to the kernels that a price list of the library names, on any core."""
    from ..errors import ProfileError
    from ..timing.prices import load_costs
    from ..words.tables import CORES

    found: dict[str, dict[str, tuple[str, ...]]] = {library: {} for library in libraries}
    for library in libraries:
        names: dict[str, set[str]] = {}
        for core in CORES:
            try:
                priced = load_costs(library, core).prices
            except ProfileError:
                continue
            for operator, kernel in priced:
                names.setdefault(operator, set()).add(kernel)
        found[library] = {operator: tuple(sorted(kernels)) for operator, kernels in names.items()}
    return found


def types_of(prepare: Callable[[Node], Prepared], data_input: int = 0) -> dict[str, tuple[str, ...]]:
    """Type of the data to the types that the first output may have, as `prepare` itself tells them.

    It is given tensors of a type that nobody takes, and then, step by step, of each type that its errors
    say was expected.
    """
    found: dict[str, list[str]] = {}

    def explore(dtypes: dict[str, str]) -> None:
        complaint = _mismatch(prepare, dtypes)
        if complaint is None:
            source = dtypes.get(f"inputs[{data_input}]", "")
            target = dtypes.get("outputs[0]", source)
            if source and target not in found.setdefault(source, []):
                found[source].append(target)
        elif complaint.where not in dtypes:
            for dtype in complaint.wanted:
                explore({**dtypes, complaint.where: dtype})

    explore({})
    return {source: tuple(found[source]) for source in sorted(found, key=_rank)}


def _rank(dtype: str) -> tuple[int, str]:
    usual = ("int8", "int16", "int32", "int64", "uint8", "float32", "bool")
    return (usual.index(dtype), "") if dtype in usual else (len(usual), dtype)


def _mismatch(prepare: Callable[[Node], Prepared], dtypes: Mapping[str, str]) -> Mismatch | None:
    """The type that `prepare` refuses of an operator whose tensors have these types."""

    def tensor(where: str) -> Tensor:
        dtype = dtypes.get(where, "string")
        data = np.zeros(_SHAPE, dtype) if dtype in ITEM_BYTES else None
        zero_point = np.array([-128 if dtype == "int8" else 0])
        return Tensor(0, "", dtype, _SHAPE, Quantization(np.array([0.5], np.float32), zero_point), data)

    inputs = tuple(tensor(f"inputs[{position}]") for position in range(_POSITIONS))
    node = _AnyCount(Operator(0, "", (), (), _Options()), inputs, (tensor("outputs[0]"),))
    try:
        prepare(node)
    except UnsupportedError as error:
        return error.mismatch
    except (MicroinferError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return None


class _AnyCount(Node):
    """Takes any number of inputs and outputs."""

    __slots__ = ()

    def expect_counts(self, inputs: int | range, outputs: int | range) -> None:
        pass


class _Options(dict[str, Any]):
    """Every option, as plain as can be."""

    def __missing__(self, key: str) -> int | str:
        plain = {"fused_activation_function": "NONE", "padding": "SAME", "weights_format": "DEFAULT"}
        return plain.get(key, 0)


def _words(types: Mapping[str, tuple[str, ...]]) -> str:
    """Types that stay as they are first, then each that may become another."""
    same = [source for source, targets in types.items() if targets == (source,)]
    others = [
        f"{source} to {' or '.join(targets)}" for source, targets in types.items() if targets != (source,)
    ]
    return "; ".join(filter(None, [", ".join(same), *others])) or "any"

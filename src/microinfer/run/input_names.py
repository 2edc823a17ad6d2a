"""Which array is which input, in everything that holds arrays by name: files, dictionaries, samples.

An input goes by its tensor's name, by the one that the model's signature has for it, by its position (0 or
arr_0, as `numpy.savez` names what has no name), and the only input of a model also by x or another of
`X_NAMES`. Capitals matter only where two names differ by nothing else. Other arrays may be there, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.tables import Tensor

__all__ = ["input_keys", "input_ways"]

X_NAMES = (
    "x_test",
    "x_val",
    "x",
    "x_train",
    "data",
    "inputs",
    "input",
    "images",
    "features",
    "samples",
)


def input_keys(found: Mapping[Any, Any], tensors: Sequence[Tensor], names: Sequence[str]) -> list[Any] | None:
    """The keys of the inputs' arrays, in the model's order; None where an input has none of its own.

    Where a file names its inputs in one way, that is taken, the tensors' names first; else each input by
    whichever name is there. `names` are the signature's.
    """
    folded = {key.lower(): key for key in reversed(list(found)) if isinstance(key, str)}

    def key_of(ways: Sequence[Any]) -> Any:
        exact = [name for name in ways if name in found]
        alike = [folded[name.lower()] for name in ways if isinstance(name, str) and name.lower() in folded]
        return next(iter(exact + alike), None)

    count = len(tensors)
    ways: list[list[Sequence[Any]]] = [[(tensor.name,) for tensor in tensors]]
    if len(names) == count:
        ways.append([(name,) for name in names])
    if count == 1:
        ways.append([X_NAMES])
    ways.append([(position, str(position), f"arr_{position}") for position in range(count)])
    ways.append([[name for way in ways for name in way[position]] for position in range(count)])
    for way in ways:
        keys = [key_of(each) for each in way]
        if None not in keys and len(set(keys)) == count:
            return keys
    return None


def input_ways(tensors: Sequence[Tensor], names: Sequence[str]) -> str:
    """How the inputs may be named, in the words of messages."""
    by_name = [tensor.name for tensor in tensors]
    told = [f"by name ({', '.join(by_name)})"]
    if len(names) == len(tensors) and list(names) != by_name:
        told.append(f"by the signature's ({', '.join(names)})")
    told.append("as x" if len(tensors) == 1 else "by position (arr_0, arr_1, ...)")
    return f"the input{'' if len(tensors) == 1 else 's'} {', '.join(told[:-1])} or {told[-1]}"

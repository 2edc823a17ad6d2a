"""Data pipelines of other libraries, by what they do: items are samples or batches, pairs or named columns.

A `tf.data.Dataset`, a Keras `PyDataset`, a PyTorch `DataLoader`, a Hugging Face `Dataset`, a list, a
generator: nothing of theirs is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.spec import Array
from ..run.samples import sample_shape
from ..words.printing import counted
from .blocks import Want

__all__ = ["class_names", "has_batches", "is_pipeline", "items_of", "of_images", "samples_of"]

X_COLUMNS = (
    "x",
    "image",
    "img",
    "pixel_values",
    "audio",
    "input_values",
    "input",
    "inputs",
    "features",
    "data",
)
Y_COLUMNS = ("y", "label", "labels", "target", "targets", "class", "fine_label")


def is_pipeline(data: Any) -> bool:
    """Whether its items can be had one after the other."""
    return not isinstance(data, np.ndarray | tuple | bytes) and (
        isinstance(data, Iterable) or (hasattr(data, "__len__") and hasattr(data, "__getitem__"))
    )


def items_of(data: Any) -> Iterator[Any]:
    """Of a mapping of whole columns one item; of what has only positions, those below its length."""
    if isinstance(data, Mapping):
        return iter([data])
    if hasattr(data, "__iter__"):
        return iter(data)
    return (data[position] for position in range(len(data)))


def samples_of(source: str, items: Iterable[Any], want: Want) -> Iterator[tuple[Any, Any]]:
    """(x, y) sample by sample; y is None where there is none.

    An item is (x, y), (x, y, weight), x alone, or a mapping of columns of which one is x, or several where
    the model has several inputs. A batch is told from a sample by the shape that the model wants.

    Raises:
        InputError: no column for x or y.
    """
    for number, item in enumerate(items):
        x, y = _pair(f"{source}: item {number}", item, want)
        count = _batch(x, y, want)
        if count is None:
            yield tuple(x) if len(x) > 1 else x[0], y
        else:
            answers = [None] * count if y is None else np.asarray(y)
            for position in range(count):
                yield tuple(part[position] for part in x) if len(x) > 1 else x[0][position], answers[position]


def class_names(data: Any, want: Want) -> tuple[str, ...]:
    """Of a data set that says them of its column of answers."""
    features = getattr(data, "features", None)
    if want.labels or not isinstance(features, Mapping):
        return want.labels
    column = want.y if want.y is not None else _picked(features, Y_COLUMNS)
    names = getattr(features.get(column), "names", None)
    return tuple(map(str, names)) if isinstance(names, Sequence) and not isinstance(names, str) else ()


def of_images(source: str, item: Any, want: Want) -> bool:
    """Whether x is a picture of Pillow's, whose numbers are bytes of pixels."""
    x = _pair(f"{source}: item 0", item, want)[0]
    return len(x) == 1 and hasattr(x[0], "getbands")


def has_batches(source: str, items: Sequence[Any], want: Want) -> bool:
    """Whether the first item holds several samples."""
    return bool(items) and _batch(*_pair(f"{source}: item 0", items[0], want), want) is not None


def _pair(where: str, item: Any, want: Want) -> tuple[list[Any], Any]:
    if isinstance(item, Mapping):
        return _columns(where, item, want)
    x, y = (item[0], item[1]) if isinstance(item, tuple | list) and _is_pair(item, want) else (item, None)
    if isinstance(x, Mapping):
        return _columns(where, x, want)[0], y
    if len(want.tensors) > 1 and isinstance(x, tuple | list) and len(x) == len(want.tensors):
        return [_array(part) for part in x], y
    return [_array(x)], y


def _is_pair(item: Sequence[Any], want: Want) -> bool:
    return len(item) in (2, 3) and (isinstance(item, tuple) or hasattr(item[0], "shape"))


def _columns(where: str, item: Mapping[str, Any], want: Want) -> tuple[list[Any], Any]:
    column_y = want.y if want.y is not None else _picked(item, Y_COLUMNS)
    if want.x is not None:
        chosen: list[str | None] = [name.strip() for name in want.x.split(",")]
    elif len(want.tensors) > 1:
        chosen = [
            _picked(item, (tensor.name, name))
            for tensor, name in zip(want.tensors, want.input_names, strict=True)
        ]
    else:
        names = (want.tensors[0].name, want.input_names[0], *X_COLUMNS)
        rest = [name for name in item if name != column_y]
        chosen = [_picked(dict.fromkeys(rest), names) or (rest[0] if len(rest) == 1 else None)]
    missing = [name for name in (*chosen, column_y or chosen[0]) if name not in item]
    if missing or len(chosen) != len(want.tensors):
        raise InputError(
            f"{where}: has columns {', '.join(map(str, item))}; name what the model's "
            f"{counted(len(want.tensors), 'input')} takes with x, and the answers with y"
        )
    return [_array(item[str(name)]) for name in chosen], None if column_y is None else item[column_y]


def _picked(found: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if name in found), None)


def _array(x: Any) -> Any:
    """A sound with its rate is its samples; a picture stays one, to be known by."""
    if isinstance(x, Mapping) and "array" in x:
        return np.asarray(x["array"])
    return x if hasattr(x, "getbands") else np.asarray(x)


def _batch(x: Sequence[Any], y: Any, want: Want) -> int | None:
    """How many samples these are, None for one without a dimension of batches."""
    if want.sequences or len(x) != len(want.tensors) or any(not isinstance(part, np.ndarray) for part in x):
        return None
    if not all(_has_rows(part, tensor) for part, tensor in zip(x, want.tensors, strict=True)):
        return None
    counts = {len(part) for part in x}
    if y is not None and (np.ndim(y) == 0 or len(np.asarray(y)) not in counts):
        return None
    return counts.pop() if len(counts) == 1 else None


def _has_rows(x: Array, tensor: Tensor) -> bool:
    """Whether each of x's rows is a sample, but for dimensions of 1, and x itself is none."""
    wanted = sample_shape(tensor)
    if x.shape == wanted or x.ndim == 0:
        return False
    plain = [size for size in wanted if size != 1]
    flat = x.ndim == 2 and x.shape[1] == int(np.prod(wanted))
    return flat or [size for size in x.shape[1:] if size != 1] == plain

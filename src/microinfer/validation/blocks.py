"""Samples and what is known of them, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.spec import Array
from ..words.dataclass import dataclass
from ..words.printing import counted

__all__ = ["Block", "Dataset", "Want", "from_arrays", "named_classes"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive samples: one array [n, ...] an input, and y [n, ...] or None."""

    x: tuple[Array, ...]
    y: Array | None

    def __len__(self) -> int:
        return len(self.x[0])


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """`source` says in words what it is, `fingerprint` tells it from others, `count` is None for a stream.

    `labels` name the classes where the data have names for them; y then holds their positions.
    `blocks(start, size)` yields blocks of at most `size` samples from sample `start` on. `pixels`: x are
    bytes of images. `in_order`: samples are made one after the other, so that starting late costs time.
    """

    source: str
    fingerprint: str
    count: int | None
    blocks: Callable[[int, int], Iterator[Block]]
    labels: tuple[str, ...] = ()
    pixels: bool = False
    in_order: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Want:
    """What the model takes, and what the user said of the data: names of x and y, names of classes.

    `sequences`: a sample may be a sequence of them, of a model that keeps state. `answers`: whether y is
    looked for where it has no name.
    """

    tensors: tuple[Tensor, ...]
    input_names: tuple[str, ...]
    x: str | None = None
    y: str | None = None
    labels: tuple[str, ...] = ()
    sequences: bool = False
    answers: bool = True


def from_arrays(
    source: str, fingerprint: str, x: Sequence[Array], y: Array | None, labels: tuple[str, ...] = ()
) -> Dataset:
    """A dataset of arrays that are there already, samples first.

    Raises:
        InputError: no samples, or unequal numbers of them.
    """
    counts = [len(array) if array.ndim else 0 for array in x]
    if len(set(counts)) > 1:
        raise InputError(
            f"{source}: the inputs have {', '.join(map(str, counts))} samples, expected equal numbers"
        )
    if not counts[0]:
        raise InputError(f"{source}: holds no samples")
    if y is not None:
        if not y.ndim or len(y) != counts[0]:
            found = len(y) if y.ndim else "one number"
            raise InputError(
                f"{source}: {counted(counts[0], 'sample')} of x and {found} of y, expected equal numbers; "
                "--task none looks at no answers"
            )
        y, labels = named_classes(source, y, labels)

    def blocks(start: int, size: int) -> Iterator[Block]:
        for first in range(start, counts[0], size):
            part = slice(first, first + size)
            yield Block(tuple(array[part] for array in x), None if y is None else y[part])

    return Dataset(source, fingerprint, counts[0], blocks, labels)


def named_classes(source: str, y: Array, labels: tuple[str, ...]) -> tuple[Array, tuple[str, ...]]:
    """Classes given as words become positions in `labels`, or in their own sorted order."""
    if y.dtype.kind not in "USO":
        if y.dtype.kind not in "biuf":
            raise InputError(f"{source}: y is of {y.dtype}, expected numbers or names of classes")
        return y, labels
    words = y.astype(str).reshape(len(y), -1)
    if words.shape[1] != 1:
        raise InputError(f"{source}: y has shape {y.shape}, expected one name of a class a sample")
    flat = words[:, 0]
    known = {name: position for position, name in enumerate(labels or sorted(set(flat.tolist())))}
    unknown = sorted(set(flat.tolist()) - set(known))
    if unknown:
        raise InputError(f"{source}: class {unknown[0]!r} is none of {', '.join(known)}")
    return np.array([known[name] for name in flat.tolist()]), tuple(known)

"""Constants that are none: their bytes lie in the file, and an operator or the caller writes over them.

TFLM points such a tensor at the bytes of the flatbuffer and has every kernel write there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...errors import FormatError
from ...words.dataclass import replace
from ..tables import Subgraph, Tensor

__all__ = ["with_written"]


def with_written(subgraphs: tuple[Subgraph, ...], spans: Sequence[tuple[int, int]]) -> tuple[Subgraph, ...]:
    """The subgraphs, where what is written, and all that shares its buffer, is no constant but has a `start`.

    Args:
        spans: (start, length) of each buffer in the file.

    Raises:
        FormatError: a written buffer shares bytes of the file with another one that is read.
    """
    written = {
        subgraph.tensors[index].buffer: f"subgraphs[{subgraph.index}].tensors[{index}].buffer"
        for subgraph in subgraphs
        for index in (*subgraph.inputs, *(i for operator in subgraph.operators for i in operator.outputs))
        if _in_file(subgraph.tensors[index])
    }
    if not written:
        return subgraphs
    read = {t.buffer for subgraph in subgraphs for t in subgraph.tensors if _in_file(t)}
    _expect_apart(read, written, spans)
    return tuple(
        replace(
            subgraph,
            tensors=tuple(
                replace(tensor, data=None, start=tensor.data)
                if _in_file(tensor) and tensor.buffer in written
                else tensor
                for tensor in subgraph.tensors
            ),
        )
        for subgraph in subgraphs
    )


def _expect_apart(read: set[int], written: Mapping[int, str], spans: Sequence[tuple[int, int]]) -> None:
    """Buffers in the order of the file, each held against those before it that reach furthest."""
    furthest: dict[bool, tuple[int, int]] = {True: (0, -1), False: (0, -1)}
    for buffer in sorted(read, key=lambda one: (spans[one][0], one)):
        start, length = spans[buffer]
        for of_written, (end, other) in furthest.items():
            if start < end and (of_written or buffer in written):
                one, its = (buffer, other) if buffer in written else (other, buffer)
                raise FormatError(f"buffers[{one}] is written and overlaps buffers[{its}]", written[one])
        furthest[buffer in written] = max(furthest[buffer in written], (start + length, buffer))


def _in_file(tensor: Tensor) -> bool:
    return tensor.data is not None and tensor.data.nbytes > 0

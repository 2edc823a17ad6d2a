"""A buffer that is written over, and others that share bytes of the file with it."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import FormatError
from microinfer.model.read.written import with_written
from microinfer.model.tables import Operator, Subgraph, Tensor


def reading(buffers: int) -> Subgraph:
    """A constant of each buffer from the second on is read, that of the first is written."""
    tensors = tuple(
        Tensor(index, f"t{index}", "int8", (1,), data=np.ones(1, np.int8), buffer=index + 1)
        for index in range(buffers)
    )
    return Subgraph(0, "", tensors, (Operator(0, "ABS", (1,), (0,), {}),), (), (0,))


@pytest.mark.parametrize(
    "spans", ["10+4 8+3", "10+4 13+9", "10+1 2+30", "10+9 12+2", "10+4 10+4", "10+4 2+90 95+1"]
)
def test_any_that_reaches_into_it_is_found(spans: str) -> None:
    at = [tuple(map(int, span.split("+"))) for span in spans.split()]
    with pytest.raises(FormatError, match=r"buffers\[1\] is written and overlaps buffers\[2\]"):
        with_written((reading(len(at)),), [(0, 0), *at])  # type: ignore[list-item]


@pytest.mark.parametrize("spans", ["10+4 14+3", "14+3 10+4", "50+1 10+9 12+2", "5+5 10+9 12+2"])
def test_one_that_lies_apart_holds_what_it_begins_with(spans: str) -> None:
    at = [tuple(map(int, span.split("+"))) for span in spans.split()]
    (graph,) = with_written((reading(len(at)),), [(0, 0), *at])  # type: ignore[list-item]
    assert [tensor.data is None for tensor in graph.tensors] == [True, *[False] * (len(at) - 1)]
    assert graph.tensors[0].start is not None

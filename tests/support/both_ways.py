"""A model of one operator, bound with the processor's vectors and without: the same bits, and TFLM's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor
from microinfer.kernels.chain import flat

from .oracle import Interpreter, tflm


def _as_bytes(values: Any) -> Any:
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


def kernel_names(model: bytes, values: Sequence[Any], switch: str, **options: Any) -> tuple[set[str], Any]:
    """The modules of all kernels that the model is bound to, and its outputs after one run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_processor.SWITCH, switch)
        interpreter = Interpreter(model, **options)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    kernels = (getattr(run, "kernel", None) for run in flat(interpreter._runs))
    names = {kernel.name.partition(".")[0] for kernel in kernels if kernel is not None}
    outputs = [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
    return names, outputs


def assert_both_ways(
    builder: ModelBuilder,
    values: Sequence[Any],
    fast: str,
    compare: bool = True,
    unlike: bool = True,
    **options: Any,
) -> None:
    """`fast` is the module of a kernel that is taken with vectors, and, but for `unlike`, not without."""
    model = builder.build()
    (taken, found), (others, portable) = (kernel_names(model, values, s, **options) for s in ("on", "off"))
    assert fast in taken
    assert not unlike or fast not in others
    for one, other in zip(found, portable, strict=True):
        assert_array_equal(_as_bytes(one), _as_bytes(other))
    if compare:
        for one, other in zip(found, tflm(model, list(values)), strict=True):
            assert_array_equal(_as_bytes(one), _as_bytes(other))

"""Operators that end in a rescaling, in numpy, with the rounding as a parameter.

TFLM brings int32 sums to 8 bits by a multiplication with 31 fraction bits and a right shift, and rounds
after each of the two. Other runtimes round once, or multiply in float32. Everything before the rescaling
is exact whole-number arithmetic and the same for all; with `twice` the results are TFLM's to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..operators.registry import rows
from ..operators.resolver import OpResolver
from ..operators.spec import Array, Node, Prepare, Prepared, Rescale, Rescaled, Spec
from .rounding import in_float32, once, twice

__all__ = ["in_float32", "once", "rescaling_operators", "resolver", "twice"]


def rescaling_operators() -> tuple[str, ...]:
    """Operators that can be rescaled otherwise. The LSTM and SVDF rescale too, always as TFLM does."""
    return tuple(spec.name for spec in rows() if spec.rescaled is not None)


def resolver(rescale: Rescale) -> OpResolver:
    """Every operator, those that rescale with this rounding. For looking at, not for speed."""
    made = OpResolver.builtin()
    for spec in rows():
        if spec.rescaled is not None:
            made.register(spec.name, _prepare(spec, spec.rescaled, rescale))
    return made


def _is_real(node: Node, spec: Spec) -> bool:
    """Real data to real data, which nothing rescales."""
    data = node.inputs[spec.data_input]
    return data is not None and data.dtype == node.outputs[0].dtype == "float32"


def _prepare(spec: Spec, rescaled: Rescaled, rescale: Rescale) -> Prepare:
    def prepare(node: Node) -> Prepared:
        prepared = spec.prepare(node)
        compute = None if _is_real(node, spec) else rescaled(node, rescale)
        if compute is None:
            return prepared

        def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
            target = outputs[0]

            def run() -> None:
                target[...] = compute(inputs).reshape(target.shape)

            return run

        return Prepared(prepared.geometry, bind)

    return prepare

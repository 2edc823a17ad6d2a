"""What a run's data say about its price: how many elements took each branch of a kernel.

Prices differ by branch: a negative number is rescaled by other instructions than a positive one, a
saturated input of a sigmoid needs no exponential. Counted beside a run, over the arrays that went in
and came out; the counts bear the names of `firmware.events`.
"""

from __future__ import annotations

from ..operators.registry import row
from ..operators.spec import Arrays, Seen, Step

__all__ = ["observe"]


def observe(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Counts of branches for one operator's inputs and outputs, in the tensors' own shapes and types.

    Empty where no branch depends on the data, or none is known to.
    """
    spec = row(step.name)
    if spec is None or spec.observe is None or not isinstance(step.geometry, spec.geometry):
        return {}
    if any(array is not None and not array.size for array in (*inputs, *outputs)):
        return {}
    looked_at = {"inputs": inputs, "outputs": outputs}.get(spec.observe.integers, (*inputs, *outputs))
    if any(array is not None and array.dtype.kind not in "iu" for array in looked_at):
        return {}
    return spec.observe.find(step, inputs, outputs)

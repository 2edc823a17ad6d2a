"""microinfer's own C, `kernels/`: a program is generated that calls its kernels in order.

There is no interpreter: parameters and weights stay in flash, and nothing is kept in the arena but
activations and, for few operators, scratch. The kernels were written so that next to nothing in them depends
on the data: requantisation takes as long for every value and shift, branches are balanced. What is left is
how many elements of a softmax lie so far below their row's maximum that they are skipped, and soft floating
point.
"""

from ..library import KernelLibrary
from .bare_image import bare_c_program, constant_bytes
from .lowering import lower_step

__all__ = ["LIBRARY"]

LIBRARY = KernelLibrary(
    "bare-c",
    title="microinfer's own C",
    interprets=False,
    alignment=1,
    calls="model_invoke",
    stored="weights",
    image_of=bare_c_program,
    constants_of=constant_bytes,
    lowered_by=lower_step,
    linked="bare-c is linked",
    hybrid="bare-c, as TFLM, has no hybrid kernels.",
    short="bare-c",
    unknown="bare_c",
)

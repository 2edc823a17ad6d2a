"""Functions of one real number, of TFLM's reference kernels. CMSIS-NN has none."""

from __future__ import annotations

from ..kernel import Kernel
from ..software_float import ARITHMETIC, EXPONENTIALS
from .conversions import elementwise_counts

CEIL = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts)

COS = Kernel(bare_dimensions=True, software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts)

EXP = Kernel(software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts)

FLOOR = Kernel(software=ARITHMETIC, counts=elementwise_counts)

LOG = Kernel(bare_dimensions=True, software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts)

LOGICAL_NOT = Kernel(bare_dimensions=True, temporaries="i0 o0", counts=elementwise_counts)

NEG = Kernel(counts=elementwise_counts)

ROUND = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts)

RSQRT = Kernel(
    bare_dimensions=True,
    software=EXPONENTIALS,
    temporaries="i0 o0",
    counts=elementwise_counts,
)

SIN = Kernel(bare_dimensions=True, software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts)

SQRT = Kernel(bare_dimensions=True, software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts)

SQUARE = Kernel(bare_dimensions=True, software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts)

"""Functions of one value, and softmax, of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..fault import Fault
from ..kernel import Kernel
from ..software_float import ARITHMETIC, EXPONENTIALS
from ..templates import typed
from .conversions import elements_bounds, elementwise_counts

if TYPE_CHECKING:
    from ...operators.logistic import ActivationGeometry
    from ...operators.relu import ElementwiseGeometry
    from ...operators.softmax import SoftmaxGeometry
    from ...operators.spec import Step
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


def reference_softmax_variant(geometry: SoftmaxGeometry, core: Core) -> str:
    return typed("reference", geometry.input_dtype, geometry.output_dtype)


INT16_TABLE_BYTES = 2 * 513


def softmax_tables(geometry: SoftmaxGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (INT16_TABLE_BYTES, INT16_TABLE_BYTES) if geometry.input_dtype == "int16" else ()


def softmax_counts(g: SoftmaxGeometry, seen: Observed) -> Counts:
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, **seen}


def absolute_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements, "rescaled": g.elements * g.rescales}


def activation_counts(g: ActivationGeometry, seen: Observed) -> Counts:
    """LOGISTIC and TANH: saturated elements need no exponential."""
    return {"call": 1, "elements": g.elements, **seen}


def softmax_bounds(g: SoftmaxGeometry) -> Mapping[str, Bounds]:
    """At least each row's maximum is evaluated; all are where no int8 difference is small enough.

    float32 and int16 evaluate all, at one price each."""
    if g.input_dtype != "int8":
        return {}
    every = g.rows * g.depth
    least = every if g.diff_min <= -255 else g.rows
    middle = (least + every) // 2
    return {"exponentials": (least, middle, every), "unset_bits": (0, middle * 7 // 2, every * 7)}


def activation_bounds(g: ActivationGeometry) -> Mapping[str, Bounds]:
    """Typically as many inputs saturate as would if all int8 values were as likely; int16 has a table."""
    if g.dtype != "int8":
        return {}
    low = min(max(g.zero_point - g.radius + 129, 0), 256)
    high = min(max(128 - g.zero_point - g.radius, 0), 256)
    middle = 256 - low - high
    negative = max(0, min(g.zero_point, 128) - max(g.zero_point - g.radius + 1, -128))
    n = g.elements
    return {
        "saturated_high": (0, n * high // 256, 0),
        "exponentials": (n if not low + high else 0, n * middle // 256, n),
        "negative_exponentials": (0, n * negative // 256, n if negative else 0),
        "unset_bits": (0, 3 * n * middle // 256, 6 * n),
    }


def elu_bounds(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """float32 takes an exponential below zero, int8 a table."""
    return elements_bounds(g) if g.input_dtype == "float32" else {}


def hard_swish_bounds(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Most inputs' scales are so coarse that values are shifted to the left."""
    least, middle, most = elements_bounds(g)["negatives"]
    n = g.elements
    return {
        "negatives": (least, middle, most),
        "shifted_left": (0, n, n),
        "negatives_shifted_left": (least, middle, most),
        "unclipped": (0, n // 2, n),
        "unclipped_negatives": (0, middle // 2, most),
    }


LONGEST_SOFTMAX = 65538
"""Of int16: the sum of so many exponentials of at most 2^15 - 1 fits an int32."""
SOFTMAX_LIMIT = 512
"""Sum of exponentials, in units of the largest, from which the reference kernel's reciprocal aborts."""


def long_row_faults(geometry: SoftmaxGeometry) -> Iterator[Fault]:
    if geometry.depth > LONGEST_SOFTMAX and geometry.input_dtype == "int16":
        yield Fault(
            "warning",
            f"rows of {geometry.depth:,} elements: where the exponentials sum to 2^31 or more, as those of "
            f"{LONGEST_SOFTMAX + 1:,} equal inputs do, the sum wraps, and all shares are 0 or nonsense",
            certain=False,
        )


def softmax_faults(step: Step, geometry: SoftmaxGeometry, target: Target) -> Iterator[Fault]:
    yield from long_row_faults(geometry)
    if geometry.depth >= SOFTMAX_LIMIT and geometry.input_dtype == "int8":
        yield Fault(
            "warning",
            f"the reference kernel aborts (on a target it loops for ever) where about {SOFTMAX_LIMIT} or "
            f"more of the {geometry.depth} inputs equal the largest; CMSIS-NN does not check",
            certain=False,
        )


ABS = Kernel(bare_dimensions=True, temporaries="i0 o0", counts=absolute_counts)

ELU = Kernel(software=EXPONENTIALS, temporaries="i0 o0", counts=elementwise_counts, bounds=elu_bounds)

HARD_SWISH = Kernel(
    software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts, bounds=hard_swish_bounds
)

LEAKY_RELU = Kernel(
    software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts, bounds=elements_bounds
)

LOGISTIC = Kernel(
    software=EXPONENTIALS, temporaries="i0 o0", counts=activation_counts, bounds=activation_bounds
)

RELU = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=elementwise_counts, bounds=elements_bounds)

RELU6 = Kernel(software=ARITHMETIC, temporaries="i0", counts=elementwise_counts)

SOFTMAX = Kernel(
    software=EXPONENTIALS,
    temporaries="i0 o0 + +",
    persistent=softmax_tables,
    variant=reference_softmax_variant,
    counts=softmax_counts,
    bounds=softmax_bounds,
    faults=softmax_faults,
)

TANH = Kernel(
    software=EXPONENTIALS, temporaries="i0 o0 i0", counts=activation_counts, bounds=activation_bounds
)

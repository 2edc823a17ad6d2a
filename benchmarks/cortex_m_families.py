"""Which kernels on a Cortex-M run the same loops, and what a price plausibly is before it is measured."""

from __future__ import annotations

from collections.abc import Mapping

from microinfer.libraries.templates import typed

Kernel = tuple[str, str]
TRUST_IN_GUIDE_OF: Mapping[str, float] = {"broadcast": 0.01}
"""By family: whether an operand is fixed in the innermost loop means little to a Cortex-M4, much to an M7."""
PLAUSIBLE: Mapping[str, float] = {
    "call": 350.0,
    "copy_path": 1.0,
    "copy_loops": 1.0,
    "fill_path": 1.0,
    "fill_loops": 1.0,
    "exponentials": 400.0,
    "tensors": 200.0,
    "pairs": 100.0,
    "odd": 60.0,
    "sixteens": 70.0,
    "eights": 140.0,
    "fours": 17.0,
}
"""By an event's name or its last word."""
TOLD_APART: Mapping[str, frozenset[str]] = {
    "cortex-m4": frozenset(),
    "cortex-m7": frozenset({"headed_copies", "pairs_with_quads", "rounded_positions"}),
}
"""By core, events priced on it alone. A Cortex-M4 would gain a little by them (FULLY_CONNECTED/conv_1x1_fast
0.67 for 0.80 % in the median), but its intervals become narrower than the operators of networks bear."""
CALL = frozenset({"call"})
BRANCHES = frozenset({"elements", "negatives", "negative_sums", "first_fixed", "second_fixed"})
ARITHMETIC = ("ADD", "MUL", "SUB")
COMPARISONS = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")
FAMILIES: Mapping[Kernel, tuple[str, frozenset[str]]] = {
    ("CONV_2D", "1x1_fast"): ("matrix product", CALL),
    ("CONV_2D", "1x1_strided"): ("matrix product", CALL),
    ("FULLY_CONNECTED", "conv_1x1_fast"): ("matrix product", CALL),
    ("FULLY_CONNECTED", "vec_mat"): ("vector product", CALL | {"rows"}),
    ("BATCH_MATMUL", "batch_matmul_s8"): ("vector product", CALL | {"rows"}),
    ("CONV_2D", "convolve_s8"): ("convolution", CALL),
    ("CONV_2D", "1_x_n"): ("convolution", CALL),
    ("DEPTHWISE_CONV_2D", "dw_as_convolution"): ("convolution", CALL),
    ("TRANSPOSE_CONV", "transpose_conv_reverse"): ("convolution", CALL),
    ("TRANSPOSE_CONV", "transpose_conv_reverse_spread"): ("convolution", CALL),
    ("SVDF", "reference"): ("svdf", frozenset({"call", "time_macs", "moved_bytes"})),
    ("SVDF", "reference_int16"): ("svdf", frozenset({"call", "time_macs", "moved_bytes"})),
    ("SVDF", "svdf_s8"): ("svdf s8", frozenset({"call", "time_steps", "time_ones", "moved_bytes"})),
    ("SVDF", "svdf_state_s16_s8"): ("svdf s8", frozenset({"call", "time_steps", "time_ones", "moved_bytes"})),
    ("DEPTHWISE_CONV_2D", "dw_generic"): ("generic depthwise", CALL | {"outputs"}),
    ("DEPTHWISE_CONV_2D", "dw_generic_dil"): ("generic depthwise", CALL | {"outputs"}),
    ("MEAN", "reference"): ("reduction", CALL),
    ("SUM", "reference"): ("reduction", CALL),
    ("REDUCE_MAX", "reference"): ("reduction", CALL | {"outputs", "elements"}),
    ("ADD", "reference_broadcast"): ("broadcast", CALL | BRANCHES),
    ("MUL", "reference_broadcast"): ("broadcast", CALL | BRANCHES),
    ("SUB", "reference_broadcast"): ("broadcast", CALL | BRANCHES),
    ("PRELU", "reference_broadcast"): ("broadcast", CALL | BRANCHES),
    ("PRELU", "reference"): ("broadcast", CALL | BRANCHES),
    ("MAXIMUM", "reference"): ("extremum", frozenset()),
    ("MINIMUM", "reference"): ("extremum", frozenset()),
    ("MAXIMUM", "no_broadcast_s8"): ("extremum s8", CALL),
    ("MINIMUM", "no_broadcast_s8"): ("extremum s8", CALL),
    ("MAXIMUM", "broadcast_s8"): ("extremum broadcast s8", frozenset()),
    ("MINIMUM", "broadcast_s8"): ("extremum broadcast s8", frozenset()),
    ("MAXIMUM", "scalar_s8"): ("extremum scalar s8", frozenset()),
    ("MINIMUM", "scalar_s8"): ("extremum scalar s8", frozenset()),
    ("SOFTMAX", "reference"): ("softmax", CALL | {"elements"}),
    ("SOFTMAX", "reference_int8_int16"): ("softmax", CALL | {"elements"}),
    ("SOFTMAX", "softmax_s8"): ("softmax s8", CALL | {"elements"}),
    ("SOFTMAX", "softmax_s8_s16"): ("softmax s8", CALL | {"elements"}),
    **{
        (operator, typed("reference_broadcast", dtype)): (f"broadcast {kind} {dtype}", CALL | BRANCHES)
        for kind, operators in (("arithmetic", ARITHMETIC), ("comparison", COMPARISONS))
        for operator in operators
        for dtype in ("int8", "int16", "int32", "int64", "float32", "bool")
        if (kind, dtype) != ("arithmetic", "int8")
    },
    **{
        (operator, f"reference_{dtype}"): (f"extremum {dtype}", CALL)
        for operator in ("MAXIMUM", "MINIMUM")
        for dtype in ("int16", "int32", "int64")
    },
}
"""Kernel to the family that it is fitted with and the events whose price is its own."""
SAME_AS: Mapping[Kernel, Kernel] = {
    ("EXPAND_DIMS", "reference"): ("RESHAPE", "reference"),
    ("SQUEEZE", "reference"): ("RESHAPE", "reference"),
    ("PADV2", "reference"): ("PAD", "reference"),
    ("PADV2", "reference_16_bit"): ("PAD", "reference_16_bit"),
    ("PADV2", "reference_32_bit"): ("PAD", "reference_32_bit"),
    ("PADV2", "pad_s8"): ("PAD", "pad_s8"),
}
"""Operators that run another's code."""


def plausible(event: str) -> float:
    """Cycles that an event of this name takes where no sample says: ten for a turn of a loop."""
    name = event.partition("@")[0]
    if name in PLAUSIBLE:
        return PLAUSIBLE[name]
    return PLAUSIBLE.get(name.rpartition("_")[2], 10.0)

"""Fits prices to measured cycles and prints how far they are off.

    python benchmarks/calibrate_cortex_m.py                    print the error table
    python benchmarks/calibrate_cortex_m.py --write            and write profiles/costs/
    python benchmarks/calibrate_cortex_m.py --truth FOLDER     make the input data anew first

For every (kernel library, internal kernel, core): non-negative least squares on relative errors, made
robust by weighing down what is far off. Kernels that run the same inner loops are fitted together and
share these loops' prices; the price of a call is each one's own. Held-out errors are of a tenfold
cross-validation in which all samples of a model are in or out together; the published interval rests on
them. Extrapolated errors are those of the largest 30 % of the models, predicted from the others.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parent))
from cortex_m_data import DATA, LIBRARIES, TYPES, Sample, read, read_more, write
from microinfer.libraries.events import events
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET, Target
from microinfer.libraries.templates import typed
from microinfer.operators.spec import Geometry

CORES = ("cortex-m4", "cortex-m7")
COSTS = Path(__file__).parents[1] / "profiles" / "costs"
Floats = NDArray[np.float64]
Kernel = tuple[str, str]

CARRIED_OVER = (0.75, 1.35)
"""Interval of prices that were not measured on this core."""
OTHER_PROGRAM = 0.05
"""How much wider the interval is of a kernel that was counted in another program than the grid's alone: the
one such operator that a measured network has, QUANTIZE of int16 to int32, took 374 cycles there, 390 here."""
TRUST_IN_PRIOR = 0.003
TRUST_IN_GUIDE = 0.1
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


@dataclass(frozen=True, slots=True)
class Fit:
    """The prices of one kernel and its errors (predicted / measured - 1), model by model. `free`: events that
    its shapes can have and that cost nothing of their own. `apart`: by how much the interval is wider.
    `foreign`: the kernel's loops are others than those whose events were counted, so it is provisional."""

    cycles: dict[str, float]
    models: int
    inside: Floats
    held: Floats
    beyond: Floats
    fold: NDArray[np.int64]
    instructions_per_cycle: float
    free: Set[str] = frozenset()
    apart: float = 0.0
    foreign: bool = False


def solve(counts: Floats, cycles: Floats, prior: Floats, trust: float = TRUST_IN_PRIOR) -> Floats:
    """Non-negative prices with the least relative errors; errors past four times the median weigh less.

    What the samples say nothing about is drawn, weakly, to a plausible price.
    """
    weight = np.ones(len(cycles))
    prices = np.zeros(counts.shape[1])
    for _ in range(8):
        pull = trust / np.maximum(prior, prices)
        scaled = np.vstack([counts * (weight / cycles)[:, None], np.diag(pull)])
        wanted = np.concatenate([weight, pull * prior])
        norm = np.linalg.norm(scaled, axis=0)
        prices = nnls(scaled / norm, wanted, maxiter=20000)[0] / norm
        error = abs(counts @ prices / cycles - 1)
        limit = max(0.02, 4 * float(np.median(error)))
        weight = np.sqrt(np.minimum(1.0, limit / np.maximum(error, 1e-12)))
    return prices


def plausible(event: str) -> float:
    """Cycles that an event of this name takes where no sample says: ten for a turn of a loop."""
    name = event.partition("@")[0]
    if name in PLAUSIBLE:
        return PLAUSIBLE[name]
    return PLAUSIBLE.get(name.rpartition("_")[2], 10.0)


def kernels(samples: Sequence[Sample], target: Target = DEFAULT_TARGET) -> set[Kernel]:
    """The kernels that these samples ran."""
    return {(s.operator, kernel_library(s.library).variant(s.operator, s.geometry, target)) for s in samples}


def groups(
    samples: Sequence[Sample], target: Target = DEFAULT_TARGET
) -> dict[tuple[str, str], list[tuple[Kernel, Sample, dict[str, float]]]]:
    """Samples by library and family, with their counts; a kernel's own events bear its name."""
    found: dict[tuple[str, str], list[tuple[Kernel, Sample, dict[str, float]]]] = defaultdict(list)
    for sample in samples:
        kernel = (
            sample.operator,
            kernel_library(sample.library).variant(sample.operator, sample.geometry, target),
        )
        counts = kernel_library(sample.library).count(sample.operator, sample.geometry, target, sample.seen)
        if counts is None:
            continue
        family, own = FAMILIES.get(kernel, ("/".join(kernel), frozenset()))
        named = {f"{event}@{'/'.join(kernel)}" if event in own else event: n for event, n in counts.items()}
        found[sample.library, family].append((kernel, sample, named))
    return found


def fit(
    items: Sequence[tuple[Kernel, Sample, dict[str, float]]],
    core: str,
    seed: int,
    guide: Mapping[Kernel, Fit] | None = None,
    family: str = "",
    target: Target = DEFAULT_TARGET,
) -> dict[Kernel, Fit]:
    """Prices and errors of the kernels of one family.

    `guide`: prices on another core. Far more shapes were run on the Cortex-M4; what a core's own samples
    leave open follows from there, times how much faster the core is on the whole. Every event that the
    samples' shapes can have gets a price; those that none had, and those that are not told apart on this
    core, cost nothing beyond what the others hold.
    """
    items = [item for item in items if core in item[1].cycles]
    if not items:
        return {}
    merged = frozenset[str]().union(*TOLD_APART.values()) - TOLD_APART.get(core, frozenset())
    columns = sorted({event for _, _, counts in items for event, n in counts.items() if n} - merged)
    counts = np.array([[item[2].get(event, 0) for event in columns] for item in items], float)
    cycles = np.array([item[1].cycles[core] for item in items], float)
    prior, trust = np.array([plausible(event) for event in columns]), TRUST_IN_PRIOR
    ratio_to_guide = 0.0
    if guide:
        known = np.array([guided(event, items, guide) for event in columns])
        ratio_to_guide = float(np.median(cycles / (counts @ known)))
        prior = np.maximum(known * ratio_to_guide, 0.05 * prior)
        trust = TRUST_IN_GUIDE_OF.get(family, TRUST_IN_GUIDE) if core == "cortex-m7" else TRUST_IN_PRIOR
    prices = solve(counts, cycles, prior, trust)
    inside = counts @ prices / cycles - 1
    names = sorted({item[1].model for item in items})
    number = np.array([names.index(item[1].model) for item in items])
    held = np.full(len(items), np.nan)
    order = np.random.default_rng(seed).permutation(len(names))
    folds = min(10, len(names))
    number_of_fold = np.zeros(len(items), np.int64)
    for fold in range(folds if folds > 1 else 0):
        out = np.isin(number, order[fold::folds])
        number_of_fold[out] = fold
        held[out] = counts[out] @ solve(counts[~out], cycles[~out], prior, trust) / cycles[out] - 1
    largest = np.argsort([cycles[number == i].max() for i in range(len(names))])[int(0.7 * len(names)) :]
    out = np.isin(number, largest)
    beyond = np.full(len(items), np.nan)
    if 0 < out.sum() < len(items):
        beyond[out] = counts[out] @ solve(counts[~out], cycles[~out], prior, trust) / cycles[out] - 1
    made = {}
    for kernel in dict.fromkeys(item[0] for item in items):
        mine = np.array([item[0] == kernel for item in items])
        suffix = f"@{'/'.join(kernel)}"
        used = counts[mine].any(axis=0)
        own = {
            event.removesuffix(suffix): float(price)
            for event, price, here in zip(columns, prices, used, strict=True)
            if here
        }
        for event, price in (guide[kernel].cycles if guide and kernel in guide else {}).items():
            own.setdefault(event, price * ratio_to_guide)
        free = possible([item[1] for item in items if item[0] == kernel], target) - own.keys()
        ratio = sum(i[1].instructions[core] for i in items if i[0] == kernel) / cycles[mine].sum()
        models = len({item[1].model for item in items if item[0] == kernel})
        made[kernel] = Fit(
            own, models, inside[mine], held[mine], beyond[mine], number_of_fold[mine], float(ratio), free
        )
    return made


def possible(samples: Sequence[Sample], target: Target = DEFAULT_TARGET) -> set[str]:
    """Events that these samples' shapes can have, with any data."""
    found: set[str] = set()
    for sample in samples:
        bounds = events(kernel_library(sample.library), sample.operator, sample.geometry, target)
        for counts in (bounds.low, bounds.typical, bounds.high) if bounds is not None else ():
            found.update(event for event, times in counts.items() if times)
    return found


def guided(
    event: str, items: Sequence[tuple[Kernel, Sample, dict[str, float]]], guide: Mapping[Kernel, Fit]
) -> float:
    """An event's price on the other core."""
    name, _, own = event.partition("@")
    for kernel in dict.fromkeys(item[0] for item in items):
        if own in ("", "/".join(kernel)) and kernel in guide and name in guide[kernel].cycles:
            return guide[kernel].cycles[name]
    return plausible(event)


def carried_over(fits: Mapping[Kernel, Fit], guide: Mapping[Kernel, Fit]) -> dict[Kernel, Fit]:
    """Kernels that ran on the other core only: its prices times how the others' prices compare."""
    shared = [
        (sum(found.cycles.values()), sum(guide[kernel].cycles.values()))
        for kernel, found in fits.items()
        if kernel in guide
    ]
    if not shared:
        return {}
    ratio = float(np.median([here / there for here, there in shared if there]))
    none = np.array([])
    return {
        kernel: Fit(
            {event: price * ratio for event, price in found.cycles.items()},
            0, none, none, none, none, found.instructions_per_cycle / ratio, found.free,
        )
        for kernel, found in guide.items()
        if kernel not in fits
    }  # fmt: skip


def interval(errors: Floats, models: int) -> tuple[float, float]:
    """5th and 95th percentile of measured / predicted, a little beyond them for want of more samples; where
    there are few models, their extremes and half as much again."""
    good = errors[~np.isnan(errors)]
    if len(good) == 0:
        return CARRIED_OVER
    ratio = 1 / (1 + good)
    if models >= 20:
        beyond = 0.04 if models >= 60 else 0.025
        low, high = np.quantile(ratio, [beyond, 1 - beyond])
    else:
        low, high = 1 - 1.5 * (1 - ratio.min()), 1 + 1.5 * (ratio.max() - 1)
    return float(np.clip(low, 0.3, 0.998)), float(np.clip(high, 1.002, 3.0))


def summary(errors: Floats) -> str:
    good = 100 * abs(errors[~np.isnan(errors)])
    if len(good) == 0:
        return f"{'-':>20}"
    return f"{np.median(good):6.2f} {np.quantile(good, 0.95):6.2f} {good.max():6.2f}"


def toml(library: str, core: str, fits: Mapping[Kernel, Fit], measured: str = "", common: float = 0.0) -> str:
    """The price list as a file; `measured` says how, of lists that calibrate_builds.py writes, and `common`
    how far all its prices may be off together."""
    lines = [
        f"# Written by benchmarks/calibrate_{'builds' if measured else 'cortex_m'}.py; do not edit.",
        f'library = "{library}"',
        f'core = "{core}"',
        f'measured = "{measured}"'
        if measured
        else 'measured = "emulated: TFLM 90b983c2 and CMSIS-NN 4ab83cc3, GNU Arm 12.2.1 -O2, '
        "instructions counted "
        "under "
        + (
            "QEMU; random shapes under a second emulator that agrees within 0.4 %, and types that the grid "
            'lacks in another program, within 5 %; priced by the Cortex-M4 timing table without wait states"'
            if core == "cortex-m4"
            else 'QEMU, in-order dual-issue model of the Cortex-M7 pipeline, ideal memory"'
        ),
        "provisional = false",
        *([f"spread = {common:g}"] if common else []),
    ]
    whole = dict(fits) | {alias: fits[kernel] for alias, kernel in SAME_AS.items() if kernel in fits}
    for (operator, name), found in sorted(whole.items()):
        errors = abs(found.held[~np.isnan(found.held)])
        low, high = interval(found.held, found.models)
        low, high = low * (1 - found.apart), high * (1 + found.apart)
        median, p95, worst = (
            (float(np.median(errors)), float(np.quantile(errors, 0.95)), float(errors.max()))
            if len(errors)
            else (0.15, 0.35, 1.0)
        )
        lines += [
            "",
            f'[operator.{operator}."{name}"]',
            f"points = {found.models}",
            *(["provisional = true"] if found.foreign or not found.models else []),
            f"median = {median:.5f}",
            f"p95 = {p95:.5f}",
            f"worst = {worst:.5f}",
            f"low = {low:.5f}",
            f"high = {high:.5f}",
            f"instructions_per_cycle = {found.instructions_per_cycle:.4f}",
            f'[operator.{operator}."{name}".cycles]',
        ]
        lines += [f"{event} = {price:.5g}" for event, price in found.cycles.items()]
        lines += [f"{event} = 0" for event in sorted(found.free)]
    return "\n".join(lines) + "\n"


def predicted(fits: Mapping[Kernel, Fit], sample: Sample) -> float:
    """Cycles of an operator whose data are not known: data-dependent counts at their typical values."""
    kernel = (
        sample.operator,
        kernel_library(sample.library).variant(sample.operator, sample.geometry, DEFAULT_TARGET),
    )
    found = fits.get(kernel)
    if found is None:
        return float("nan")
    seen = {
        key: bounds[1]
        for key, bounds in kernel_library(sample.library).bounds(sample.operator, sample.geometry).items()
    }
    counts = (
        kernel_library(sample.library).count(sample.operator, sample.geometry, DEFAULT_TARGET, seen) or {}
    )
    return sum(found.cycles.get(event, 0.0) * n for event, n in counts.items())


def prepare(path: Path) -> list[tuple[str, Geometry]]:
    """The operators of a model file; none where it cannot be prepared."""
    from microinfer.errors import ModelError
    from microinfer.model.read import load
    from microinfer.operators.prepare import prepare as prepare_graph

    try:
        return [(step.name, step.geometry) for step in prepare_graph(load(path))]
    except ModelError as error:
        print(f"left out: {path.name}: {error}", file=sys.stderr)
        return []


def main(arguments: Sequence[str] | None = None, geometries: Callable[..., object] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="measured shapes and cycles (.json.gz)")
    parser.add_argument("--truth", type=Path, help="make --data from this folder of truth files first")
    parser.add_argument("--only", action="append", default=[], help="only kernels whose name has this")
    parser.add_argument("--outliers", type=int, default=0, metavar="N", help="print the N worst of each")
    parser.add_argument("--write", action="store_true", help=f"write the price lists to {COSTS}")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.truth is not None:
        write(options.truth, options.data, prepare)
    grid, networks = read(options.data)
    types = read_more(TYPES)
    alone = kernels(types) - kernels([*grid, *read_more()])
    more = [*read_more(), *types]
    print(
        f"{len(grid)} samples of {len({s.model for s in grid})} models, and {len(more)} of random shapes on "
        "Cortex-M4; errors in per cent"
    )
    print(f"{'':44}{'':>6}{'in sample':>21}{'held out':>21}{'extrapolated':>21}")
    head = f"{'median':>6} {'95th':>6} {'worst':>6}"
    guides: dict[str, dict[Kernel, Fit]] = {}
    for core in CORES:
        for library in LIBRARIES:
            print(f"\n{f'{library} on {core}':44}{'models':>6} {head} {head} {head}")
            fits: dict[Kernel, Fit] = {}
            for (of, family), items in sorted(groups([*grid, *more]).items()):
                if of != library or not any(only in family for only in options.only or [""]):
                    continue
                made = fit(items, core, options.seed, guides.get(library), family)
                for kernel in made.keys() & alone:
                    made[kernel] = replace(made[kernel], apart=OTHER_PROGRAM)
                fits |= made
                for kernel, found in made.items():
                    print(
                        f"{'/'.join(kernel):44}{found.models:6} {summary(found.inside)} "
                        f"{summary(found.held)} {summary(found.beyond)}",
                        flush=True,
                    )
                    mine = [item[1] for item in items if item[0] == kernel and core in item[1].cycles]
                    for i in np.argsort(-abs(np.nan_to_num(found.held)))[: options.outliers]:
                        print(f"    {100 * found.held[i]:+7.2f} {mine[i].pattern:8} {mine[i].geometry}")
            if not options.only:
                fits |= carried_over(fits, guides.get(library, {}))
            guides.setdefault(library, fits)
            for model, operators in networks.items():
                if options.only or not model.endswith(library):
                    continue
                said = sum(predicted(fits, sample) for sample in operators)
                took = sum(sample.cycles[core] for sample in operators)
                print(f"    whole network {model.split()[0]:24} {took:12,} {100 * (said / took - 1):+6.2f}")
            if options.write and not options.only:
                (COSTS / f"{library}.{core}.toml").write_text(toml(library, core, fits), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Prices of the kernels of one family, fitted to what they took on a Cortex-M."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from cortex_m_data import Sample
from cortex_m_families import FAMILIES, TOLD_APART, TRUST_IN_GUIDE_OF, Kernel, plausible
from microinfer.libraries.events import events
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET, Target

Floats = NDArray[np.float64]
TRUST_IN_PRIOR = 0.003
TRUST_IN_GUIDE = 0.1


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

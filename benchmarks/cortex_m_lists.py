"""Fitted prices as a price list, with the interval of each, and what they say of an operator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cortex_m_data import Sample
from cortex_m_families import SAME_AS, Kernel
from cortex_m_fit import Fit, Floats
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET

CARRIED_OVER = (0.75, 1.35)
"""Interval of prices that were not measured on this core."""


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

"""Bits after a flip in flash are those of TFLM on the file with that bit flipped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from microinfer import zoo
from microinfer.injection.flash_flips import FlashFlips
from microinfer.injection.flash_map import KINDS

from support.flipping import flipped, specimen_of
from support.oracle_process import run_damaged

FLIPS = 25
"""Of each kind of bits."""
CERTAIN = ("RuntimeError", "crash")


def drawn(flips: FlashFlips, kind: str) -> Iterator[int]:
    sites = np.concatenate(
        [
            np.arange(8 * one.start, 8 * (one.start + one.size))
            for one in flips.map.regions
            if one.kind == kind
        ]
        or [np.zeros(0, int)]
    )
    yield from np.random.default_rng(3).permutation(sites)[:FLIPS].tolist()


@pytest.mark.parametrize("name", ["digits", "sine", "sine_float"])
@pytest.mark.parametrize("kind", KINDS)
def test_bits_after_a_flip_are_those_of_the_flipped_file(name: str, kind: str) -> None:
    model = zoo.load(name)
    specimen = specimen_of(model)
    flips = FlashFlips(specimen)
    sites = list(drawn(flips, kind))
    shapes = [specimen.interpreter.subgraph.tensors[i].shape for i in specimen.interpreter.subgraph.inputs]
    inputs = [x.reshape(len(x), *shape) for x, shape in zip(specimen.x, shapes, strict=True)]
    ends = run_damaged([flipped(model, site) for site in sites], inputs, len(specimen.answers.outputs))
    compared = 0
    for number, (site, (end, found)) in enumerate(zip(sites, ends, strict=True)):
        trial, outputs = flips.try_(number, site), flips.outputs
        if trial.outcome == "refused":
            assert end in CERTAIN or str(found).startswith(CERTAIN), (site, trial, end)
        if end != "outputs" or trial.outcome in ("refused", "cannot-tell"):
            continue
        assert outputs is not None
        assert trial.outcome in ("masked", "benign", "silent"), (site, trial)
        for own, other in zip(outputs, found, strict=True):
            np.testing.assert_array_equal(own.reshape(-1), other.reshape(-1), err_msg=f"{site} {trial}")
        compared += 1
    told = len(sites) if kind in ("weights", "bias", "constants") else min(1, len(sites))
    assert compared >= told

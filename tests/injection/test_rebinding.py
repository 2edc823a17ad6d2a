"""A flip for which one operator is bound anew gives the bits of the whole file loaded and prepared again."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import MicroinferError, zoo
from microinfer.injection.flash_flips import FlashFlips

from support.flipping import flipped, specimen_of
from support.oracle import Interpreter
from support.single_operators import OPERATORS, model_of


def compare(model: bytes, kinds: tuple[str, ...], most: int) -> tuple[int, int]:
    """How many flips ended with outputs, and for how many of these everything was prepared again."""
    specimen = specimen_of(model, 2)
    flips = FlashFlips(specimen)
    own = [one for one in flips.map.regions if one.kind in kinds]
    sites = [site for one in own for site in range(8 * one.start, 8 * (one.start + one.size))]
    compared = 0
    for site in np.random.default_rng(11).permutation(sites)[:most].tolist():
        trial, outputs = flips.try_(0, site), flips.outputs
        try:
            anew = Interpreter(
                flipped(model, site),
                "cortex-m4",
                library="reference",
                contracts=False,
                arena_size=specimen.interpreter.arena_size,
            )
            found = anew.run_batch(list(specimen.x) if len(specimen.x) > 1 else specimen.x[0])
        except MicroinferError:
            # A zero point that no device reads may be one that microinfer refuses.
            assert trial.outcome not in ("benign", "silent"), trial
            continue
        if outputs is None:
            continue
        for one, other in zip(outputs, found if isinstance(found, list) else [found], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"{site} {trial}")
        compared += 1
    return compared, flips.rebuilt


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator(name: str) -> None:
    compare(model_of(OPERATORS[name]), ("weights", "bias", "constants", "scales"), 12)


@pytest.mark.parametrize("name", ["digits", "sine", "sine_float", "ds_cnn"])
def test_networks_and_mostly_without_preparing_again(name: str) -> None:
    compared, rebuilt = compare(zoo.load(name), ("weights", "bias"), 30)
    assert compared >= 20
    assert rebuilt == 0

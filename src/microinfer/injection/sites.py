"""Which bits are flipped, in which order: each once, as a seed has it; more runs begin with the same ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["sites"]

AT_ONCE = 4096


def sites(bits: int, seed: int) -> Iterator[int]:
    """All of 0 to `bits` - 1, in an order of the seed."""
    generator = np.random.default_rng([seed, 0])
    taken: set[int] = set()
    while 2 * len(taken) < bits:
        for site in generator.integers(bits, size=AT_ONCE).tolist():
            if 2 * len(taken) >= bits:
                break
            if site not in taken:
                taken.add(site)
                yield site
    left = np.ones(bits, bool)
    left[list(taken)] = False
    yield from generator.permutation(np.flatnonzero(left)).tolist()

"""What is tried next: drawn at random, or the best of a few that live, changed in one place.

Evolution lets the oldest die, not the worst, so that one lucky score does not stay for ever. Source: E. Real
and others, Regularized Evolution for Image Classifier Architecture Search, AAAI 2019. A proposal hangs on the
seed, its number and what was scored before: of the same seed, all are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from .search_spec import SearchSpec

__all__ = ["Scored", "mark_of", "propose"]

Scored: TypeAlias = tuple[Mapping[str, Any], float]
"""A configuration and its score."""
CHANGES, DRAWS = 32, 256
"""How often another one is looked for, where one has been tried already."""


def mark_of(config: Mapping[str, Any]) -> str:
    """What tells a configuration."""
    return json.dumps(config, sort_keys=True)


def propose(
    spec: SearchSpec, number: int, scored: Sequence[Scored], tried: Mapping[str, Any] | set[str]
) -> dict[str, Any] | None:
    """The next configuration that has not been tried, None where none is found.

    Args:
        number: of this proposal.
        scored: what has a score, in order of their proposals.
        tried: marks of what was proposed before.
    """
    random = np.random.default_rng([spec.seed, number])
    if spec.method == "evolution" and len(scored) >= spec.population:
        living = scored[-spec.population :]
        for _ in range(CHANGES):
            some = random.choice(len(living), min(spec.sample, len(living)), replace=False)
            parent, _ = max((living[position] for position in sorted(some)), key=lambda one: one[1])
            made = spec.space.change(parent, random)
            if mark_of(made) not in tried:
                return made
    for _ in range(DRAWS):
        made = spec.space.draw(random)
        if mark_of(made) not in tried:
            return made
    return None

"""What the outcome of a flip hangs on, as a digest: a campaign of the same has the same flips."""

from __future__ import annotations

import hashlib
import json

from ..sweeps.identity import identity
from .arena_flips import ArenaFlips
from .specimen import Specimen

__all__ = ["campaign_key"]


def campaign_key(specimen: Specimen, arena: ArenaFlips, seed: int) -> str:
    """Of microinfer itself, the model, where it runs, its samples and what counts as an answer."""
    interpreter = specimen.interpreter
    said = {
        "microinfer": identity(),
        "model": interpreter.model.sha256,
        "library": interpreter.library,
        "release": interpreter.release.title,
        "part": interpreter.profile.name,
        "arena": [interpreter.arena_size, list(arena.spans), arena.weights.tolist()],
        "contracts": interpreter.contracts,
        "turns": interpreter.max_turns,
        "samples": specimen.fingerprint,
        "answers": specimen.answers.described,
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

"""How much louder speech is than what else is heard, before and after, in dB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ratios_of"]


def ratios_of(
    noisy: NDArray[np.generic], answers: NDArray[np.generic], clean: NDArray[np.generic], scenes: int
) -> NDArray[np.float32]:
    """Of each scene the signal-to-noise ratio before and after, and the scale-invariant one: [scenes, 4].

    Args:
        noisy, clean: frames [n, 128]; `answers`: the same, which come a frame later.
    """
    shape = (scenes, -1)
    given, said, found = (one.astype(np.float64).reshape(shape) for one in (noisy, clean, answers))
    late = np.asarray(noisy).shape[-1]
    made = []
    for before, speech, after in zip(given[:, :-late], said[:, :-late], found[:, late:], strict=True):
        pairs = [(speech, before), (speech, after)]
        pairs += [(speech * (speech @ one) / (speech @ speech), one) for _, one in pairs]
        made.append([_db(wanted, one) for wanted, one in pairs])
    return np.array(made, np.float32)


def _db(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    error = found - wanted
    return float(10 * np.log10((wanted @ wanted) / max(error @ error, 1e-9)))

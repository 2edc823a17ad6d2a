"""What a run of the tests could not check here, and for want of what, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["summary"]

TRUTH = "the truth files are not here (MICROINFER_SHARED names their folder)"
CAUSES = (
    (("truth files", "MICROINFER_SHARED", "empty parameter set"), TRUTH),
    (("LiteRT", "ai-edge-litert", "ai_edge_litert"), "ai-edge-litert is not installed"),
    (("tflite-micro", "tflite_micro"), "tflite-micro is not installed (Linux on x86-64 only)"),
    (("MICROINFER_TFLM",), "TFLM's headers are not here (MICROINFER_TFLM names their folders)"),
)
"""Words of reasons, and what they come to. Other reasons stand for themselves."""


def _cause(reason: str) -> str:
    reason = reason.removeprefix("Skipped: ").partition("\n")[0].strip()
    for words, cause in CAUSES:
        if any(word in reason for word in words):
            return cause
    return reason


def summary(reasons: Iterable[str]) -> str:
    """One line for the reasons of all skipped tests, the most frequent cause first."""
    counted = Counter(_cause(reason) for reason in reasons)
    if not counted:
        return "every test could be run here"
    causes = [f"{times} as {cause}" for cause, times in sorted(counted.items(), key=lambda item: -item[1])]
    return f"not checked here: {sum(counted.values())} tests, {'; '.join(causes)}"

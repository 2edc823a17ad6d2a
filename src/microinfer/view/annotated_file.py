"""A copy of a model that says of itself what it takes, for who looks at it in Netron.

Netron lists every metadata of a `.tflite` file by its name, with its text where that is shorter than 256
characters and plain ASCII. Source: lutzroeder/netron, source/tflite.js.
"""

from __future__ import annotations

from ..libraries.build import build_words
from ..model.metadata import with_metadata
from ..model.tables import Model
from ..reports.run_report import RunReport
from ..words.printing import brief_interval, printable

__all__ = ["LONGEST", "annotate", "metadata_texts"]

LONGEST = 255
SLOWEST = 5


def metadata_texts(report: RunReport) -> dict[str, str]:
    """Names to what is said, each in at most `LONGEST` characters of ASCII."""
    part, memory, time = report.profile, report.memory, report.time
    least = "at least " * memory.arena_unknown
    verdict = {"yes": "fits", "perhaps": "perhaps", "no": "does not fit", "cannot-tell": "cannot tell"}[
        memory.verdict
    ]
    why = "; ".join(memory.shortfalls or memory.doubts)
    said = {
        "on": f"{part.name}, {part.library} kernels at {build_words(part.build)}, {part.release}",
        "verdict": f"{verdict}: {why}" if why else verdict,
        "arena": f"{least}{memory.min_arena_bytes:,} bytes",
        "time": "not known",
    }
    if time.ms is not None and time.ms_low is not None and time.ms_high is not None:
        assumed = f", {time.doubt}" if time.doubt else ""
        said["time"] = brief_interval(time.ms / 1e3, time.ms_low / 1e3, time.ms_high / 1e3, "s") + assumed
    if report.energy is not None:
        joules = (report.energy.microjoules, report.energy.microjoules_low, report.energy.microjoules_high)
        typical, low, high = (value * 1e-6 for value in joules)
        assumed = ", provisional" if report.energy.provisional else ""
        said["energy"] = brief_interval(typical, low, high, "J") + assumed
    priced = [one for one in report.operators if one.cycles]
    slowest = sorted(priced, key=lambda one: (-(one.cycles or 0), one.index))[:SLOWEST]
    if slowest:
        said["slowest"] = ", ".join(f"{one.index} {one.operator} {one.cycles:,} cycles" for one in slowest)
    return {f"microinfer {name}": _plain(text) for name, text in said.items()}


def annotate(model: Model, report: RunReport) -> bytes:
    """The file with these metadata, in place of those that an earlier call wrote; it computes the same bits.

    Raises:
        ModelError: the file cannot be rewritten.
    """
    return with_metadata(model.data, {name: text.encode() for name, text in metadata_texts(report).items()})


def _plain(text: str) -> str:
    plain = printable(text).replace("µ", "u").encode("ascii", "replace").decode()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."

"""What a campaign has found, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from microinfer.libraries.library import kernel_libraries
from microinfer.operators.registry import rows

from .attempt import STAGES
from .tally import Tally

__all__ = ["never_ran", "say"]

_SAID = {
    "": "refused by the loader",
    "load": "refused while being prepared or planned",
    "prepare": "refused by an operator's invocation",
    "invoke": "refused by check",
    "check": "refused by report",
    "report": "loaded, prepared, planned, invoked, checked and reported",
}


def say(tally: Tally) -> Iterator[str]:
    """Figures, the operators that were invoked by type and library, and the findings."""
    yield f"{tally.mutants:,} mutants, {tally.seconds:,.0f} seconds of a processor"
    for stage in reversed(STAGES):
        if count := tally.reached[stage]:
            yield f"{count:>11,}  {_SAID[stage]}"
    yield "errors: " + ", ".join(f"{name} {n:,}" for name, n in tally.refusals.most_common() if name)
    yield f"{tally.arrays:,} arrays between unreadable pages"
    yield f"slowest {tally.slowest:.2f} s, largest {tally.megabytes:.0f} MB of the process"
    yield ""
    yield from _of_operators(tally)
    yield ""
    missing = never_ran(tally)
    yield "never invoked: " + (", ".join(" ".join(found) for found in missing) or "none")
    yield f"findings: {len(tally.findings)}"
    for found in tally.findings:
        yield f"  {found.number} ({found.seed}; {found.way}): {found.what}"


def never_ran(tally: Tally) -> list[tuple[str, str]]:
    """Operators of the resolver and types that they take, and libraries, of which no mutant was invoked."""
    ran = {(operator, dtype) for operator, dtype, _ in tally.ran}
    missing = [(spec.name, dtype) for spec in rows() for dtype in spec.types if (spec.name, dtype) not in ran]
    libraries = {library for *_, library in tally.ran}
    return missing + [("library", one.name) for one in kernel_libraries() if one.name not in libraries]


def _of_operators(tally: Tally) -> Iterator[str]:
    names = [library.name for library in kernel_libraries()]
    yield "operator".ljust(38) + "type".ljust(10) + "".join(f"{name:>16}" for name in names)
    cells: dict[tuple[str, str], Counter[str]] = {}
    for (operator, dtype, library), count in tally.ran.items():
        cells.setdefault((operator, dtype), Counter())[library] += count
    for (operator, dtype), counts in sorted(cells.items()):
        yield operator.ljust(38) + dtype.ljust(10) + "".join(f"{counts[name]:>16,}" for name in names)

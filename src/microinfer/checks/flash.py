"""Rules about what is stored: the model and the whole firmware in flash."""

from __future__ import annotations

from collections.abc import Iterator

from ..deploy.verdict import stored_bytes, weights_bytes
from .finding import Trouble
from .fixed_needs import missed_by_tables
from .limits import Measure
from .rule import rule
from .subject import Subject, label

__all__ = ["flash_exceeded", "flash_exceeds_budget", "model_exceeds_flash"]


@rule("model-exceeds-flash", "error")
def model_exceeds_flash(subject: Subject) -> Iterator[Trouble]:
    """The model alone does not fit the part's flash.

    TFLM keeps the whole file in flash, bare-c the weights and tables. Code comes on top.
    """
    found = subject.measured("flash")
    if found.outcome == "fail" and not found.budget and _stored(subject) > (found.limit or 0):
        yield _flash(subject, found)


@rule("flash-exceeded", "error")
def flash_exceeded(subject: Subject) -> Iterator[Trouble]:
    """Model and code together do not fit the part's flash.

    The code is that of the smallest program around the model: TFLM's core, the kernels that it reaches and
    the C library. Unknown where it was not measured for this core or these operators; a warning where the
    smallest program fits, and with what boards' own firmware adds to it may not.
    """
    found = subject.measured("flash")
    if found.missed and not found.budget and _stored(subject) <= (found.limit or 0):
        yield _flash(subject, found)


@rule("flash-exceeds-budget", "error")
def flash_exceeds_budget(subject: Subject) -> Iterator[Trouble]:
    """The model, with its code where that is known, exceeds the budget `--max-flash`.

    Give what is left of the flash beside the application. TFLM keeps the whole file there, bare-c the weights
    and tables. Unknown where the code was not measured for this core or these operators; a warning where the
    smallest program is within the budget, and with what boards' own firmware adds to it may not be.
    """
    found = subject.measured("flash")
    if found.missed and found.budget:
        yield _flash(subject, found)


def _flash(subject: Subject, found: Measure) -> Trouble:
    carried = [
        (sum(t.size_bytes for t in node.inputs if t is not None and t.is_constant), node)
        for node in subject.nodes
    ]
    most, node = max(carried, key=lambda pair: pair[0], default=(0, None))
    whole = weights_bytes(subject.model)
    place, heaviest = "subgraphs[0]", ""
    if node is not None and whole:
        place = node.operator.place
        heaviest = f"; {label(node.operator)} carries {most:,} of {whole:,} bytes of weights"
    fewer = "fewer operators" if "flash" in missed_by_tables(subject) else "fewer channels"
    limit = "the budget is" if found.budget else f"{subject.profile.name} has"
    said = f"{found.excess:,.0f} too many{heaviest}"
    if found.outcome == "possible":
        firmware = found.high - found.least if found.high is not None else 0
        said = f"what boards' own firmware adds, up to {firmware:,.0f}, may be too many"
    return Trouble(
        place,
        f"{found.counted}: {found.least:,.0f} bytes of flash, {limit} {found.limit:,.0f}: {said}",
        f"{fewer}, or a {'larger budget' if found.budget else 'part with more flash'}",
        certain=found.outcome == "fail",
        severity=found.severity,
    )


def _stored(subject: Subject) -> float:
    """What is exact in the flash figure: the model without code."""
    return stored_bytes(subject.model, subject.library, subject.plan)

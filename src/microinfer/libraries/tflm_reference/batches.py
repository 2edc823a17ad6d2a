"""Pixels that move between images of a batch, in TFLM's reference kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import Reason
from ...words.printing import brief
from ..copies import Copies
from ..fault import Fault
from ..kernel import Kernel
from ..places import Starts, combined, going_up, inside_runs

if TYPE_CHECKING:
    from ...operators.space_to_batch_nd import BatchSpaceGeometry
    from ...operators.spec import Step
    from ..kernel import Counts, Observed
    from ..target import Target


def _pixels(g: BatchSpaceGeometry) -> tuple[Starts, int]:
    """Where the pixels that both sides have lie in the large and the small images, and how many rows of the
    small ones lie in a large one.

    The small images are counted by the block's row, its column and the large image, which goes round first.
    """
    size = g.large[3] * g.item_bytes
    batch, height, width, _ = g.large
    many, rows, columns, _ = g.small
    tall, wide = g.block
    line, image = width * size, columns * size * rows
    whole, rest = divmod(many, max(1, wide * batch))
    part, last = divmod(rest, max(1, batch))
    found: Starts = Counter()
    lines = 0
    for downs, acrosses, images in (
        (range(whole), range(wide), batch),
        (range(whole, whole + 1), range(part), batch),
        (range(whole, whole + 1), range(part, part + 1), last),
    ):
        vertical = _axis(
            downs, tall, g.before[0], (rows, height), line, (wide * batch * image, columns * size)
        )
        horizontal = _axis(acrosses, wide, g.before[1], (columns, width), size, (batch * image, size))
        found += combined(vertical, horizontal, going_up(images, height * line, image))
        lines += vertical.total() * len(acrosses) * images
    return found, lines


def _axis(
    phases: range, step: int, before: int, sizes: tuple[int, int], large: int, small: tuple[int, int]
) -> Starts:
    """Places along an axis; `sizes`: of the small and the large images, `large`: bytes to the next place of
    a large one, `small`: to the same place of the next small one, and to its next."""
    found: Starts = Counter()
    count, size = sizes
    start = phases.start - before
    for run, numbers in inside_runs(len(phases), count, step, -start, size):
        first = run.start + start + numbers.start * step
        target = (phases.start + run.start) * small[0] + numbers.start * small[1]
        found += combined(
            going_up(len(run), large, small[0], (first * large, target)),
            going_up(len(numbers), step * large, small[1]),
        )
    return found


def space_to_batch_counts(g: BatchSpaceGeometry, seen: Observed) -> Counts:
    """A fill or a copy for each pixel of the many images."""
    size = g.large[3] * g.item_bytes
    many, rows, columns, _ = g.small
    both, lines = _pixels(g)
    moved = Copies()
    filled = Counter({place: times for (_, place), times in going_up(many * rows * columns, 0, size).items()})
    for (source, target), times in both.items():
        moved.copy(size, source, target, times)
        filled[target] -= times
    for target, times in filled.items():
        moved.fill(size, target, times)
    return {
        "call": 1,
        "batches": many,
        "output_rows": many * rows,
        "pixels": many * rows * columns,
        "tests": lines * columns,
        "copies": both.total(),
        **moved.counts,
    }


def batch_to_space_counts(g: BatchSpaceGeometry, seen: Observed) -> Counts:
    """A copy for each pixel of the many images that is not cropped."""
    size = g.large[3] * g.item_bytes
    many, rows, columns, _ = g.small
    both, lines = _pixels(g)
    moved = Copies()
    for (target, source), times in both.items():
        moved.copy(size, source, target, times)
    return {
        "call": 1,
        "batches": many,
        "input_rows": many * rows,
        "pixels": lines * columns,
        "copies": both.total(),
        **moved.counts,
    }


def open_batch_faults(step: Step, g: BatchSpaceGeometry, target: Target) -> Iterator[Fault]:
    """Where the converter did not know the batch, and wrote 1 for the images of the block."""
    found, wanted, output = g.small[0], g.images, step.node.outputs[0]
    if found >= wanted:
        return
    held = f"{found} of {wanted} images"
    if g.gather:
        kept = sum(behind - first for first, behind in g.unwritten)
        lost = (
            f"the input holds {held}, and {kept:,} of the output's {output.size_bytes:,} bytes keep what "
            "their memory held before"
        )
    else:
        lost = f"the output {brief(output.name)!r} has room for {held}: the pixels of the others are left out"
    yield Fault(
        "error",
        f"{lost}; the converter does not know the batch of a model that leaves it open, and TFLM does not "
        "look",
        reason=Reason.OPEN_BATCH,
    )


BATCH_TO_SPACE_ND = Kernel(temporaries="i0 o0", counts=batch_to_space_counts, faults=open_batch_faults)

SPACE_TO_BATCH_ND = Kernel(temporaries="i0 o0", counts=space_to_batch_counts, faults=open_batch_faults)

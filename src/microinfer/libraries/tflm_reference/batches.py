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

if TYPE_CHECKING:
    from ...operators.space_to_batch_nd import BatchSpaceGeometry
    from ...operators.spec import Step
    from ..kernel import Counts, Observed
    from ..target import Target


def space_to_batch_counts(g: BatchSpaceGeometry, seen: Observed) -> Counts:
    """A fill or a copy for each pixel of the many images."""
    size = g.large[3] * g.item_bytes
    moved, inside, tests = Copies(), 0, 0
    batch, height, width, _ = g.large
    many, rows, columns, _ = g.small
    for n in range(many):
        shift = n // batch
        across = [(x * g.block[1] + shift % g.block[1] - g.before[1], x * size) for x in range(columns)]
        for y in range(rows):
            line = y * g.block[0] + shift // g.block[1] - g.before[0]
            target = (n * rows + y) * columns * size
            source = ((n % batch) * height + line) * width * size
            copied: Counter[tuple[int, int]] = Counter()
            filled: Counter[int] = Counter()
            if 0 <= line < height:
                for x, place in across:
                    if 0 <= x < width:
                        copied[(source + x * size) & 3, (target + place) & 3] += 1
                    else:
                        filled[(target + place) & 3] += 1
                tests += columns
            else:
                filled.update((target + place) & 3 for _, place in across)
            for (start, place), times in copied.items():
                moved.copy(size, start, place, times)
                inside += times
            for place, times in filled.items():
                moved.fill(size, place, times)
    return {
        "call": 1,
        "batches": many,
        "output_rows": many * rows,
        "pixels": many * rows * columns,
        "tests": tests,
        "copies": inside,
        **moved.counts,
    }


def batch_to_space_counts(g: BatchSpaceGeometry, seen: Observed) -> Counts:
    """A copy for each pixel of the many images that is not cropped."""
    size = g.large[3] * g.item_bytes
    moved, kept, tests = Copies(), 0, 0
    batch, height, width, _ = g.large
    many, rows, columns, _ = g.small
    for n in range(many):
        shift = n // batch
        across = [x * g.block[1] + shift % g.block[1] - g.before[1] for x in range(columns)]
        for y in range(rows):
            line = y * g.block[0] + shift // g.block[1] - g.before[0]
            if not 0 <= line < height:
                continue
            tests += columns
            source = (n * rows + y) * columns * size
            target = ((n % batch) * height + line) * width * size
            copied = Counter(
                ((source + i * size) & 3, (target + x * size) & 3)
                for i, x in enumerate(across)
                if 0 <= x < width
            )
            for (start, place), times in copied.items():
                moved.copy(size, start, place, times)
                kept += times
    return {
        "call": 1,
        "batches": many,
        "input_rows": many * rows,
        "pixels": tests,
        "copies": kept,
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

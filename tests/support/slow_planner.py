"""The planner's specification, word by word."""

from __future__ import annotations

from collections.abc import Sequence

from microinfer.memory.greedy import Buffer


def slow_place(buffers: Sequence[Buffer], alignment: int) -> list[int]:
    """The specification's prose, word by word, without a thought for speed."""
    sizes = [(buffer.size + alignment - 1) // alignment * alignment for buffer in buffers]
    offsets: dict[int, int] = {
        index: buffer.offset for index, buffer in enumerate(buffers) if buffer.offset is not None
    }
    listing = [index for index in range(len(buffers)) if index not in offsets][::-1]
    while listing:
        largest = max(sizes[index] for index in listing)
        index = next(index for index in listing if sizes[index] == largest)
        listing.remove(index)
        candidate = 0
        alive = sorted(
            (offset, offset + sizes[other])
            for other, offset in offsets.items()
            if buffers[other].overlaps(buffers[index])
        )
        for start, end in alive:
            if start - candidate >= sizes[index]:
                break
            candidate = max(candidate, end)
        offsets[index] = candidate
    return [offsets[index] for index in range(len(buffers))]

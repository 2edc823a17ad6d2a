"""How often the loops of memcpy and memset run, and of what copies rows with them."""

from __future__ import annotations

from microinfer.libraries.copies import Copies
from microinfer.libraries.target import DEFAULT_TARGET
from microinfer.operators.resize_nearest_neighbor import ResizeGeometry

from support.kernel_rows import count


def copy_work(size: int, source: int, target: int) -> int:
    """Work of memcpy; addresses modulo 4."""
    copies = Copies()
    copies.copy(size, source, target)
    return sum(copies.counts.values())


def fill_work(size: int, target: int) -> int:
    """Work of memset; address modulo 4."""
    copies = Copies()
    copies.fill(size, target)
    return sum(copies.counts.values())


def test_copies() -> None:
    assert copy_work(64, 0, 0) < copy_work(64, 0, 1)
    assert copy_work(8, 0, 0) == 34
    assert fill_work(0, 0) > 0
    assert all(copy_work(n + 1, 0, 0) > 0 for n in range(200))


def test_copies_of_a_resize() -> None:
    """Pixels of 9 bytes: of the 6 x 2 copies, those with source and target both off a word have a head."""
    g = ResizeGeometry(
        batch=1, input_h=1, input_w=3, channels=9, output_h=2, output_w=6,
        align_corners=True, half_pixel_centers=False, dtype="int8",
    )  # fmt: skip
    counts = count("tflm-reference", "RESIZE_NEAREST_NEIGHBOR", g, DEFAULT_TARGET, {})
    assert counts is not None
    sources = (0, 0, 1, 1, 2, 2)
    heads = [9 * sources[i % 6] % 4 and 9 * i % 4 for i in range(12)]
    assert counts["headed_copies"] == sum(head > 0 for head in heads)
    assert (counts["floored_positions"], counts["rounded_positions"]) == (0, 14)

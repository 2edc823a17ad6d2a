"""Published rows of real boards against what is said of them: how many lie inside, how far off, how wide."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def published_rows() -> Iterator[Any]:
    sys.path.insert(0, str(BENCHMARKS))
    import published_rows

    yield published_rows
    sys.path.remove(str(BENCHMARKS))


def test_every_stack_is_known_and_every_row_has_its_source(published_rows: Any) -> None:
    for row in published_rows.published():
        assert published_rows.stack_of(row)
        assert row["source"]


@pytest.mark.parametrize("counted", [True, False])
def test_rows_lie_in_their_intervals(published_rows: Any, counted: bool) -> None:
    """Of kernels that were counted on the row's core at its build, and of those carried over, which say
    provisional."""
    rows = [one for one in published_rows.modelled() if one.carried != counted]
    assert len(rows) >= (9 if counted else 7)
    inside = sum(published_rows.inside(one.row["ms"], one.ms) for one in rows)
    assert inside / len(rows) >= 0.85
    if counted:
        assert median(abs(one.ratio - 1) for one in rows) <= 0.1
        assert median(published_rows.width(one.ms) for one in rows) <= 0.5
    else:
        assert all(one.provisional for one in rows)


def test_all_rows_together_lie_within_the_bar(published_rows: Any) -> None:
    """Counted or carried over, of every stack that is modelled."""
    rows = list(published_rows.modelled())
    assert sum(published_rows.inside(one.row["ms"], one.ms) for one in rows) / len(rows) >= 0.85
    assert median(abs(one.ratio - 1) for one in rows) <= 0.1
    assert median(published_rows.width(one.ms) for one in rows) <= 0.5


@pytest.mark.parametrize(
    ("library", "begins", "rows", "worst", "middle"),
    [("tflm-2020", "", 4, 0.02, 0.012), ("tflm-2021", "MicroNet-", 13, 0.08, 0.03)],
)
def test_rows_in_no_fit_are_met(
    published_rows: Any, library: str, begins: str, rows: int, worst: float, middle: float
) -> None:
    """MLPerf Tiny v0.5 and the MicroNets: counted kernels, and boards that were fitted on other rows."""
    found = [
        one
        for one in published_rows.modelled()
        if one.stack["library"] == library and one.row["model"].startswith(begins)
    ]
    if not found:
        pytest.skip("the networks of these rows are not here; MICROINFER_SHARED names their folder")
    assert len(found) == rows
    off = [abs(1 / one.ratio - 1) for one in found]
    assert max(off) <= worst
    assert median(off) <= middle


def test_flash_lies_in_its_interval(published_rows: Any) -> None:
    rows = [one for one in published_rows.modelled() if one.flash_kb is not None]
    assert len(rows) >= 27
    assert sum(published_rows.inside(one.row["flash_kb"], one.flash_kb) for one in rows) / len(rows) >= 0.9


def test_energy_lies_in_its_interval(published_rows: Any) -> None:
    rows = [one for one in published_rows.modelled() if one.uj is not None]
    if not rows:
        pytest.skip("the networks of these rows are not here; MICROINFER_SHARED names their folder")
    assert sum(published_rows.inside(one.row["uj"], one.uj) for one in rows) / len(rows) >= 0.85

"""Published rows of real boards against what is said of them: how many lie inside, how far off, how wide."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def published_rows(program: Any) -> Any:
    return program("published_rows")


def test_every_stack_is_known_and_every_row_has_its_source(published_rows: Any) -> None:
    for row in published_rows.published():
        assert published_rows.stack_of(row)
        assert row["source"]


@pytest.mark.parametrize("counted", [True, False])
def test_rows_lie_in_their_intervals(
    published_rows: Any, counted: bool, request: pytest.FixtureRequest
) -> None:
    """Of kernels that were counted on the row's core at its build, and of those carried over, which say
    provisional. Most networks of these no description rebuilds."""
    if not counted:
        request.getfixturevalue("shared")
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


def test_every_row_of_the_published_truth_is_held(published_rows: Any, shared: Path) -> None:
    """Under its board, stack and network, with the figures that were published."""

    def key(row: dict[str, Any], ms: str, uj: str, flash: str) -> tuple[Any, ...]:
        figures = (f"{row[name]:.4g}" if row.get(name) is not None else "" for name in (ms, uj, flash))
        return row["board"], row["stack"], row["model"], *figures

    truth = json.loads((shared / "truth" / "boards_published.json").read_text(encoding="utf-8"))
    wanted = Counter(key(row, "measured_ms", "measured_uj", "flash_kb_published") for row in truth)
    there = Counter(key(row, "ms", "uj", "flash_kb") for row in published_rows.published())
    assert wanted <= there


@pytest.mark.usefixtures("shared")
def test_every_row_is_on_the_page_or_counted_with_its_reason(published_rows: Any) -> None:
    """With the networks that no description rebuilds."""
    import boards

    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    every = published_rows.every()
    told = [one for one in every if one.ms is not None]
    others = [one for one in told if "engine" in one.stack]
    tables = {name: list(getattr(boards, name)()) for name in ("each", "each_flash", "engines", "left_out")}
    for lines in tables.values():
        assert "\n".join(lines) in page
    assert len(tables["each"]) - 3 == len(told) - len(others)
    assert len(tables["each_flash"]) - 4 == sum(one.flash_kb is not None for one in told if one not in others)
    assert sum(int(line.split(" | ")[2]) for line in tables["engines"][2:-1]) == len(others)
    assert sum(int(line.split(" | ")[2]) for line in tables["left_out"][2:-1]) == len(every) - len(told)
    for one in others:
        row = next(line for line in tables["engines"] if f"| {one.title} | {one.profile} |" in line)
        assert f"{one.row['model']} " in row
        assert f"{one.ratio:.2f}" in row

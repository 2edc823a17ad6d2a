"""A row says what `compare` and `validate` say, and is done once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import microinfer
from microinfer import zoo
from microinfer.errors import InputError
from microinfer.sweeps import Budgets, Campaign, SweepRow, summarise
from microinfer.sweeps.row_budgets import power_of

from support.commands import call, error_of
from support.sweeping import SMALL, Swept


@pytest.fixture
def swept(tmp_path: Path) -> Iterator[Swept]:
    made = Swept(tmp_path)
    yield made
    made.close()


def test_rows_are_those_of_compare(swept: Swept) -> None:
    campaign = swept(SMALL)
    found = list(campaign.rows())
    assert len(found) == campaign.what.rows == 4 * 8
    assert campaign.progress.done == 32
    for name, row in found:
        sizes = {"width": float(name[13:16]), "depth": 1} if "(" in name else {}
        model = microinfer.load(zoo.load(name.partition("(")[0], **sizes))
        (other,) = microinfer.compare(model, row.part, row.library, build=row.build).rows
        assert (row.sha256, row.verdict) == (model.sha256, other.verdict)
        assert (row.arena_bytes, row.flash_bytes) == (other.arena_bytes, other.flash_bytes)
        assert (row.ram_bytes, row.stored_bytes) == (other.ram_bytes, other.stored_bytes)
        expected = None if other.ms is None else other.ms.typical * 1e-3
        assert row.latency_s == (None if expected is None else pytest.approx(expected))


def test_a_row_done_is_never_done_again(swept: Swept, tmp_path: Path) -> None:
    """Under another name, in another sweep, as a file instead of a recipe."""
    first = dict(swept(SMALL).rows())
    assert first
    again = swept(SMALL)
    assert (again.progress.done, again.progress.reused) == (0, 32)
    assert list(again.rows())
    (tmp_path / "mine.tflite").write_bytes(zoo.load("digits"))
    (tmp_path / "twin.tflite").write_bytes(zoo.load("digits"))
    other = swept(
        {"models": [{"files": "*.tflite"}], "parts": "cortex-m4", "builds": "O3", "libraries": "all"}
    )
    assert (other.progress.done, other.progress.reused) == (0, 2 * len(other.what.settings))
    wider = swept({**SMALL, "builds": ["O3", "Os", "O2"]})
    assert (wider.progress.done, wider.progress.reused) == (16, 32)


def test_twins_within_a_sweep_are_one(swept: Swept, tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(zoo.load("sine"))
    (tmp_path / "b.tflite").write_bytes(zoo.load("sine"))
    campaign = swept({"models": [{"files": ["a.tflite", "b.tflite"]}]})
    assert (campaign.progress.done, campaign.progress.reused) == (1, 1)
    assert [name for name, _ in campaign.rows()] == ["a.tflite", "b.tflite"]


def test_a_part_of_ones_own_is_told_by_its_figures(swept: Swept, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    table = {"models": [{"zoo": "sine"}], "parts": "mine.toml"}
    rows = []
    for clock in (16_000_000, 8_000_000):
        mine.write_text(f'extends = "arduino-uno"\ntitle = "Mine"\nclock_hz = {clock}\n')
        campaign = swept(table)
        assert campaign.progress.done == 1
        rows += [row for _, row in campaign.rows()]
    assert rows[0].latency_s is not None
    assert rows[1].latency_s == pytest.approx(2 * rows[0].latency_s)
    mine.write_text('extends = "arduino-uno"\ntitle = "By another title"\nclock_hz = 8_000_000\n')
    assert swept(table).progress.done == 0


def test_scores_are_those_of_validate(swept: Swept) -> None:
    table = {
        "models": [{"zoo": "digits"}],
        "parts": ["cortex-m4", "arduino-uno"],
        "libraries": "all",
        "data": {"file": "zoo", "limit": 40},
        "budgets": {"accuracy": 0.5},
    }
    campaign = swept(table)
    for _, row in campaign.rows():
        found = microinfer.validate("digits", row.part, row.library, limit=40, layers=0)
        assert (row.metric, row.score, row.samples) == ("accuracy", found.accuracy, 40)
    assert swept({**table, "data": {"file": "zoo", "limit": 30}}).progress.done == 4


@pytest.mark.parametrize(
    ("budgets", "answer"),
    [
        (Budgets(), "yes"),
        (Budgets(latency_s=0.011), "yes"),
        (Budgets(latency_s=0.0095), "perhaps"),
        (Budgets(latency_s=0.008), "no"),
        (Budgets(energy_j=1.0), "cannot-tell"),
        (Budgets(energy_j=1.0, latency_s=0.008), "no"),
        (Budgets(arena_bytes=1000), "yes"),
        (Budgets(arena_bytes=999), "no"),
        (Budgets(flash_bytes=2000), "yes"),
        (Budgets(flash_bytes=1500), "perhaps"),
        (Budgets(flash_bytes=900), "no"),
        (Budgets(accuracy=0.5), "cannot-tell"),
    ],
)
def test_a_whole_interval_keeps_to_a_budget_or_not(budgets: Budgets, answer: str) -> None:
    row = SweepRow(
        "", "p", "l", "r", "b", "", "yes",
        latency_s=0.01, latency_low_s=0.009, latency_high_s=0.011,
        arena_bytes=1000, flash_bytes=1000, flash_high_bytes=2000,
    )  # fmt: skip
    assert budgets.judge(row) == answer


def test_the_store_can_be_asked_in_sql(swept: Swept, tmp_path: Path) -> None:
    campaign: Campaign = swept({"models": [{"zoo": "sine"}], "parts": "boards"})
    campaign.store.close()
    with sqlite3.connect(tmp_path / "rows.sqlite") as file:
        (best,) = file.execute("SELECT part FROM rows WHERE verdict = 'yes' ORDER BY latency_s LIMIT 1")
    file.close()
    assert best[0].startswith("teensy")


def test_none_of_the_best_is_no_other_sweep(swept: Swept) -> None:
    campaign = swept(SMALL)
    one, none = summarise(campaign, top=1), summarise(campaign, top=0)
    assert len(one.best) == 1
    assert none.to_dict() == replace(one, best=(), seconds=none.seconds).to_dict()
    assert none.complete


def test_no_score_without_data(swept: Swept) -> None:
    with pytest.raises(InputError, match="no data to score on"):
        summarise(swept(SMALL), by="score")


def test_one_row_does(tmp_path: Path) -> None:
    spec = tmp_path / "one.toml"
    text = 'models = [{zoo = "digits"}]\n[budgets]\nlatency = "%s"\n'
    for most, said, code in (("1us", "1 does not", 1), ("10s", "1 keeps to the budgets", 0)):
        spec.write_text(text % most)
        result = call("sweep", spec)
        assert result.exit_code == code, result.output
        assert said in result.output
    assert call("sweep", spec, "--top", "0").exit_code == 0
    assert "no data to score on" in error_of("sweep", spec, "--by", "score")


def test_power_at_a_rate_is_that_of_battery(swept: Swept) -> None:
    """On average, the currents of the part awake and asleep; too often is no."""
    board, rate = "nucleo-l4r5zi", 20.0
    campaign = swept({"models": [{"zoo": "digits"}], "parts": board})
    ((_, row),) = campaign.rows()
    (told,) = [life.average_w for _, life in microinfer.battery("digits", board, rate=rate).lives]
    found = power_of(row, rate)
    assert found is not None
    assert (found.typical, found.low, found.high) == pytest.approx((told.typical, told.low, told.high))
    for most, answer in (
        (told.high * 1.001, "yes"),
        (told.typical, "perhaps"),
        (told.low * 0.999, "no"),
    ):
        assert Budgets(power_w=most, rate_per_s=rate).judge(row) == answer
    assert row.latency_high_s is not None
    assert row.latency_low_s is not None
    assert Budgets(rate_per_s=0.99 / row.latency_high_s).judge(row) == "yes"
    assert Budgets(rate_per_s=1.01 / row.latency_low_s).judge(row) == "no"
    ((_, other),) = swept({"models": [{"zoo": "digits"}], "parts": "cortex-m4"}).rows()
    assert Budgets(power_w=1.0, rate_per_s=rate).judge(other) == "cannot-tell"

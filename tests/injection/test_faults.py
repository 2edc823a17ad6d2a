"""The whole of `microinfer faults`: rates, intervals, campaigns that go on, protection, the command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from html import escape
from pathlib import Path
from xml.etree import ElementTree
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer import InputError, zoo
from microinfer.injection import (
    FaultCampaign,
    FlipStore,
    choose_samples,
    parse_flip_rate,
    proportion,
    summarise,
)
from microinfer.injection.protection import protections
from microinfer.injection.sites import sites
from microinfer.validation import ValidationSettings
from microinfer.view.fault_page import render_faults

from support.commands import call, error_of, json_of
from support.single_operators import OPERATORS, model_of


def campaign(runs: int = 150, **extra: object) -> FaultCampaign:
    interpreter = microinfer.Interpreter(zoo.load("digits"), "nucleo-l4r5zi")
    specimen = choose_samples(interpreter, None, ValidationSettings(), 40)
    return FaultCampaign(specimen, runs, **extra)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "per_bit_hour"),
    [
        ("1e-6/bit/day", 1e-6 / 24),
        ("2e-15 / bit / h", 2e-15),
        ("3/Mbit/year", 3 / (1 << 20) / 8766),
        ("500FIT/Mbit", 500e-9 / (1 << 20)),
        ("500 fit/Mbit", 500e-9 / (1 << 20)),
        (1e-12, 1e-12),
    ],
)
def test_a_rate_has_units(said: str | float, per_bit_hour: float) -> None:
    assert parse_flip_rate(said).per_bit_hour == pytest.approx(per_bit_hour, rel=1e-12)


@pytest.mark.parametrize(
    "said", ["1e-6", "1e-6/bit", "-1/bit/h", "0/bit/h", "1/byte/h", "1FIT", "x", 0, True]
)
def test_a_rate_without_them_is_refused(said: str | float) -> None:
    with pytest.raises(InputError, match="expected flips by bit and time, such as 1e-6/bit/day"):
        parse_flip_rate(said)


def test_wilson() -> None:
    """By hand, from the formula: (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)."""
    found = proportion(5, 10)
    assert (found.low, found.high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    assert proportion(0, 10).low == 0
    assert proportion(0, 10).high == pytest.approx(1.959964**2 / (10 + 1.959964**2), rel=1e-6)
    assert proportion(0, 0).value is None
    assert (proportion(3, 4, whole=True).low, proportion(3, 4, whole=True).high) == (0.75, 0.75)


def test_sites_are_each_bit_once_and_more_runs_begin_alike() -> None:
    first = list(sites(999, 4))
    assert sorted(first) == list(range(999))
    assert list(sites(999, 5)) != first
    stream = sites(999, 4)
    assert [next(stream) for _ in range(700)] == first[:700]


def test_a_campaign_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = campaign()
    whole.run()
    with FlipStore(tmp_path / "t.sqlite") as store:
        first = campaign(60, store=store)
        first.run()
        second = campaign(store=store)
        second.run()
        assert (first.reused, second.reused, len(second.trials)) == (0, 120, 300)
        assert sorted(second.trials, key=repr) == sorted(whole.trials, key=repr)
        other = campaign(seed=1, store=store)
        other.run()
        assert other.reused == 0


def test_every_bit_once_leaves_nothing_to_chance() -> None:
    found = microinfer.faults("sine", "cortex-m4", runs=10**6, memory="flash", samples=2)
    assert found.memories[0].whole
    assert found.memories[0].trials == found.memories[0].bits == 8 * len(zoo.load("sine"))
    assert found.memories[0].silent.low == found.memories[0].silent.high


def test_a_crc_notices_what_is_said_of_it() -> None:
    done = campaign(400)
    done.run()
    silent = [one for one in done.trials if one.memory == "flash" and one.outcome == "silent"]
    data = bytes(done.specimen.interpreter.model.data)
    ways = {one.name: one for one in protections(done)}
    regions = [one for one in done.flash.map.regions if one.kind == "weights"]
    noticed = 0
    for trial in silent:
        struck = bytearray(data)
        struck[trial.byte] ^= 1 << trial.bit
        assert crc32(struck) != crc32(data)
        noticed += any(
            crc32(struck[one.start : one.start + one.size]) != crc32(data[one.start : one.start + one.size])
            for one in regions
        )
    assert ways["CRC-32 of weights"].noticed.hits == noticed
    assert ways["CRC-32 of weights"].checked_bytes == sum(one.size for one in regions)
    assert ways["CRC-32 of the file"].noticed.hits == len(silent)


def test_a_crc_costs_what_was_counted() -> None:
    on_avr = microinfer.faults("digits", "arduino-uno", runs=100, samples=20, memory="flash")
    row = on_avr.protections[0]
    assert (row.way, row.cycles, row.cycles_low) == ("crc", 45 * row.checked_bytes, 45 * row.checked_bytes)
    on_arm = microinfer.faults("digits", "nucleo-l4r5zi", runs=100, samples=20, memory="flash").protections[0]
    assert (on_arm.cycles, on_arm.cycles_low) == (None, 10 * on_arm.checked_bytes)
    on_other = microinfer.faults("digits", "cortex-m7", runs=100, samples=20, memory="flash").protections[0]
    assert (on_other.cycles, on_other.cycles_low) == (None, None)


def test_a_lifetime() -> None:
    done = campaign(200)
    done.run()
    found = summarise(done, parse_flip_rate("1e-9/bit/h"), 8766.0, 1.0)
    life = found.lifetime
    assert life is not None
    flash, arena = life.memories
    assert flash.flips == pytest.approx(1e-9 * 8 * len(zoo.load("digits")) * 8766)
    assert flash.silent_low <= flash.silent <= flash.silent_high  # type: ignore[operator]
    told = found.memories[0]
    assert flash.silent_high == pytest.approx(flash.flips * told.perhaps_silent.high)
    assert arena.hours < 8766 * 0.01
    assert life.at_least_one == pytest.approx(1 - np.exp(-(flash.silent + arena.silent)))  # type: ignore[operator]


def test_without_labels_changed_outputs_are_counted(tmp_path: Path) -> None:
    x, _ = zoo.samples("digits")
    np.savez(tmp_path / "x.npz", x=x[:20])
    found = json_of("faults", "digits", "--data", tmp_path / "x.npz", "--runs", "80", "--in", "flash")
    assert (found["accuracy"], found["task"]) == (None, "none")
    assert found["memories"][0]["outcomes"]["benign"] == 0
    loose = json_of(
        *("faults", "digits", "--data", tmp_path / "x.npz", "--runs", "80", "--in", "flash"),
        *("--tolerance", "0.1"),
    )
    assert loose["memories"][0]["outcomes"]["benign"] > 0


def test_a_program_that_is_generated_holds_numbers_alone() -> None:
    found = microinfer.faults("digits", "arduino-uno", "bare-c", runs=100, samples=20)
    assert "structure" not in {row.kind for row in found.kinds}
    assert found.memories[0].silent.hits


def test_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(model_of(OPERATORS["ABS"]))
    assert "--data is missing" in error_of("faults", path)
    assert "expected flips by bit and time" in error_of("faults", "digits", "--rate", "1e-6")
    assert "no such file" in error_of("faults", "digits", "--data", tmp_path / "no.npz").lower()
    small = call("faults", "ds_cnn", "-p", "arduino-uno")
    assert small.exit_code == 1
    assert "does not hold the model" in small.stderr
    with pytest.raises(InputError, match="does not hold the model"):
        microinfer.faults("ds_cnn", "arduino-uno")
    with pytest.raises(InputError, match="expected flash, arena or both"):
        microinfer.faults("digits", memory="ram")
    (tmp_path / "text.sqlite").write_text("no database " * 100)
    assert "is no store" in error_of("faults", "digits", "--store", tmp_path / "text.sqlite")


def test_a_picture(tmp_path: Path) -> None:
    svg, html = tmp_path / "f.svg", tmp_path / "f.html"
    said = call("faults", "digits", "--runs", "50", "--rate", "1e-6/bit/day", "--svg", svg, "--html", html)
    assert said.exit_code == 0
    assert said.stdout.endswith(f"\nwritten: {svg}\nwritten: {html}\n")
    drawn = svg.read_text()
    assert "bit 7 of 8" in drawn
    assert "CONV_2D" in drawn
    page = html.read_text()
    ElementTree.fromstring(page[page.index("<body>") : page.index("</html>")])
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    shown = [
        line.strip() for line in said.stdout.splitlines() if line.startswith(("How", "In ", "By", "What"))
    ]
    assert len(shown) == 6
    assert [escape(line) for line in shown] == re.findall("<h2>(.*?)</h2>", page)
    assert "is there already" in error_of("faults", "digits", "--html", html)


def test_a_page_of_a_model_with_an_odd_name_and_of_nothing_tried(tmp_path: Path) -> None:
    """A name is text, and a campaign that was ended at once has tables and no picture."""
    named = replace(microinfer.load(zoo.load("digits")), name="<script>alert(1)</script>")
    interpreter = microinfer.Interpreter(named, "nucleo-l4r5zi")
    specimen = choose_samples(interpreter, None, ValidationSettings(), 40)
    begun = FaultCampaign(specimen, 20)
    page = render_faults(summarise(begun), "O2")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "0 flips, seed 0, of 40 that were asked for" in page
    assert "<svg" not in page


def test_an_interrupted_campaign_keeps_what_is_done(tmp_path: Path) -> None:
    store = tmp_path / "t.sqlite"
    command = [
        *(sys.executable, "-m", "microinfer", "faults", "digits", "--runs", "500000", "--in", "arena"),
        *("--samples", "4", "--store", str(store), "--json"),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
    end = time.monotonic() + 90
    while time.monotonic() < end and not (store.exists() and _kept(store)):
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    found = json.loads(out)
    assert not found["complete"]
    assert 0 < found["trials"] < 500_000
    assert b"the same command goes on" in err
    assert _kept(store) == found["trials"]


def _kept(store: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as file:
            return int(file.execute("SELECT count(*) FROM trials").fetchone()[0])
    except sqlite3.Error:
        return 0

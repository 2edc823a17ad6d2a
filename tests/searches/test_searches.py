"""Searches run to their end, ended on the way, and gone on with."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import microinfer

from support.clients import begin_microinfer, rows_of_table, wait_for_rows
from support.commands import call, error_of, json_of
from support.searched_networks import build, score
from support.searching import NETWORKS, SPACE, search, spec, timeless, write


@pytest.mark.parametrize("method", ["random", "evolution", "halving"])
def test_the_same_seed_tries_the_same(method: str, tmp_path: Path) -> None:
    """In one process or two, in one store or another; another seed tries something else."""
    more: dict[str, Any] = {"method": method, "trials": 12, "budgets": {"latency": "2ms"}}
    if method == "halving":
        more["halving"] = {"most": 9}
    first = search(tmp_path, spec(**more))
    again = search(tmp_path, spec(**more))
    other = search(tmp_path, spec(**more), "other.sqlite", jobs=2)
    assert timeless(first.trials) == timeless(again.trials) == timeless(other.trials)
    assert (again.done, again.reused) == (0, first.done)
    assert first.done == first.wanted == first.scored
    assert search(tmp_path, spec(seed=1, **more)).trials != first.trials


def test_evolution_finds_more_than_chance(tmp_path: Path) -> None:
    best: dict[str, list[float]] = {"random": [], "evolution": []}
    for method, found in best.items():
        for seed in range(4):
            made = search(tmp_path, spec(method=method, seed=seed, trials=64, at_once=4))
            assert made.best is not None
            found.append(made.best.score or 0.0)
    assert sum(best["evolution"]) > sum(best["random"])


def test_what_breaks_a_budget_is_not_scored(tmp_path: Path) -> None:
    free = search(tmp_path, spec(method="random"))
    assert free.best is not None
    times = sorted(one.latency_high_s or 0.0 for one in free.trials)
    most = times[len(times) // 2]
    held = search(tmp_path, spec(method="random", budgets={"latency": most, "arena": 200}))
    assert len(held.trials) == 24
    assert held.answers["no"] > 0
    assert all((one.latency_s or 1.0) <= most for one in held.trials)
    assert all((one.arena_bytes or 1000) <= 200 for one in held.trials)
    assert all(one.answer == "yes" for one in held.trials)
    m4 = {"method": "random", "parts": "nucleo-l4r5zi"}
    middle = sorted(one.latency_s or 0.0 for one in search(tmp_path, spec(**m4)).trials)[12]
    perhaps = search(tmp_path, spec(**m4, budgets={"latency": middle}, accept="perhaps"))
    assert {one.answer for one in perhaps.trials} == {"yes", "perhaps"}
    none = search(tmp_path, spec(trials=2, budgets={"flash": 100}))
    assert (none.best, none.trials, none.scored) == (None, (), 0)
    assert none.proposed == none.answers["no"]


def test_halving_gives_most_to_the_best(tmp_path: Path) -> None:
    table = spec(method="halving", halving={"least": 1, "most": 16, "factor": 4}, trials=16)
    found = search(tmp_path, table)
    assert [sum(one.budget == budget for one in found.trials) for budget in (1, 4, 16)] == [12, 3, 1]
    assert found.best is not None
    assert found.best.budget == 16
    assert (found.best.score or 0.0) > max(one.score or 0.0 for one in found.trials if one.budget == 1)
    assert found.front == (found.best,)


def test_of_several_parts_each_keeps_to_the_budgets(tmp_path: Path) -> None:
    alone = {
        part: search(tmp_path, spec(parts=part, seed=2, method="random")).trials
        for part in ("arduino-uno", "nucleo-l4r5zi")
    }
    both = search(tmp_path, spec(parts=list(alone), seed=2, method="random")).trials
    for one, slow, quick in zip(both, *alone.values(), strict=True):
        assert one.latency_s == max(slow.latency_s or 0.0, quick.latency_s or 0.0)
        assert one.flash_bytes == max(slow.flash_bytes or 0, quick.flash_bytes or 0)


def test_the_model_that_a_score_gives_back(tmp_path: Path) -> None:
    """Its figures count; beyond the budgets it is not among the best."""
    place = tmp_path / "best.tflite"
    found = search(tmp_path, spec("train", trials=6), output=place)
    assert all(one.trained for one in found.trials)
    assert found.best is not None
    assert microinfer.load(place).sha256 == found.best.sha256
    plan = microinfer.plan(place, "arduino-uno")
    assert plan.plan.min_arena_bytes == found.best.arena_bytes
    (width,) = {
        microinfer.load(place).subgraphs[0].tensors[each].shape[0]
        for each in (microinfer.load(place).subgraphs[0].operators[0].inputs[1],)
    }
    assert width == 2 * found.best.config["units"]
    tight = search(tmp_path, spec("train", trials=6, budgets={"arena": 120}))
    assert any(one.answer == "no" and one.score is not None for one in tight.trials)
    assert all((one.arena_bytes or 1000) <= 120 for one in tight.front)


def test_the_best_as_it_was_built(tmp_path: Path) -> None:
    place = tmp_path / "best.tflite"
    found = search(tmp_path, spec(trials=4), output=place)
    assert found.best is not None
    assert microinfer.load(place).sha256 == found.best.sha256


def test_what_goes_wrong_stays_in_its_trial(tmp_path: Path) -> None:
    wrong = {"wrong": ["build", "raises", "nan", "text", "crashes", "not"]}
    table = spec(space={**SPACE, **wrong}, trials=40, method="random")
    found = search(tmp_path, table)
    assert found.scored + found.failed == 40
    said = " ".join(found.errors)
    for each in (
        "raised ValueError: no such network",
        "raised RuntimeError: does not converge (line",
        "returned nan, expected a finite number",
        "returned a str, expected a finite number",
        "the score ended its process with code 7",
    ):
        assert each in said, said
    assert found.best is not None
    assert found.best.config["wrong"] == "not"
    again = search(tmp_path, table, redo="errors")
    assert (again.done, again.reused) == (found.failed, found.scored)


def test_a_build_that_is_not_seeded_is_refused(tmp_path: Path) -> None:
    (tmp_path / "n.py").write_text(
        "import os\nfrom searched_networks import build as same\n"
        "def build(config): return same(config) + os.urandom(4)\n"
    )
    (tmp_path / "searched_networks.py").write_text(NETWORKS.read_text())
    found = search(tmp_path, spec(build=f"{tmp_path / 'n.py'}:build", trials=1))
    assert list(found.errors) == ["build gave another file than when it was measured: seed what it draws"]


def test_a_space_that_is_used_up(tmp_path: Path) -> None:
    found = search(tmp_path, spec(space={"units": [4, 8, 12]}, trials=20))
    assert found.exhausted
    assert sorted(one.config["units"] for one in found.trials) == [4, 8, 12]


@pytest.mark.parametrize("proxy", ["macs", "weights", "regions"])
def test_proxies_order_by_size(proxy: str, tmp_path: Path) -> None:
    found = search(tmp_path, spec(score=proxy, space={"units": [4, 16, 64]}, trials=3))
    scores = {one.config["units"]: one.score or 0.0 for one in found.trials}
    assert scores[4] < scores[16] < scores[64]
    if proxy == "macs":
        assert scores == {units: 8 * units + 10 * units for units in (4, 16, 64)}


def test_functions_of_this_file_by_themselves(tmp_path: Path) -> None:
    table = {**spec(trials=2), "build": build, "score": score}
    assert search(tmp_path, table).scored == 2


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
@pytest.mark.skipif(os.name == "nt", reason="other signals there")
def test_a_search_that_is_ended_goes_on(how: str, tmp_path: Path) -> None:
    path = write(tmp_path)
    client = begin_microinfer("search", str(path), "--jobs", "1")
    wait_for_rows(tmp_path / "s.sqlite", "scores", 3, client, 120)
    client.send_signal(getattr(signal, how))
    _, err = client.communicate(timeout=60)
    if how == "SIGINT":
        assert client.returncode == 130
        assert "of 40 scores are in" in err
        assert "the same command goes on" in err
    before = rows_of_table(tmp_path / "s.sqlite", "scores")
    assert 3 <= before < 40
    told = json_of("search", path, "--jobs", "2")
    assert (told["reused"], told["scored"]) == (before, 40)


def test_the_command_and_its_files(tmp_path: Path) -> None:
    path = write(tmp_path, "score", trials=8)
    svg, html, best = (tmp_path / name for name in ("f.svg", "f.html", "b.tflite"))
    result = call("search", path, "--svg", svg, "--html", html, "-o", best, "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "8 scores by score: 8 done now" in result.stdout
    assert result.stdout.count("written: ") == 3
    assert svg.read_text().count("<circle") == 3 * 8
    assert html.read_text().count("<circle") == 3 * 8
    assert microinfer.load(best).sha256 == json_of("search", path)["best"]["sha256"]
    assert "is there already" in error_of("search", path, "--svg", svg)
    assert "--retry and --anew" in error_of("search", path, "--retry", "--anew")
    assert json_of("search", path, "--anew", "--jobs", "1")["done"] == 8
    assert json_of("search", path, "--seed", "9", "--trials", "2", "--jobs", "1")["wanted"] == 2


def test_exit_codes(tmp_path: Path) -> None:
    path = write(tmp_path, "score", trials=2)
    text = path.read_text()
    path.write_text(f"{text}[budgets]\nflash = 100\n")
    assert call("search", path).exit_code == 1
    path.write_text(f"{text}[budgets]\npower = '1mW'\nrate = '1/s'\n".replace("arduino-uno", "cortex-m4"))
    assert call("search", path).exit_code == 3
    path.write_text(text.replace("units =", "unit ="))
    result = call("search", path)
    assert result.exit_code == 2
    assert "raised KeyError: 'units'" in result.stdout

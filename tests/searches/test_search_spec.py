"""What the spec of a search may say, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microinfer.errors import InputError, MicroinferError
from microinfer.searches import read_search, search_of

FINE: dict[str, Any] = {"build": "b.py:build", "score": "macs", "space": {"n": [1, 2]}}


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("def build(config): return b''\ndef score(model, config): return 1.0\n")
    (tmp_path / "d.txt").write_text("data")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"build": None}, "key 'build': found None, expected file.py:function or module:function"),
        ({"build": "none.py:build"}, "none.py: cannot be read: No such file"),
        ({"score": "mac"}, "key 'score': found 'mac' (did you mean 'macs'?), expected file.py:function"),
        ({"score": lambda model, config: 1.0}, "is not a function at the top of a file"),
        ({"spaces": {}}, "key 'spaces': unknown (did you mean 'space'"),
        ({"method": "evolve"}, "key 'method': found 'evolve'"),
        ({"accept": "no"}, "key 'accept': found 'no', expected one of yes, perhaps, cannot-tell"),
        ({"trials": 0}, "key 'trials': found 0, expected a whole number from 1"),
        ({"seed": "x"}, "key 'seed': found 'x'"),
        ({"parts": "arduino-unno"}, "arduino-uno"),
        ({"budgets": {"power": "1mW"}}, "budgets.power: hangs on how often it runs; add a rate"),
        ({"budgets": {"power": "1", "rate": "1/s"}}, "expected a figure above 0 with its unit, such as 1mW"),
        ({"budgets": {"rate": "often"}}, "budgets.rate: rate 'often': expected inferences by time"),
        ({"budgets": {"accuracy": 0.9}}, "budgets.accuracy: is what the score tells"),
        ({"method": "halving"}, "halving: found None, expected what a score may take, such as"),
        ({"halving": {"most": 9}}, "halving: goes with method = 'halving' alone"),
        ({"method": "halving", "halving": {"most": 9, "least": 10}}, "expected 0 < least <= most"),
        ({"method": "halving", "halving": {"mist": 9}}, "key 'mist': unknown (did you mean 'most'?)"),
        ({"reads": "none.npz"}, "key 'reads': "),
        ({"store": 3}, "key 'store'"),
    ],
)
def test_mistakes_are_named(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(MicroinferError) as caught:
        search_of({**FINE, **more}, folder=tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", FINE)
def test_what_a_search_needs(key: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"key '{key}': is not there"):
        search_of({name: value for name, value in FINE.items() if name != key}, folder=tmp_path)


def test_rungs_of_halving(tmp_path: Path) -> None:
    def rungs(**halving: Any) -> tuple[float | None, ...]:
        return search_of({**FINE, "method": "halving", "halving": halving}, folder=tmp_path).rungs

    assert rungs(most=27) == (1, 3, 9, 27)
    assert rungs(least=3, most=12, factor=2) == (3, 6, 12)
    assert rungs(least=0.25, most=1.0, factor=2) == (0.25, 0.5, 1.0)
    assert rungs(least=5, most=5) == (5,)
    spec = search_of({**FINE, "trials": 20, "method": "halving", "halving": {"most": 9}}, folder=tmp_path)
    assert spec.scores == 20 + 7 + 3


def test_what_a_score_hangs_on_is_told(tmp_path: Path) -> None:
    before = search_of({**FINE, "reads": "d.txt"}, folder=tmp_path)
    (tmp_path / "d.txt").write_text("other data")
    assert search_of({**FINE, "reads": "d.txt"}, folder=tmp_path).marks != before.marks


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("build = 'b.py:build'\nscore = 'b.py:score'\nseed = 3\n[space]\nn = [1, 2]\n")
    spec = read_search(path, {"seed": 4})
    assert spec.seed == 4
    assert not isinstance(spec.score, str)
    assert spec.score.function == "score"
    path.write_text("build = [")
    with pytest.raises(InputError, match="cannot be read as TOML"):
        read_search(path)
    with pytest.raises(InputError, match="no such file"):
        read_search(tmp_path / "none.toml")

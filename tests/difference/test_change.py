"""What a new model changes against an old one: figures are those of each alone, operators are paired."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

import microinfer
from microinfer.builder import ModelBuilder
from microinfer.difference.alignment import align
from microinfer.difference.answer_changes import Answers
from microinfer.difference.change_comment import render_change
from microinfer.difference.model_change import FigureChange, ModelChange, compare_models, figure_words
from microinfer.errors import InputError
from microinfer.model.read import load
from microinfer.parts.profile import load_profile
from microinfer.timing.energy import Span

from support.commands import call

BOARD = "nucleo-l4r5zi"


def network(channels: int = 4, *, seed: int = 0, relu: bool = False, scale: float = 0.1) -> bytes:
    generator = np.random.default_rng(seed)
    b = ModelBuilder()
    x = b.input((1, 8, 8, 1), scale=0.02, zero_point=-3)
    y = b.conv_2d(x, generator.normal(size=(channels, 3, 3, 1)), scale=0.05, zero_point=1)
    if relu:
        y = b.relu(y)
    y = b.reshape(y, (1, 64 * channels))
    last = np.random.default_rng(1).normal(size=(3, 64 * channels)) / 8
    b.output(b.fully_connected(y, last, scale=scale, zero_point=0))
    return b.build()


def changed(old: bytes, new: bytes) -> ModelChange:
    return compare_models(load(old), load(new), load_profile(BOARD))


def test_figures_are_those_of_each_model_alone() -> None:
    old, new = network(4), network(8)
    found = changed(old, new)
    for side, data in ((0, old), (1, new)):
        alone = microinfer.compare(data, BOARD, "tflm-cmsis-nn").rows[0]
        ends = {f.name: (f.before, f.after)[side] for f in found.figures}
        assert ends["arena"] is not None
        assert ends["arena"].typical == alone.arena_bytes
        assert ends["flash"] is not None
        assert ends["flash"].typical == alone.flash_bytes
        assert ends["RAM"] is not None
        assert ends["RAM"].typical == alone.ram_bytes
        assert alone.ms is not None
        assert ends["latency"] is not None
        assert ends["latency"].scaled(1e3) == alone.ms
        assert found.verdicts[side] == alone.verdict
    assert [each.state for each in found.operators] == ["changed", "changed", "changed"]


def test_the_same_model_changes_nothing() -> None:
    found = changed(network(), network())
    assert not found.changed
    assert all(figure.times == 1 for figure in found.figures)
    assert "All operators are the same" in render_change(found)
    for before, after, change in map(figure_words, found.figures):
        assert (before, change) == (after, "same")
    assert [figure.name for figure in found.figures if figure.provisional] == ["energy"]


def test_each_side_says_for_itself_that_it_rests_on_an_assumption() -> None:
    span = Span(0.002, 0.001, 0.003)
    for each in ((True, False), (False, True), (True, True), (False, False)):
        words = figure_words(FigureChange("latency", "s", span, span, any(each), each))
        assert tuple(word.endswith("*") for word in words[:2]) == each
    unknown = figure_words(FigureChange("latency", "s", None, span, True, (True, True)))
    assert unknown[:2] == ("unknown", f"{words[0]}*")


def test_new_weights_are_told_from_new_shapes() -> None:
    assert [o.state for o in changed(network(), network(seed=5)).operators] == ["weights", "same", "same"]


def test_an_operator_more_is_added() -> None:
    found = changed(network(), network(relu=True))
    assert [(o.operator, o.state) for o in found.changed] == [("RELU", "added")]
    back = changed(network(relu=True), network())
    assert [(o.operator, o.state, o.after) for o in back.changed] == [("RELU", "removed", None)]


def test_pairs_are_in_order_and_whole() -> None:
    old = [("A", 1), ("B", 1), ("C", 1), ("B", 2)]
    new = [("A", 1), ("X", 1), ("B", 9), ("B", 2), ("D", 0)]
    pairs = list(align(old, new))
    assert [i for i, _ in pairs if i is not None] == [0, 1, 2, 3]
    assert [j for _, j in pairs if j is not None] == [0, 1, 2, 3, 4]
    assert (0, 0) in pairs
    assert (3, 3) in pairs
    assert (1, 2) in pairs
    assert (2, None) in pairs


def answers(old: bytes, new: bytes, x: np.ndarray) -> Answers:
    sides = (microinfer.Interpreter(each) for each in (old, new))
    made = Answers(*sides, data=(x, None))
    for _ in made.run():
        pass
    return made


def test_answers_are_those_of_each_model_alone() -> None:
    x = np.random.default_rng(3).integers(-128, 128, (150, 8, 8, 1), np.int8)
    old, new = network(), network(seed=2)
    found = answers(old, new, x).result()
    before, after = (microinfer.Interpreter(each).run_batch(x).astype(int) for each in (old, new))
    assert found.samples == 150
    assert found.equal == (before == after).all(axis=1).sum() < 150
    assert found.largest == pytest.approx(np.abs(before - after).max() * 0.1, rel=1e-6)
    assert found.rms == pytest.approx(np.sqrt(np.square((before - after) * 0.1).mean()), rel=1e-5)
    assert found.other_labels == (before.argmax(1) != after.argmax(1)).sum()
    same = answers(old, old, x).result()
    assert (same.equal, same.largest, same.other_labels) == (150, 0.0, 0)


def test_equal_bytes_at_another_scale_are_not_equal() -> None:
    x = np.random.default_rng(3).integers(-128, 128, (9, 8, 8, 1), np.int8)
    assert answers(network(), network(scale=0.2), x).result().equal < 9


def test_outputs_of_other_sizes_cannot_be_compared() -> None:
    b = ModelBuilder()
    b.output(b.reshape(b.input((1, 8, 8, 1), scale=0.02), (1, 64)))
    with pytest.raises(InputError, match="3 elements before and 64 after"):
        answers(network(), b.build(), np.zeros((2, 8, 8, 1), np.int8))


def test_a_model_that_cannot_be_told_ends_nothing() -> None:
    b = ModelBuilder()
    x = b.input((1, 8), dtype="float32")
    y = b.tensor((1, 8), "float32")
    b.operator("CUSTOM", [x], [y], custom_code="Unheard")
    b.output(y)
    found = changed(network(), b.build())
    assert found.verdicts[0] == "yes"
    assert found.verdicts[1] != "yes"
    latency = next(figure for figure in found.figures if figure.name == "latency")
    assert latency.after is None
    assert latency.times is None
    assert "unknown" in render_change(found)


def test_markdown_is_two_tables(tmp_path: Path) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(render_change(changed(network(), network(8))))
    assert sum(token.type == "table_open" for token in tokens) == 2
    assert json.loads(changed(network(), network(8)).to_json())["schema"] == "microinfer.change/1"


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, data = (tmp_path / name for name in ("old.tflite", "new.tflite", "x.npz"))
    old.write_bytes(network())
    new.write_bytes(network(seed=2))
    np.savez(data, x=np.random.default_rng(1).integers(-128, 128, (20, 8, 8, 1), np.int8))
    found = call("compare", old, new, "-p", BOARD, "--data", data, "--limit", 7, "--json")
    answers = json.loads(found.stdout)["answers"]
    assert (found.exit_code, answers["samples"]) == (0, 7)
    text = call("compare", old, new, "-p", BOARD, "-p", "arduino-uno", "--data", data)
    assert "20 samples of" in text.stdout
    assert "arduino-uno" in text.stdout
    monkeypatch.chdir(tmp_path)
    three = call("compare", old.name, new.name, old.name, "-p", BOARD)
    assert (three.exit_code, three.stdout.count("old.tflite")) == (0, 2)
    for wrong, words in (
        ((old, "--data", data), "name both"),
        ((old, new, "--limit", 3), "missing"),
        ((old, new, "--library", "all"), "one library"),
        ((old, new, "--svg", "a.svg"), "take one model"),
        ((old, new, "--json", "--format", "markdown"), "two answers"),
        ((old, new, "--json", "-p", BOARD, "-p", "cortex-m4"), "one part"),
    ):
        refused = call("compare", *wrong)
        assert refused.exit_code == 2
        assert words in refused.stderr

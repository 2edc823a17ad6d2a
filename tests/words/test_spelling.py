"""Words that are meant: all that match, the nearest first, in one wording."""

from __future__ import annotations

import pytest

from microinfer.words.spelling import alike, did_you_mean, nearest_note

from support.commands import error_of

PARTS = ("cortex-m0plus", "cortex-m33", "cortex-m4", "cortex-m7", "nucleo-f446re", "nucleo-f429zi", "pico")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("cortex-m44", ["cortex-m4", "cortex-m7", "cortex-m33"]),
        ("CORTEX-M7", ["cortex-m7", "cortex-m4"]),
        ("nucleo-f44re", ["nucleo-f446re"]),
        ("nucleo", ["nucleo-f446re", "nucleo-f429zi"]),
        ("f4", []),
        ("esp", []),
        ("", []),
    ],
)
def test_all_that_match_come_the_nearest_first(word: str, found: list[str]) -> None:
    assert alike(word, PARTS) == found


def test_the_question_names_five_and_counts_the_others() -> None:
    names = [f"part-{letter}" for letter in "abcdefgh"]
    assert did_you_mean("part-a", names[:1], "") == "did you mean 'part-a'?"
    assert did_you_mean("part", names[:2], "") == "did you mean 'part-a' or 'part-b'?"
    assert did_you_mean("part", names[:3], "") == "did you mean 'part-a', 'part-b' or 'part-c'?"
    five = "'part-a', 'part-b', 'part-c', 'part-d'"
    assert did_you_mean("part", names[:5], "") == f"did you mean {five} or 'part-e'?"
    assert nearest_note("part", names) == f" (did you mean {five}, 'part-e' and 3 more?)"


def test_without_any_there_is_what_else_to_say() -> None:
    assert did_you_mean("zebra", PARTS, "there is a list") == "there is a list"
    assert nearest_note("zebra", PARTS) == ""
    assert nearest_note("zebra", []) == ""


def test_files_that_end_alike_are_not_all_meant() -> None:
    assert alike("okk.tflite", ["faces.tflite", "ok.tflite", "x.tflite"]) == ["ok.tflite"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "digits", "-p", "cortex-m44"), "'cortex-m44' (did you mean 'cortex-m4', "),
        (("check", "digits", "--library", "cmsis-n"), "(did you mean 'tflm-cmsis-nn'?)"),
        (("compare", "digits", "--library", "tflm-referense"), "(did you mean 'tflm-reference'?)"),
        (("run", "mobilenet"), "; did you mean 'mobilenet_v1'?"),
        (("ops", "CONV2D"), "; did you mean 'CONV_2D'?"),
        (("check", "digits", "--resolver", "SOFTMX"), "(did you mean 'SOFTMAX'?)"),
        (("run", "digits", "--profle", "x"), "no option '--profle'; did you mean '--profile'?"),
        (("run", "digits", "--zzz"), "no option '--zzz'; none is alike"),
        (("check", "digits", "--format", "jsn"), "(did you mean 'json'?)"),
        (("rnu", "digits"), "; did you mean 'run'?"),
    ],
)
def test_every_command_says_it_so(words: tuple[str, ...], said: str) -> None:
    assert said in error_of(*words)

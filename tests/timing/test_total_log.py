"""One time of a whole inference, in the forms that benchmarks print."""

from __future__ import annotations

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.deployment import deploy
from microinfer.deploy.logs import compare_total
from microinfer.parts.profile import profile_names
from microinfer.timing.total_log import parse_total


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("386 ms in all", (0.386,)),
        ("Inference time: 386.595 ms\n", (0.386595,)),
        ("[boot] 12 s\nInvoke took 7,304 us\nInvoke took 7,306 us\n", (7.304e-3, 7.306e-3)),
        ("total 0.386 s", (0.386,)),
        ("latency 2.5e3 µs", (2.5e-3,)),
        ("386ms", (0.386,)),
        ("CONV_2D took 1442311 ticks (12 ms).", ()),
        ("0,CONV_2D,1442311", ()),
        ("", ()),
    ],
)
def test_reads_a_time(text: str, seconds: tuple[float, ...]) -> None:
    assert parse_total(text) == pytest.approx(seconds)


@pytest.mark.parametrize("library", ["tflm-cmsis-nn", "tflm-reference"])
@pytest.mark.parametrize("build", ["O3", "Os"])
def test_says_which_library_and_build_it_fits(library: str, build: str) -> None:
    model, board = load(zoo.load("ds_cnn")), load_profile("nucleo-l4r5zi")
    took = deploy(model, board.built(build), library).seconds
    assert took is not None
    found = compare_total(model, board, [took.typical])
    assert (library, build) in {(row.library, row.build) for row in found.rows if row.inside}
    assert found.rows[0].ratio == pytest.approx(1.0, abs=0.01)
    assert f"{library} at -{build}" in found.sentence
    assert "no library" in compare_total(model, board, [1e4 * took.high]).sentence


@pytest.mark.parametrize("profile", profile_names())
def test_every_library_of_the_part_is_held(profile: str) -> None:
    """Each that has a time at all, at each level that its own compiler has; asserts where they tell."""
    model, part = load(zoo.load("digits")), load_profile(profile)
    known = {
        name
        for name in part.libraries
        for build in ("O2", "O3", "Os")
        if deploy(model, part.built(build), name).seconds is not None
    }
    found = compare_total(model, part, [0.01])
    assert {row.library for row in found.rows} == known
    if "tflm-reference" in known:
        builds = {row.build for row in found.rows if row.library == "tflm-reference"}
        assert builds >= {"O3", "O2", "Os", "O2,asserts", "Os,asserts"}

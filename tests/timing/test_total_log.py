"""One time of a whole inference, in the forms that benchmarks print."""

from __future__ import annotations

import pytest

from microinfer import InputError, load, load_profile, zoo
from microinfer.deploy.deployment import deploy
from microinfer.deploy.logs import compare_total
from microinfer.parts.profile import profile_names
from microinfer.timing.total_text import parse_total

CLOCK = 120_000_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("386 ms in all", (0.386,)),
        ("Inference time: 386.595 ms\n", (0.386595,)),
        ("[boot] 12 s\nInvoke took 7304 us\nInvoke took 7306 us\n", (7.304e-3, 7.306e-3)),
        ("total 0.386 s", (0.386,)),
        ("latency 2.5e3 µs", (2.5e-3,)),
        ("386ms", (0.386,)),
        ("Invoke took 1,007,304 us", (1.007304,)),
        ("Invoke took 7,304.5 us", (7.3045e-3,)),
        ("12:30:01.250 386 ms in all", (0.386,)),
        ("Predictions (DSP: 12 ms., Classification: 54 ms., Anomaly: 0 ms.): \n", (0.054,)),
        ("Timing: DSP 12 ms, inference 54 ms, anomaly 0 ms", (0.054,)),
        ("54 ms inference time, 12 ms DSP", (0.054,)),
        ("[1234 ms] Invoke took 386 ms", (0.386,)),
        ("inference min 380 ms, avg 386 ms, max 390 ms", (0.386,)),
        ("Invoke took 386.2 ms (386200 us)", (0.3862,)),
        ("RunNIterations(10) took 3866 ms", (0.3866,)),
        ("10 inferences took 3866 ms", (0.3866,)),
        ("iterations: 10, total 3866 ms", (0.3866,)),
        ("average over 10 inferences: 386 ms", (0.386,)),
        ("10 inferences took 3866 ms, average 386.6 ms", (0.3866,)),
        ("10 inferences took 3866 ms (386.6 ms per inference)", (0.3866,)),
        ("avg DSP 12 ms, Classification 54 ms", (0.054,)),
        ("Inference time (us): 54000", (0.054,)),
        ("latency_ms=54.5", (0.0545,)),
        ("Total cycles: 46391400", (46391400 / CLOCK,)),
        ("Inference took 184,207 cycles", (184207 / CLOCK,)),
        ("Total cycles: 46391400\nInvoke took 386 ms", (0.386,)),
        ("m-infer-start-10\r\nm-lap-us-5000000\r\nm-lap-us-8866000\r\nm-infer-done\r\n", (0.3866,)),
        ("m-lap-us-9\nm-infer-start-1\nm-lap-us-4294967000\nm-lap-us-704", (1e-3,)),
        ("KeywordRunNIterations(1) took 54000 ticks (54 ms)", (0.054,)),
        ("KeywordRunNIerations(10) took 1200000 ticks (1200000000 ms)\n", (1e-3,)),
        (
            "Initialize took 9 ticks (0 ms).\nWithPersonDataIterations(1) took 54 ticks (54 ms)",
            (0.054,),
        ),
        ("Inference took 386 msec", (0.386,)),
        ("Inference: 54000 usec", (0.054,)),
        ("Inference: 54000 microsecs", (0.054,)),
        ("Inference time (usec): 54000", (0.054,)),
        ("Inference time (us), 54000", (0.054,)),
        ("Inference time = 54 msecs", (0.054,)),
        ("inference time 54 mS", (0.054,)),
        ("Inference time: 54000 \u03bcs", (0.054,)),
        ("inference_us 54000", (0.054,)),
        ("Elapsed time: 54.0 millisec", (0.054,)),
        ("took 1.2 secs", (1.2,)),
        ("Runtime is 54.0 ms/infer", (0.054,)),
        ("Cycle count: 46391400", (46391400 / CLOCK,)),
        ("DWT cycles 46391400", (46391400 / CLOCK,)),
        ("inference_cycles: 46391400", (46391400 / CLOCK,)),
        ("m-infer-start-10\nm-lap-cycles-5000\nm-lap-cycles-463919000\nm-infer-done", (0.386595,)),
        ("m-infer-start-2\nm-lap-ms-10\nm-lap-ms-118", (0.054,)),
        ("m-infer-start-1\nm-lap-cycles-4294967000\nm-lap-cycles-119704", (1e-3,)),
        ("Median throughput is 18.519 inf./sec.", (1 / 18.519,)),
        (
            "Performance results for window 1:\n  # Inferences : 185\n  Runtime : 10.000 sec.\n"
            "  Throughput : 18.500 inf./sec.\n",
            (1 / 18.5,),
        ),
        (
            "  # Inferences : 185\n  Runtime : 10.000 sec.\n  Throughput : 18.500 inf./sec.\n"
            "---\nMedian throughput is 18.519 inf./sec.",
            (1 / 18.519,),
        ),
        ("18.5 inferences per second", (1 / 18.5,)),
        ("Inference took 54 ms (18.5 inferences/s)", (0.054,)),
        ("*** Booting Zephyr OS v3.4.0 ***\n[00:00:00.386,000] <inf> app: Inference took 54000 us", (0.054,)),
        ("12:34:56.789 -> Inference time: 54 ms", (0.054,)),
        ("[kws] inference - 54 ms", (0.054,)),
        ("I (1234) main: inference time = 54000 us", (0.054,)),
        ("duration : 54.000 ms (average)\nCPU cycles : 3456000 (average)", (0.054,)),
        ("CONV_2D took 300 us\nRELU: 12 us\nInvoke took 386 ms", (0.386,)),
        ("ADD, 3000 cycles\nTotal cycles: 46391400", (46391400 / CLOCK,)),
        ("0,CONV_2D,1442311\nTotal cycles: 1442311", ()),
        ("CONV_2D took 1442311 ticks (12 ms).", ()),
        ("0,CONV_2D,1442311", ()),
        ("", ()),
    ],
)
def test_reads_a_time(text: str, seconds: tuple[float, ...]) -> None:
    assert parse_total(text, CLOCK) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Inference time: 386,6 ms", "write 386.6"),
        ("Inference time (ms): 386,6", "write 386.6"),
        ("Invoke took 7,304 us", "write 7.304 or 7304"),
        ("Invoke took 3 866 ms", "two ways"),
        ("Invoke took 3'866 ms", "two ways"),
        ("Invoke took 1.234.567 us", "two ways"),
        ("DSP 12 ms, total 66 ms", "several times"),
        ("Average of 10 runs: DSP 12 ms, Classification 54 ms", "how many"),
        ("Ran 10 inferences\nTotal time: 3866 ms", "--inferences 10"),
        ("m-lap-us-386000", "clock"),
        ("CONV_2D took 300 us\nSOFTMAX took 12 us\n", "'CONV_2D took 300 us' is of one operator"),
        ("I (12) op: SOFTMAX: 0.3 ms", "is of one operator"),
        ("CONV_2D, 30000 cycles", "is of one operator"),
        ("CONV_2D time (us): 300", "is of one operator"),
        ("Invoke took 3e400 ms", "no time that an inference takes"),
        ("Inference took 1e300 s", "no time that an inference takes"),
        ("Invoke took -5 ms", "below 0"),
        ("Inference time: -5000us", "below 0"),
        ("Throughput 0 inferences per second", "none that took a time"),
        ("Median throughput is 1e-320 inf./sec.", "none that took a time"),
        ("m-lap-us-0\nm-lap-us-3866000", "--inferences"),
    ],
)
def test_refuses_what_could_be_read_in_two_ways(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_total(text, CLOCK)


@pytest.mark.parametrize(
    "text",
    [
        "total 3866 ms",
        "Ran 10 inferences\nTotal time: 3866 ms",
        "RunNIterations(10) took 3866 ms",
        "Total cycles: 463920000",
        "m-lap-us-0\nm-lap-us-3866000",
        "KeywordRunNIterations(10) took 3866000 ticks (3866 ms)",
    ],
)
def test_inferences_divide_a_total_once(text: str) -> None:
    assert parse_total(text, CLOCK, 10) == pytest.approx((0.3866,))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("RunNIterations(10) took 3866 ms", "the log says 10"),
        ("KeywordRunNIterations(10) took 3866000 ticks (3866 ms)", "the log says 10"),
        ("m-infer-start-10\nm-lap-us-0\nm-lap-us-3866000", "the log says 10"),
        ("average 386 ms", "one inference already"),
        ("Invoke took 386 ms\n" * 5, "as many times"),
    ],
)
def test_other_inferences_than_the_text_says_are_an_error(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_total(text, CLOCK, 5)


def test_a_rate_is_for_the_ticks_of_a_benchmark() -> None:
    assert parse_total("RunNIerations(2) took 64000 ticks (0 ms)", CLOCK, None, 32000) == pytest.approx(
        (1.0,)
    )


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

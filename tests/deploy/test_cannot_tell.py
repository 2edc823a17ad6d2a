"""The fourth answer: TFLM may run it, and microinfer does not know. Never yes; no only where that is sure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from microinfer.builder import ModelBuilder
from microinfer.checks import CheckReport, Limits, Resolver, check
from microinfer.checks.formats import render
from microinfer.cli import main
from microinfer.comparison.side_by_side import compare
from microinfer.errors import UnsupportedError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import row_names, rows
from microinfer.operators.resolver import OpResolver
from microinfer.operators.tflm_operators import (
    ACCELERATORS,
    CUSTOM_OPERATORS,
    TYPES,
    data_tensor,
    takes,
)
from microinfer.operators.tflm_versions import NEWEST_VERSIONS
from microinfer.parts.profile import load_profile
from microinfer.view.comparison_chart import draw_comparison

from support.check_models import convolution, finish, image, one, sound
from support.oracle import tflm

UNARY = ("ABS", "CEIL", "COS", "EXP", "FLOOR", "LOG", "NEG", "ROUND", "RSQRT", "SIN", "SQRT", "SQUARE")
LACKED = "MINE"
"""An operator of the firmware's own."""
TFLM_WORDS = ("Didn't find op", "Failed to get registration")


def rules_of(report: CheckReport) -> set[str]:
    return {finding.rule for finding in report.findings if finding.severity in ("error", "unknown")}


def words_of(report: CheckReport) -> str:
    return "\n".join(finding.cause for finding in report.findings)


def with_tail(operator: str, dtype: str = "int8", **options: object) -> bytes:
    """A convolution, and behind it an operator of any name."""
    b = ModelBuilder()
    x = convolution(b, image(b, 16), 8)
    y = b.tensor(x.shape, dtype, scale=0.1, zero_point=0)
    b.operator(operator, [x], [y], **options)
    return finish(b, y)


@pytest.mark.parametrize("operator", sorted(TYPES.keys() - set(OpResolver.builtin().names)))
def test_what_tflm_has_and_we_lack_is_no_no(operator: str) -> None:
    dtype = "float32" if takes(operator, "float32") else min(TYPES[operator])
    report = check(one(operator, "int8" if dtype == "any" else dtype), "cortex-m4")
    assert report.verdict == "cannot-tell", words_of(report)
    assert not report.passed
    assert not any(words in words_of(report) for words in TFLM_WORDS)
    with pytest.raises(UnsupportedError) as caught:
        prepare(load(one(operator)))
    assert not any(words in str(caught.value) for words in TFLM_WORDS)


@pytest.mark.parametrize("name", sorted(CUSTOM_OPERATORS.keys() - ACCELERATORS - row_names()))
def test_custom_operators_of_tflm_itself(name: str) -> None:
    report = check(one("CUSTOM", custom_code=name))
    assert (report.verdict, rules_of(report)) == ("cannot-tell", {"operator-not-emulated"})
    assert not any(words in words_of(report) for words in TFLM_WORDS)


def test_a_foreign_custom_operator_hangs_on_the_firmware() -> None:
    data = one("CUSTOM", custom_code="Mine")
    assert check(data).verdict == "cannot-tell"
    lacking = check(data, resolver=Resolver(1, ("CONV_2D",)))
    assert (lacking.verdict, "resolver-lacks-operator" in rules_of(lacking)) == ("no", True)
    assert check(data, disable=["custom-operator"]).verdict == "cannot-tell"
    assert check(one("CUSTOM", custom_code="FlexErf")).verdict == "no"


@pytest.mark.parametrize("name", ACCELERATORS)
def test_compiled_for_an_accelerator_is_no(name: str) -> None:
    report = check(one("CUSTOM", custom_code=name))
    (finding,) = (one for one in report.findings if one.severity == "error")
    assert (report.verdict, finding.rule, finding.certain) == ("no", "accelerator-operator", True)
    assert "Failed to get registration" in finding.cause
    assert "from before that compiler" in finding.remedy


@pytest.mark.parametrize("operator", ["SQUEEZE", "RESHAPE", "GELU", "EXP", "CONV_2D"])
def test_strings_are_no(operator: str) -> None:
    report = check(one(operator, "string"))
    assert (report.verdict, rules_of(report)) == ("no", {"string-tensor"})


@pytest.mark.parametrize("operator", ["EXP", "LOG", "SQRT", "FLOOR", "SIN"])
def test_types_that_tflm_lacks_are_no(operator: str) -> None:
    report = check(one(operator, "int8"))
    assert (report.verdict, rules_of(report)) == ("no", {"unsupported-type"})
    assert "takes float32" in words_of(report)


def test_operators_that_tflm_lacks_are_no_in_its_words() -> None:
    report = check(one("GELU"))
    assert report.verdict == "no"
    assert "Didn't find op for builtin opcode 'GELU'" in words_of(report)


def test_the_table_has_the_operators_of_the_release() -> None:
    assert TYPES.keys() == NEWEST_VERSIONS.keys()


def test_what_we_take_tflm_takes() -> None:
    for spec in rows():
        assert all(takes(spec.name, dtype) for dtype in spec.types), spec.name


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16", "int32", "int64", "bool", "uint8"])
@pytest.mark.parametrize("operator", UNARY)
def test_the_table_agrees_with_tflm(operator: str, dtype: str) -> None:
    b = ModelBuilder()
    scales = {"scale": 0.1, "zero_point": 0} if dtype in ("int8", "int16") else {}
    x, y = b.input((1, 4), dtype, **scales), b.tensor((1, 4), dtype, **scales)
    b.operator(operator, [x], [y])
    data = finish(b, y)
    if takes(operator, dtype):
        tflm(data, [np.ones((1, 4), dtype)])
    else:
        with pytest.raises(RuntimeError):
            tflm(data, [np.ones((1, 4), dtype)])


def test_data_is_not_always_the_first_input() -> None:
    b = ModelBuilder()
    parts = b.split(b.input((1, 4), scale=0.1, zero_point=0), 2, axis=1)
    model = load(finish(b, *parts))
    graph = model.subgraphs[0]
    inputs = [graph.tensors[index] for index in graph.operators[0].inputs]
    found = data_tensor("SPLIT", inputs, ())
    assert found is not None
    assert found.dtype == "int8"


def test_memory_is_planned_all_the_same() -> None:
    report = check(with_tail("CUSTOM", custom_code=LACKED), limits=Limits(arena_bytes=1 << 20))
    found = {measure.name: measure for measure in report.measures}
    whole = {measure.name: measure for measure in check(with_tail("RELU")).measures}
    assert found["arena"].value is None
    assert found["arena"].low is not None
    assert whole["arena"].value is not None
    assert 16 * 16 * 8 * 2 < found["arena"].low <= whole["arena"].value
    assert LACKED in found["arena"].counted
    assert found["ram"].outcome == "unknown"
    assert "arena-unknown" in rules_of(report)
    assert found["latency"].value is None
    assert found["latency"].low is not None


def test_a_lower_bound_that_is_too_large_is_no() -> None:
    data = with_tail("CUSTOM", custom_code=LACKED)
    assert check(data, limits=Limits(arena_bytes=4000)).verdict == "no"
    assert check(data, limits=Limits(latency_s=1e-9)).verdict == "no"
    assert check(data, limits=Limits(flash_bytes=100)).verdict == "no"
    assert check(data, "arduino-uno").verdict == "no"
    large = ModelBuilder()
    x = image(large, 512)
    y = large.tensor(x.shape, "float32")
    large.operator("CUSTOM", [x], [y], custom_code=LACKED)
    assert "arena-exceeds-ram" in rules_of(check(finish(large, y)))


@pytest.mark.parametrize("format_name", ["text", "json", "markdown", "junit", "sarif", "github"])
def test_every_format_says_so(format_name: str) -> None:
    lacking = one("CUSTOM", custom_code=LACKED)
    for report in (check(lacking), check(lacking, disable=["custom-operator"])):
        text = render([report], format_name).lower()
        assert "cannot tell" in text or "cannot-tell" in text or "unknown" in text
        many = render([report, check(sound())], format_name).lower()
        assert "cannot tell" in many or "cannot-tell" in many or "unknown" in many


def test_a_rule_left_out_makes_no_yes() -> None:
    large = image(b := ModelBuilder(), 512), b
    data = finish(large[1], large[1].relu(large[0]))
    report = check(data)
    assert report.verdict == "no"
    without = check(data, disable=sorted(rules_of(report)))
    assert without.verdict == "cannot-tell"
    assert any("arena-exceeds-ram is disabled" in said for said in without.undecided)
    assert check(sound(), disable=["arena-exceeds-ram", "flash-exceeded"]).verdict == "yes"
    assert check(sound(), limits=Limits(latency_s=1e-9), disable=["latency-exceeded"]).verdict == "yes"


def test_exit_codes(tmp_path: Path) -> None:
    runner = CliRunner()
    for name, data in (("unknown", one("CUSTOM", custom_code=LACKED)), ("no", one("GELU")), ("yes", sound())):
        (tmp_path / f"{name}.tflite").write_bytes(data)

    def code(*names: str) -> int:
        return runner.invoke(
            main, ["check", "--no-config", *(str(tmp_path / f"{n}.tflite") for n in names)]
        ).exit_code

    assert [code("yes"), code("no"), code("unknown")] == [0, 1, 3]
    assert [code("yes", "unknown"), code("unknown", "no")] == [3, 1]
    found = runner.invoke(main, ["check", "--no-config", "--json", str(tmp_path / "unknown.tflite")])
    (said,) = json.loads(found.stdout)["checks"]
    assert (said["verdict"], said["passed"], said["counts"]["unknown"]) == ("cannot-tell", False, 1)
    assert "3" in runner.invoke(main, ["check", "--help"]).stdout


def test_plan_and_compare_show_what_is_known(tmp_path: Path) -> None:
    unknown, refused = tmp_path / "unknown.tflite", tmp_path / "no.tflite"
    unknown.write_bytes(with_tail("CUSTOM", custom_code=LACKED))
    refused.write_bytes(with_tail("GELU"))

    def call(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.stdout

    code, text = call("plan", str(unknown))
    assert code == 3
    assert "arena at least" in text
    assert LACKED in text
    assert call("plan", str(refused))[0] == 1
    assert call("plan", str(unknown), "--arena-size", "4000")[0] == 1
    assert call("plan", str(unknown), "-p", "arduino-uno")[0] == 1
    code, text = call("plan", str(unknown), "--json")
    content = json.loads(text)
    assert (code, content["memory"]["verdict"], content["unknown"]) == (3, "cannot-tell", [LACKED])
    assert content["buffers"]

    code, text = call("compare", str(unknown), "-p", "arduino-uno", "-p", "cortex-m4", "--json")
    uno, m4 = json.loads(text)["rows"]
    assert code == 3
    assert (uno["verdict"], m4["verdict"], m4["fits"]) == ("no", "cannot-tell", False)
    assert any(LACKED in said for said in m4["unknown"])
    assert call("compare", str(unknown))[0] == 3
    assert call("compare", str(refused))[0] == 1


def test_one_part_that_cannot_be_planned_ends_nothing(tmp_path: Path) -> None:
    """A plan in the file that does not fit it is TFLM's matter; bare-c looks at none."""
    model = load(sound())
    broken = replace(model, metadata={"OfflineMemoryAllocation": memoryview(b"\1\0\0\0")})
    parts = [load_profile(name) for name in ("cortex-m4", "arduino-uno")]
    m4, uno = compare(broken, parts).rows
    assert (m4.verdict, m4.arena_bytes, m4.fits) == ("cannot-tell", None, False)
    assert "expected version, subgraph" in m4.unknown[0]
    assert uno.arena_bytes is not None
    assert "cannot tell" not in draw_comparison(compare(model, parts))


def test_report_and_run_of_what_is_not_modelled(tmp_path: Path) -> None:
    files = {
        "unknown": with_tail("CUSTOM", custom_code=LACKED),
        "float": one("CUSTOM", "float32", custom_code=LACKED),
        "no": with_tail("GELU"),
    }
    expected = {"unknown": (3, 3), "float": (3, 3), "no": (1, 2)}
    for name, data in files.items():
        path, page = tmp_path / f"{name}.tflite", tmp_path / f"{name}.html"
        path.write_bytes(data)
        found = CliRunner().invoke(main, ["report", str(path), "-o", str(page), "-p", "cortex-m4"])
        ran = CliRunner().invoke(main, ["run", str(path), "-p", "cortex-m4"])
        assert (found.exit_code, ran.exit_code) == expected[name], (found.output, ran.output)
        text = page.read_text(encoding="utf-8")
        assert ("Does not fit" if name == "no" else "Cannot tell") in text
        assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["run", "trace", "diff", "validate"])
def test_every_command_that_runs_a_model_tells_unknown_from_refused(tmp_path: Path, command: str) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 8), np.int8))
    options = {
        "trace": ("-o", str(tmp_path / "t.json")),
        "diff": ("--data", str(tmp_path / "x.npy")),
        "validate": ("--data", str(tmp_path / "x.npy")),
    }
    unknown = with_tail("CUSTOM", custom_code=LACKED)
    for data, code, said in ((unknown, 3, "cannot tell"), (with_tail("GELU"), 2, "GELU")):
        path = tmp_path / "model.tflite"
        path.write_bytes(data)
        ran = CliRunner().invoke(main, [command, str(path), *options.get(command, ())])
        assert ran.exit_code == code, ran.output
        assert said in ran.stderr
        assert ran.stderr.count("\n") == 1

"""What `microinfer check` prints for programs, held against schemas; and for people, within a width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt

from microinfer.checks import CheckReport, Finding, Limits, check
from microinfer.checks.formats import FORMATS, render
from microinfer.checks.formats.grouping import places
from microinfer.checks.rule import rules

from conftest import shared_folder
from support.check_models import sound
from support.check_triggers import TRIGGERS

SCHEMAS = Path(__file__).parents[1] / "schemas"
HOSTILE = "ev il/<b>|\x1b[31m`ü#?&\"'.tflite"


@pytest.fixture(scope="module")
def reports() -> tuple[CheckReport, ...]:
    """Every kind of finding, strict and not; suggestions; a model with nothing to tell."""
    made = [
        check(trigger.bytes_of(), trigger.profile, trigger.library, **trigger.options, strict=bool(i % 2))
        for i, trigger in enumerate(TRIGGERS.values())
    ]
    return (*made, check(sound(), disable=["tflm-fault"]))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """A name with everything that XML, URIs, Markdown and terminals take for theirs."""
    path = tmp_path_factory.mktemp("folder") / HOSTILE
    path.parent.mkdir()
    path.write_bytes(TRIGGERS["tflm-fault"].bytes_of())
    return check(path)


def read_schema(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text())
    jsonschema.validators.validator_for(schema).check_schema(schema)
    return schema


def expect_valid(text: str, schema: dict[str, Any]) -> Any:
    document = json.loads(text)
    validator = jsonschema.validators.validator_for(schema)
    problems = list(validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(document))
    assert not problems, [(list(problem.path), problem.message) for problem in problems[:3]]
    return document


def published(name: str) -> Path:
    folder = shared_folder()
    path = folder / "schemas" / name if folder is not None else Path(name)
    if not path.is_file():
        pytest.skip(f"{name} is not among the truth files (MICROINFER_SHARED)")
    return path


def test_json_is_what_its_schema_says(reports: tuple[CheckReport, ...], hostile: CheckReport) -> None:
    schema = read_schema(SCHEMAS / "check.json")
    document = expect_valid(render([*reports, hostile], "json"), schema)
    assert document["passed"] is False
    assert len(document["checks"]) == len(reports) + 1
    with pytest.raises(AssertionError):
        expect_valid(json.dumps({**document, "more": 1}), schema)


@pytest.mark.parametrize("source", ["subset", "published"])
def test_sarif_is_sarif(source: str, reports: tuple[CheckReport, ...], hostile: CheckReport) -> None:
    path = SCHEMAS / "sarif-2.1.0-subset.json" if source == "subset" else published("sarif-schema-2.1.0.json")
    schema = read_schema(path)
    for some in (reports, [hostile], reports[:1], reports[-1:]):
        run = expect_valid(render(some, "sarif"), schema)["runs"][0]
        described = run["tool"]["driver"]["rules"]
        assert len(run["results"]) == sum(len(report.findings) for report in some)
        for result in run["results"]:
            assert described[result["ruleIndex"]]["id"] == result["ruleId"]
            for location in result["locations"]:
                at = location["physicalLocation"]["artifactLocation"]
                assert run["artifacts"][at["index"]]["location"]["uri"] == at["uri"]


def test_sarif_fingerprints_survive_new_weights() -> None:
    def prints(size: int) -> list[Any]:
        run = json.loads(render([check(sound(size), limits=Limits(arena_bytes=64))], "sarif"))["runs"][0]
        return [result["ruleId"] for result in run["results"]]

    assert prints(8) == prints(12) == ["arena-exceeds-budget"]


@pytest.mark.parametrize("source", ["junit.xsd", "junit-ant.xsd", "junit-jenkins.xsd"])
def test_junit_is_what_its_readers_take(
    source: str, reports: tuple[CheckReport, ...], hostile: CheckReport
) -> None:
    path = SCHEMAS / source if source == "junit.xsd" else published(source)
    schema = xmlschema.XMLSchema(str(path))
    for some in (reports, [hostile], reports[-1:]):
        text = render(some, "junit")
        problems = [problem.reason for problem in schema.iter_errors(text)]
        assert not problems, problems[:3]


def test_junit_counts_what_it_holds(reports: tuple[CheckReport, ...]) -> None:
    root = ElementTree.fromstring(render(reports, "junit"))
    for suite, report in zip(root, reports, strict=True):
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert len(suite.findall("testcase")) == len(rules()) + bool(report.open_questions)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == len(report.disabled)
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
        assert bool(suite.findall("testcase/failure")) == (report.failed or not report.readable)
        answered = not suite.findall("testcase/failure") and not suite.findall("testcase/error")
        assert answered == report.passed


def test_markdown_is_a_table_and_lists(reports: tuple[CheckReport, ...], hostile: CheckReport) -> None:
    text = render([*reports, hostile], "markdown")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 1 + len(reports) + 1
    cells = [token for token in tokens if token.type == "td_open"]
    assert len(cells) == 8 * (len(rows) - 1)
    html = [c for t in tokens for c in (t.children or ()) if c.type == "html_inline"]
    assert {token.content for token in html} <= {"<br>"}
    assert not [token for token in tokens if token.type == "html_block"]
    assert "\x1b" not in text
    for report in (*reports, hostile):
        for finding in report.findings:
            if finding.background:
                assert (
                    f"ask for nothing: {finding.rule}" in text
                    or f", {finding.rule}" in text
                    or (f"asks for nothing: {finding.rule}" in text)
                )
            else:
                assert f"**{finding.rule}**" in text


_COMMAND = re.compile(r"::(error|warning|notice) (?:file=([^,:]+),)?title=([^,:]+)::(\S.*)")


def test_github_reads_one_command_a_problem(reports: tuple[CheckReport, ...], hostile: CheckReport) -> None:
    """The form that GitHub documents: `::level key=value,key=value::message`, escaped by per cent."""
    for report in (*reports, hostile):
        *problems, last = render([report], "github").splitlines()
        read = [_COMMAND.fullmatch(line) for line in problems]
        assert all(read), problems
        assert not last.startswith("::")
        told = {finding.rule for finding in report.findings if not finding.background}
        titles = {match[3].partition("%3A ")[0] for match in read if match}
        assert told <= titles <= told | {"cannot tell"}
        assert ("error" in {match[1] for match in read if match}) >= bool(report.count("error"))
    *problems, last = render([hostile], "github").splitlines()
    (path,) = {match[2] for line in problems if (match := _COMMAND.fullmatch(line))}
    assert unquote(path) == hostile.path.replace("\x1b", " ")
    assert "\x1b" not in last


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("colour", [False, True])
def test_text_keeps_to_its_width(
    width: int, colour: bool, reports: tuple[CheckReport, ...], hostile: CheckReport
) -> None:
    recipes = {line for report in reports for finding in report.findings for line in finding.lines}
    for report in (*reports, hostile):
        text = render([report], "text", width=width, colour=colour)
        plain = without_colours(text)
        assert "\x1b" not in plain
        assert ("\x1b" in text) == colour
        for line in plain.splitlines():
            longest = max((len(word) for word in line.split()), default=0)
            assert len(line) <= max(width, longest + 13) or line.strip() in recipes, line


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_text_of_one_model_is_one_screen() -> None:
    for name, trigger in TRIGGERS.items():
        report = check(trigger.bytes_of(), trigger.profile, trigger.library, **trigger.options)
        assert len(render([report], "text", width=100).splitlines()) <= 40, name


def test_text_says_the_verdict_place_cause_and_remedy(reports: tuple[CheckReport, ...]) -> None:
    for report in reports:
        text = " ".join(render([report], "text", width=4000, verbose=True).split())
        assert re.split(r" at -O[23] (?:release|with asserts and error strings) ", text)[1].split()[0] in (
            "Yes",
            "Perhaps",
            "No",
            "Cannot",
            "Unreadable",
        )
        for finding in report.findings[:1]:
            assert finding.rule in text
            assert " ".join(finding.cause.split()) in text


def test_notes_that_ask_for_nothing_are_counted_in_one_line() -> None:
    report = check(TRIGGERS["dynamic-batch"].bytes_of())
    assert [finding.rule for finding in report.findings if finding.background] == ["dynamic-batch"]
    text = render([report], "text")
    assert "asks for nothing: dynamic-batch; --verbose tells" in " ".join(text.split())
    assert "open batch" not in text
    verbose = " ".join(render([report], "text", verbose=True).split())
    assert "has the open batch" in verbose
    assert "--verbose" not in verbose
    assert "dynamic-batch" in render([report], "json")
    assert not any(finding.background and finding.severity != "note" for finding in report.findings)


def test_many_reports_tell_each_problem_once() -> None:
    data = TRIGGERS["wasted-weight-range"].bytes_of()
    some = [check(data, profile) for profile in ("cortex-m4", "nucleo-l4r5zi", "openmv-h7")]
    text = render(some, "text", width=120)
    assert text.count("wasted-weight-range") == 1
    for report in some:
        assert report.profile in text


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_table_says_what_its_flash_leaves_out(name: str) -> None:
    """A report alone has the interval; a table has its least, which an AVR's is all of."""
    uno, nucleo = (check(sound(), profile) for profile in ("arduino-uno", "nucleo-l4r5zi"))
    flash = next(one for one in nucleo.measures if one.name == "flash")
    more = (flash.high or 0) - (flash.value or 0)
    assert f"firmware adds up to {more:,.0f} bytes" in render([uno, nucleo], name)
    assert "own firmware" not in render([uno, uno], name)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_its_last_line(name: str, reports: tuple[CheckReport, ...]) -> None:
    text = render(reports[:2], name)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_formats_are_those_of_the_command() -> None:
    from microinfer.cli.check import FORMATS as OFFERED

    formats: Callable[[Any], set[str]] = set
    assert formats(OFFERED) == formats(FORMATS)


def test_places_are_whole() -> None:
    def at(*found: str) -> str:
        return places([Finding("operator-refused", "error", place, "", "", (), True) for place in found])

    assert at("subgraphs[0].operators[3].inputs[1]", "subgraphs[0].operators[4]") == "operators 3, 4"
    assert at("subgraphs[0].operators[3].inputs[0]", "subgraphs[0].operators[3].inputs[1]") == "operator 3"
    assert at("subgraphs[0].operators[12]") == "operator 12"
    assert at("subgraphs[0].tensors[3]", "metadata['x'].a[1") == "2 more, to metadata['x'].a[1"

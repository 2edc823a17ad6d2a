"""`microinfer check` as users call it: arguments, budgets in files, exit codes, speed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import microinfer
from microinfer import ModelBuilder
from microinfer.checks.rule import rules
from microinfer.checks.settings import load_settings
from microinfer.cli import main
from microinfer.errors import InputError
from microinfer.files.settings_file import find_settings
from microinfer.operators.release import find_release

from support.check_models import sound
from support.check_triggers import TRIGGERS
from support.commands import call


def with_an_operator_of_its_own() -> bytes:
    b = ModelBuilder()
    y = b.tensor((1, 4), scale=0.1)
    b.operator("CUSTOM", [b.input((1, 4), scale=0.1)], [y], custom_code="MINE")
    b.output(y)
    return b.build()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ok.tflite").write_bytes(sound())
    (tmp_path / "bad.tflite").write_bytes(TRIGGERS["wasted-weight-range"].bytes_of())
    (tmp_path / "own.tflite").write_bytes(with_an_operator_of_its_own())
    (tmp_path / "cut.tflite").write_bytes(sound()[:400])
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def test_exit_codes() -> None:
    assert run("ok.tflite").exit_code == 0
    assert run("bad.tflite").exit_code == 0
    assert run("bad.tflite", "--strict").exit_code == 1
    assert run("own.tflite").exit_code == 3
    assert run("own.tflite", "--disable", "custom-operator").exit_code == 3
    assert run("own.tflite", "--library", "bare-c").exit_code == 1
    assert run("own.tflite", "-p", "arduino-uno").exit_code == 1
    assert run("own.tflite", "ok.tflite").exit_code == 3
    assert run("own.tflite", "ok.tflite", "-p", "arduino-uno", "-p", "cortex-m4").exit_code == 1
    assert run("cut.tflite").exit_code == 2
    assert run("cut.tflite", "ok.tflite", "own.tflite").exit_code == 2
    assert run("digits", "-p", "arduino-uno").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["okk.tflite"], "did you mean 'ok.tflite'"),
        (["sub"], "is a folder"),
        (["ok.tflite", "-p", "corte-m4"], "cortex-m4"),
        (["ok.tflite", "--library", "cmsis"], "tflm-cmsis-nn"),
        (["ok.tflite", "--max-latency", "50"], "50ms"),
        (["ok.tflite", "--max-latency", "0ms"], "50ms"),
        (["ok.tflite", "--max-energy", "2ms"], "2mJ"),
        (["ok.tflite", "--max-arena", "2,5k"], "64k"),
        (["ok.tflite", "--disable", "dead-channel"], "did you mean 'dead-channels'"),
        (["ok.tflite", "--resolver", "0"], "from 1 to"),
        (["ok.tflite", "--resolver", "conv2d"], "CONV_2D"),
        (["ok.tflite", "--explain", "latency"], "latency-exceeded"),
        (["ok.tflite", "--json", "--format", "sarif"], "two answers"),
        (["ok.tflite", "-o", "sub"], "cannot write"),
        (["ok.tflite", "--config", "none.toml"], "no such file"),
        ([], "which MODEL"),
    ],
)
def test_wrong_usage_is_told_in_a_line(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_several_models_and_parts() -> None:
    result = run("ok.tflite", "bad.tflite", "-p", "cortex-m4", "-p", "arduino-uno", "--json")
    checks = json.loads(result.stdout)["checks"]
    assert [(c["model"]["name"], c["profile"]["name"]) for c in checks] == [
        ("ok", "cortex-m4"),
        ("ok", "arduino-uno"),
        ("bad", "cortex-m4"),
        ("bad", "arduino-uno"),
    ]


def test_one_file_that_cannot_be_read_does_not_stop_the_others() -> None:
    result = run("cut.tflite", "ok.tflite", "--json")
    verdicts = [one["verdict"] for one in json.loads(result.stdout)["checks"]]
    assert verdicts == ["unreadable", "yes"]


def test_resolver_by_size_operators_or_calls() -> None:
    whole = "CONV_2D,AVERAGE_POOL_2D,RESHAPE,FULLY_CONNECTED,SOFTMAX"
    calls = "resolver.AddConv2D();AddAveragePool2D(),AddReshape,AddFullyConnected,AddSoftmax()"
    for resolver in (whole, whole.lower(), calls.replace(";", ","), "5", "9"):
        assert run("ok.tflite", "--resolver", resolver).exit_code == 0
    assert run("ok.tflite", "--resolver", "4").exit_code == 1
    lacking = run("ok.tflite", "--resolver", "AddConv2D,AddSoftmax")
    assert lacking.exit_code == 1
    assert "AddReshape()" in lacking.stdout


def test_output_goes_to_a_file(folder: Path) -> None:
    result = run("ok.tflite", "--format", "junit", "-o", "out.xml")
    assert result.stdout == ""
    assert "1 check passed" in result.stderr
    assert (folder / "out.xml").read_text().startswith("<?xml")


def test_explain() -> None:
    listed = run("--explain", "list").stdout
    everything = run("--explain", "all").stdout
    for rule in rules().values():
        assert rule.name in listed
        assert rule.title in everything
    content = json.loads(run("--explain", "list", "--json").stdout)
    assert content["schema"] == "microinfer.rules/1"
    assert [rule["name"] for rule in content["rules"]] == list(rules())
    one = run("--explain", "hybrid-operator")
    assert one.exit_code == 0
    assert "representative" in one.stdout
    assert "Hybrid models are not supported on TFLite Micro." in one.stdout


SETTINGS = """
[check]
models = ["ok.tflite"]
profile = ["cortex-m4", "arduino-uno"]
max-latency = "1s"
max-energy = "1J"
max-arena = "64k"
max-flash = 100_000
max-stack = 4096
resolver = ["CONV_2D", "SOFTMAX", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED"]
disable = ["cost-unknown"]
strict = true
"""


def test_settings_are_found_upwards_and_the_command_line_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "microinfer.toml").write_text(SETTINGS)
    (folder / "sub" / "deeper").mkdir()
    monkeypatch.chdir(folder / "sub" / "deeper")
    assert find_settings() == folder / "microinfer.toml"
    document = json.loads(run("--json", "--max-arena", "1000").stdout)
    assert document["strict"]
    assert [c["profile"]["name"] for c in document["checks"]] == ["cortex-m4", "arduino-uno"]
    measures = {m["name"]: m for m in document["checks"][0]["measures"]}
    assert measures["arena"]["limit"] == 1000
    assert measures["latency"]["limit"] == 1.0
    assert document["checks"][0]["disabled"] == ["cost-unknown"]
    alone = json.loads(run("--json", "--no-config", str(folder / "ok.tflite")).stdout)
    assert not alone["strict"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('max-latancy = "50ms"', "key 'check.max-latancy': unknown (did you mean 'max-latency'?"),
        ("max-latency = 50", 'expected text with a unit, such as "50ms"'),
        ("max-arena = -1", "expected bytes"),
        ("max-arena = true", "expected bytes"),
        ("max-arena = [1]", "expected bytes"),
        ('max-flash = "1x"', "64k"),
        ("strict = 1", "expected true or false"),
        ("profile = 4", "expected text, or a list of text"),
        ('profile = [""]', "expected text, or a list of text"),
        ('library = ["bare-c"]', "expected text"),
        ('disable = "dead"', "no rule 'dead'"),
        ("resolver = 1.5", "expected a number, or a list of operators"),
        ('resolver = ["CONV"]', "no operator 'CONV'"),
        ("resolver = 0", "from 1 to 1024"),
        ("= 3", "cannot be read as TOML"),
    ],
)
def test_settings_are_checked_strictly(folder: Path, line: str, said: str) -> None:
    path = folder / "microinfer.toml"
    path.write_text(f"[check]\n{line}\n")
    with pytest.raises(InputError) as caught:
        load_settings(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert run("ok.tflite").exit_code == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('release = "2025-01"', "key 'release': no release '2025-01'"),
        ("release = 2026", "key 'release': found 2026, expected the name of a release"),
        ('releese = "2026-10"', "did you mean 'release'"),
    ],
)
def test_releases_are_checked_strictly(folder: Path, line: str, said: str) -> None:
    path = folder / "microinfer.toml"
    path.write_text(line)
    with pytest.raises(InputError) as caught:
        load_settings(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_every_command_takes_the_release_of_the_settings(folder: Path) -> None:
    settings = folder / "microinfer.toml"
    settings.write_text('release = "2026-10"\n')
    title = json.dumps(find_release("2026-10").title)
    for command in ("run", "check", "plan", "compare"):
        named = call(command, "ok.tflite", "--json").stdout
        asked = call(command, "ok.tflite", "--json", "--release", "2026-08").stdout
        assert f'"release": {title}' in named, command
        assert f'"release": {title}' not in asked, command
    assert title not in run("ok.tflite", "--json", "--no-config").stdout
    settings.write_text('release = "2025-01"\n')
    for command in ("run", "plan", "trace"):
        refused = call(command, "ok.tflite")
        assert refused.exit_code == 2, command
        assert "key 'release': no release '2025-01'" in refused.stderr


def test_every_verb_takes_the_release_of_the_settings(folder: Path) -> None:
    settings = folder / "microinfer.toml"
    settings.write_text('release = "2026-10"\n')
    title = find_release("2026-10").title
    assert microinfer.check("ok.tflite").release == title
    assert microinfer.check("ok.tflite", config=False).release != title
    for verb in (microinfer.plan, microinfer.compare, microinfer.diff):
        assert f'"release": "{title}"' in verb("ok.tflite").to_json(), verb
        assert f'"release": "{title}"' not in verb("ok.tflite", release="2026-08").to_json(), verb
    settings.write_text('release = "2025-01"\n')
    for verb in (microinfer.check, microinfer.plan, microinfer.validate, microinfer.report):
        with pytest.raises(InputError, match="key 'release': no release '2025-01'"):
            verb("ok.tflite")
    with pytest.raises(InputError, match="key 'release': no release '2025-01'"):
        microinfer.export("ok.tflite", output="out")


def test_the_verb_takes_what_the_command_takes_of_the_settings(folder: Path) -> None:
    (folder / "microinfer.toml").write_text(SETTINGS)
    said = json.loads(run("ok.tflite", "--profile", "arduino-uno", "--json").stdout)
    found = json.loads(microinfer.check("ok.tflite", "arduino-uno").to_json())
    assert found["checks"] == said["checks"]
    with pytest.raises(InputError, match=r"microinfer.toml: key 'check.profile': found .*give part="):
        microinfer.check("ok.tflite")
    other = folder / "other.toml"
    other.write_text('[check]\nprofile = "arduino-uno"\nbuild = "Os"\nmax-arena = 1\nstrict = true\n')
    report = microinfer.check("ok.tflite", config=other)
    assert (report.profile, str(report.build), report.verdict) == ("arduino-uno", "Os", "no")
    assert microinfer.check("ok.tflite", config=other, max_arena="64k").verdict != "no"
    assert microinfer.check("ok.tflite", config=False).profile == "cortex-m4"


def test_unknown_tables_are_refused(folder: Path) -> None:
    path = folder / "microinfer.toml"
    path.write_text("[chekc]\n")
    with pytest.raises(InputError, match="did you mean 'check'"):
        load_settings(path)


def test_check_imports_neither_numba_nor_rich(folder: Path) -> None:
    program = (
        "import sys\nfrom microinfer.cli import main\n"
        "try: main(['check', 'ok.tflite', '-p', 'arduino-uno', '--max-latency', '1us'])\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "latency-exceeded" in done.stdout
    assert not {"numba", "rich", "jinja2", "flatbuffers"} & set(done.stderr.split())

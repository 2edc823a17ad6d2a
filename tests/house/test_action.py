"""The action, the hook and the image: their steps, run here as GitHub, pre-commit and a shell run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from microinfer import zoo

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone with one model committed, and changed since."""
    folder = tmp_path / "repository"
    (folder / "models").mkdir(parents=True)
    (folder / "models/net.tflite").write_bytes(zoo.load("digits"))
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "a model")
    return folder


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def run_check(folder: Path, **inputs: str) -> tuple[int, str, str, dict[str, str]]:
    """(exit code, log, summary, outputs) of the action's check step, with microinfer installed already."""
    action: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    defaults = {name: value["default"] for name, value in action["inputs"].items()}
    assert inputs.keys() <= defaults.keys()
    given = {**defaults, **inputs}
    (step,) = (step for step in action["runs"]["steps"] if step.get("id") == "check")
    temporary = folder.parent / "temporary"
    (temporary / "microinfer").mkdir(parents=True, exist_ok=True)
    scripts = temporary / "microinfer/bin"
    if not scripts.exists():
        scripts.symlink_to(Path(sys.executable).parent)
    files = {name: folder.parent / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("")
    env = {name: _evaluated(value, given) for name, value in step["env"].items()}
    found = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={
            **os.environ,
            **env,
            **{name: str(path) for name, path in files.items()},
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return found.returncode, found.stdout + found.stderr, files["GITHUB_STEP_SUMMARY"].read_text(), outputs


def _evaluated(expression: str, inputs: dict[str, str]) -> str:
    for name, value in inputs.items():
        expression = expression.replace(f"${{{{ inputs.{name} }}}}", value)
    assert "${{" not in expression
    return expression


def test_the_action_says_yes(repository: Path) -> None:
    code, log, summary, outputs = run_check(repository, models="models/*.tflite", profile="arduino-uno")
    assert (code, outputs["verdict"]) == (0, "yes")
    assert "::error" not in log
    assert "✅ yes" in summary
    assert Path(outputs["summary"]).read_text() == summary


def test_the_action_says_no_at_the_file(repository: Path) -> None:
    (repository / "models/net.tflite").write_bytes(zoo.load("resnet_8"))
    code, log, summary, outputs = run_check(
        repository, models="models/**/*.tflite", profile="arduino-uno nucleo-l4r5zi", base="HEAD"
    )
    assert (code, outputs["verdict"]) == (1, "no")
    assert "::error file=models/net.tflite,title=arena-exceeds-ram" in log
    assert "| arena | 872 | 49,296 |" in summary
    assert "| arena | 2,376 | 55,000 |" in summary


def test_a_model_that_is_new_or_the_same_is_not_compared(repository: Path) -> None:
    (repository / "models/two.tflite").write_bytes(zoo.load("digits"))
    code, _, summary, _ = run_check(repository, models="models/net.tflite\nmodels/two.tflite", base="HEAD")
    assert code == 0
    assert "| before |" not in summary


def test_more_options_reach_the_command(repository: Path) -> None:
    code, log, _, _ = run_check(
        repository, models="models/net.tflite", arguments="--max-latency 1us --strict"
    )
    assert code == 1
    assert "latency-exceeded" in log


def test_a_model_that_is_not_there_is_told(repository: Path) -> None:
    code, log, _, outputs = run_check(repository, models="models/nothing*.tflite")
    assert (code, outputs["verdict"]) == (2, "unreadable")
    assert "nothing*.tflite" in log


def test_the_installing_step_is_a_command_that_pip_knows() -> None:
    install = yaml.safe_load(ACTION.read_text())["runs"]["steps"][0]["run"]
    assert subprocess.run(["bash", "-n", "-c", install], check=False).returncode == 0
    assert 'pip" install --quiet "$GITHUB_ACTION_PATH"' in install


def test_the_hook_checks_the_files_that_it_is_given(repository: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    command = [str(Path(sys.executable).parent / hook["entry"].split()[0]), *hook["entry"].split()[1:]]
    (repository / "microinfer.toml").write_text('[check]\nprofile = ["arduino-uno"]\n')
    for name, code in (("digits", 0), ("resnet_8", 1)):
        (repository / "models/net.tflite").write_bytes(zoo.load(name))
        found = subprocess.run(
            [*command, "models/net.tflite"], cwd=repository, capture_output=True, check=False
        )
        assert found.returncode == code


def test_the_image_is_built_of_steps_that_exist(tmp_path: Path) -> None:
    """Its RUN lines name real commands; building it needs a container engine and a registry."""
    text = (ROOT / "Dockerfile").read_text()
    assert "microinfer warmup" in text
    environment = {**os.environ, "MICROINFER_CACHE_DIR": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-m", "microinfer", "warmup", "--help"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert found.returncode == 0


def test_the_forms_of_issues_ask_for_the_check() -> None:
    forms = [path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert forms
    for path in forms:
        form = yaml.safe_load(path.read_text())
        assert {"name", "description", "body"} <= form.keys()
        assert "microinfer check" in path.read_text()
        ids = [field["id"] for field in form["body"] if "id" in field]
        assert len(ids) == len(set(ids))


def test_the_citation_is_of_this_version() -> None:
    import microinfer

    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == microinfer.__version__
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()

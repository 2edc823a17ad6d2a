"""Commands, code and files in Markdown pages, and how they are run.

A ```console block holds prompts, "$ command", and below each what it prints. A command that ends in
"# exit 1" exits with 1, all others with 0. A block whose fence names a file, as in "```toml mine.toml", is
written to that file; other ```python blocks are run. A page runs from top to bottom in a folder of its own.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from microinfer import zoo
from microinfer.cli import main
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate

COLUMNS = "110"
SKIPPED = ("pip", "git", "./flash")
"""Commands that change more than a folder, or need a board; `pytest` alone is the whole test suite."""
BENCHMARK = "python benchmarks/"
"""How commands begin that need the tree, and what it measures with."""
CUT = "..."
ORACLE = "tflite_micro"
COMPILING = "compiling kernels, once\n"
"""What is said on stderr where no command ran before."""
ROOT = Path(__file__).resolve().parents[2]
MADE = ROOT / "docs" / "tutorials"
"""A folder a program that trains with what is too large to install for a page: the files that it wrote."""
_FENCE = re.compile(r"^```(\w*) ?([\w./-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\s+# exit (\d+)$")
_TIMED = re.compile(r"(?:[\d.,]+ (?:ns|[µm]?s) each on this computer|in [\d.]+s$)", re.MULTILINE)
"""What a page prints of the computer that made it."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it is written to if any, and its text from `start` to `end`."""

    language: str
    file: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Command:
    """A prompt: the line as written, what the shell gets, the exit code, and the output below it."""

    prompt: str
    line: str
    code: int
    shown: str

    @property
    def skipped(self) -> bool:
        if self.line.startswith(BENCHMARK) and shutil.which("simavr") is None:
            return True
        return self.made is not None or self.line == "pytest" or self.line.split()[0] in SKIPPED

    @property
    def made(self) -> Path | None:
        """Where the files are that the program wrote when `training/tutorials.py` ran it."""
        python, program, *_ = [*self.line.split(), "", ""]
        folder = MADE / Path(program).stem
        return folder if python == "python" and program.endswith(".py") and folder.is_dir() else None


def blocks(page: str) -> Iterator[Block]:
    for found in _FENCE.finditer(page):
        yield Block(found[1], found[2], found[3], found.start(3), found.end(3))


def commands(block: Block) -> Iterator[Command]:
    """The prompts of a console block; a line that ends in a backslash goes on."""
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"expected a prompt, found {lines[at]!r}"
        prompt = [lines[at]]
        while prompt[-1].endswith("\\"):
            at += 1
            prompt.append(lines[at])
        at += 1
        shown = []
        while at < len(lines) and not lines[at].startswith("$ "):
            shown.append(lines[at])
            at += 1
        line = " ".join(part.strip().removesuffix("\\") for part in prompt).removeprefix("$ ")
        code = int(found[1]) if (found := _EXIT.search(line)) else 0
        for each in _EXIT.sub("", line).split("&&"):
            yield Command("\n".join(prompt), each.strip(), code, "\n".join(shown))


def furnish(folder: Path) -> None:
    """The files that every page may use: models, an input, and a board's log of `model.tflite`."""
    (folder / "model.tflite").write_bytes(zoo.load("digits"))
    (folder / "kws.tflite").write_bytes(zoo.load("ds_cnn"))
    np.save(folder / "x.npy", zoo.sample("digits"))
    steps, board = prepare(load(zoo.load("digits"))), load_profile("nucleo-l4r5zi")
    costs = estimate(steps, board, "tflm-cmsis-nn")
    log = [f"{step.name} took {cost.cycles} ticks (0 ms)." for step, cost in zip(steps, costs, strict=True)]
    (folder / "profiler.txt").write_text("\n".join(log))


def run(command: Command, folder: Path) -> tuple[int, str]:
    """Exit code, and stdout with stderr below it."""
    line = command.line.replace(BENCHMARK, f"python {shlex.quote(str(ROOT))}/benchmarks/")
    words = shlex.split(line)
    if words[0] == "microinfer" and not {"|", ">", ";"} & set(words):
        with chdir(folder):
            result = CliRunner(env={"COLUMNS": COLUMNS}).invoke(main, words[1:])
        return result.exit_code, result.output
    done = subprocess.run(
        ["bash", "-c", f'python() {{ {shlex.quote(sys.executable)} "$@"; }}; {line}'],
        cwd=folder,
        env={**os.environ, "COLUMNS": COLUMNS, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def write(block: Block, folder: Path) -> None:
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def execute(block: Block, folder: Path) -> None:
    """Run a block of Python."""
    done = subprocess.run(
        [sys.executable, "-"], input=block.text, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block.text}\n{done.stderr}"


def named_files(command: Command) -> Iterator[str]:
    """Files that the command says it writes."""
    words = shlex.split(command.line)
    for option, value in pairwise(words):
        if option in {"-o", "--output", "--svg", ">"}:
            yield value


def refreshed(text: str, folder: Path) -> str:
    """A page's text with what its commands print now; what is cut stays cut to as many lines.

    Raises:
        AssertionError: a command's exit code is not what the page says, or a file that it names is missing.
    """
    furnish(folder)
    made, at = [], 0
    for block in blocks(text):
        if block.file:
            write(block, folder)
        elif block.language == "python":
            execute(block, folder)
        elif block.language == "console":
            made += [text[at : block.start], _printed(block, folder)]
            at = block.end
    return "".join([*made, text[at:]])


def _printed(block: Block, folder: Path) -> str:
    """A console block's text with new output. A prompt without output stays without."""
    parts: list[tuple[str, str]] = []
    for command in commands(block):
        if not parts or parts[-1][0] != command.prompt:
            parts.append((command.prompt, ""))
        if command.made is not None:
            shutil.copytree(command.made, folder, dirs_exist_ok=True)
        if command.skipped or _asks_in_vain(command, folder):
            parts[-1] = command.prompt, command.shown
            continue
        code, output = run(command, folder)
        assert code == command.code, f"{command.line}: exit code {code}, not {command.code}\n{output}"
        for name in named_files(command):
            assert (folder / name).exists(), f"{command.line}: no {name}"
        lines = output.replace(COMPILING, "").replace(str(folder), "~").rstrip().splitlines()
        old = command.shown.splitlines()
        if old and old[-1] == CUT:
            lines = [*lines[: len(old) - 1], CUT]
        parts[-1] = command.prompt, "\n".join(lines) if old else ""
    return "".join(f"{prompt}\n{output}\n" if output else f"{prompt}\n" for prompt, output in parts)


def _asks_in_vain(command: Command, folder: Path) -> bool:
    """Whether it is a program of the page that asks TFLM's package, which is not here."""
    python, program, *_ = [*command.line.split(), "", ""]
    path = folder / program
    asks = python == "python" and path.is_file() and ORACLE in path.read_text(encoding="utf-8")
    return asks and find_spec(ORACLE) is None


def stale(old: str, new: str) -> list[str]:
    """The lines in which two texts of a page differ, times on this computer apart."""
    kept, made = (_TIMED.sub("...", text).splitlines() for text in (old, new))
    found = difflib.unified_diff(kept, made, "the page", "what is printed now", lineterm="", n=0)
    return list(found)

"""Runs the training programs of the tutorials as their pages show them, and compares what they write.

    python training/tutorials.py PAGE PYTHON            exit 1 where it is not like what docs/tutorials has
    python training/tutorials.py PAGE PYTHON --write    keep it there

PAGE is a page of docs/ such as tutorial-from-keras.md, PYTHON an interpreter that has what its program
imports; this one needs microinfer alone. Sums of real numbers hang on the processor, and so do the bytes of
a trained model: alike are the operators, shapes and types, the arena and the rules that find something, and,
of the last file, an accuracy above what the page asks for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import microinfer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.documents import blocks, commands, write  # noqa: E402

LAST = "gestures.tflite"
DATA = "gestures.py:test"
ACCURACY = 0.95
"""What `--min-accuracy` on the pages asks for."""


def train(page: str, python: str, folder: Path) -> tuple[Path, str]:
    """Write the page's programs and run its first command; where its files belong, and what it printed."""
    for block in blocks(page):
        if block.language == "python" and block.file:
            write(block, folder)
    block = next(block for block in blocks(page) if block.language == "console")
    command = next(commands(block))
    assert command.made is not None, command.line
    program = command.line.split()[1]
    settled = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [python, program],
        cwd=folder,
        env={**os.environ, **settled},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = [line for line in done.stdout.splitlines() if line.startswith("in real numbers")]
    assert [_shape(line) for line in said] == [_shape(command.shown)], (said, command.shown)
    return command.made, said[0]


def _shape(text: str) -> str:
    return re.sub(r"[\d.]+", "0", text)


def likeness(path: Path, part: str) -> dict[str, Any]:
    """What of a trained model hangs on no weight."""
    graph = microinfer.load(path).subgraphs[0]
    check = microinfer.check(path, part, config=False).to_dict()["checks"][0]
    return {
        "operators": [
            (one.name, *[(graph.tensors[at].shape, graph.tensors[at].dtype) for at in one.outputs])
            for one in graph.operators
        ],
        "verdict": check["verdict"],
        "rules": [finding["rule"] for finding in check["findings"]],
        "arena": next(one for one in check["measures"] if one["name"] == "arena"),
    }


def main(name: str, python: str, *options: str) -> int:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    part = re.search(r"-p (\S+)", page)
    assert part is not None, name
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        kept, said = train(page, python, folder)
        print(said)
        found = microinfer.validate(
            folder / LAST, part[1], data=f"{folder}/{DATA}", layers=0, workers=1
        ).accuracy
        print(f"{LAST}: {found:.1%} right, {ACCURACY:.0%} wanted")
        alike = found >= ACCURACY
        for path in sorted(kept.glob("*.tflite")):
            if "--write" in options:
                shutil.copyfile(folder / path.name, path)
            old, new = likeness(path, part[1]), likeness(folder / path.name, part[1])
            same = path.read_bytes() == (folder / path.name).read_bytes()
            print(
                f"{path.name}: {'the same bytes' if same else 'alike' if old == new else f'{old}, now {new}'}"
            )
            alike = alike and old == new
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

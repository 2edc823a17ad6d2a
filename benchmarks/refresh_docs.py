"""Runs the commands of the README and of docs/, and writes below each what it prints now.

    python benchmarks/refresh_docs.py [PAGE ...]

Output that ends in a line "..." stays cut to as many lines. A block without output stays without.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from documents import CUT, Block, blocks, commands, execute, furnish, run, write  # noqa: E402


def refreshed(block: Block, folder: Path) -> str:
    """The block's text with new output."""
    parts = []
    for command in commands(block):
        if not parts or parts[-1][0] != command.prompt:
            parts.append((command.prompt, ""))
        if command.skipped or not command.line.startswith(("microinfer", "python", "cat", "ls", "pytest")):
            parts[-1] = command.prompt, command.shown
            continue
        code, output = run(command, folder)
        if code != command.code:
            raise SystemExit(f"{command.line}: exit code {code}, not {command.code}\n{output}")
        lines = output.replace(str(folder), "~").rstrip().splitlines()
        old = command.shown.splitlines()
        if old and old[-1] == CUT:
            lines = [*lines[: len(old) - 1], CUT]
        parts[-1] = command.prompt, "\n".join(lines) if old else ""
    return "".join(f"{prompt}\n{output}\n" if output else f"{prompt}\n" for prompt, output in parts)


def main(names: list[str]) -> int:
    pages = [Path(name) for name in names] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        made, at = [], 0
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            furnish(folder)
            for block in blocks(text):
                if block.file:
                    write(block, folder)
                elif block.language == "python":
                    execute(block, folder)
                if block.language == "console":
                    made += [text[at : block.start], refreshed(block, folder)]
                    at = block.end
        page.write_text("".join([*made, text[at:]]), encoding="utf-8")
        print(page.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

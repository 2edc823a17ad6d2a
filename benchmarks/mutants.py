"""Breaks the program in one place after another and looks whether the tests notice, as in a plain clone.

    python benchmarks/mutants.py                 every mutant of mutants.toml; exit 1 where one survives
    python benchmarks/mutants.py WORD ...        those whose name has one of the words
    python benchmarks/mutants.py --jobs N        N at a time (default: one a processor)

Each mutant is made in a copy of the tree and tried by the tests that defend it, without the truth files
and without compiling kernels. A mutant that no longer finds its place, a test that fails without one and a
run that breaks down instead of failing are errors, exit 2: the table is then behind the tree.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_suffix(".toml")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
PASSED, FAILED = 0, 1
"""Exit codes of pytest; all others mean that no verdict was reached."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One place to break: what the pattern `find` matches in `file`, once or, where `every`, throughout.

    `within`: a line; only the paragraph that follows it counts, up to the next line that begins with "[".
    The match becomes `replace`, or its first group, a number, is multiplied by `times` or raised by `plus`.
    `tests`: arguments of pytest.
    """

    name: str
    file: str
    find: str
    tests: tuple[str, ...]
    replace: str | None = None
    times: float | None = None
    plus: float | None = None
    within: str = ""
    every: bool = False

    def applied(self, text: str) -> str:
        """The broken text.

        Raises:
            LookupError: the place is not there any more, or there are several.
        """
        start, end = 0, len(text)
        if self.within:
            if text.count(f"{self.within}\n") != 1:
                raise LookupError(f"{self.file}: expected the line {self.within!r} once")
            start = text.index(f"{self.within}\n") + len(self.within) + 1
            end = text.find("\n[", start) if "\n[" in text[start:] else end
        made, found = re.subn(self.find, self._broken, text[start:end], flags=re.MULTILINE)
        if found == 0 or (found > 1 and not self.every):
            raise LookupError(f"{self.file}: the pattern {self.find!r} matches {found} times, expected once")
        broken = text[:start] + made + text[end:]
        if broken == text:
            raise LookupError(f"{self.file}: the pattern {self.find!r} changes nothing")
        return broken

    def _broken(self, match: re.Match[str]) -> str:
        if self.replace is not None:
            return match.expand(self.replace)
        number = float(match[1])
        made = f"{number * (self.times or 1.0) + (self.plus or 0.0):.12g}"
        at, to = match.span(1)
        return match[0][: at - match.start()] + made + match[0][to - match.start() :]


def read(path: Path = TABLE) -> tuple[Mutant, ...]:
    """The table's mutants, in its order."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Mutant(**{**row, "tests": tuple(row["tests"].split())}) for row in table["mutant"])


def attempt(tree: Path, tests: Sequence[str], empty: Path) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy of the tree, and import the package from there."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MICROINFER_SHARED": str(empty),
        "MICROINFER_EXAMPLES": "25",
        "NUMBA_DISABLE_JIT": "1",
        "OMP_NUM_THREADS": "1",
        "CI": "1",
    }
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def outcome(mutant: Mutant, tree: Path, empty: Path) -> str:
    """ "killed" or "survived".

    Raises:
        LookupError: the mutant's place is not there.
        RuntimeError: the tests broke down.
    """
    path = tree / mutant.file
    kept = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied(kept), encoding="utf-8")
    try:
        done = attempt(tree, mutant.tests, empty)
    finally:
        path.write_text(kept, encoding="utf-8")
    if done.returncode not in (PASSED, FAILED):
        raise RuntimeError(f"pytest {' '.join(mutant.tests)}: exit {done.returncode}\n{done.stdout[-2000:]}")
    return "killed" if done.returncode == FAILED else "survived"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only mutants whose name has one of these")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="copies of the tree")
    options = parser.parse_args(arguments)
    chosen = [m for m in read() if not options.words or any(word in m.name for word in options.words)]
    if not chosen:
        parser.error(f"no mutant's name has {' or '.join(options.words)}; they are in {TABLE}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(max(1, options.jobs)):
            trees.put(Path(shutil.copytree(ROOT, folder / f"{number}", symlinks=True, ignore=LEFT_OUT)))

        def sound(tests: tuple[str, ...]) -> str:
            tree = trees.get()
            done = attempt(tree, tests, folder / "empty")
            trees.put(tree)
            return "" if done.returncode == PASSED else f"fails without a mutant\n{done.stdout[-2000:]}"

        def tried(mutant: Mutant) -> tuple[str, float]:
            tree, since = trees.get(), time.monotonic()
            try:
                return outcome(mutant, tree, folder / "empty"), time.monotonic() - since
            except (LookupError, OSError, RuntimeError, subprocess.TimeoutExpired) as error:
                return f"error: {error}", time.monotonic() - since
            finally:
                trees.put(tree)

        results = []
        with ThreadPoolExecutor(max(1, options.jobs)) as pool:
            selections = sorted({mutant.tests for mutant in chosen})
            faults = [
                f"error: pytest {' '.join(tests)} {fault}"
                for tests, fault in zip(selections, pool.map(sound, selections), strict=True)
                if fault
            ]
            for fault in faults:
                print(fault, flush=True)
            for mutant, (said, seconds) in zip(chosen, pool.map(tried, chosen), strict=True):
                print(f"{said.partition(chr(10))[0]:10} {seconds:5.1f} s  {mutant.name}", flush=True)
                if "\n" in said:
                    print(said.partition("\n")[2])
                results.append(said)
    survived = results.count("survived")
    killed = results.count("killed")
    broken = len(results) - survived - killed + len(faults)
    print(f"{killed} of {len(results)} killed, {survived} survived, {broken} errors")
    return 2 if broken else int(survived > 0)


if __name__ == "__main__":
    sys.exit(main())

"""One pass over a dataset that can be interrupted: blocks in, outputs kept, a file to go on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..errors import InputError
from ..operators.reals import real_values
from ..operators.spec import Array, Real
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass, field
from .blocks import Block, Dataset
from .conforming import Counted, Fitter
from .metrics import cosine_rows
from .resumption import Expected, State, read_state, write_state
from .sequence_answers import run_sequences, steps_of

__all__ = ["Examples", "Extra", "Kept", "Session", "block_size", "reconstruction"]

BLOCK_MACS, BLOCK_BYTES, MOST, FEWEST = 1_000_000_000, 32 << 20, 4096, 32
BLOCK_SECONDS = 1.0


def block_size(interpreter: Interpreter) -> int:
    """Samples a block: some tenths of a second of work, and not too much memory."""
    macs = sum(step.geometry.macs for step in interpreter.steps)
    tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.inputs]
    size = sum(8 * tensor.elements for tensor in tensors)
    return max(1, min(MOST, max(FEWEST, BLOCK_MACS // max(1, macs)), BLOCK_BYTES // max(1, size)))


@dataclass(slots=True, eq=False)
class Kept:
    """What is kept of each sample: the chosen output as stored, y, and columns of further numbers."""

    outputs: list[Array] = field(default_factory=list)
    y: list[Array] = field(default_factory=list)
    columns: dict[str, list[Array]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.outputs))

    def arrays(self) -> dict[str, Array]:
        """Everything in one array each; y only where there is any."""
        made = {f"column_{name}": np.concatenate(parts) for name, parts in self.columns.items()}
        if self.outputs:
            made["outputs"] = np.concatenate(self.outputs)
        if self.y:
            made["y"] = np.concatenate(self.y)
        return made

    def cut(self, parts: int, y_parts: int) -> None:
        """Forget what came after so many blocks."""
        del self.outputs[parts:], self.y[y_parts:]
        for column in self.columns.values():
            del column[parts:]


Extra = Callable[[Sequence[Array], Sequence[Real | None], Array], dict[str, Array]]
"""(stored inputs, their real numbers where given so, outputs) of a block to further columns [n, ...]."""


@dataclass(slots=True, eq=False)
class Session:
    """A run of `dataset` through `interpreter`; `output` is the position of the output that is kept.

    `key` tells runs apart: only a state with the same key can be resumed.
    """

    interpreter: Interpreter
    dataset: Dataset
    fitters: Sequence[Fitter]
    output: int
    key: dict[str, Any]
    keep_state: bool = False
    workers: int | None = None
    extra: Extra | None = None
    steps: int = field(default=0, init=False)
    kept: Kept = field(default_factory=Kept)
    examples: Examples = field(default_factory=lambda: Examples(16))
    ended: bool = False
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Eight characters that tell this run from others."""
        return hashlib.sha256(json.dumps(self.key, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def done(self) -> int:
        return len(self.kept)

    @property
    def complete(self) -> bool:
        """Whether every sample has been run; a stream ends by itself."""
        return self.ended or self.done == self.dataset.count

    def run(self, limit: int | None = None) -> Iterator[int]:
        """Run block after block from where the session stands; yields how many samples are done.

        No block takes much longer than BLOCK_SECONDS, once it is known how long a sample takes. What an
        error or Ctrl-C breaks off in the middle of a block is as if that block had not begun.
        """
        size, piece = block_size(self.interpreter), FEWEST
        for block in self.dataset.blocks(self.done, size):
            count = len(block) if limit is None else min(len(block), limit - self.done)
            if count <= 0:
                return
            first = 0
            while first < count:
                began, now = perf_counter(), min(count - first, piece)
                self._add_whole(
                    Block(
                        tuple(x[first : first + now] for x in block.x),
                        None if block.y is None else block.y[first : first + now],
                    )
                )
                first += now
                each = (perf_counter() - began) / now
                piece = max(1, min(size, 2 * piece, int(BLOCK_SECONDS / max(each, 1e-9))))
                yield self.done
        self.ended = True

    def _add_whole(self, block: Block) -> None:
        before = self._mark()
        try:
            self._add(block)
        except BaseException:
            self._restore(before)
            raise

    def _mark(self) -> Mark:
        counts = len(self.kept.outputs), len(self.kept.y)
        return Mark(*counts, tuple(fit.counted for fit in self.fitters), self.examples.mark())

    def _restore(self, mark: Mark) -> None:
        self.kept.cut(mark.parts, mark.y_parts)
        for fit, counted in zip(self.fitters, mark.fitters, strict=True):
            fit.counted = counted
        self.examples.restore(mark.examples)

    def _add(self, block: Block) -> None:
        first = self.done
        fitted = [fit(x, first) for fit, x in zip(self.fitters, block.x, strict=True)]
        stored = [pair[0] for pair in fitted]
        reals = [pair[1] for pair in fitted]
        start = perf_counter()
        steps = steps_of(stored, self.fitters)
        if steps is None:
            found = self._run(stored, go_on=first > 0)
        else:
            self.steps = steps
            found = run_sequences(self.interpreter, stored)
            stored = [array[:, -1] for array in stored]
            reals = [None if array is None else array[:, -1] for array in reals]
        self.seconds += perf_counter() - start
        outputs = found[self.output] if isinstance(found, list) else found
        if first and (block.y is None) != (not self.kept.y):
            what = "no y, others have" if block.y is None else "y, others have none"
            raise InputError(f"{self.dataset.source}: samples from {first} on have {what}")
        columns = self.extra(stored, reals, outputs) if self.extra is not None else {}
        self.kept.outputs.append(outputs)
        if block.y is not None:
            self.kept.y.append(np.array(block.y))
        for name, column in columns.items():
            self.kept.columns.setdefault(name, []).append(column)
        self.examples.see(stored)

    def _run(self, stored: Sequence[Array], *, go_on: bool) -> Any:
        given: Any = stored[0] if len(stored) == 1 else stored
        return self.interpreter.run_batch(
            given, workers=self.workers, keep_state=self.keep_state, go_on=go_on
        )

    def save(self, path: Path) -> None:
        """Write what is done, in one go; a file that is there is replaced.

        Raises:
            InputError: the file cannot be written.
        """
        kept = self.kept.arrays()
        columns = {name: np.concatenate(parts) for name, parts in self.kept.columns.items()}
        notes = {"fitters": [fit.counted for fit in self.fitters], "examples": self.examples.notes()}
        state = State(kept["outputs"], kept.get("y"), columns, self.examples.arrays(), notes)
        write_state(path, self.key, state)

    def resume(self, path: Path, expected: Expected) -> int:
        """Take up what a file holds; returns how many samples that are.

        Raises:
            InputError: no such file, not one of these, or of another model, data or options.
        """
        state = read_state(path, self.key, expected)
        try:
            for fit, counted in zip(self.fitters, state.notes["fitters"], strict=True):
                words, clipped, count, whole = counted
                good = isinstance(words, str) and isinstance(clipped, int) and isinstance(count, int)
                if not good or not 0 <= clipped <= count or not isinstance(whole, bool):
                    raise ValueError
                fit.counted = words, clipped, count, whole
            self.examples.take(state.notes["examples"], state.examples, len(state.outputs))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InputError(f"{path}: not the state of an interrupted run (its notes do not fit)") from None
        columns = {name: [column] for name, column in state.columns.items()}
        self.kept = Kept([state.outputs], [] if state.y is None else [state.y], columns)
        return self.done


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a session stands between two blocks."""

    parts: int
    y_parts: int
    fitters: tuple[Counted, ...]
    examples: tuple[int, Any, tuple[list[Array], ...]]


class Examples:
    """A fair choice of a few samples from a stream of unknown length, the same every time."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self._generator = np.random.default_rng(0)
        self._seen = 0
        self._kept: list[list[Array]] = []

    def see(self, stored: Sequence[Array]) -> None:
        for position in range(len(stored[0])):
            place = self._seen if self._seen < self.wanted else int(self._generator.integers(self._seen + 1))
            self._seen += 1
            if place >= self.wanted:
                continue
            sample = [array[position].copy() for array in stored]
            if place < len(self._kept):
                self._kept[place] = sample
            else:
                self._kept.append(sample)

    def mark(self) -> tuple[int, Any, tuple[list[Array], ...]]:
        """Where the choice stands."""
        return self._seen, self._generator.bit_generator.state, tuple(self._kept)

    def restore(self, mark: tuple[int, Any, tuple[list[Array], ...]]) -> None:
        """Back to where it stood."""
        self._seen, self._generator.bit_generator.state = mark[:2]
        self._kept = list(mark[2])

    def notes(self) -> dict[str, Any]:
        """The same as JSON has it, without the samples."""
        return {"seen": self._seen, "generator": self._generator.bit_generator.state}

    def take(self, notes: Any, arrays: Sequence[Array], seen: int) -> None:
        """What `notes` and `arrays` gave, of so many samples.

        Raises:
            ValueError, TypeError, KeyError: it does not fit.
        """
        kept = [[array[position] for array in arrays] for position in range(len(arrays[0]) if arrays else 0)]
        if notes["seen"] != seen or len(kept) != min(seen, self.wanted):
            raise ValueError
        if len({len(array) for array in arrays}) > 1:
            raise ValueError
        self._generator.bit_generator.state = notes["generator"]
        self._seen, self._kept = seen, kept

    def arrays(self) -> list[Array]:
        """One array [n, ...] an input; none where nothing was seen."""
        return [np.stack(column) for column in zip(*self._kept, strict=True)]


def reconstruction(tensor_in: Fitter, target: Any) -> Extra:
    """Columns of an autoencoder: mean squared and mean absolute error, and cosine, of each sample."""

    def extra(stored: Sequence[Array], reals: Sequence[Real | None], outputs: Array) -> dict[str, Array]:
        real = reals[0] if reals[0] is not None else tensor_in.reals(stored[0])
        wanted = real.reshape(len(real), -1)
        found = real_values(outputs, target).reshape(len(outputs), -1)
        return {
            "squared": ((found - wanted) ** 2).mean(axis=1),
            "absolute": np.abs(found - wanted).mean(axis=1),
            "cosine": cosine_rows(wanted, found),
        }

    return extra

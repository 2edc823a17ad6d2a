"""One pass over a dataset that can be interrupted: blocks in, outputs kept, a file to go on from."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..errors import InputError
from ..graph import Array
from ..interpreter import Interpreter
from .datasets import Block, Dataset
from .fitting import Fitter
from .reals import Real, real_values

__all__ = ["Examples", "Extra", "Kept", "Session", "block_size", "reconstruction"]

BLOCK_MACS, BLOCK_BYTES, MOST, FEWEST = 1_000_000_000, 32 << 20, 4096, 32
STATE_VERSION = 1


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

    @classmethod
    def of(cls, arrays: dict[str, Array]) -> Kept:
        columns = {
            name.removeprefix("column_"): [array]
            for name, array in arrays.items()
            if name.startswith("column_")
        }
        return cls([arrays["outputs"]], [arrays["y"]] if "y" in arrays else [], columns)


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
        """Run block after block from where the session stands; yields how many samples are done."""
        size = block_size(self.interpreter)
        for block in self.dataset.blocks(self.done, size):
            count = len(block) if limit is None else min(len(block), limit - self.done)
            if count <= 0:
                return
            self._add(block, count)
            yield self.done
        self.ended = True

    def _add(self, block: Block, count: int) -> None:
        first = self.done
        fitted = [fit(x[:count], first) for fit, x in zip(self.fitters, block.x, strict=True)]
        stored = [pair[0] for pair in fitted]
        given: Any = stored[0] if len(stored) == 1 else stored
        start = perf_counter()
        found = self.interpreter.run_batch(given, workers=self.workers, keep_state=self.keep_state)
        self.seconds += perf_counter() - start
        outputs = found[self.output] if isinstance(found, list) else found
        if first and (block.y is None) != (not self.kept.y):
            what = "no y, others have" if block.y is None else "y, others have none"
            raise InputError(f"{self.dataset.source}: samples from {first} on have {what}")
        columns = self.extra(stored, [pair[1] for pair in fitted], outputs) if self.extra is not None else {}
        self.kept.outputs.append(outputs)
        if block.y is not None:
            self.kept.y.append(np.array(block.y[:count]))
        for name, column in columns.items():
            self.kept.columns.setdefault(name, []).append(column)
        self.examples.see(stored)

    def save(self, path: Path) -> None:
        """Write what is done, in one go.

        Raises:
            InputError: the file cannot be written.
        """
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as file:
                key = json.dumps({"version": STATE_VERSION, **self.key}, sort_keys=True)
                arrays: dict[str, Any] = {"key": np.array(key), **self.kept.arrays()}
                np.savez(file, **arrays)
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise InputError(f"cannot write {path}: {error.strerror or error}") from error

    def resume(self, path: Path) -> int:
        """Take up what a file holds; returns how many samples that are.

        Raises:
            InputError: no such file, not one of these, or of another model, data or options.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                arrays = {name: found[name] for name in found.files}
            key = json.loads(str(arrays.pop("key")))
            kept = Kept.of(arrays)
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; there is nothing to resume") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"{path}: not the state of an interrupted run ({error})") from error
        wanted = {"version": STATE_VERSION, **self.key}
        different = [name for name in wanted if key.get(name) != wanted[name]]
        if different:
            raise InputError(
                f"{path}: is of another run, {', '.join(different)} differ; run without --resume"
            )
        self.kept = kept
        return self.done


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

    def arrays(self) -> list[Array]:
        """One array [n, ...] an input; none where nothing was seen."""
        return [np.stack(column) for column in zip(*self._kept, strict=True)]


def reconstruction(tensor_in: Fitter, target: Any) -> Extra:
    """Columns of an autoencoder: mean squared and mean absolute error, and cosine, of each sample."""
    from .metrics import cosine_rows

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

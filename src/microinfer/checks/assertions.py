"""What a model may take, as assertions: the `mcu` of the pytest plugin, which also works outside pytest.

Planning and pricing need no kernels, so all but `run` and `bit_exact` are answered in milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

import numpy as np

from ..deploy.deployment import Deployment, deploy
from ..errors import InputError
from ..files.arrays import read_arrays
from ..libraries.build import Build
from ..model.read import load
from ..model.tables import Model
from ..operators.release import Release, find_release
from ..operators.spec import Array
from ..parts.profile import Profile, load_profile
from ..run.samples import sequence_length
from ..timing.energy import Span
from ..words.printing import counted
from ..words.quantities import parse, parse_bytes
from .golden import first_difference, in_order, wanted_crc

if TYPE_CHECKING:
    from ..reports.run_report import RunReport
    from ..run.interpreter import Interpreter

__all__ = ["Mcu"]

Source: TypeAlias = str | os.PathLike[str] | bytes | Model
Given: TypeAlias = str | os.PathLike[str] | Array | Sequence[Any] | Mapping[str, Any]
"""Arrays: one, several in the model's order, several by name, or a .npy or .npz file of them."""


class Mcu:
    """A part or board under one kernel library, and assertions about models on it.

    Every assertion returns True or raises AssertionError with figures. Sizes are numbers of bytes or "16k",
    times and energies numbers or "50ms" and "2mJ". A model is a path (from the working
    folder, else from `root`), the name of one of the zoo's, bytes, or a loaded Model.

    Args:
        profile: by name, path or Profile.
        library: kernel library; default the profile's own.
        root: folder from which paths are also tried.
        release: of TFLM; default that of the truth files.
        build: how the firmware is compiled, "Os,strings" say; default as the part's common toolchain does.
        max_turns: of loops in an inference, as for `Interpreter`.
    """

    def __init__(
        self,
        profile: str | os.PathLike[str] | Profile = "cortex-m4",
        library: str | None = None,
        root: str | os.PathLike[str] | None = None,
        *,
        release: str | Release | None = None,
        build: str | Build | None = None,
        max_turns: int | None = None,
    ) -> None:
        found = profile if isinstance(profile, Profile) else load_profile(profile)
        self.profile, self._build = found.built(build), build
        self._max_turns = max_turns
        self.library = self.profile.choose_library(library)
        self.release = find_release(release)
        self._root = Path(root) if root is not None else None
        self._taken: dict[str, _Taken] = {}

    def __repr__(self) -> str:
        return f"Mcu({self.profile.name!r}, {self.library!r})"

    def on(self, profile: str | os.PathLike[str] | Profile, library: str | None = None) -> Mcu:
        """Another part or library, for one test."""
        return Mcu(
            profile, library, self._root, release=self.release, build=self._build, max_turns=self._max_turns
        )

    def fits(self, model: Source, *, arena_bytes: int | str | None = None) -> bool:
        """The part's memories hold the model, in the smallest arena that works or in this one."""
        __tracebackhide__ = True
        taken = self._take(model)
        memory = taken.deployment.memory_in(
            taken.plan.least_arena_bytes if arena_bytes is None else parse_bytes(arena_bytes, "arena_bytes")
        )
        said = f"{taken.name} does not fit: {'; '.join(memory.shortfalls)}"
        if memory.verdict == "cannot-tell":
            said = f"{taken.name}: cannot tell whether it fits, without {', '.join(memory.unknown)}"
        return _hold(memory.fits, said)

    def arena_below(self, model: Source, limit_bytes: int | str) -> bool:
        """The smallest tensor arena that works has at most so many bytes."""
        __tracebackhide__ = True
        limit_bytes = parse_bytes(limit_bytes, "limit_bytes")
        taken = self._take(model)
        needed = taken.plan.least_arena_bytes
        message = (
            f"{taken.name} needs an arena of {needed:,} bytes, {needed - limit_bytes:,} more than "
            f"{limit_bytes:,}; at the peak it holds {taken.plan.describe_peak()}"
        )
        if needed <= limit_bytes and taken.plan.unknown:
            taken.known(None, f"arena, of at least {needed:,} bytes,")
        return _hold(needed <= limit_bytes, message)

    def flash_below(self, model: Source, limit_bytes: int | str) -> bool:
        """Flash has at most so many bytes of the model and, where it is known, of code."""
        __tracebackhide__ = True
        limit_bytes = parse_bytes(limit_bytes, "limit_bytes")
        taken = self._take(model)
        memory = taken.deployment.memory_in(taken.plan.least_arena_bytes)
        stored = memory.stored_bytes if memory.flash_bytes is None else memory.flash_bytes
        more = stored - limit_bytes
        message = f"{taken.name} takes {stored:,} bytes of flash, {more:,} more than {limit_bytes:,}"
        if stored <= limit_bytes and memory.flash_bytes is None:
            taken.known(None, f"flash, of at least {stored:,} bytes,")
        return _hold(stored <= limit_bytes, message)

    def cycles_below(self, model: Source, limit: float, *, certain: bool = True) -> bool:
        """One inference takes at most so many cycles of the core.

        Args:
            certain: hold the upper end of the 90 % interval, else the estimate itself.
        """
        __tracebackhide__ = True
        taken = self._take(model)
        seconds = taken.known(taken.deployment.seconds, "time")
        return self._hold(taken, seconds.scaled(self.profile.clock_hz), limit, "cycles", certain)

    def milliseconds_below(self, model: Source, limit: float | str, *, certain: bool = True) -> bool:
        """One inference takes at most so long; `certain` as of `cycles_below`."""
        __tracebackhide__ = True
        if isinstance(limit, str):
            limit = parse(limit, "s", "limit") * 1e3
        taken = self._take(model)
        return self._hold(
            taken, taken.known(taken.deployment.seconds, "time").scaled(1e3), limit, "ms", certain
        )

    def microjoules_below(self, model: Source, limit: float | str, *, certain: bool = True) -> bool:
        """One inference takes at most so much energy; `certain` as of `cycles_below`."""
        __tracebackhide__ = True
        if isinstance(limit, str):
            limit = parse(limit, "J", "limit") * 1e6
        taken = self._take(model)
        energy = taken.known(taken.deployment.energy, "energy")
        return self._hold(taken, energy.microjoules, limit, "µJ", certain)

    def _hold(self, taken: _Taken, span: Span, limit: float, unit: str, certain: bool) -> bool:
        __tracebackhide__ = True
        figure = span.high if certain else span.typical
        advice = ""
        if certain and span.typical <= limit:
            advice = "; the estimate itself is within the limit: certain=False holds that alone"
        message = (
            f"{taken.name} takes {_figure(span.typical)} {unit} ({_figure(span.low)} to "
            f"{_figure(span.high)}), expected at most {_figure(limit)}{advice}"
        )
        return _hold(figure <= limit, message)

    def run(self, model: Source, inputs: Given) -> tuple[Array, ...]:
        """The model's outputs for these inputs, to the bit.

        A model that keeps state also takes a sequence of samples, which are run one after the other from its
        start on; each output then has one more dimension, in front.
        """
        interpreter = self._take(model).interpreter
        interpreter.restart()
        tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.inputs]
        arrays = self._arrays(inputs, [t.name for t in tensors], "input")
        count = sequence_length(arrays, tensors, "inputs") if interpreter.keeps_state else None
        made = []
        for position in range(count or 1):
            for tensor, array in zip(tensors, arrays, strict=True):
                sample = array if count is None else array[position].reshape(tensor.shape)
                interpreter.set_tensor(tensor.index, sample)
            interpreter.invoke()
            made.append([interpreter.get_tensor(index) for index in interpreter.subgraph.outputs])
        return tuple(made[0]) if count is None else tuple(np.stack(one) for one in zip(*made, strict=True))

    def bit_exact(self, model: Source, inputs: Given, expected: Given | int) -> bool:
        """The model's outputs equal what is expected, in every bit.

        Args:
            inputs, expected: an array, several in the model's order or by name, or a .npy or .npz file.
                `expected` may also be the CRC-32 of the only output, a whole number or "crc32:ebbd1a6c".
        """
        __tracebackhide__ = True
        taken = self._take(model)
        found = self.run(model, inputs)
        names = [
            taken.interpreter.subgraph.tensors[index].name for index in taken.interpreter.subgraph.outputs
        ]
        crc_wanted = wanted_crc(expected)
        if crc_wanted is not None:
            if len(found) != 1:
                raise InputError(f"one CRC-32 for a model with {counted(len(found), 'output')}; give arrays")
            crc = crc32(found[0].tobytes())
            message = f"{taken.name}: {names[0]} has crc32 {crc:08x}, expected {crc_wanted:08x}"
            return _hold(crc == crc_wanted, message)
        for name, got, want in zip(names, found, self._arrays(expected, names, "output"), strict=True):
            difference = first_difference(got, np.asarray(want))
            _hold(not difference, f"{taken.name}: {name} {difference}")
        return True

    def report(self, model: Source, inputs: Given | None = None) -> RunReport:
        """All that `microinfer run` prints; with inputs, the model is run on them first."""
        taken = self._take(model)
        if inputs is not None:
            self.run(model, inputs)
        return taken.interpreter.report()

    def _take(self, model: Source) -> _Taken:
        loaded = model if isinstance(model, Model) else load(self._locate(model))
        if loaded.sha256 not in self._taken:
            at = deploy(loaded, self.profile, self.library, self.release)
            self._taken[loaded.sha256] = _Taken(at, self._max_turns)
        return self._taken[loaded.sha256]

    def _locate(self, model: str | os.PathLike[str] | bytes) -> Any:
        if isinstance(model, bytes | bytearray | memoryview):
            return model
        from .. import zoo

        path = self._path(model)
        if isinstance(model, str) and not path.is_file() and zoo.has(model):
            return zoo.load(model)
        return path

    def _path(self, path: str | os.PathLike[str]) -> Path:
        """As given, else from the root."""
        given = Path(path)
        if self._root is not None and not given.is_file() and (self._root / given).is_file():
            return self._root / given
        return given

    def _arrays(self, given: Any, names: list[str], what: str) -> list[Any]:
        """As many arrays as there are names, in their order."""
        if isinstance(given, str | os.PathLike):
            path = self._path(given)
            given = read_arrays(path, str(path))
        return in_order(given, names, what)


class _Taken:
    """What one model takes of one part, computed when it is asked for."""

    def __init__(self, deployment: Deployment, max_turns: int | None) -> None:
        self.deployment, self.max_turns = deployment, max_turns
        self.plan = deployment.plan

    @property
    def name(self) -> str:
        at = self.deployment
        return f"{at.model.name or 'the model'} on {at.profile.name} ({at.library})"

    @cached_property
    def interpreter(self) -> Interpreter:
        from ..run.interpreter import Interpreter

        at = self.deployment
        return Interpreter(
            at.model, at.profile, library=at.library, release=at.release, max_turns=self.max_turns
        )

    def known(self, figure: Any, what: str) -> Any:
        __tracebackhide__ = True
        if figure is None:
            raise AssertionError(f"{self.name}: its {what} is not known, so no limit can be held")
        return figure


def _hold(good: bool, message: str) -> bool:
    __tracebackhide__ = True
    if not good:
        raise AssertionError(message)
    return True


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"

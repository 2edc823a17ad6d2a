"""The interpreter: prepare, plan, bind once; then invoke as often as you like.

Its verbs and detail dictionaries are LiteRT's, so that a script changes one import. What it computes
is TFLM's, also in this: an input's memory is reused by later tensors, so every input is set again
before each `invoke`, as on the device.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..deploy.deployment import deploy
from ..errors import InputError
from ..memory.plan import MemoryPlan
from ..model.read import load
from ..model.tables import Model
from ..model.whole import whole
from ..operators.release import Release
from ..operators.spec import Array, Run, Step
from ..parts.profile import Profile, load_profile
from ..zoo.source import Source, open_model
from .arena_size import checked_arena_size
from .batch import Batch
from .details import untold_bits
from .invoke import built_in
from .machine import Machine
from .on_part import on_part
from .record import RECORDED, Recorder
from .signature_runner import SignatureRunner, find_signature, list_signatures
from .storage import in_arena, inputs_overwritten, preserving
from .tensor_access import Tensors
from .thread_turns import Turns
from .turn_limit import MOST_TURNS, expect_turns

if TYPE_CHECKING:
    from ..operators.resolver import OpResolver
    from ..reports.run_report import RunReport

__all__ = ["DEFAULT_PROFILE", "Interpreter"]

DEFAULT_PROFILE = "cortex-m4"
_STATE = ("invoked", *RECORDED, "_stale")


class Interpreter(Tensors):
    """Runs a model with the bits, and in the memory, of the device.

    Args:
        model: path, bytes, Model, or a name of the zoo; LiteRT's names are `model_path` and `model_content`.
        profile: part or board, by name, path or Profile; default "cortex-m4".
        library: kernel library; default the profile's own.
        release: of TFLM, whose bits and bytes are wanted, by name ("2026-08", the default, or "2026-10", that
            of the pip package tflite-micro) or commit.
        resolver: the operators that may be used; default all.
        contracts: whether real numbers are as on the part: products added without being rounded before, where
            a compiler has it so for its FPU, and what C leaves open as was measured there; default yes where
            a profile is given, and no, as in TFLM's package for a host, where none is.
        max_turns: of loops in one inference, before one is taken for endless; default 100,000.
        arena_size: bytes of the tensor arena, 16384 or "16k"; default the smallest that works.
        preserve_all_tensors: keep every tensor in memory of its own, so that `get_tensor` answers for all.

    Raises:
        ModelError: the file is malformed, or an operator cannot run.
        ArenaError: `arena_size` is too small.
        ProfileError, InputError: no such profile, library, release or file.
    """

    def __init__(
        self,
        model: Source | None = None,
        profile: str | os.PathLike[str] | Profile | None = None,
        *,
        library: str | None = None,
        release: str | Release | None = None,
        resolver: OpResolver | None = None,
        arena_size: int | str | None = None,
        preserve_all_tensors: bool = False,
        model_path: str | os.PathLike[str] | None = None,
        model_content: bytes | None = None,
        experimental_preserve_all_tensors: bool = False,
        num_threads: int | None = None,
        contracts: bool | None = None,
        max_turns: int | None = None,
    ) -> None:
        given = [source for source in (model, model_path, model_content) if source is not None]
        if len(given) != 1:
            raise InputError("give exactly one of model, model_path and model_content")
        source = load(given[0]) if model is None else open_model(model)
        part = DEFAULT_PROFILE if profile is None else profile
        self.profile = part if isinstance(part, Profile) else load_profile(part)
        self.deployment = deploy(source, self.profile, library, release, resolver)
        self.library, self.release = self.deployment.library, self.deployment.release
        self.contracts = profile is not None if contracts is None else contracts
        self.model = self.deployment.model
        self.subgraph = self.model.subgraphs[0]
        graph = whole(self.model.subgraphs).graph
        steps = self.deployment.expect_runnable()
        self.steps = on_part(self.deployment, steps) if self.contracts else steps
        self.plan: MemoryPlan = self.deployment.plan
        self.refused: tuple[str, ...] = ()
        self.overlaps = untold_bits(self.deployment)
        self.max_turns = MOST_TURNS if max_turns is None else expect_turns(max_turns, "max_turns")
        self.arena_size = checked_arena_size(self.plan, self.library, arena_size)
        preserve = preserve_all_tensors or experimental_preserve_all_tensors
        self.bits_plan = self.deployment.bits_plan
        self._storage = (
            preserving(graph, self.plan, self.bits_plan, self.steps, self.arena_size)
            if preserve
            else in_arena(graph, self.bits_plan, self.arena_size)
        )
        self._machine = Machine(self.model, self.steps, self._storage, self.max_turns)
        overwritten = frozenset() if preserve else inputs_overwritten(graph, self.bits_plan)
        overwritten -= frozenset(self.subgraph.outputs)
        self._turns = Turns(self.subgraph.outputs, overwritten)
        self.invoked = self._settled = False
        self._run_settled = self._machine.direct(self._turns.state)
        self._at_once = built_in(self._run_settled, Interpreter, _INVOKE)
        self._batch: Batch | None = None
        self.resolver = resolver
        lasting = (index for index in self._storage.lasting if index < len(self.subgraph.tensors))
        self._readable = frozenset((*self.subgraph.inputs, *self.subgraph.outputs, *lasting))
        self.recorded_crc32: tuple[tuple[int, ...], ...] | None = None
        self.recorded_inputs: tuple[Array, ...] | None = None
        self.recorded_branches: tuple[Mapping[str, int], ...] | None = None
        self.recorded_times: tuple[int, ...] | None = None
        self.recorded_beyond: tuple[int, ...] | None = None

    def __reduce__(self) -> tuple[Callable[..., Interpreter], tuple[Any, ...]]:
        """A copy has the same model and settings, and memory of its own with the same in it."""
        held = [
            array.copy() if array is not None and array.flags.writeable else None
            for array in (*self._storage.arrays, *self._storage.resources)
        ]
        settings = {
            "library": self.library,
            "release": self.release,
            "resolver": self.resolver,
            "arena_size": self.arena_size,
            "contracts": self.contracts,
            "max_turns": self.max_turns,
            "preserve_all_tensors": self._storage.preserves_all,
        }
        state = {name: getattr(self, name) for name in _STATE}
        return _revived, (self.model, self.profile, settings, held, *self._resumed(), state)

    def _resumed(self) -> tuple[frozenset[int], tuple[Array, ...]]:
        return self._machine.called_once, tuple(array.copy() for array in self._machine.kept)

    def allocate_tensors(self) -> None:
        """Does nothing: the constructor has planned and allocated. LiteRT's scripts call it."""

    def invoke(self, *, record: bool = False) -> None:
        """Run the model once.

        Args:
            record: also keep the CRC-32 of every operator's outputs in `recorded_crc32` and copies of
                the inputs in `recorded_inputs`, in `recorded_branches` what the data say about
                each operator's price, and in `recorded_times` how often it ran; of one that ran more than
                once the CRC-32 is the last run's. Scratch buffers are filled with rubbish before each
                operator, as nothing may rely on what they hold.
        """
        if record or self._run_settled() is not None:
            self._invoke(record)

    def _invoke(self, record: bool) -> None:
        turns = self._turns
        turns.enter()
        try:
            if turns.stale:
                self._warn_of_stale_inputs()
            if self.overlaps and not self.invoked and not record:
                self._warn_of_overlaps()
            if record:
                self._invoke_and_record()
            else:
                turns.timed(self._machine.run)
                if self.recorded_crc32 is not None:
                    vars(self).update(dict.fromkeys(RECORDED))
            self.invoked = True
            self._settled = not record
            turns.ran()
            if not record:
                turns.settle()
        finally:
            turns.leave()

    def _invoke_and_record(self) -> None:
        self.recorded_inputs = tuple(self._array(index).copy() for index in self.subgraph.inputs)
        recorder = Recorder(self.steps, self._storage, self.deployment.settles(self.contracts))
        self._machine.run_watched(recorder.before, recorder.after)
        self.recorded_crc32, self.recorded_branches = recorder.crc32, recorder.branches
        self.recorded_times, self.recorded_beyond = recorder.times, recorder.beyond

    def _warn_of_overlaps(self, level: int = 4) -> None:
        for said in self.overlaps:
            warnings.warn(said, stacklevel=level)

    def run_batch(
        self, x: Any, *, workers: int | None = None, keep_state: bool = False, go_on: bool = False
    ) -> Any:
        """Run many samples, with the bits of one `invoke` each, on as many cores as there is work for.

        Memory: each thread holds tensors of up to 512 KiB (those of one sample, if they take more) and what
        its kernels keep: the weights in the order of vectors, one to four bytes each, and a padded copy of
        each convolution's input. Besides these there are only the outputs. Threads and what they hold are
        kept for the next call. The interpreter's own tensors are not touched.

        Args:
            x: the samples of the only input, [n, *shape], where shape is the tensor's without a batch
                dimension of 1, or with it; of several inputs a sequence in order, or a dictionary by
                name or position. Real numbers for a quantised input are turned into the model's own, as
                `quantize_input` does, and a warning says so.
            workers: threads at most, the caller's own among them; default one for each processor that this
                process may use. What takes less than a fifth of a millisecond is done by the caller's.
            keep_state: variables (of an LSTM, say) and what operators remember keep their values from sample
                to sample, starting afresh; one thread. Otherwise every sample finds them as after the start
                of the device.
            go_on: with `keep_state`, begin where the last call with it ended.

        Returns:
            An array [n, *shape], without a batch dimension of 1, as stored; of several outputs a list of
            them. `dequantize_output(0, y)` makes real numbers of it.

        Raises:
            InputError: another shape or type, inputs missing or unequal in number, no such `workers`.
        """
        if self._batch is None:
            self._warn_of_overlaps(3)
            self._batch = Batch(
                self.deployment, self.steps, self.arena_size, self.contracts, self.max_turns, self.resolver
            )
        return self._batch(x, workers, keep_state, go_on)

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """Key to the names of inputs and outputs, of the file's signatures; empty where it has none."""
        return list_signatures(self.model.signatures)

    def get_signature_runner(self, signature_key: str | None = None) -> SignatureRunner:
        """What runs the model by the names of a signature; the only one where no key is given.

        Raises:
            InputError: no such signature, or more than one to choose from, or one that TFLM cannot run.
        """
        return SignatureRunner(self, find_signature(self.model.signatures, signature_key))

    @property
    def _runs(self) -> tuple[Run, ...]:
        """One closure a step."""
        return self._machine.runs

    @property
    def ended_at(self) -> str:
        """The place of the operator that ended the last run, as TFLM's streaming buffers do until enough has
        come in: operators behind it did not run. "" where none did."""
        return self._machine.ended_at

    @property
    def first_steps(self) -> tuple[Step, ...]:
        """Those of the first subgraph, whose tensors can be read."""
        return self.deployment.first_steps

    @cached_property
    def operators(self) -> tuple[str, ...]:
        """The operators' names, in the order in which they run."""
        return tuple(step.name for step in self.steps)

    def report(self) -> RunReport:
        """What this run needs and gives: bits, bytes, cycles. `to_dict()` is what ``--json`` prints."""
        from ..reports.run_figures import make_report

        return make_report(self)


_INVOKE: Any = Interpreter.invoke


def _revived(
    model: Model,
    profile: Profile,
    settings: dict[str, Any],
    held: Sequence[Array | None],
    called_once: frozenset[int],
    kept: Sequence[Array],
    state: dict[str, Any],
) -> Interpreter:
    made = Interpreter(model, profile, **settings)
    for array, content in zip((*made._storage.arrays, *made._storage.resources), held, strict=True):
        if array is not None and content is not None:
            array[...] = content
    made._machine.resume(called_once, kept)
    for name, value in state.items():
        setattr(made, name, value)
    return made

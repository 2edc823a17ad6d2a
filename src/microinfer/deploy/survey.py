"""A model taken apart as far as it goes, for commands that show what is known of one that cannot run here."""

from __future__ import annotations

from ..errors import Reason, UnsupportedError
from ..libraries.faults import own_faults
from ..libraries.library import KernelLibrary, kernel_library
from ..libraries.target import Target
from ..model.tables import UNKNOWN_TYPE, Model
from ..operators.prepare import survey
from ..operators.release import DEFAULT_RELEASE, Release
from ..operators.resolver import OpResolver
from ..operators.spec import Step, Unmodelled
from ..words.dataclass import dataclass
from .refusal import Refusal, certain, refusals

__all__ = ["Survey", "take_apart", "unsized_types"]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """`steps` are all operators, those without a geometry `Unmodelled`; `refusals` say why."""

    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    unsized: tuple[UnsupportedError, ...] = ()
    """Tensors whose type has no size: TFLM's allocation looks at every one, read or not."""

    @property
    def modelled(self) -> tuple[Step, ...]:
        """The operators that were prepared."""
        return tuple(step for step in self.steps if not isinstance(step.geometry, Unmodelled))

    def stops(self, library: KernelLibrary, target: Target) -> tuple[str, ...]:
        """Where kernels certainly stop or write outside their memory. That an open batch leaves outputs
        unwritten ends nothing."""
        return tuple(
            f"{step.node.operator.place}: {step.name}: {fault.text}"
            for step in self.modelled
            for fault in own_faults(library, step, target)
            if fault.severity == "error" and fault.certain and fault.reason is not Reason.OPEN_BATCH
        )

    def shortfalls(self, library: str) -> tuple[str, ...]:
        """What the device certainly refuses, too."""
        said = tuple(one.said for one in self.refusals if certain(one, library))
        return (*map(str, self.stopping(library)), *said)

    def stopping(self, library: str) -> tuple[UnsupportedError, ...]:
        """Why an interpreter could not allocate the tensors; generated code holds none that nobody reads."""
        return self.unsized if kernel_library(library).interprets else ()


def unsized_types(model: Model, release: Release) -> tuple[UnsupportedError, ...]:
    """One error a tensor of whose type the release's allocator knows no size, read or not."""
    return tuple(
        UnsupportedError(
            f"{tensor.name!r} is {tensor.dtype}, of whose elements {release.short} knows no size: "
            "it allocates nothing then",
            f"subgraphs[{graph.index}].tensors[{tensor.index}]",
            Reason.TYPE,
        )
        for graph in model.subgraphs
        for tensor in graph.tensors
        if tensor.dtype in release.unsized or tensor.dtype.startswith(UNKNOWN_TYPE)
    )


def take_apart(
    model: Model, resolver: OpResolver | None = None, release: Release = DEFAULT_RELEASE
) -> Survey:
    """Prepare every operator of the first subgraph; none stops the others."""
    resolver = OpResolver.builtin() if resolver is None else resolver
    steps, refused = survey(model, resolver, release)
    return Survey(steps, refusals(refused, resolver), unsized_types(model, release))

"""A kernel library as a value: everything that the other rooms ask of it, by its name.

Who has a library's name, as a profile and a plan have it, asks `kernel_library` for the value, and the value
for what it wants to know: no branch compares names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import InputError
from ..operators.folding import fold
from ..operators.spec import Geometry, Step
from .image import Image, Operators

if TYPE_CHECKING:
    from ..model.tables import Model
    from .bare_c_source.call import Lowered
    from .demand import Demand
    from .events import Events
    from .fault import Fault
    from .target import Target
    from .traffic import WeightTraffic

__all__ = ["KernelLibrary", "as_run", "kernel_libraries", "kernel_library"]

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class KernelLibrary:
    """What one kernel library is, and what it does with a geometry on a target.

    `title` calls its kernels in sentences. `interprets`: TFLM's interpreter reads the model file on the
    device, out of flash; else a program is generated from the folded graph, and flash holds its constants.
    `alignment` is that of the smallest arena, in bytes. `calls` are the functions whose stack is told.
    `base` is the library whose kernels run where this one has none of its own. `linked` says in a sentence
    that a firmware has these kernels, `to_link` how it gets them, `sources` where they lie.
    """

    name: str
    title: str
    interprets: bool
    alignment: int
    calls: str
    stored: str
    image_of: Callable[[str, Target, Operators], Image]
    constants_of: Callable[[Model, Operators], int] | None = None
    lowered_by: Callable[[Step, Mapping[int, int], tuple[int, ...]], Lowered] | None = None
    base: KernelLibrary | None = None
    linked: str = ""
    to_link: str = ""
    sources: str = ""
    hybrid: str = "Hybrid models are not supported on TFLite Micro."
    """What the device prints where floats meet weights of int8."""
    short: str = field(default="")
    """The name as it is shortened, where no other library could be meant."""

    def __str__(self) -> str:
        return self.name

    def demand(self, name: str, geometry: Geometry, target: Target) -> Demand | None:
        """The memory that operator `name` asks for; None where it is not known, as of a user's own operator.

        Raises:
            InputError: no table for this pointer size.
        """
        from . import demand

        return demand(self.name, name, geometry, target)

    def variant(self, name: str, geometry: Geometry, target: Target) -> str:
        """The internal kernel that runs operator `name`."""
        from .variants import variant

        return variant(self.name, name, geometry, target)

    def events(
        self, name: str, geometry: Geometry, target: Target, seen: Mapping[str, int] = _NOTHING
    ) -> Events | None:
        """Counts for operator `name`, or None where it is not known how its kernel works."""
        from .events import events

        return events(self.name, name, geometry, target, seen)

    def traffic(self, name: str, variant: str, geometry: Geometry) -> WeightTraffic:
        """Bytes of weights that operator `name` reads; none where it has none."""
        from .traffic import weight_traffic

        return weight_traffic(self.name, name, variant, geometry)

    def faults(self, step: Step, target: Target) -> tuple[Fault, ...]:
        """How the operator's kernel misbehaves, or may; none for a user's own operator."""
        from .faults import faults_of

        return faults_of(step, self.name, target)

    def stored_bytes(self, model: Model, operators: Operators) -> int:
        """What flash holds of a model: its whole file, or the constants of the program that is generated.

        `model` is the graph that runs, see `as_run`."""
        if self.constants_of is None:
            return model.size_bytes
        return self.constants_of(model, operators)

    def image(self, core: str, target: Target, operators: Operators) -> Image:
        """Code, stack and static RAM of the smallest program around these operators."""
        return self.image_of(core, target, operators)

    def lower(self, step: Step, tensor_offsets: Mapping[int, int], scratch: tuple[int, ...]) -> Lowered:
        """The calls of C kernels that run one operator, in a program that is generated.

        Raises:
            UnsupportedError: no kernel for the operator, or for its types or sizes.
        """
        assert self.lowered_by is not None, "an interpreter calls its kernels itself"
        return self.lowered_by(step, tensor_offsets, scratch)


@cache
def _registry() -> Mapping[str, KernelLibrary]:
    from .values import VALUES

    return MappingProxyType({value.name: value for value in VALUES})


def kernel_libraries() -> tuple[KernelLibrary, ...]:
    """All of them: TFLM's first, and each behind its base."""
    return tuple(_registry().values())


def kernel_library(name: str) -> KernelLibrary:
    """The library of that name, or of that shortened name.

    Raises:
        InputError: there is no such library.
    """
    known = _registry()
    if name in known:
        return known[name]
    for value in known.values():
        if value.short == name:
            return value
    raise InputError(f"no kernel library {name!r}; there are {', '.join(known)}")


def as_run(model: Model, library: str) -> Model:
    """The graph that a kernel library runs: the file's own where it is interpreted, else the folded one."""
    if not kernel_library(library).interprets:
        return fold(model)
    return model if model.unfolded is None else model.unfolded

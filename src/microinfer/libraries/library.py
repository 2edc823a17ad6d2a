"""A kernel library as a value: everything that the other rooms ask of it, by its name.

Who has a library's name, as a profile and a plan have it, asks `kernel_library` for the value, and the value
for what it wants to know: no branch compares names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import InputError
from ..operators.folding import fold
from ..operators.registry import row
from ..operators.spec import Geometry, Step
from ..words.dataclass import dataclass, field
from ..words.spelling import nearest_note
from .columns import Columns
from .demand import Demand
from .demands import demanded
from .far_offsets import far_offsets
from .fault import Fault, many_dimensions, nothing_refused
from .homes import Homes
from .image import Image, Operators
from .kernel import Bounds, Kernel
from .layout import StructLayout, own_layout, struct_layout
from .software_float import SoftwareFloat
from .traffic import NO_TRAFFIC, WeightTraffic

if TYPE_CHECKING:
    from ..model.tables import Model
    from .bare_c.call import Lowered
    from .target import Target

__all__ = ["KernelLibrary", "as_run", "is_modelled", "kernel_libraries", "kernel_library", "whole_name"]

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class KernelLibrary:
    """What one kernel library is, and what it does with a geometry on a target.

    `title` calls its kernels in sentences. `interprets`: TFLM's interpreter reads the model file on the
    device, out of flash; else a program is generated from the folded graph, and flash holds its constants.
    `alignment` is that of the smallest arena, in bytes. `calls` are the functions whose stack is told.
    `base` is the library whose kernels run where this one has none of its own. `linked` says that a firmware
    has these kernels, `to_link` how it gets them, `usual` who does unasked, `sources` where they lie.
    """

    name: str
    title: str
    interprets: bool
    alignment: int
    calls: str
    stored: str
    image_of: Callable[[str, Target, Operators], Image]
    constants_of: Callable[[Model, Operators], int] | None = None
    lowered_by: Callable[[Step, Homes], Lowered] | None = None
    base: KernelLibrary | None = None
    linked: str = ""
    to_link: str = ""
    usual: str = ""
    sources: str = ""
    hybrid: str = "Hybrid models are not supported on TFLite Micro."
    """What the device prints where floats meet weights of int8."""
    short: str = ""
    """The name as it is shortened, where no other library could be meant."""
    unknown: str = "reference"
    """The internal kernel that is named where nobody knows."""
    like: str = ""
    """The library whose structures, stack and code are taken for its own, where those were not measured."""
    asserting: bool = True
    """Whether its kernels have the asserts of a build that keeps them."""
    own_build: bool = False
    """Whether its prices are of the one build that its own makefiles lay down."""
    structured: bool = False
    """Whether its structures are its own whatever the release, for it has TFLM of another one."""
    asked: Mapping[str, Callable[[str, Geometry, Target, Demand], Demand | None]] = field(
        default_factory=dict
    )
    """By operator with a kernel without a column: what it asks of the arena, given what the base's asks."""
    refused: Callable[[Step], Iterable[Fault]] = nothing_refused
    """Where it stops at an operator, or a type, that TFLM has today."""
    carried: bool = False
    """Whether nothing of it was counted: its kernels are its base's, its times carried over from boards."""
    timed: bool = False
    """Whether times were counted all the same: its structures, stack and code alone are its base's."""

    def __str__(self) -> str:
        return self.name

    @property
    def firmware_bytes(self) -> int:
        """What a board's own firmware adds at the most: on a NUCLEO-L4R5ZI 35 to 57 KB (arXiv:2502.01700)."""
        return 60 * 1024 if self.interprets else 0

    @property
    def tables(self) -> str:
        """The library whose tables of structures, stack and code are read: mostly itself."""
        return self.like or self.name

    @property
    def counted(self) -> bool:
        """Whether TFLM runs its kernels and they were counted: a log can tell it from others."""
        return self.interprets and (self.timed or not self.carried)

    @property
    def kernels(self) -> Mapping[str, Kernel]:
        """What it does for each operator, by the operators' names; loaded when first asked for."""
        return _kernels(self)

    def layout(self, target: Target) -> StructLayout:
        """What TFLM's structures take; an InputError where there is no table for this pointer size."""
        if self.structured:
            return own_layout(self.name, target.pointer_bytes)
        return struct_layout(target.pointer_bytes, target.release)

    def kernel(self, name: str, geometry: Geometry) -> Kernel | None:
        """The row of operator `name`; None where there is none, or the geometry is a user's own."""
        return self.kernels.get(name) if is_modelled(name, geometry) else None

    def demand(self, name: str, geometry: Geometry, target: Target) -> Demand | None:
        """The memory that operator `name` asks for; None where it is not known, as of a user's own operator.

        Raises an InputError where there is no table for this pointer size."""
        if not is_modelled(name, geometry):
            return None
        if self.asked and self.base is not None:
            found, own = self.base.demand(name, geometry, target), self.asked.get(name)
            return found if own is None or found is None else own(name, geometry, target, found)
        kernel = self.kernels.get(name)
        if not self.interprets:
            scratch = () if kernel is None else kernel.scratch(geometry, target.core)
            return Demand(self.variant(name, geometry, target), scratch)
        layout = self.layout(target)
        table = self.name if self.structured else self.tables
        known = kernel is not None and table in layout.init
        return demanded(kernel, name, geometry, target, layout, table) if kernel and known else None

    def variant(self, name: str, geometry: Geometry, target: Target) -> str:
        """The name of the internal kernel that runs operator `name`, e.g. "dw_3x3".

        Of a geometry that is not the builtin operator's own nothing tells which kernel it has.
        """
        kernel = self.kernel(name, geometry)
        return self.unknown if kernel is None else kernel.variant(geometry, target.core)

    def fewest(self, name: str, geometry: Geometry) -> Mapping[str, int]:
        """What a run shows at the least, where operator `name` has no counts without a run."""
        kernel = self.kernel(name, geometry)
        return _NOTHING if kernel is None else kernel.fewest

    def count(
        self, name: str, geometry: Geometry, target: Target, seen: Mapping[str, int] = _NOTHING
    ) -> Mapping[str, float] | None:
        """Counts for known data: `seen` has how many elements took each branch, by `bounds`' names."""
        kernel = self.kernel(name, geometry)
        if (
            kernel is None
            or (not seen and kernel.needs_data(geometry))
            or (geometry.computed and kernel.by_parameters)
        ):
            return None
        inner = kernel.inner.get(kernel.variant(geometry, target.core))
        counts = kernel.counts if inner is None or inner.counts is None else inner.counts
        if inner is not None and inner.vectors is not None and target.core.mve:
            counts = inner.vectors
        return None if counts is None else counts(geometry, seen)

    def bounds(self, name: str, geometry: Geometry) -> Mapping[str, Bounds]:
        """The counts that depend on the data, with their bounds; empty for most operators."""
        kernel = self.kernel(name, geometry)
        return {} if kernel is None else kernel.bounds(geometry)

    def traffic(self, name: str, variant: str, geometry: Geometry) -> WeightTraffic:
        """Bytes of weights that operator `name` reads; none where it has none."""
        if (kernel := self.kernel(name, geometry)) is None:
            return NO_TRAFFIC
        inner = kernel.inner.get(variant)
        traffic = kernel.traffic if inner is None or inner.traffic is None else inner.traffic
        return NO_TRAFFIC if traffic is None else traffic(geometry).in_bytes(geometry)

    def software_float(self, name: str, variant: str) -> SoftwareFloat | None:
        """How much longer a kernel takes without an FPU; None where it computes in integers, or copies."""
        kernel = self.kernels.get(name)
        found = None if kernel is None else kernel.software
        return found if found is not None and found.kernels in variant else None

    def faults(self, step: Step, target: Target) -> tuple[Fault, ...]:
        """How the operator's kernel misbehaves, or may; none for a user's own operator."""
        if (kernel := self.kernel(step.name, step.geometry)) is None:
            return ()
        if refused := tuple(self.refused(step)):
            return refused
        crowded = many_dimensions(step) if self.interprets and not kernel.bare_dimensions else ()
        base = self.base and self.base.kernels.get(step.name)
        far = far_offsets(step, self.title if step.name in self.asked or base not in (None, kernel) else "")
        return (*crowded, *far, *kernel.faults(step, step.geometry, target))

    def stored_bytes(self, model: Model, operators: Operators) -> int:
        """What flash holds of a model: its whole file, or the constants of the program that is generated.

        `model` is the graph that runs, see `as_run`."""
        if self.constants_of is None:
            return model.size_bytes
        return self.constants_of(model, operators)

    def image(self, core: str, target: Target, operators: Operators) -> Image:
        """Code, stack and static RAM of the smallest program around these operators."""
        return self.image_of(core, target, operators)

    def lower(self, step: Step, homes: Homes) -> Lowered:
        """The calls of C kernels that run one operator, in a program that is generated.

        Raises:
            UnsupportedError: no kernel for the operator, or for its types or sizes.
        """
        assert self.lowered_by is not None, "an interpreter calls its kernels itself"
        return self.lowered_by(step, homes)


def is_modelled(name: str, geometry: Geometry) -> bool:
    """Whether this is the builtin operator's own geometry, which the rows take."""
    found = row(name)
    return found is not None and isinstance(geometry, found.geometry)


@cache
def _kernels(library: KernelLibrary) -> Mapping[str, Kernel]:
    """What the library's package says, over what its base does."""
    base = None if library.base is None else library.base.kernels
    return Columns(f"{__package__}.{_folder(library.name)}", base)


def _folder(name: str) -> str:
    return name.replace("-", "_")


@cache
def _folders() -> frozenset[str]:
    """Every package beside this module is a library."""
    here = Path(__file__).parent
    return frozenset(found.parent.name for found in here.glob("*/__init__.py"))


def _depth(library: KernelLibrary) -> int:
    return 0 if library.base is None else 1 + _depth(library.base)


@cache
def _registry() -> Mapping[str, KernelLibrary]:
    values: list[KernelLibrary] = [import_module(f".{name}", __package__).LIBRARY for name in _folders()]
    values.sort(key=lambda value: (not value.interprets, _depth(value), value.name))
    return MappingProxyType({value.name: value for value in values})


def kernel_libraries() -> tuple[KernelLibrary, ...]:
    """All of them: TFLM's first, and each behind its base."""
    return tuple(_registry().values())


@cache
def kernel_library(name: str) -> KernelLibrary:
    """The library of that name, or of that shortened name.

    Raises:
        InputError: there is no such library.
    """
    if (folder := _folder(name)) in _folders():  # the others need not be loaded for it
        found: KernelLibrary = import_module(f".{folder}", __package__).LIBRARY
        if found.name == name:
            return found
    for value in _registry().values():
        if name in (value.name, value.short):
            return value
    known = _registry()
    raise InputError(f"no kernel library {name!r}{nearest_note(name, known)}; there are {', '.join(known)}")


def whole_name(text: str) -> str:
    """The name of the library that is meant, which may be shortened; `text` itself where it is none.

    A library that is named in full is not loaded for it.
    """
    if _folder(text) in _folders():
        return text
    return next((value.name for value in _registry().values() if value.short == text), text)


def as_run(model: Model, library: str) -> Model:
    """The graph that a kernel library runs: the file's own where it is interpreted, else the folded one."""
    if not kernel_library(library).interprets:
        return fold(model)
    return model if model.unfolded is None else model.unfolded

"""What one kernel library does for one operator, as a value.

A row of a library is a `Kernel` under the operator's own name, in a module of the library's package. It sees
a geometry and what the firmware is built for, and no arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..words.dataclass import dataclass, field
from .templates import by_type

if TYPE_CHECKING:
    from ..operators.spec import Step
    from .bare_c.call import Call, Place
    from .fault import Fault
    from .layout import StructLayout
    from .software_float import SoftwareFloat
    from .target import Core, Target
    from .traffic import WeightTraffic

__all__ = ["Bounds", "Counts", "Inner", "Kernel", "Observed", "faultless"]

Counts: TypeAlias = dict[str, int]
"""How often each priced piece of a kernel runs, by event. `call` is the call itself."""
Observed: TypeAlias = Mapping[str, int]
"""What depends on the data: how many elements took which branch."""
Bounds: TypeAlias = tuple[int, int, int]
"""Least, typical and greatest."""


def _no_bytes(geometry: Any, core: Core) -> tuple[int, ...]:
    return ()


def _nothing_kept(geometry: Any, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return ()


def _no_state(geometry: Any, layout: StructLayout) -> tuple[int, ...]:
    return ()


def _by_type(geometry: Any, core: Core) -> str:
    return by_type(geometry)


def _unbounded(geometry: Any) -> Mapping[str, Bounds]:
    return {}


def _none(geometry: Any) -> int:
    return 0


def faultless(step: Step, geometry: Any, target: Target) -> Iterator[Fault]:
    """The rule of a kernel that is known to do no other than it should."""
    return iter(())


def _no_functions(geometry: Any) -> tuple[str, ...]:
    return ()


def _told(geometry: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Inner:
    """An internal kernel with loops of its own, which perhaps reads weights in an order of its own.
    `vectors`: its counts on a core that works on vectors."""

    counts: Callable[[Any, Observed], Counts | None] | None = None
    traffic: Callable[[Any], WeightTraffic] | None = None
    vectors: Callable[[Any, Observed], Counts | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Bytes, counts and choices, each a function of the operator's geometry.

    `initial` is what Init asks for good beside its structure, `temporaries` what Prepare does between head
    and tail, in `Demand`'s notation. `persistent` is what that asks for good, `scratch` during its own run,
    in the order in which it asks, then room for so many `pointers`. `variant` names the internal kernel,
    `inner` has what is particular to one of them, by that name, else `counts` and `traffic` hold.
    `bounds` are the counts that hang on the data; without these `needs_data` says that there are no counts,
    and `fewest` what a run shows at the least.
    `by_parameters`: the counts hang on parameters, which may be computed at run time.
    `levels` are the loops that are nested on the stack, 0 where the shapes are plain. `bare_dimensions`: it
    makes no shapes of its tensors, whose room could be too small. `lacks` are types of its data at which it
    stops, and TFLM's of today does not. `software`: it computes in floats. `hybrid`
    is what the device prints of weights of another kind than the data, where the library's own words do not
    hold.

    A generated program calls `functions`, in this order; `reads_constants` says that the kernel takes
    constants as activations, int8 or real, `flash` which inputs it takes so whatever their type; `lower`
    makes the calls.
    """

    initial: Callable[[Any, StructLayout], tuple[int, ...]] = _no_state
    temporaries: str | Callable[[Any], str] = ""
    persistent: Callable[[Any, Core, StructLayout], tuple[int, ...]] = _nothing_kept
    scratch: Callable[[Any, Core], tuple[int, ...]] = _no_bytes
    pointers: Callable[[Any], int] = _none
    variant: Callable[[Any, Core], str] = _by_type
    counts: Callable[[Any, Observed], Counts | None] | None = None
    inner: Mapping[str, Inner] = field(default_factory=dict)
    bounds: Callable[[Any], Mapping[str, Bounds]] = _unbounded
    needs_data: Callable[[Any], bool] = _told
    fewest: Mapping[str, int] = field(default_factory=dict)
    traffic: Callable[[Any], WeightTraffic] | None = None
    levels: Callable[[Any], int] = _none
    faults: Callable[[Step, Any, Target], Iterator[Fault]] = faultless
    by_parameters: bool = True
    bare_dimensions: bool = False
    lacks: frozenset[str] = frozenset()
    software: SoftwareFloat | None = None
    hybrid: str = ""
    functions: Callable[[Any], tuple[str, ...]] = _no_functions
    reads_constants: bool = False
    flash: tuple[int, ...] = ()
    lower: Callable[[Place], Sequence[Call]] | None = None

    def takes(self, geometry: Any) -> str:
        """`temporaries` of this geometry."""
        return self.temporaries if isinstance(self.temporaries, str) else self.temporaries(geometry)

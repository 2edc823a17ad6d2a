"""What an operator is in every kernel library: one value, `Spec`, that everything else asks.

The nodes and geometries that it speaks of are of `node` and are had from here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..model.codes import BUILTIN_CODES
from ..model.tables import Operator
from ..words.dataclass import dataclass, field
from .constants import Evaluate
from .example import Draw
from .late import Late
from .node import (
    Array,
    Bind,
    Geometry,
    ItemGeometry,
    Link,
    Machine,
    Node,
    Prepared,
    Run,
    Step,
    Unmodelled,
    resolve,
)
from .release import Release
from .scaling import Scaling
from .versions import FIRST, Versions

__all__ = [
    "Array",
    "Arrays",
    "Bind",
    "Compute",
    "Find",
    "Geometry",
    "InReals",
    "ItemGeometry",
    "KeepsInReals",
    "Link",
    "Machine",
    "Node",
    "Observe",
    "Prepare",
    "Prepared",
    "Reach",
    "Real",
    "Reals",
    "Rescale",
    "Rescaled",
    "Run",
    "Seen",
    "Spec",
    "Step",
    "Types",
    "Unmodelled",
    "Weights",
    "Whole",
    "resolve",
    "same",
    "since",
    "to",
]

Prepare: TypeAlias = Callable[[Node], Prepared]
Types: TypeAlias = Mapping[str, tuple[str, ...]]
"""Type of the data to the types that the first output may have."""


def same(*dtypes: str) -> Types:
    """Each of these types to itself."""
    return {dtype: (dtype,) for dtype in dtypes}


def to(target: str, *dtypes: str) -> Types:
    """Each of these types to one."""
    return dict.fromkeys(dtypes, (target,))


def since(
    targets: tuple[str, ...], later: Mapping[str, Types], source: str, release: Release
) -> tuple[str, ...]:
    """The types that outputs may have in a release: `targets`, and what releases up to it have added, by the
    first that has it, to type of the data, to types of the output."""
    added = (found.get(source, ()) for first, found in later.items() if first <= release.operators)
    return targets + tuple(dtype for dtypes in added for dtype in dtypes)


Arrays: TypeAlias = Sequence["Array | None"]
Seen: TypeAlias = dict[str, int]
"""How many elements took each branch of a kernel, by the libraries' names of events."""
Find: TypeAlias = Callable[[Step, Arrays, Arrays], Seen]


@dataclass(frozen=True, slots=True)
class Observe:
    """How a run's inputs and outputs are looked at for branches, and which of them must hold integers.

    `over`: what the counts are sums over, and so what may be looked at in pieces: the elements of the output
    and those of all inputs that go with them, the elements of the output alone, or nothing.
    """

    find: Find
    integers: Literal["inputs", "outputs", "both", "neither"] = "both"
    over: Literal["elements", "outputs", "nothing"] = "nothing"


Real: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = Sequence["Real | None"]
"""Real numbers, one array an input, None where it is left out."""
KeepsInReals: TypeAlias = "Callable[[Node], Callable[[Reals], Real | Sequence[Real]]]"
"""A node to what runs it on real numbers, with a memory of its own that begins as the device's does."""
InReals: TypeAlias = "Callable[[Node, Reals], Real | Sequence[Real]]"


Whole: TypeAlias = NDArray[np.int64]
Rescale: TypeAlias = Callable[[Any, Any, Any], Whole]
"""(whole numbers, multipliers, shifts) to numbers x multiplier x 2^(shift - 31), rounded."""
Compute: TypeAlias = Callable[[Sequence["Array | None"]], Whole]
"""An operator's inputs as stored to its output as stored."""
Rescaled: TypeAlias = Callable[[Node, Rescale], "Compute | None"]
"""None where this node does not rescale."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The second input: constants that the data are multiplied with, one scale for all or one a channel.

    channels: the dimension of the output channels. bias: the input that is added to the sums.
    free_channels: their number hangs on nothing but the weights.
    zero_point: one scale for all comes with a zero point that counts, and the product of scales is float32.
    """

    channels: int
    bias: int
    free_channels: bool = False
    zero_point: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What an operator can make of the least and the greatest real number of so many inputs."""

    inputs: int
    find: Callable[[Node, tuple[tuple[float, float], ...]], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One operator: what is true of it in every kernel library.

    Each module of this folder that bears a builtin operator's name has one, `SPEC`.

    name: as the schema spells it.
    prepare: checks a node's tensors and options, and gives its geometry and its bind.
    geometry: the class of what `prepare` makes. An operator of the user's own under this name has another.
    types: what `prepare` takes, in every release. Weights, biases and parameters have types of their own.
    types_since: what releases take beside that, by the first of them.
    data_input: the input that holds the data; parameters or a condition may stand before it.
    row_numbers: the input that says by numbers from 0 which of the data are taken; None where there is none.
    example: makes a small model of it, as drawn, and gives the outputs that it was made with.
    batch: whether a step takes several samples in place of one; None where no step does.
    observe: what a run's data say of branches; None where none depends on them, or none is known to.
    shapes: its part where a graph computes shapes, as converters write it for an open batch: it tells a
        tensor's shape, makes another one of it, or takes one that it does not look at, its second input.
    in_reals: the output in real numbers, or each of several, from those that the inputs stand for. A state
        among the inputs is changed in place, as on the device.
    moves: where elements are moved and nothing is computed, so that `prepare`'s own bind does it for real
        numbers as well: of the data alone, beside parameters, or of all inputs.
    carry: sets the shapes of outputs and weights from changed ones of the inputs; None where a changed shape
        cannot pass. Raises `Unscalable`.
    slides: a window goes over the rows and columns of the data.
    keeps_pixels: elements stay in order, so that the size of an image can be carried back to the data.
    weights: where the weights of a layer stand.
    multiplies: data by constants, which may be integers beside real data in a hybrid model.
    unscaled: integer inputs that may lack a scale, which then counts as 0.
    copies: stored numbers, never rescaled: those of the data, or of either input.
    fixed_output: scale and zero point of an int8 output, whatever the file says.
    versions: what the converter writes beside it.
    late: parameters that may be computed at run time; `prepare` takes them, too.
    reach: real numbers that it can make, before a fused activation; None where that hangs on weights.
    rectifies: negative numbers become the least one.
    sums: adds up elements in an int32.
    cell: its part in a recurrent cell.
    rescaled: its arithmetic with another rounding; None where it does not rescale.
    links: reaches beyond its own tensors, for variables or other subgraphs; so does its real-number twin.
    remembers: keeps something outside the tensors from one invocation to the next.
    scaleless: it looks at no scale or zero point, so that its real-number twin goes by stored numbers.
    c_library: what it asks the C library for where its data are real, in words, and how many units in the
        last place newlib's results were seen to lie from those of a host.
    keeps_in_reals: makes the real-number twin of one that remembers, with a memory of its own.
    rescales_as_tflm: rescales inside, by no other rounding than TFLM's.
    evaluate: the outputs of constants, where shapes and indices are computed with it; see `constants`.
    leaves: of a geometry, when the device leaves places of its outputs as they are, in words; "" where never.
    converts: floats to integers: the numbers between which every build of TFLM does so alike, exclusively;
        None where the node has no floats to convert.
    left_open: what else C leaves open of the node, in words; "" where nothing.
    misshaped: converters get its shapes wrong where a dimension is open.
    """

    name: str = field(kw_only=False)
    prepare: Prepare
    geometry: type[Geometry]
    types: Types
    example: Callable[[Draw], Any]
    types_since: Mapping[str, Types] = field(default_factory=dict)
    data_input: int = 0
    row_numbers: int | None = None
    batch: Callable[[Step], bool] | None = None
    observe: Observe | None = None
    shapes: Literal["tells", "passes", "ignores"] | None = None
    in_reals: InReals | None = None
    moves: Literal["data", "inputs"] | None = None
    carry: Callable[[Scaling, Operator], None] | None = None
    slides: bool = False
    keeps_pixels: bool = False
    weights: Weights | None = None
    multiplies: bool = False
    unscaled: tuple[int, ...] = ()
    copies: Literal["data", "either"] | None = None
    fixed_output: tuple[float, int] | None = None
    versions: Versions = FIRST
    reach: Reach | None = None
    rectifies: bool = False
    sums: bool = False
    cell: Literal["product", "gate"] | None = None
    rescaled: Rescaled | None = None
    links: bool = False
    remembers: bool = False
    keeps_in_reals: KeepsInReals | None = None
    scaleless: bool = False
    c_library: tuple[str, int] | None = None
    rescales_as_tflm: bool = False
    evaluate: Evaluate | None = None
    misshaped: bool = False
    late: Late | None = None
    leaves: Callable[[Any], str] | None = None
    converts: Callable[[Node], tuple[float, float] | None] | None = None
    left_open: Callable[[Node], str] | None = None

    def types_in(self, release: Release) -> Types:
        """What `prepare` takes in a release of TFLM."""
        later = [found for first, found in self.types_since.items() if first <= release.operators]
        sources = dict.fromkeys([*self.types, *(source for found in later for source in found)])
        return {
            source: since(self.types.get(source, ()), self.types_since, source, release) for source in sources
        }

    def lacks_scale(self, node: Node, position: int) -> bool:
        """Whether an integer that is multiplied by its scale has none; int32 is plain where the output is."""
        tensor = node.inputs[position] if position in self.unscaled else None
        if tensor is None or tensor.quantization is not None:
            return False
        plain = tensor.dtype == node.outputs[0].dtype == "int32"
        return tensor.dtype != "float32" and not plain

    @property
    def code(self) -> int:
        """The operator's number in the schema; every custom operator has the same."""
        return BUILTIN_CODES.get(self.name, BUILTIN_CODES["CUSTOM"])

    @property
    def custom(self) -> bool:
        """Whether models know it by its custom code."""
        return self.name not in BUILTIN_CODES

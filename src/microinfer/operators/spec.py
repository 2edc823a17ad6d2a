"""What an operator is: its tensors in hand, its geometry, and the closure that runs it.

The geometry is all that the libraries, the planner and the prices look at; a `bind` is called once by the
interpreter with the arrays and returns what runs. `prepare` has the pass over a whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import Mismatch, Reason, UnsupportedError
from ..model.codes import BUILTIN_CODES
from ..model.tables import Operator, Subgraph, Tensor
from .release import DEFAULT_RELEASE, Release
from .scaling import Scaling

__all__ = [
    "Array",
    "Arrays",
    "Bind",
    "Find",
    "Geometry",
    "InReals",
    "Node",
    "Observe",
    "Prepare",
    "Prepared",
    "Real",
    "Reals",
    "Seen",
    "Spec",
    "Step",
    "Types",
    "Unmodelled",
    "Weights",
    "joined",
    "resolve",
    "same",
    "to",
]

Array: TypeAlias = NDArray[Any]
Run: TypeAlias = Callable[[], None]
Bind: TypeAlias = Callable[[Sequence["Array | None"], Sequence["Array"]], Run]
"""(input arrays, None where left out; output arrays) -> the closure that computes outputs from inputs.

Arrays come in the tensors' own shapes and types, C-contiguous; constants are read-only views over
the file. A bind may rearrange constants into arrays of its own, once. The closure allocates nothing.
"""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Base of every operator's geometry: plain numbers that say what it does, and no data."""

    @property
    def macs(self) -> int:
        """Multiply-accumulates as papers count them, padding taps included; 0 where there are none."""
        return 0


@dataclass(frozen=True, slots=True)
class Unmodelled(Geometry):
    """The geometry of an operator that could not be prepared: its tensors are known, and nothing else."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an operator's `prepare` returns."""

    geometry: Geometry
    bind: Bind


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operator with its tensors, and the release of TFLM whose bits are wanted.

    `fail` and the `expect_` checks name its place in the model.
    """

    operator: Operator
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    release: Release = DEFAULT_RELEASE

    @property
    def options(self) -> Any:
        return self.operator.options

    def fail(self, message: str, reason: Reason = Reason.OTHER) -> NoReturn:
        """Refuse the operator. `reason` is what programs go by; the message is for people."""
        raise UnsupportedError(f"{self.operator.name}: {message}", self.operator.place, reason)

    def fail_type(self, where: str, tensor: Tensor, wanted: tuple[str, ...], advice: str = "") -> NoReturn:
        """Refuse the operator for the type of the tensor at `where`, such as "inputs[0]"."""
        message = f"{where} ({tensor.name!r}) is {tensor.dtype}, expected {' or '.join(wanted)}{advice}"
        mismatch = Mismatch(where, tensor.dtype, wanted)
        raise UnsupportedError(
            f"{self.operator.name}: {message}", self.operator.place, Reason.TYPE, mismatch=mismatch
        )

    def expect_counts(self, inputs: int | range, outputs: int | range) -> None:
        """Numbers of inputs and outputs; a range excludes its end, as ranges do."""
        for what, found, wanted in (
            ("inputs", len(self.inputs), inputs),
            ("outputs", len(self.outputs), outputs),
        ):
            allowed = range(wanted, wanted + 1) if isinstance(wanted, int) else wanted
            if found not in allowed:
                many = f"{allowed.start}" if len(allowed) == 1 else f"{allowed.start} to {allowed.stop - 1}"
                self.fail(f"has {found} {what}, expected {many}", Reason.COUNT)

    def input(self, position: int, *dtypes: str) -> Tensor:
        """A required input, of one of the types if any are given."""
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is None:
            self.fail(f"inputs[{position}] is missing", Reason.COUNT)
        self._expect_dtype(f"inputs[{position}]", tensor, dtypes)
        return tensor

    def optional_input(self, position: int, *dtypes: str) -> Tensor | None:
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is not None:
            self._expect_dtype(f"inputs[{position}]", tensor, dtypes)
        return tensor

    def constant_input(self, position: int, *dtypes: str, empty: bool = False) -> Array:
        """The data of a required input that must be a constant, of at least one element unless `empty`.

        TFLM sees no constant in a tensor without a byte.
        """
        tensor = self.input(position, *dtypes)
        if not (tensor.elements or empty):
            self.fail(f"inputs[{position}] ({tensor.name!r}) has no elements, expected one or more")
        if tensor.data is None:
            self.fail(
                f"inputs[{position}] ({tensor.name!r}) is computed at run time, expected a constant; "
                "dynamic shapes and parameters do not exist on a microcontroller",
                Reason.COMPUTED,
            )
        return tensor.data

    def output(self, position: int, *dtypes: str) -> Tensor:
        if position >= len(self.outputs):
            self.fail(f"outputs[{position}] is missing", Reason.COUNT)
        tensor = self.outputs[position]
        self._expect_dtype(f"outputs[{position}]", tensor, dtypes)
        return tensor

    def _expect_dtype(self, where: str, tensor: Tensor, dtypes: tuple[str, ...]) -> None:
        if dtypes and tensor.dtype not in dtypes:
            self.fail_type(where, tensor, dtypes)

    def expect_quantized(self, where: str, tensor: Tensor) -> None:
        """int8 and int16 tensors need a scale and a zero point."""
        if tensor.quantization is None:
            self.fail(
                f"{where} ({tensor.name!r}) is {tensor.dtype} but has no scale and zero point",
                Reason.UNQUANTIZED,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operator of the graph, prepared: its place, tensors, geometry and bind."""

    node: Node
    geometry: Geometry
    bind: Bind

    @property
    def index(self) -> int:
        return self.node.operator.index

    @property
    def name(self) -> str:
        return self.node.operator.name


def joined(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The same runs in as few calls as may be; for graphs without a kernel, nothing is imported."""
    if len(runs) < 2 or not any(hasattr(run, "kernel") for run in runs):
        return tuple(runs)
    from ..kernels.chain import chain

    return chain(runs)


def resolve(subgraph: Subgraph, operator: Operator, release: Release = DEFAULT_RELEASE) -> Node:
    """The operator with its tensors looked up."""
    return Node(
        operator,
        tuple(subgraph.tensors[i] if i >= 0 else None for i in operator.inputs),
        tuple(subgraph.tensors[i] for i in operator.outputs),
        release,
    )


Prepare: TypeAlias = Callable[[Node], Prepared]
Types: TypeAlias = Mapping[str, tuple[str, ...]]
"""Type of the data to the types that the first output may have."""


def same(*dtypes: str) -> Types:
    """Each of these types to itself."""
    return {dtype: (dtype,) for dtype in dtypes}


def to(target: str, *dtypes: str) -> Types:
    """Each of these types to one."""
    return dict.fromkeys(dtypes, (target,))


Arrays: TypeAlias = Sequence["Array | None"]
Seen: TypeAlias = dict[str, int]
"""How many elements took each branch of a kernel, by the libraries' names of events."""
Find: TypeAlias = Callable[[Step, Arrays, Arrays], Seen]


@dataclass(frozen=True, slots=True)
class Observe:
    """How a run's inputs and outputs are looked at for branches, and which of them must hold integers."""

    find: Find
    integers: Literal["inputs", "outputs", "both"] = "both"


Real: TypeAlias = NDArray[np.float64]
Reals: TypeAlias = Sequence["Real | None"]
"""Real numbers, one array an input, None where it is left out."""
InReals: TypeAlias = Callable[[Node, Reals], Real]


@dataclass(frozen=True, slots=True)
class Weights:
    """The second input: constants that the data are multiplied with, one scale for all or one a channel.

    channels: the dimension of the output channels. bias: the input that is added to the sums.
    free_channels: their number hangs on nothing but the weights.
    """

    channels: int
    bias: int
    free_channels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One operator: what is true of it in every kernel library.

    Each module of this folder that bears a builtin operator's name has one, `SPEC`.

    name: as the schema spells it.
    prepare: checks a node's tensors and options, and gives its geometry and its bind.
    geometry: the class of what `prepare` makes. An operator of the user's own under this name has another.
    types: what `prepare` takes. Weights, biases and parameters have types of their own.
    data_input: the input that holds the data; parameters or a condition may stand before it.
    batch: whether a step takes several samples in place of one; None where no step does.
    observe: what a run's data say of branches; None where none depends on them, or none is known to.
    shapes: its part where a graph computes shapes, as converters write it for an open batch: it tells a
        tensor's shape, makes another one of it, or takes one that it does not look at, its second input.
    in_reals: the first output in real numbers, from those that the inputs stand for. A state among the inputs
        is changed in place, as on the device.
    moves: where elements are moved and nothing is computed, so that `prepare`'s own bind does it for real
        numbers as well: of the data alone, beside parameters, or of all inputs.
    carry: sets the shapes of outputs and weights from changed ones of the inputs; None where a changed shape
        cannot pass. Raises `Unscalable`.
    slides: a window goes over the rows and columns of the data.
    keeps_pixels: elements stay in order, so that the size of an image can be carried back to the data.
    weights: where the weights of a layer stand.
    multiplies: data by constants, which may be integers beside real data in a hybrid model.
    copies: stored numbers, never rescaled: those of the data, or of either input.
    fixed_output: scale and zero point of an int8 output, whatever the file says.
    """

    name: str = field(kw_only=False)
    prepare: Prepare
    geometry: type[Geometry]
    types: Types
    data_input: int = 0
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
    copies: Literal["data", "either"] | None = None
    fixed_output: tuple[float, int] | None = None

    @property
    def code(self) -> int:
        """The operator's number in the schema."""
        return BUILTIN_CODES[self.name]

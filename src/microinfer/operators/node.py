"""What an operator is: its tensors in hand, its geometry, and the closure that runs it.

The geometry is all that the libraries, the planner and the prices look at; a `bind` is called once by the
interpreter with the arrays and returns what runs. `prepare` has the pass over a whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, TypeAlias

from numpy.typing import NDArray

from ..errors import Mismatch, Reason, UnsupportedError
from ..model.tables import ITEM_BYTES, Operator, Subgraph, Tensor
from ..model.whole import Whole
from ..words.dataclass import dataclass, field, replace
from .release import DEFAULT_RELEASE, Release

__all__ = [
    "Array",
    "Bind",
    "Geometry",
    "ItemGeometry",
    "Link",
    "Machine",
    "Node",
    "Prepared",
    "Run",
    "Step",
    "Unmodelled",
    "contracted",
    "resolve",
    "settled",
]

Array: TypeAlias = NDArray[Any]
Run: TypeAlias = Callable[[], None]
Bind: TypeAlias = Callable[[Sequence["Array | None"], Sequence["Array"]], Run]
"""(input arrays, None where left out; output arrays) -> the closure that computes outputs from inputs.

Arrays come in the tensors' own shapes and types, C-contiguous; constants are read-only views over
the file. A bind may rearrange constants into arrays of its own, once. The closure allocates nothing.
"""


class Machine(Protocol):
    """What runs a model, as operators see it that reach beyond their own tensors."""

    def variable(self, resource: int) -> Array:
        """The bytes of a resource variable, by its number.

        Raises:
            UnsupportedError: there is none, or nothing gives it memory.
        """
        ...

    def inputs(self, subgraph: int) -> Sequence[Array]:
        """The arrays of a subgraph's inputs."""
        ...

    def outputs(self, subgraph: int) -> Sequence[Array]:
        """The arrays of a subgraph's outputs."""
        ...

    def call(self, subgraph: int, operator: int) -> None:
        """Run a subgraph once, for the operator of that number."""
        ...

    def turn(self, place: str) -> None:
        """A loop at that place goes round once more.

        Raises:
            TurnLimitError: it has turned too often.
        """
        ...

    def call_once(self, subgraph: int, operator: int) -> None:
        """The same, unless it has been run for that operator before."""
        ...


Link: TypeAlias = Callable[[Sequence["Array | None"], Sequence["Array"], Machine], Run]
"""As `Bind`, for an operator that reaches beyond its own tensors."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Base of every operator's geometry: plain numbers that say what it does, and no data.

    computed: parameters of it are computed at run time, and stand here as they may be.
    """

    computed: bool = field(default=False, kw_only=True, repr=False)

    @property
    def macs(self) -> int:
        """Multiply-accumulates as papers count them, padding taps included; 0 where there are none."""
        return 0

    @property
    def unwritten(self) -> tuple[tuple[int, int], ...]:
        """Runs of bytes of the first output that the kernel leaves as they were: (first, behind)."""
        return ()


class ItemGeometry(Geometry):
    """Base of those that move elements as they are, whose `dtype` tells how many bytes one takes."""

    __slots__ = ()
    dtype: str

    @property
    def item_bytes(self) -> int:
        return ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Unmodelled(Geometry):
    """The geometry of an operator that could not be prepared: its tensors are known, and nothing else."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an operator's `prepare` returns. Where there is a `link`, it takes the place of `bind`.

    contracted: the bind for a device whose compiler adds products without rounding them before; None where
        it is no other.
    open_in_c: the bind by what is made of what C leaves open, one of OPEN_IN_C; `bind` is TFLM's
        package's.
    """

    geometry: Geometry
    bind: Bind
    link: Link | None = None
    contracted: Bind | None = None
    open_in_c: Mapping[str, Bind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operator with its tensors, and the release of TFLM whose bits are wanted.

    `whole` is the graph that it stands in, None for an operator by itself. `fail` and the `expect_` checks
    name its place in the model.
    """

    operator: Operator
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    release: Release = DEFAULT_RELEASE
    whole: Whole | None = None

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
        self._expect_dense(f"inputs[{position}]", tensor)
        return tensor

    def optional_input(self, position: int, *dtypes: str) -> Tensor | None:
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is not None:
            self._expect_dtype(f"inputs[{position}]", tensor, dtypes)
            self._expect_dense(f"inputs[{position}]", tensor)
        return tensor

    def _expect_dense(self, where: str, tensor: Tensor) -> None:
        if tensor.data is not None and tensor.dtype in ITEM_BYTES and tensor.data.shape != tensor.shape:
            self.fail(f"{where} ({tensor.name!r}) is sparse, expected dense data; TFLM reads beyond it")

    def constant_input(self, position: int, *dtypes: str, empty: bool = False) -> Array:
        """The data of a required input that must be a constant, of at least one element unless `empty`.

        TFLM sees no constant in a tensor without a byte.
        """
        tensor = self.input(position, *dtypes)
        if not (tensor.elements or empty):
            self.fail(f"inputs[{position}] ({tensor.name!r}) has no elements, expected one or more")
        if tensor.start is not None:
            self.fail(
                f"inputs[{position}] ({tensor.name!r}) is a constant that is written over, expected one that "
                "stays",
                Reason.COMPUTED,
            )
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

    def expect_divisor(self, where: str, tensor: Tensor) -> None:
        """A scale that is divided by must be there: TFLM takes a missing one for 0."""
        if tensor.quantization is None:
            self.fail(
                f"{where} ({tensor.name!r}) is {tensor.dtype} but has no scale and zero point; TFLM takes "
                "the scale for 0 and divides by it, which some cores survive and others do not",
                Reason.UNQUANTIZED,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operator of the graph, prepared: its place, tensors and geometry, and how it is bound, as
    `Prepared` has it."""

    node: Node
    geometry: Geometry
    bind: Bind
    link: Link | None = None
    contracted: Bind | None = None
    open_in_c: Mapping[str, Bind] = field(default_factory=dict)

    @property
    def index(self) -> int:
        return self.node.operator.index

    @property
    def name(self) -> str:
        return self.node.operator.name


def settled(steps: Sequence[Step], open_in_c: str) -> tuple[Step, ...]:
    """The steps with what C leaves open as a device has it, by its name in OPEN_IN_C; as TFLM's package
    has it where that is ""."""
    return tuple(
        replace(step, bind=step.open_in_c[open_in_c]) if open_in_c in step.open_in_c else step
        for step in steps
    )


def contracted(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps as a device runs them whose compiler adds products without rounding them before."""
    return tuple(
        step if step.contracted is None else replace(step, bind=step.contracted, contracted=None)
        for step in steps
    )


def resolve(
    subgraph: Subgraph, operator: Operator, release: Release = DEFAULT_RELEASE, whole: Whole | None = None
) -> Node:
    """The operator with its tensors looked up."""
    return Node(
        operator,
        tuple(subgraph.tensors[i] if i >= 0 else None for i in operator.inputs),
        tuple(subgraph.tensors[i] for i in operator.outputs),
        release,
        whole,
    )

"""A model as microinfer sees it: frozen tables over the bytes of a `.tflite` file."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass

__all__ = ["Model", "Operator", "Quantization", "Signature", "Subgraph", "Tensor", "Unusable"]

ITEM_BYTES: dict[str, int] = {
    "float32": 4,
    "float16": 2,
    "int32": 4,
    "uint8": 1,
    "int64": 8,
    "bool": 1,
    "int16": 2,
    "int8": 1,
    "float64": 8,
    "uint64": 8,
    "uint32": 4,
    "uint16": 2,
}
"""Bytes an element takes; `int4` is packed two to a byte and the rest have no fixed size."""
UNKNOWN_TYPE = "type "
"""How the name of a type begins that the schema does not have, before its code."""
RESOURCE_BYTES = 4
"""Of a handle to a variable: its number, an int32."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantization:
    """Affine quantisation: real = scale x (stored - zero_point), along one dimension where per channel."""

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    quantized_dimension: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scale) > 1


@dataclass(frozen=True, slots=True, eq=False)
class Unusable:
    """A quantisation that nothing can be computed with: what the file says, and the place and words of its
    fault. Operators that never look at it run all the same, and none does where it is not `needed`, as for
    floats."""

    found: Quantization
    place: str
    fault: str
    needed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """One tensor of a subgraph.

    `unusable` takes the place of `quantization` where that is at fault. `filler` is the first zero point,
    which int8 variables start with: TFLM asks for no scale there, nor whether the type holds it.
    `data` is a read-only view over the file, in the tensor's own shape and type, or None where the
    tensor is computed, fed or a variable. A scalar has shape ().
    `start` is what a tensor holds at first whose bytes lie in the file and are written over, by an operator
    or the caller: it is no constant, and has no place in the arena. `sparse`: the file says so of its data,
    and TFLM does not look.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    quantization: Quantization | None = None
    data: NDArray[Any] | None = None
    is_variable: bool = False
    shape_signature: tuple[int, ...] = ()
    buffer: int = 0
    unusable: Unusable | None = None
    filler: int = 0
    start: NDArray[Any] | None = None
    sparse: bool = False

    @property
    def described(self) -> Quantization | None:
        """What the file says of its quantisation, whether that can be computed with or not."""
        return self.unusable.found if self.unusable is not None else self.quantization

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        if self.dtype == "int4":
            return (self.elements + 1) // 2
        return self.elements * (RESOURCE_BYTES if self.dtype == "resource" else ITEM_BYTES.get(self.dtype, 0))

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    @property
    def stored(self) -> NDArray[Any] | None:
        """What the file holds of it, whether that stays or is written over; None where that is nothing."""
        return self.data if self.data is not None else self.start

    @property
    def keeps(self) -> bool:
        """Whether it is written, and what it holds lasts from run to run."""
        return self.is_variable or self.start is not None

    @property
    def scale(self) -> float:
        """The only scale, or the first. 0.0 where the tensor is not quantised."""
        return float(self.quantization.scale[0]) if self.quantization is not None else 0.0

    @property
    def zero_point(self) -> int:
        return int(self.quantization.zero_point[0]) if self.quantization is not None else 0


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One operator: what it is, which tensors it reads and writes (-1: an optional input left out)."""

    index: int
    opcode: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]
    version: int = 1
    custom_code: str = ""
    custom_options: bytes = b""
    intermediates: tuple[int, ...] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """The operator's name in a resolver: its builtin name, or a custom operator's own."""
        return self.custom_code if self.opcode == "CUSTOM" else self.opcode


@dataclass(frozen=True, slots=True, eq=False)
class Subgraph:
    """Tensors, and the operators in the order in which they run."""

    index: int
    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Names for inputs and outputs of a subgraph, as a SavedModel's signature has them: name to tensor."""

    key: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    subgraph: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A checked model. `data` is the file itself; every weight is a view over it.

    `operator_codes` counts the entries of the file's own table: a resolver needs that many.
    `warnings` are what TFLM tolerates and a user should still know of. `unfolded` is the model of the file
    where this one was made by `folding`. `signatures` are those whose tensors there are; TFLM reads none.
    """

    name: str
    data: memoryview
    sha256: str
    subgraphs: tuple[Subgraph, ...]
    description: str = ""
    operator_codes: tuple[tuple[str, int], ...] = ()
    metadata: Mapping[str, memoryview] | None = None
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unfolded: Model | None = None
    signatures: tuple[Signature, ...] = ()

    @property
    def size_bytes(self) -> int:
        return len(self.data)

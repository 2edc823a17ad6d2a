"""The low level of the model writer: tensors, operators, bytes, and nothing inferred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..model.codes import BUILTIN_CODES
from ..model.tables import Signature
from ..model.write import TYPE_CODES, OperatorRecord, SubgraphRecord, TensorRecord, encode
from ..words.printing import counted
from .fields import (
    Scale,
    ZeroPoint,
    encoded_options,
    known_name,
    pack_int4,
    quantization_fields,
)
from .handle import Handle
from .operator_version import operator_version

__all__ = ["Graph", "Handle"]


class Graph:
    """A model under construction: a subgraph whose operators run in the order they are added.

    `subgraph` makes further ones, which operators such as WHILE call.

    Args:
        name: the model's name, kept as the subgraph's.
        description: free text in the file.
    """

    def __init__(self, name: str = "main", description: str = "Made by microinfer.") -> None:
        self.name = name
        self.description = description
        self._tensors: list[TensorRecord] = []
        self._operators: list[OperatorRecord] = []
        self._inputs: list[int] = []
        self._outputs: list[int] = []
        self._metadata: dict[str, bytes] = {}
        self._signatures: dict[str, Signature] = {}
        self._subgraphs: list[Graph] = [self]

    @property
    def index(self) -> int:
        """Its number among the subgraphs of the model."""
        return next(number for number, one in enumerate(self._subgraphs) if one is self)

    def subgraph(self, name: str) -> Self:
        """A further subgraph of the same model, with inputs, operators and outputs of its own."""
        made = type(self)(name)
        made._subgraphs = self._subgraphs
        self._subgraphs.append(made)
        return made

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "int8",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        *,
        quantized_dimension: int = 0,
        name: str | None = None,
        is_variable: bool = False,
        shape_signature: Sequence[int] = (),
    ) -> Handle:
        """A tensor that an operator computes, or a variable that keeps its value between invocations.

        Args:
            scale: None (not quantised), a number, or one for each channel along `quantized_dimension`.
            zero_point: 0 where left out.
        Raises:
            InputError: a shape, type or quantisation that no file could hold.
        """
        return self._add(
            shape, dtype, scale, zero_point, quantized_dimension, name, None, is_variable, shape_signature
        )

    def input(
        self,
        shape: Sequence[int],
        dtype: str = "int8",
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        *,
        name: str | None = None,
    ) -> Handle:
        """The model's next input."""
        made = self.tensor(shape, dtype, scale, zero_point, name=name or f"input_{len(self._inputs)}")
        self._inputs.append(made.index)
        return made

    def constant(
        self,
        array: ArrayLike,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        *,
        quantized_dimension: int = 0,
        dtype: str | None = None,
        name: str | None = None,
    ) -> Handle:
        """Weights, biases, shapes: values as stored, in the type of the array unless `dtype` says else.

        `dtype="int4"` packs two values a byte.
        """
        values = np.asarray(array)
        wanted = dtype or str(values.dtype)
        if wanted not in TYPE_CODES:
            raise InputError(f"constant of {wanted}: {known_name(wanted, tuple(TYPE_CODES))}")
        values = np.ascontiguousarray(values, "int8" if wanted == "int4" else wanted).reshape(values.shape)
        raw = (
            pack_int4(values) if wanted == "int4" else values.astype(values.dtype.newbyteorder("<")).tobytes()
        )
        made = self._add(
            values.shape, wanted, scale, zero_point, quantized_dimension, name, values, False, ()
        )
        self._tensors[made.index].buffer = raw
        return made

    def operator(
        self,
        name: str,
        inputs: Sequence[Handle | None],
        outputs: Sequence[Handle],
        options: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        custom_code: str | None = None,
        custom_options: bytes = b"",
        intermediates: Sequence[Handle] = (),
    ) -> None:
        """Any operator of the schema, spelled out; None is an optional input that is left out.

        Args:
            options: fields of the operator's options table; enumerations by name ("SAME") or number.
            version: what the TensorFlow Lite converter would write where left out.
            custom_code: the name of an operator of your own; `name` is then "CUSTOM".
        Raises:
            InputError: an operator, option or value that the schema does not have, with the nearest one.
        """
        if name not in BUILTIN_CODES:
            raise InputError(f"operator {name!r}: {known_name(name, tuple(BUILTIN_CODES))}")
        if (name == "CUSTOM") != (custom_code is not None):
            raise InputError(f"operator {name!r}: 'CUSTOM' needs a custom_code, and nothing else has one")
        for handle in (*inputs, *outputs, *intermediates):
            if handle is not None and handle.graph is not self:
                raise InputError(f"operator {name!r}: {handle!r} belongs to another builder")
        encoded = encoded_options(name, options or {})
        dtypes = [handle.dtype if handle is not None else None for handle in inputs]
        shapes = [handle.shape if handle is not None else () for handle in inputs]
        self._operators.append(
            OperatorRecord(
                name,
                tuple(handle.index if handle is not None else -1 for handle in inputs),
                tuple(handle.index for handle in outputs),
                encoded,
                version if version is not None else operator_version(name, dtypes, shapes, encoded),
                custom_code or "",
                custom_options,
                tuple(handle.index for handle in intermediates),
            )
        )

    def output(self, *handles: Handle) -> None:
        """The model's next outputs."""
        for handle in handles:
            if handle.graph is not self:
                raise InputError(f"output {handle!r} belongs to another builder")
            self._outputs.append(handle.index)

    def metadata(self, name: str, data: bytes) -> None:
        """A named blob of the file, such as OfflineMemoryAllocation."""
        self._metadata[name] = bytes(data)

    def signature(
        self, inputs: Mapping[str, Handle], outputs: Mapping[str, Handle], key: str = "serving_default"
    ) -> None:
        """Names for inputs and outputs, for signature runners; optional, and one a key.

        Raises:
            InputError: a tensor of another builder.
        """
        for handle in (*inputs.values(), *outputs.values()):
            if handle.graph is not self:
                raise InputError(f"signature {key!r}: {handle!r} belongs to another builder")
        self._signatures[key] = Signature(
            key,
            {name: handle.index for name, handle in inputs.items()},
            {name: handle.index for name, handle in outputs.items()},
        )

    def build(self) -> bytes:
        """The bytes of the `.tflite` file, with all subgraphs of the model.

        Raises:
            InputError: the model has no output.
        """
        first = self._subgraphs[0]
        if not first._outputs:
            raise InputError("the model has no output; call output(handle) before build()")
        return encode(
            first.description,
            [
                SubgraphRecord(one.name, one._tensors, one._operators, one._inputs, one._outputs)
                for one in self._subgraphs
            ],
            first._metadata,
            tuple(first._signatures.values()),
        )

    def _emit(
        self,
        operator: str,
        inputs: Sequence[Handle | None],
        shape: Sequence[int],
        x: Handle,
        scale: Scale,
        zero_point: ZeroPoint,
        options: Mapping[str, Any] | None = None,
        name: str | None = None,
        *,
        inherit: Handle | None = None,
        dtype: str | None = None,
        intermediates: Sequence[Handle] = (),
    ) -> Handle:
        """Add the operator and its only output, quantised as `inherit` where no scale is given."""
        dtype = dtype or x.dtype
        if scale is None and inherit is not None and inherit.scales:
            scale = inherit.scale
            zero_point = inherit.zero_point if zero_point is None else zero_point
        if scale is None and x.scales and dtype in ("int8", "int16", "uint8"):
            raise InputError(f"{operator}: the input is quantised; give the output's scale= and zero_point=")
        name = name or f"{operator.lower()}_{len(self._operators)}"
        y = self.tensor(shape, dtype, scale, zero_point, name=name)
        self.operator(operator, inputs, [y], options, intermediates=intermediates)
        return y

    @staticmethod
    def _expect_rank(operator: str, x: Handle, rank: int) -> None:
        if len(x.shape) != rank:
            wanted = counted(rank, "dimension")
            raise InputError(f"{operator}: input {x.name!r} has shape {x.shape}, expected {wanted}")

    def _add(
        self,
        shape: Sequence[int],
        dtype: str,
        scale: Scale,
        zero_point: ZeroPoint,
        quantized_dimension: int,
        name: str | None,
        array: NDArray[Any] | None,
        is_variable: bool,
        shape_signature: Sequence[int],
    ) -> Handle:
        index = len(self._tensors)
        name = name or f"tensor_{index}"
        if dtype not in TYPE_CODES:
            raise InputError(f"{name}: type {dtype!r}: {known_name(dtype, tuple(TYPE_CODES))}")
        shape = tuple(int(size) for size in shape)
        if any(not -1 <= size < 1 << 31 for size in shape):
            raise InputError(f"{name}: shape {shape}, expected sizes of -1 (left open) to 2147483647")
        scales, zero_points = quantization_fields(name, shape, scale, zero_point, quantized_dimension)
        self._tensors.append(
            TensorRecord(
                name,
                dtype,
                shape,
                scales,
                zero_points,
                quantized_dimension,
                None,
                is_variable,
                tuple(shape_signature),
            )
        )
        return Handle(index, name, shape, dtype, scales, zero_points, quantized_dimension, array, self)

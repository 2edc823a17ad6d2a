"""What is read from and written to an interpreter: its inputs, outputs and variables, with LiteRT's verbs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import InputError
from ..model.tables import Subgraph, Tensor
from ..operators.spec import Array
from .details import details
from .machine import Machine
from .storage import Storage
from .stored_numbers import from_stored, to_stored
from .thread_turns import Turns

__all__ = ["Tensors"]


class Tensors:
    """The tensors of one subgraph in their `_storage`.

    `_readable` are those whose memory no other tensor takes, `_settled` whether a run may go without
    being looked after. `_turns` lets one thread in at a time.
    """

    subgraph: Subgraph
    _storage: Storage
    _machine: Machine
    _turns: Turns
    _readable: frozenset[int]
    _settled: bool
    _warned_of: tuple[frozenset[int], str] = frozenset(), ""
    """Inputs that were stale when last one was, and what was said."""

    def reset(self) -> None:
        """Set every variable to its initial state, as MicroInterpreter::Reset does.

        Resource variables then hold zero points, also where CALL_ONCE had assigned something else to them: it
        does not run again, on the device either. `restart` makes it.
        """
        self._turns.enter()
        try:
            self._machine.reset()
        finally:
            self._turns.leave()

    reset_all_variables = reset

    @property
    def keeps_state(self) -> bool:
        """Whether anything is kept from run to run."""
        return bool(self._storage.lasting or self._storage.resources) or self._machine.remembers

    def restart(self) -> None:
        """As after the device has started: variables in their initial state, and CALL_ONCE runs again."""
        self._turns.enter()
        try:
            self._machine.restart()
            self._settled = False
        finally:
            self._turns.leave()

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copy an array into an input (or a variable).

        Args:
            tensor_index: the "index" of a detail dictionary.
            value: an array of exactly the tensor's shape and type.

        Raises:
            InputError: no such tensor, or another shape or type.
        """
        place = self._places.get(tensor_index)
        known = type(value) is np.ndarray
        if known and place is not None and value.dtype is place.dtype and value.shape == place.shape:
            if not self._turns.set_again(tensor_index, place, value):
                self._store(tensor_index, place, value)
            return
        tensor = self._tensor(tensor_index)
        if tensor.index not in self.subgraph.inputs and not tensor.is_variable:
            raise InputError(f"tensor {tensor.index} ({tensor.name!r}) is not an input, it cannot be set")
        array = np.asarray(value)
        if array.dtype != tensor.dtype:
            advice = ""
            if array.dtype.kind == "f" and tensor.quantization is not None:
                advice = "; quantize_input() turns real numbers into the model's own"
            raise InputError(
                f"input {tensor.name!r}: got an array of {array.dtype}, expected {tensor.dtype}{advice}"
            )
        if array.shape != tensor.shape:
            raise InputError(
                f"input {tensor.name!r}: got an array of shape {array.shape}, expected {tensor.shape}"
            )
        place = self._array(tensor.index)
        if place.dtype is array.dtype and place.shape == array.shape:
            self._places[tensor_index] = place
        self._store(tensor.index, place, array)

    @cached_property
    def _places(self) -> dict[int, Array]:
        """Where what has been set once lies: what is set again is not looked at in full."""
        return {}

    def _store(self, index: int, place: Array, value: Array) -> None:
        turns = self._turns
        turns.enter()
        try:
            turns.setting(index)
            place[...] = value
            if index in turns.stale:
                turns.stale -= {index}
            if self._settled:
                turns.settle()
        finally:
            turns.leave()

    def get_tensor(self, tensor_index: int) -> Array:
        """A copy of a tensor: an input before `invoke`, an output after it, a constant at any time.

        With `preserve_all_tensors=True` every intermediate tensor too.

        Raises:
            InputError: no such tensor, or its memory has been reused.
        """
        tensor = self._tensor(tensor_index)
        reused = tensor.data is None and tensor.index not in self._readable
        self._turns.enter()
        try:
            if not self._storage.preserves_all and (reused or tensor.index in self._turns.stale):
                raise InputError(
                    f"tensor {tensor.index} ({tensor.name!r}) shares its memory in the arena with other "
                    "tensors, what it held is gone; make the Interpreter with preserve_all_tensors=True to "
                    "read it"
                )
            self._turns.reading(tensor.index)
            if self._settled:
                self._turns.settle()
            return self._array(tensor.index).copy()
        finally:
            self._turns.leave()

    def tensor(self, tensor_index: int) -> Callable[[], Array]:
        """A function that returns a view of a tensor's memory, as LiteRT's `tensor` does."""
        array = self._array(self._tensor(tensor_index).index)
        return lambda: array

    def quantize_input(self, values: Any, position: int = 0) -> Array:
        """Real numbers as input `position` takes them: round(x / scale) + zero_point, clamped.

        Rounds half away from zero, as TFLM's QUANTIZE does. The shape is the caller's.

        Raises:
            InputError: one is NaN.
        """
        return to_stored(values, self._tensor(self._at(self.subgraph.inputs, position, "input")))

    def dequantize_output(self, position: int = 0, values: Any = None) -> Array:
        """Output `position` as real numbers, float32: what it holds, or `values`, such as a batch's."""
        index = self._at(self.subgraph.outputs, position, "output")
        return from_stored(self.get_tensor(index) if values is None else values, self._tensor(index))

    def get_input_details(self) -> list[dict[str, Any]]:
        """A dictionary an input, with LiteRT's keys."""
        return [details(self._tensor(index)) for index in self.subgraph.inputs]

    def get_output_details(self) -> list[dict[str, Any]]:
        """A dictionary an output, with LiteRT's keys."""
        return [details(self._tensor(index)) for index in self.subgraph.outputs]

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """A dictionary a tensor, constants and intermediates included."""
        return [details(tensor) for tensor in self.subgraph.tensors]

    def resize_tensor_input(self, input_index: int, tensor_size: Sequence[int], strict: bool = False) -> None:
        """Accepts only the shape that the input has: nothing is resized on a microcontroller."""
        tensor = self._tensor(input_index)
        if tuple(tensor_size) != tensor.shape:
            raise InputError(
                f"input {tensor.name!r} has shape {tensor.shape} and cannot become {tuple(tensor_size)}: "
                "TFLM plans its arena once; convert the model with the shape that you need"
            )

    @property
    def _stale(self) -> frozenset[int]:
        """Inputs that were overwritten and have not been set again."""
        self._turns.enter()
        self._turns.leave()
        return self._turns.stale

    @_stale.setter
    def _stale(self, stale: frozenset[int]) -> None:
        self._turns.stale = stale

    def _warn_of_stale_inputs(self) -> None:
        stale = self._turns.stale
        if stale is not self._warned_of[0]:
            names = ", ".join(repr(self.subgraph.tensors[index].name) for index in sorted(stale))
            said = (
                f"input {names} was overwritten by the previous invoke (its memory in the arena is reused, "
                "as on the device) and has not been set again"
            )
            self._warned_of = stale, said
        warnings.warn(self._warned_of[1], stacklevel=4)

    def _tensor(self, index: int) -> Tensor:
        if not 0 <= index < len(self.subgraph.tensors):
            raise InputError(f"no tensor {index}: the model has {len(self.subgraph.tensors)}")
        return self.subgraph.tensors[index]

    def _array(self, index: int) -> Array:
        array = self._storage.arrays[index]
        if array is None:
            raise InputError(f"tensor {index} ({self.subgraph.tensors[index].name!r}) has no memory")
        return array

    @staticmethod
    def _at(indices: Sequence[int], position: int, what: str) -> int:
        if not 0 <= position < len(indices):
            raise InputError(f"no {what} {position}: the model has {len(indices)}")
        return indices[position]

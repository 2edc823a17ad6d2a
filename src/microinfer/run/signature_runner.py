"""Signature runners, as LiteRT has them: inputs and outputs by the names that the file's signature gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..errors import InputError
from ..model.tables import Signature
from ..operators.spec import Array
from ..words.spelling import nearest_note

__all__ = ["SignatureRunner", "find_signature", "list_signatures"]


class Runs(Protocol):
    """An interpreter."""

    def set_tensor(self, tensor_index: int, value: Any) -> None: ...
    def invoke(self) -> None: ...
    def get_tensor(self, tensor_index: int) -> Array: ...
    def get_tensor_details(self) -> list[dict[str, Any]]: ...


def list_signatures(signatures: Sequence[Signature]) -> dict[str, dict[str, list[str]]]:
    """Key to the names of inputs and outputs, in alphabetical order as LiteRT has them."""
    return {
        one.key: {"inputs": sorted(one.inputs), "outputs": sorted(one.outputs)}
        for one in sorted(signatures, key=lambda one: one.key)
    }


def find_signature(signatures: Sequence[Signature], key: str | None) -> Signature:
    """The signature of that key; where it is None, the only one.

    Raises:
        InputError: no such signature, or more than one to choose from, or one that TFLM cannot run.
    """
    known = [one.key for one in signatures]
    if key is None:
        if len(known) != 1:
            what = f"the model has {', '.join(map(repr, known))}" if known else "the model has none"
            raise InputError(f"which signature? {what}; get_input_details() has the inputs by position")
        key = known[0]
    found = next((one for one in signatures if one.key == key), None)
    if found is None:
        there = f"there is {', '.join(map(repr, known))}" if known else "the model has none"
        raise InputError(f"no signature {key!r}{nearest_note(key, known)}: {there}")
    if found.subgraph:
        raise InputError(
            f"signature {key!r} is of subgraph {found.subgraph}; TFLM's interpreter runs the first, and so "
            "does this one"
        )
    return found


class SignatureRunner:
    """Runs a model by names: `runner(x=array)` returns a dictionary of its outputs."""

    def __init__(self, interpreter: Runs, signature: Signature) -> None:
        self._interpreter = interpreter
        self._signature = signature

    def __repr__(self) -> str:
        takes, gives = ", ".join(sorted(self._signature.inputs)), ", ".join(sorted(self._signature.outputs))
        return f"<SignatureRunner {self._signature.key}({takes}) -> {gives}>"

    def __call__(self, **inputs: Any) -> dict[str, Array]:
        """Set every input, run once.

        Returns:
            Name to a copy of the output.

        Raises:
            InputError: an input is missing, unknown, or of another shape or type.
        """
        wanted = self._signature.inputs
        for name in inputs:
            if name not in wanted:
                raise InputError(
                    f"signature {self._signature.key!r} has no input {name!r}{nearest_note(name, wanted)}, "
                    f"expected {', '.join(sorted(wanted))}"
                )
        if missing := sorted(set(wanted) - set(inputs)):
            raise InputError(
                f"signature {self._signature.key!r}: no array for {', '.join(missing)}, every input is set "
                "before each run"
            )
        for name, value in inputs.items():
            self._interpreter.set_tensor(wanted[name], value)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(index)
            for name, index in sorted(self._signature.outputs.items())
        }

    def get_input_details(self) -> dict[str, dict[str, Any]]:
        """Name to the detail dictionary of that input."""
        return self._details(self._signature.inputs)

    def get_output_details(self) -> dict[str, dict[str, Any]]:
        """Name to the detail dictionary of that output."""
        return self._details(self._signature.outputs)

    def _details(self, side: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        known = self._interpreter.get_tensor_details()
        return {name: known[index] for name, index in sorted(side.items())}

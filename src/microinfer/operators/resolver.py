"""The op resolver: from an operator's name to the function that prepares it, the rows' or the user's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from ..errors import InputError, Reason, UnsupportedError
from ..model.tables import Operator
from ..words.spelling import did_you_mean
from .registry import row, row_names
from .spec import Prepare
from .tflm_operators import brings

__all__ = ["OpResolver", "Prepare"]


class OpResolver:
    """The operators that an interpreter may use, as a MicroMutableOpResolver on the device.

    >>> resolver = OpResolver.builtin().subset(["CONV_2D", "SOFTMAX"])
    >>> resolver.register("MY_OP", my_prepare)
    """

    def __init__(self) -> None:
        self._found: dict[str, Prepare | None] = {}

    @classmethod
    def builtin(cls) -> OpResolver:
        """Every operator that microinfer has."""
        resolver = cls()
        resolver._found.update(dict.fromkeys(row_names()))
        return resolver

    def subset(self, names: Iterable[str]) -> OpResolver:
        """A resolver with only these operators.

        Raises:
            InputError: a name is not in this resolver.
        """
        made = OpResolver()
        for name in names:
            if name not in self._found:
                hint = did_you_mean(name, self.names, f"it has {', '.join(self.names)}")
                raise InputError(f"operator {name!r} is not in the resolver; {hint}")
            made._found[name] = self._found[name]
        return made

    def register(self, name: str, prepare: Prepare) -> None:
        """Add an operator, or replace one: a builtin by its name, a custom one by its custom code."""
        self._found[name] = prepare

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._found))

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __len__(self) -> int:
        return len(self._found)

    def covers(self, operator: Operator) -> bool:
        """Whether it can be found: a custom operator is none that bears a builtin one's name."""
        if operator.name not in self._found:
            return False
        known = row(operator.name) if self._found[operator.name] is None else None
        return known is None or known.custom == (operator.opcode == "CUSTOM")

    def find(self, operator: Operator) -> Prepare:
        """The `prepare` of an operator.

        Raises:
            UnsupportedError: in TFLM's words, and what to do about it.
        """
        name = operator.name
        if not self.covers(operator):
            self._refuse(operator)
        prepare = self._found[name]
        if prepare is None:
            builtin = row(name)
            assert builtin is not None
            prepare = builtin.prepare
        return prepare

    @staticmethod
    def _refuse(operator: Operator) -> NoReturn:
        known = row(operator.name)
        modelled = known is not None and known.custom == (operator.opcode == "CUSTOM")
        if brings(operator) and not modelled:
            said = f"{operator.name} is not modelled by microinfer, though TFLM has it"
        elif operator.opcode == "CUSTOM":
            said = f"Failed to get registration from op code CUSTOM ({operator.custom_code!r})"
        else:
            said = f"Didn't find op for builtin opcode '{operator.opcode}'"
        if modelled:
            advice = f"this resolver was restricted; add {operator.name} to its subset"
        else:
            advice = (
                "register it with OpResolver.register(name, prepare), or replace the operator before "
                "conversion; `microinfer ops` lists what there is"
            )
        raise UnsupportedError(f"{said}: {advice}", operator.place, Reason.NO_KERNEL)

"""One flip and what came of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal, TypeAlias, get_args

from ..words.dataclass import dataclass

__all__ = ["COLUMNS", "MEMORIES", "OUTCOMES", "Flip", "Memory", "Outcome"]

Memory: TypeAlias = Literal["flash", "arena"]
Outcome: TypeAlias = Literal["masked", "benign", "silent", "refused", "stopped", "endless", "cannot-tell"]
MEMORIES: tuple[str, ...] = get_args(Memory)
OUTCOMES: tuple[str, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True)
class Flip:
    """Number `number` of a campaign's flips in one memory: bit `bit` of byte `byte`.

    Of flash: `byte` of the model; `kind`, `step` and `tensor` are what lies there, as `flash_map.Region` has
    it. It ran on all samples. Of the arena: it struck when operator `step` of inference `inference` of
    sample `sample` was about to run, or, if `late`, had run; `tensor` lived there, -1 where none did, and
    `kind` says as what. `bit_in_item` is which bit of its number it is.

    `outcome`: masked, no bit of any output changed; benign, bits but no answer; silent, an answer, and
    nothing told; refused, the model does not start; stopped, an operator ended with an error; endless, a
    loop does not end; cannot-tell, what the device does is not known, and `why` says why. `changed` and
    `wrong` count samples, `right` right answers, -1 where there are none to count. `repeated`: the outputs
    of the operator that was struck were other than without the flip.
    """

    number: int
    memory: str
    byte: int
    bit: int
    kind: str
    step: int
    tensor: int
    bit_in_item: int
    sample: int
    inference: int
    late: int
    outcome: str
    changed: int
    wrong: int
    right: int
    repeated: int
    why: str


_TEXTS = ("memory", "kind", "outcome", "why")
COLUMNS: dict[str, str] = {
    one.name: "TEXT NOT NULL" if one.name in _TEXTS else "INTEGER NOT NULL" for one in fields(Flip)
}
"""Field to its type in SQLite."""

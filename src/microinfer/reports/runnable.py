"""A model on a part, as a report sees it: one that has run, may run, or cannot run here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..deploy.deployment import Deployment
from ..operators.spec import Array, Step

__all__ = ["Runnable"]


class Runnable(Protocol):
    """What is run of a `deployment`: its `steps`, bound so that products are contracted or not, in an arena.

    `overlaps` says which tensors lie over each other. What was `recorded_` is None unless a run was recorded:
    CRC-32 an output and operator, inputs, branches taken, how often each operator ran, and how many floats it
    turned into integers that cannot hold them.
    """

    @property
    def deployment(self) -> Deployment: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...
    @property
    def arena_size(self) -> int: ...
    @property
    def overlaps(self) -> tuple[str, ...]: ...
    @property
    def contracts(self) -> bool: ...
    @property
    def invoked(self) -> bool: ...
    @property
    def recorded_crc32(self) -> tuple[tuple[int, ...], ...] | None: ...
    @property
    def recorded_inputs(self) -> Sequence[Array] | None: ...
    @property
    def recorded_times(self) -> tuple[int, ...] | None: ...
    @property
    def recorded_beyond(self) -> tuple[int, ...] | None: ...
    @property
    def recorded_branches(self) -> tuple[Mapping[str, int], ...] | None: ...
    def get_tensor(self, tensor_index: int) -> Array:
        """A copy of a tensor. Raises InputError where it holds nothing that can be read."""

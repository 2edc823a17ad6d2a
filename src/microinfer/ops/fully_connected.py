"""FULLY_CONNECTED."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class FullyConnectedGeometry(Geometry):
    """`batch` rows of `input_depth` to `output_depth`; `output_rank` decides which CMSIS-NN kernel runs."""

    batch: int
    input_depth: int
    output_depth: int
    output_rank: int
    per_channel: bool
    bias: bool

    @property
    def macs(self) -> int:
        return self.batch * self.input_depth * self.output_depth


def prepare(node: Node) -> Prepared:
    raise NotImplementedError

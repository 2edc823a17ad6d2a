"""Figures by operator for Google's Model Explorer, which colours the nodes of its own graph by them.

A file is one figure: `results` maps a node to its value. A node is named by the tensor that it makes, which
both readers of `.tflite` files know. Where such a name is missing or there twice, all nodes of the model are
named by their operator's number instead, which is a node's id for the reader called Flatbuffer alone: the
other, MLIR, counts constants, too. Source: google-ai-edge/model-explorer, types.ts
(`NodeDataProviderGraphData`) and the readers in builtin-adapter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from ..deploy.deployment import Deployment
from ..libraries.build import build_words
from ..operators.spec import Step
from ..reports.run_report import RunReport
from ..validation.layers import LayerReport

__all__ = ["FLATBUFFER", "node_data"]

FLATBUFFER = " (for the reader Flatbuffer)"

_MUCH = (("#ffffff", 0), ("#d8a657", 0.5), ("#b3261e", 1))
_LITTLE = (("#b3261e", 0), ("#d8a657", 0.5), ("#ffffff", 1))
"""Colours from the smallest value to the largest: where much is bad, and where little is."""


def node_data(report: RunReport, found: Deployment, layers: Sequence[LayerReport] = ()) -> dict[str, str]:
    """File names to their text; a figure that is known of no operator has no file.

    Args:
        report: of the deployment `found`; its first subgraph's operators are told, which Model Explorer shows
            first.
        layers: what quantisation costs, where it was measured.
    """
    steps = {step.index: step for step in found.first_steps}
    cycles = {one.index: one.cycles for one in report.operators if one.cycles is not None}
    where = f"{report.profile.name}, {report.profile.library} at {build_words(report.profile.build)}"
    nodes, readers = _nodes(found, steps)
    noise = {one.index: one.own_sqnr_db for one in layers if one.own_sqnr_db is not None}
    figures: tuple[tuple[str, str, Mapping[int, float], tuple[tuple[str, float], ...]], ...] = (
        ("cycles", f"cycles on {where}", cycles, _MUCH),
        ("arena_bytes", f"arena bytes alive on {where}", _alive(found), _MUCH),
        (
            "weight_bytes",
            "bytes of constants",
            {index: _constants(step) for index, step in steps.items()},
            _MUCH,
        ),
        ("sqnr_db", "signal to quantisation noise of the operator alone, dB", noise, _LITTLE),
    )
    made = {}
    for file, name, values, colours in figures:
        told = {nodes[index]: value for index, value in values.items() if index in nodes}
        if told:
            made[f"{file}.json"] = _text(name + readers, told, colours)
    return made


def _nodes(found: Deployment, steps: Mapping[int, Step]) -> tuple[dict[int, str], str]:
    """Each step's node, and what is to be said of who knows it."""
    taken = Counter(tensor.name for tensor in found.common.model.subgraphs[0].tensors)
    named = {
        index: name
        for index, step in steps.items()
        for name in [next((tensor.name for tensor in step.node.outputs), "")]
        if taken[name] == 1 and name and not name.isdecimal()
    }
    if len(named) == len(steps):
        return named, ""
    numbers = {index: str(step.node.operator.index) for index, step in steps.items()}
    return {index: node for index, node in numbers.items() if node not in taken}, FLATBUFFER


def _alive(found: Deployment) -> dict[int, int]:
    """Of each step the most that is alive in the arena while it runs."""
    plan = found.plan
    most: dict[int, int] = {}
    for step, said in zip(plan.scope_steps, plan.occupancy, strict=True):
        most[step] = max(most.get(step, 0), said.live_bytes)
    return most


def _constants(step: Step) -> int:
    """What it reads of the file, a tensor that it reads twice once."""
    read = {tensor.index: tensor for tensor in step.node.inputs if tensor is not None and tensor.is_constant}
    return sum(tensor.size_bytes for tensor in read.values())


def _text(name: str, values: Mapping[str, float], colours: tuple[tuple[str, float], ...]) -> str:
    content = {
        "name": name,
        "results": {node: {"value": round(value, 2)} for node, value in values.items()},
        "gradient": [{"stop": stop, "bgColor": colour} for colour, stop in colours],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"

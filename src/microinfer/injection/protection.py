"""What would have noticed the silent flips of a campaign, and what it costs.

A CRC-32 notices every flip of a single bit in the bytes that it is of. An operator that runs twice, each time
with inputs of its own, and whose outputs are compared, notices what made its outputs others: that was looked
at in every trial.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..words.dataclass import dataclass
from .crc_cost import TABLE_BYTES, crc_cost
from .fault_campaign import FaultCampaign
from .flash_map import Region
from .flip import Flip
from .proportions import Proportion, proportion

__all__ = ["Protection", "protections"]

DIGEST_BYTES = 4
MOST = 12
"""Protections that are told of a memory."""
NUMBERS = ("weights", "bias", "constants")


@dataclass(frozen=True, slots=True)
class Protection:
    """`noticed` is the share of the silent flips in this memory that it tells of, each time it is done.

    `checked_bytes` it reads for a CRC-32, of what is in the arena once when it is made and once before its
    last use; `flash_bytes` and `ram_bytes` it takes, beside its own code.
    `cycles` it takes with its interval, and `share_of_inference` of the typical ones; None where nobody has
    counted them. Of a CRC-32 that loads a table from flash they may be known at the least alone.
    """

    name: str
    memory: str
    way: str
    noticed: Proportion
    checked_bytes: int
    flash_bytes: int
    ram_bytes: int
    cycles: int | None = None
    cycles_low: int | None = None
    cycles_high: int | None = None
    share_of_inference: float | None = None


def protections(campaign: FaultCampaign) -> tuple[Protection, ...]:
    """The best of them, those that notice most first; none for a memory without a silent flip."""
    found: list[Protection] = []
    for memory, made in (("flash", _of_flash), ("arena", _of_arena)):
        silent = [one for one in campaign.trials if one.memory == memory and one.outcome == "silent"]
        if silent:
            ways = [one for one in made(campaign, silent) if one.noticed.hits]
            ways.sort(key=lambda one: (-one.noticed.hits, one.checked_bytes, one.cycles or 0, one.name))
            found += ways[:MOST]
    return tuple(found)


def _of_flash(campaign: FaultCampaign, silent: Sequence[Flip]) -> list[Protection]:
    regions = campaign.flash.map.regions
    what = "the file" if campaign.flash.map.is_file else "all constants"
    chosen: list[tuple[str, list[Region]]] = [(what, list(regions))]
    kinds = {one.kind for one in regions}
    for name, of in (("weights", ("weights",)), ("all but weights", tuple(kinds - {"weights"}))):
        if kinds & set(of) and set(of) != kinds:
            chosen.append((name, [one for one in regions if one.kind in of]))
    steps = campaign.specimen.interpreter.steps
    single = [
        (position, own)
        for position in range(len(steps))
        if (own := [one for one in regions if one.step == position and one.kind in NUMBERS])
    ]
    for position, own in single:
        chosen.append((f"the numbers of operator {position} {steps[position].name}", own))
    chosen += _together(single, silent)
    return [_crc(campaign, name, own, silent) for name, own in chosen]


def _together(
    single: Sequence[tuple[int, list[Region]]], silent: Sequence[Flip]
) -> list[tuple[str, list[Region]]]:
    """Operators that notice most a byte, one more each time, as long as that notices more."""
    ordered = sorted(single, key=lambda one: (-_hits(one[1], silent) / _bytes(one[1]), one[0]))
    found: list[tuple[str, list[Region]]] = []
    chosen: list[Region] = []
    positions: list[int] = []
    for position, own in ordered:
        if not _hits(own, silent):
            break
        chosen = [*chosen, *own]
        positions.append(position)
        if len(positions) > 1:
            found.append((f"the numbers of operators {', '.join(map(str, sorted(positions)))}", chosen))
    return found


def _hits(regions: Sequence[Region], silent: Sequence[Flip]) -> int:
    return sum(any(one.start <= trial.byte < one.start + one.size for one in regions) for trial in silent)


def _bytes(regions: Sequence[Region]) -> int:
    return sum(one.size for one in regions)


def _crc(campaign: FaultCampaign, name: str, regions: Sequence[Region], silent: Sequence[Flip]) -> Protection:
    noticed = proportion(_hits(regions, silent), len(silent))
    return _checked(campaign, f"CRC-32 of {name}", "flash", noticed, _bytes(regions))


def _checked(campaign: FaultCampaign, name: str, memory: str, noticed: Proportion, size: int) -> Protection:
    """A CRC-32 of so many bytes in a memory."""
    deployment = campaign.specimen.interpreter.deployment
    cost = crc_cost(deployment.target.core.name)
    kept = (DIGEST_BYTES + TABLE_BYTES, 0) if memory == "flash" else (TABLE_BYTES, DIGEST_BYTES)
    if cost is None:
        return Protection(name, memory, "crc", noticed, size, *kept)
    cycles = size * (cost.flash if memory == "flash" else cost.ram)
    if not cost.exact:
        return Protection(name, memory, "crc", noticed, size, *kept, None, cycles, None)
    of_all = cycles / deployment.cycles if deployment.cycles else None
    return Protection(name, memory, "crc", noticed, size, *kept, cycles, cycles, cycles, of_all)


def _of_arena(campaign: FaultCampaign, silent: Sequence[Flip]) -> list[Protection]:
    interpreter = campaign.specimen.interpreter
    graph = interpreter.subgraph
    whole = [one for one in silent if one.kind != "state"]
    faces = sum(graph.tensors[index].size_bytes for index in (*graph.inputs, *graph.outputs))
    seconds = interpreter.deployment.seconds
    costs = interpreter.deployment.costs if seconds is not None else ()
    total = interpreter.deployment.cycles
    found = [
        Protection(
            "the whole inference twice",
            "arena",
            "repeat",
            proportion(len(whole), len(silent)),
            0,
            0,
            faces,
            total,
            sum(one.cycles_low or 0 for one in costs) if total is not None else None,
            sum(one.cycles_high or 0 for one in costs) if total is not None else None,
            None if total is None else 1.0,
        )
    ]
    for position, step in enumerate(interpreter.steps):
        hits = sum(one.step == position and bool(one.repeated) for one in silent)
        kept = [t for t in step.node.inputs if t is not None and not t.is_constant]
        size = sum(tensor.size_bytes for tensor in (*kept, *step.node.outputs))
        cost = costs[position] if costs else None
        of_all = None if cost is None or not cost.cycles or not total else cost.cycles / total
        found.append(
            Protection(
                f"operator {position} {step.name} twice",
                "arena",
                "repeat",
                proportion(hits, len(silent)),
                0,
                0,
                size,
                None if cost is None else cost.cycles,
                None if cost is None else cost.cycles_low,
                None if cost is None else cost.cycles_high,
                of_all,
            )
        )
    for tensor in sorted({one.tensor for one in silent if one.tensor >= 0}):
        own = graph.tensors[tensor] if tensor < len(graph.tensors) else None
        if own is None or own.is_variable:
            continue
        hits = sum(one.tensor == tensor for one in silent)
        makers = [n for n, step in enumerate(interpreter.steps) if tensor in step.node.operator.outputs]
        what = (
            f"what operator {makers[0]} {interpreter.steps[makers[0]].name} gives" if makers else "the input"
        )
        noticed = proportion(hits, len(silent))
        name = f"CRC-32 of {what}"
        found.append(_checked(campaign, name, "arena", noticed, 2 * own.size_bytes))
    return found

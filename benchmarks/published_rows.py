"""Published rows beside what microinfer says of their boards."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from microinfer import Model, Profile, load, load_profile
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.errors import MicroinferError
from microinfer.timing.build_prices import has_costs, load_costs
from microinfer.timing.energy import Span, inference_energy
from published_networks import rebuilt

DATA = Path(__file__).parent / "data"
SHARED = Path(os.environ.get("MICROINFER_SHARED", Path(__file__).resolve().parents[2] / "shared"))
USUAL_LIBRARY = "tflm-cmsis-nn"
"""What other engines' rows are held against."""
FEW = 0.05
"""Share of a network's time that may come of prices that were carried over, in a row of counted kernels."""
_VOLTS = re.compile(r"([0-9.]+) ?V")


@dataclass(frozen=True, slots=True)
class Held:
    """A row beside what is said of it: milliseconds, microjoules, kilobytes of flash, of RAM but the stack.

    None where one of the two has none. `stack` is what models it, or the other engine; `why` what may put it
    outside; `carried`: its kernels were not counted on this core at this build, but for at most `FEW` of the
    time.
    """

    row: dict[str, Any]
    stack: dict[str, Any]
    profile: str
    ms: Span | None = None
    uj: Span | None = None
    flash_kb: Span | None = None
    ram_kb: Span | None = None
    why: str = ""
    provisional: bool = False
    carried: bool = False

    @property
    def title(self) -> str:
        return str(self.stack.get("title", self.stack.get("engine")))

    @property
    def ratio(self) -> float:
        """Measured by predicted time."""
        assert self.ms is not None
        return float(self.row["ms"]) / self.ms.typical


def inside(measured: float, said: Span) -> bool:
    return said.low <= measured <= said.high


def rounding(value: float) -> float:
    """Half of the last digit, of the value: 3 is rounded by a sixth, 0.5836 by next to nothing."""
    decimals = len(f"{value:g}".partition(".")[2])
    return float(0.5 * 10**-decimals / value)


def width(said: Span) -> float:
    """Of the interval, by its centre."""
    return (said.high - said.low) / said.typical


@cache
def stacks() -> dict[str, Any]:
    return tomllib.loads((DATA / "published_stacks.toml").read_text(encoding="utf-8"))


@cache
def published() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((DATA / "published.json").read_text(encoding="utf-8")))


def stack_of(row: dict[str, Any]) -> dict[str, Any]:
    for stack in stacks()["stack"]:
        if row["stack"].startswith(stack["begins"]):
            return dict(stack)
    raise LookupError(f"published_stacks.toml does not have {row['stack']!r}")


@cache
def network(name: str) -> Common | None:
    """The network of a row, None where it is not to be had."""
    known = stacks()["networks"].get(name, name)
    model: Model | None = rebuilt(known)
    path = SHARED / "models" / f"{known}.tflite"
    if model is None and path.is_file():
        model = load(path)
    return None if model is None else Common(model)


def supplied(profile: Profile, supply: str) -> Profile:
    """The board at the row's voltage: its current stays behind an LDO, its power behind an SMPS."""
    found = _VOLTS.search(supply)
    if found is None or profile.supply_v is None or profile.active is None:
        return profile
    volts = float(found[1])
    scale = profile.supply_v / volts if profile.regulator == "smps" else 1.0
    return replace(profile, supply_v=volts, active=profile.active.scaled(scale))


def built(profile: Profile, build: str | None) -> Profile:
    return profile.built(build)


def hold(row: dict[str, Any]) -> Held:
    """A row beside what is said of it."""
    stack = stack_of(row)
    try:
        profile = load_profile(row["board"])
    except MicroinferError:
        return Held(row, stack, "", why="no profile of this board")
    for note in row.get("notes", ()):
        if note in stacks()["placed"]:
            profile = profile.placed(stacks()["placed"][note])
    model = network(row["model"])
    if model is None:
        return Held(row, stack, profile.name, why="the network is not to be had")
    library = stack.get("library", USUAL_LIBRARY)
    if library not in profile.libraries:
        return Held(row, stack, profile.name, why=f"{library} is not modelled on this core")
    try:
        at = deploy(model, built(profile, stack.get("build")), library)
        return _beside(row, stack, at)
    except MicroinferError as error:
        return Held(row, stack, profile.name, why=str(error))


def _beside(row: dict[str, Any], stack: dict[str, Any], at: Deployment) -> Held:
    if at.seconds is None:
        return Held(row, stack, at.profile.name, why=at.why_no_time)
    clock = at.profile.clock_hz / (1e6 * row["clock_mhz"])
    first = at.model.subgraphs[0]
    elements = 1
    for index in first.inputs:
        for size in first.tensors[index].shape:
            elements *= size
    copied = stack.get("copy", 0) * elements / (1e6 * row["clock_mhz"])
    seconds = at.seconds.scaled(clock)
    seconds = Span(*(value + copied for value in (seconds.typical, seconds.low, seconds.high)))
    energy = inference_energy(seconds, supplied(at.profile, row.get("supply", "")))
    flash = flash_span(at) if "flash_kb" in row and at.memory is not None else None
    ram = ram_span(at) if "ram_kb" in row and at.memory is not None else None
    return Held(
        row,
        stack,
        at.profile.name,
        seconds.scaled(1e3) if "ms" in row else None,
        energy.microjoules if energy is not None and "uj" in row else None,
        flash,
        ram,
        stack.get("why", ""),
        at.provisional,
        sum(cost.cycles or 0 for cost in at.costs if cost.provisional) > FEW * (at.cycles or 0),
    )


def flash_span(at: Deployment) -> Span | None:
    """Kilobytes of flash."""
    found = at.memory
    if found is None or found.flash_bytes is None or found.flash_high_bytes is None:
        return None
    return Span(found.flash_bytes / 1024, found.flash_bytes / 1024, found.flash_high_bytes / 1024)


def ram_span(at: Deployment) -> Span | None:
    """Kilobytes of RAM without the stack, as linkers print them."""
    found, framework = at.memory, at.profile.framework
    if found is None or found.ram_bytes is None or found.stack_bytes is None:
        return None
    least = (found.ram_bytes - found.stack_bytes) / 1024
    return Span(least, least, least + (framework.ram_most - framework.ram_least) / 1024)


@cache
def every() -> tuple[Held, ...]:
    return tuple(hold(row) for row in published())


def modelled() -> tuple[Held, ...]:
    """Rows of stacks that are modelled, with a time that was measured and one that is said."""
    return tuple(held for held in every() if "library" in held.stack and held.ms is not None)


def is_guide(held: Held) -> bool:
    """Whether its library's prices on this core were stretched to this row alone, and say nothing of it."""
    library = held.stack["library"]
    core = load_profile(held.profile).core
    if not has_costs(library, core) or not load_costs(library, core).provisional:
        return False
    alike = [
        other
        for other in modelled()
        if other.stack["library"] == library and load_profile(other.profile).core == core
    ]
    return len(alike) == 1

"""The verb that lets bits flip: faults."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..injection import (
    DEFAULT_HOURS,
    DEFAULT_RUNS,
    MEMORIES,
    FaultCampaign,
    FaultReport,
    FlipStore,
    choose_samples,
    parse_flip_rate,
    summarise,
)
from ..injection.fault_campaign import Watch
from ..run.interpreter import Interpreter
from ..sweeps.hiring import hire_several
from ..validation import ValidationSettings
from ..words.quantities import parse_every, parse_hours
from ..zoo.source import open_model
from .given import Part, Release, Source, listed, part_of, release_of
from .sweeping import warn_of

__all__ = ["faults"]


def faults(
    model: Source,
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    data: Any = None,
    rate: str | float | None = None,
    lifetime: str | float = DEFAULT_HOURS,
    every: str | None = None,
    runs: int = DEFAULT_RUNS,
    memory: str | Iterable[str] = MEMORIES,
    seed: int = 0,
    samples: int | None = None,
    x: str | None = None,
    y: str | None = None,
    labels: Iterable[str] = (),
    task: str | None = None,
    output: str | None = None,
    threshold: float | None = None,
    stored: bool = False,
    pixels: tuple[float, float] | None = None,
    tolerance: float = 0.0,
    store: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    watch: Watch | None = None,
) -> FaultReport:
    """Flip bits of a model in flash, and of the arena while it runs, and say what that costs.

    Args:
        model, part, library, release: as for `validate`.
        data, x, y, labels, task, output, threshold, stored, pixels: as for `validate`. Without labels a
            changed output is what corrupts.
        rate: of flips: "1e-6/bit/day", "500FIT/Mbit", or a number by bit and hour; default none, and then
            nothing is said of a lifetime.
        lifetime: of the device, "10y"; default a year. A number is hours.
        every: how often it infers, "every 5s" or "10/min"; default one inference behind the other.
        runs: flips in each memory; of flash no more than it has bits.
        memory: "flash", "arena" or both.
        seed: of the same one come the same flips.
        samples: how many of the data, spread over them; default as many as make a flip's run short, 512 at
            the most; 0 for all.
        tolerance: of outputs that are no classes: real numbers that differ by no more are the same answer.
        store: the file in which trials are kept and looked for; default none.
        jobs: processes of this machine; default one. Of more, the extra `scale` is needed.
        scheduler: the address of a cluster of Dask's, "tcp://10.0.0.5:8786", instead.
        watch: called with a `FaultProgress` every half second.

    Raises:
        ModelError, InputError, ProfileError: as for `validate`; the part does not hold the model; a rate
            without its units; the store or the cluster cannot be used.
    """
    flips = None if rate is None else parse_flip_rate(rate)
    crew = hire_several(scheduler, jobs, warn_of)
    hours = parse_hours(lifetime, "lifetime")
    inferences = None if every is None else parse_every(every)
    interpreter = Interpreter(open_model(model), part_of(part), library=library, release=release_of(release))
    if short := "; ".join(interpreter.deployment.shortfalls):
        raise InputError(f"{interpreter.profile.name} does not hold the model: {short}; name a larger part")
    settings = ValidationSettings(
        x, y, tuple(listed(labels)), task, output, threshold, stored, pixels, layer_samples=0
    )
    specimen = choose_samples(interpreter, data, settings, samples, tolerance)
    with nullcontext() if store is None else FlipStore(Path(store)) as kept:
        campaign = FaultCampaign(specimen, runs, tuple(listed(memory)), seed, kept)
        campaign.run(watch or (lambda _: None), crew)
        return summarise(campaign, flips, hours, inferences)

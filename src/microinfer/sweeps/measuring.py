"""One model held against settings, in the process that is given up if it takes too much."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from ..comparison.side_by_side import ComparisonRow, row_of
from ..deploy.common import Common
from ..deploy.deployment import deploy
from ..errors import MicroinferError
from ..model.read import load
from ..model.tables import Model
from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..validation import Validation, ValidationSettings, Validator
from ..words.dataclass import replace
from .assignments import Samples, Setting
from .sweep_row import SweepRow

__all__ = ["content_of", "measure_rows"]


def content_of(made: bytes) -> str:
    """What tells a model's file."""
    return hashlib.sha256(made).hexdigest()


def measure_rows(made: bytes, name: str, settings: Sequence[Setting]) -> Iterator[SweepRow]:
    """A row a setting, in order; a file that cannot be read gives rows that say so."""
    sha256 = content_of(made)
    try:
        model = replace(load(made), name=name)
        common = Common(model)
    except MicroinferError as error:
        for setting in settings:
            yield setting.error(sha256, str(error))
        return
    scores: dict[Any, Validation] = {}
    for setting in settings:
        began = perf_counter()
        try:
            row = _row(sha256, common, model, setting, scores)
        except MemoryError:
            raise
        except MicroinferError as error:
            row = setting.error(sha256, str(error))
        except Exception as error:
            why = f"mistake in microinfer itself, please report it: {type(error).__name__}: {error}"
            row = setting.error(sha256, why)
        yield replace(row, took_s=perf_counter() - began)


def _row(
    sha256: str, common: Common, model: Model, setting: Setting, scores: dict[Any, Validation]
) -> SweepRow:
    found = row_of(deploy(common, setting.profile, setting.library, setting.release))
    row = _flat(sha256, found, setting)
    if setting.samples is None:
        return row
    target = replace(setting.profile.target, release=setting.release)
    which = setting.library, target, setting.samples.fingerprint
    if which not in scores:
        scores[which] = _validate(model, setting, setting.samples)
    metric, score = _score(scores[which])
    return replace(row, metric=metric, score=score, samples=scores[which].samples)


def _flat(sha256: str, found: ComparisonRow, setting: Setting) -> SweepRow:
    time = None if found.ms is None else found.ms.scaled(1e-3)
    energy = None if found.microjoules is None else found.microjoules.scaled(1e-6)
    why = found.shortfalls or found.unknown
    return SweepRow(
        sha256=sha256,
        part=setting.title,
        library=setting.library,
        release=setting.release.name,
        build=setting.build,
        data="" if setting.samples is None else setting.samples.fingerprint,
        verdict=found.verdict,
        reasons="; ".join(why),
        latency_s=None if time is None else time.typical,
        latency_low_s=None if time is None else time.low,
        latency_high_s=None if time is None else time.high,
        energy_j=None if energy is None else energy.typical,
        energy_low_j=None if energy is None else energy.low,
        energy_high_j=None if energy is None else energy.high,
        **_drawn(setting.profile),
        arena_bytes=found.arena_bytes,
        stored_bytes=found.stored_bytes,
        ram_bytes=found.ram_bytes,
        flash_bytes=found.flash_bytes,
        flash_high_bytes=found.flash_high_bytes,
        provisional=found.provisional or found.provisional_energy,
    )


def _drawn(part: Profile) -> dict[str, Any]:
    """Watts awake and asleep, as far as the part's currents are known."""
    named = {"active": part.active, "sleep": part.sleep}
    return {
        f"{name}_{end}w": getattr(current, what) * part.supply_v
        for name, current in named.items()
        if current is not None and part.supply_v is not None
        for end, what in (("", "typical"), ("low_", "low"), ("high_", "high"))
    }


def _validate(model: Model, setting: Setting, samples: Samples) -> Validation:
    options = dict(samples.options)
    if isinstance(options.get("float_model"), str):
        options["float_model"] = Path(options["float_model"])
    chosen = ValidationSettings(layer_samples=0, workers=1, **options)
    interpreter = Interpreter(
        model, profile=setting.profile, library=setting.library, release=setting.release
    )
    validator = Validator(interpreter, samples.where, chosen)
    for _ in validator.run():
        pass
    return validator.result()


def _score(found: Validation) -> tuple[str, float | None]:
    """The figure that tells how good the answers are: a share of right ones, or an error."""
    if found.accuracy is not None:
        return "accuracy", found.accuracy
    error = getattr(found.metrics, "rmse", None)
    return ("", None) if error is None else ("rmse", float(error))

"""Price lists as files: what a list's head says is read at once, a kernel's prices when they are asked for.

A list names some three hundred kernels, of which a network has a dozen: to read them all took longer than the
rest of a check.

A list may have no prices of its own but say whose it takes: `[carried]` names the other `list`, `times` how
many times as long this one takes, `[carried.types]` where kernels of one type differ, `[carried.operators]`
where an operator does ("FULLY_CONNECTED.int16": its kernels of one type), and `spread` how far that may be
off, the same way for all. Such a list is provisional. A list of its own may have a `spread`, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ProfileError
from ..words.dataclass import dataclass, replace
from ..words.toml_tables import CORES
from .event_prices import VariantPrice

__all__ = ["CostTable", "read_costs"]

Kernel = tuple[str, str]

_HEADING = re.compile(r'^\[operator\.([A-Za-z0-9_]+)\."([^"\n]+)"\][ \t]*$', re.MULTILINE)
"""The first line of a kernel's tables, as the programs in benchmarks/ write it."""
_TYPES = frozenset({"float32", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"})
"""What a kernel's name says of its types: one, of a kernel that has no other; more, of one that converts."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """Prices of one kernel library on one core, by (operator, variant).

    `spread` is the relative half-width of what all of them may be off together, for want of knowing the
    core's pipeline or because they were not counted there; then `counted` is the core that was.

    Looking up a kernel raises ProfileError where what the file says of it is damaged.
    """

    library: str
    core: str
    measured: str
    provisional: bool
    prices: Mapping[Kernel, VariantPrice]
    spread: float = 0.0
    counted: str = ""


class KernelPrices(Mapping[Kernel, VariantPrice]):
    """Kernel to its prices, read from their part of a file's text."""

    __slots__ = ("_path", "_provisional", "_read", "_texts")

    def __init__(self, path: Path, texts: Mapping[Kernel, str], provisional: bool) -> None:
        self._path = path
        self._texts = texts
        self._provisional = provisional
        self._read: dict[Kernel, VariantPrice] = {}

    def __getitem__(self, kernel: Kernel) -> VariantPrice:
        found = self._read.get(kernel)
        if found is None:
            found = self._read[kernel] = self._prices(kernel, self._texts[kernel])
        return found

    def __iter__(self) -> Iterator[Kernel]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, kernel: object) -> bool:
        return kernel in self._texts

    def _prices(self, kernel: Kernel, text: str) -> VariantPrice:
        operator, variant = kernel
        try:
            entry = _toml(text, self._path)["operator"][operator][variant]
            return VariantPrice(
                cycles=MappingProxyType({key: float(value) for key, value in entry["cycles"].items()}),
                low=float(entry["low"]),
                high=float(entry["high"]),
                median=float(entry["median"]),
                p95=float(entry["p95"]),
                worst=float(entry["worst"]),
                points=int(entry["points"]),
                instructions_per_cycle=float(entry["instructions_per_cycle"]),
                provisional=bool(entry.get("provisional", self._provisional)),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(self._path, f"{operator} ({variant}): {type(error).__name__} {error}") from error


class CarriedPrices(Mapping[Kernel, VariantPrice]):
    """Another list's prices, each so many times as high."""

    __slots__ = ("_of", "_operators", "_times", "_types")

    def __init__(
        self,
        of: Mapping[Kernel, VariantPrice],
        times: float,
        operators: Mapping[str, float],
        types: Mapping[str, float],
    ) -> None:
        self._of, self._times, self._operators, self._types = of, times, operators, types

    def __getitem__(self, kernel: Kernel) -> VariantPrice:
        found = self._of[kernel]
        times = self._operators.get(kernel[0], self._times)
        alike = sorted(_TYPES.intersection(kernel[1].split("_")))
        if len(alike) == 1:
            times = self._types.get(alike[0], times)
            times = self._operators.get(f"{kernel[0]}.{alike[0]}", times)
        return replace(
            found,
            cycles=MappingProxyType({event: times * price for event, price in found.cycles.items()}),
            instructions_per_cycle=found.instructions_per_cycle / times,
            provisional=True,
        )

    def __iter__(self) -> Iterator[Kernel]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, kernel: object) -> bool:
        return kernel in self._of


def _carried(head: Mapping[str, Any], path: Path) -> CostTable:
    try:
        found = head["carried"]
        library, _, core = str(found["list"]).partition(".")
        base = read_costs(path.with_name(f"{library}.{core}.toml"), library, core)
        counted = base.counted or next(one for one in CORES if f"{core}-".startswith(f"{one}-"))
        own, types = (
            MappingProxyType({str(key): float(value) for key, value in found.get(part, {}).items()})
            for part in ("operators", "types")
        )
        prices = CarriedPrices(base.prices, float(found["times"]), own, types)
        spread = base.spread + float(found["spread"])
        return CostTable(head["library"], head["core"], head["measured"], True, prices, spread, counted)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"carried: {type(error).__name__} {error}") from error


def read_costs(path: Path, library: str, core: str) -> CostTable:
    """The price list of a kernel library on a core.

    Raises:
        ProfileError: there is none, or it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError(f"no price list for {library} on {core}, expected {path}") from None
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: cannot be read as TOML: {error}") from error
    headings = list(_HEADING.finditer(text))
    starts = [heading.start() for heading in headings]
    ends = [*starts[1:], len(text)] if starts else []
    head = _toml(text[: starts[0]] if starts else text, path)
    if "carried" in head:
        return _carried(head, path)
    texts = {
        (heading[1], heading[2]): text[start:end]
        for heading, start, end in zip(headings, starts, ends, strict=True)
    }
    if not texts:
        raise _damaged(path, 'no line like [operator.CONV_2D."reference"]')
    try:
        provisional = bool(head["provisional"])
        prices = KernelPrices(path, texts, provisional)
        spread = float(head.get("spread", 0.0))
        return CostTable(head["library"], head["core"], head["measured"], provisional, prices, spread)
    except KeyError as error:
        raise _damaged(path, f"no key {error}") from error
    except (TypeError, ValueError) as error:
        raise _damaged(path, f"spread: {error}") from error


def _toml(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ProfileError(f"{path}: cannot be read as TOML: {error}") from error


def _damaged(path: Path, what: str) -> ProfileError:
    return ProfileError(f"{path}: {what}; write it anew by calibration")

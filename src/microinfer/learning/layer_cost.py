"""What the learning layer takes of time on a part: counted, else as the cost model prices floats.

Its C was counted by simavr on an ATmega328P and under QEMU on a Cortex-M0+, M4 and M33
(`profiles/learning/`, by benchmarks/calibrate_learning.py); a board's memories add to it what they add to
inference. Anywhere else its pieces are told in multiply-adds of float32, and such a one is what it is in the
reference kernel of a fully connected layer on that part; that is provisional, and its interval wider.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from ..builder import ModelBuilder
from ..deploy.deployment import deploy
from ..libraries.library import kernel_library
from ..model.read import load
from ..model.tables import Model
from ..parts.profile import Profile
from ..timing.board_memory import OTHER_STACK
from ..timing.energy import Span
from ..timing.event_prices import VariantPrice
from ..timing.price_list import CostTable, read_costs
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from .layer_events import LEARN, PREDICT, VARIANT, layer_events
from .online_layer import OnlineGeometry

__all__ = ["LayerCost", "layer_cost", "on_board", "price_list"]

_LEAST: Mapping[str, float] = {"call": 0, "classes": 0, "features": 0.3, "outputs": 0, "zero_macs": 0.5}
_USUAL: Mapping[str, float] = {"call": 4, "classes": 3, "exponentials": 12, "zero_macs": 1}
_MOST: Mapping[str, float] = {
    "call": 20,
    "classes": 10,
    "exponentials": 25,
    "features": 2,
    "outputs": 3,
    "zero_macs": 1,
}
"""Multiply-adds that an event is as long as; where it is not named, one."""
_STORES = 1.2
"""A multiply-add that goes back to memory by one that stays in a register: a store more."""
_APART = (0.6, 1.6)
"""Our loop by that of the reference kernel, at the least and at the most."""
_CODE: Mapping[str, int] = {PREDICT: 460, LEARN: 130}
"""Bytes of the kernel that a sample runs, on a Cortex-M with a unit for floats."""
_SOFTWARE = 2000
"""Bytes of sums, products and quotients where a core has no such unit."""


@dataclass(frozen=True, slots=True)
class LayerCost:
    """Cycles, with the interval over data; predicting is what comes behind the network.
    None where nothing is known of the part's floats; `note` says why, or what it rests on."""

    predict: Span | None
    learn: Span | None
    provisional: bool
    note: str

    @property
    def both(self) -> Span | None:
        """A sample that is learnt from: what is off in one is off in the other."""
        if self.predict is None or self.learn is None:
            return None
        first, second = self.predict, self.learn
        return Span(first.typical + second.typical, first.low + second.low, first.high + second.high)


def layer_cost(g: OnlineGeometry, part: Profile, zeros: float | None = None) -> LayerCost:
    """What a sample takes.

    Args:
        zeros: how many of the features are nought, typically; default half.

    Raises:
        ProfileError: the price list is damaged.
    """
    usual = layer_events(g, g.inputs / 2 if zeros is None else zeros)
    least, most = layer_events(g, g.inputs, g.outputs, g.outputs), layer_events(g, 0)
    table = price_list("online-layer", part)
    if table is not None:
        predict, learn = (
            on_board(table.prices[one, VARIANT], (least[one], usual[one], most[one]), _CODE[one], part)
            for one in (PREDICT, LEARN)
        )
        return LayerCost(predict, learn, False, table.measured)
    mac, library = _multiply_add(part)
    if mac is None:
        return LayerCost(None, None, True, library)
    made = []
    for one, times in ((PREDICT, 1.0), (LEARN, _STORES)):
        made.append(
            Span(
                mac.typical * times * _weighed(usual[one], _USUAL),
                mac.low * _APART[0] * _weighed(least[one], _LEAST),
                mac.high * _APART[1] * times * _weighed(most[one], _MOST),
            )
        )
    return LayerCost(made[0], made[1], True, f"not measured: by multiply-adds of {library}")


def price_list(name: str, part: Profile) -> CostTable | None:
    """What was counted on a part's core at its level; None where nothing was."""
    level = "" if part.build.level == "O2" else f"-{part.build.level.lower()}"
    path = data_file("learning", f"{name}.{part.core}{level}.toml")
    return read_costs(path, "learning", part.core) if path.exists() else None


def on_board(found: VariantPrice, events: tuple[Mapping[str, float], ...], code: int, part: Profile) -> Span:
    """Cycles of the least, usual and most events, and what the part's memories add: a wait at instructions,
    and code that no cache has. No board was measured with this kernel, so that they may be further off."""
    low, typical, high = (found.price(one) for one in events)
    low, high = low * found.low, high * found.high
    timing = part.timing
    if timing.ideal:
        return Span(typical, low, high)
    stretch = 1 + timing.fetch * found.instructions_per_cycle
    cold = timing.cold * (code + (0 if part.target.core.fpu else _SOFTWARE))
    off = max(timing.spread, OTHER_STACK)
    usual = 0 if timing.warm else cold
    return Span(typical * stretch + usual, low * stretch * (1 - off), high * stretch * (1 + off) + cold)


def _weighed(events: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(times * weights.get(event, 1.0) for event, times in events.items())


@cache
def _floats(outputs: int) -> Model:
    builder = ModelBuilder()
    x = builder.input((1, 64), dtype="float32")
    weights = np.ones((outputs, 64), np.float32)
    builder.output(builder.fully_connected(x, weights, np.zeros(outputs, np.float32)))
    return load(builder.build())


def _multiply_add(part: Profile) -> tuple[Span | None, str]:
    """Cycles of one, and the library that it is of; or None, and why it is not known."""
    interpreting = [name for name in part.libraries if kernel_library(name).interprets]
    if not interpreting:
        return None, f"multiply-adds of real numbers were not measured on {part.core} at {part.build.words}"
    plain = [name for name in interpreting if kernel_library(name).base is None]
    library = (plain or interpreting)[0]
    less, more = (deploy(_floats(outputs), part, library).costs[0] for outputs in (32, 64))
    if less.cycles is None or not more.cycles or more.cycles_low is None or more.cycles_high is None:
        return None, more.note
    typical = (more.cycles - less.cycles) / (32 * 64)
    low, high = more.cycles_low / more.cycles, more.cycles_high / more.cycles
    return Span(typical, typical * low, typical * high), library

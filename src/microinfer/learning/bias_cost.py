"""What a network whose biases learn takes of time on a part: of a sample that is predicted, and of a step.

The C was counted by simavr on an ATmega328P and under QEMU on Cortex-M (`profiles/learning/`, by
benchmarks/calibrate_biases.py, lite residuals by calibrate_residuals.py); operators that are frozen take what
bare-c's take, and the layer behind them what it takes alone. Where it was not counted nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..deploy.deployment import deploy
from ..exports.formats import BARE_C
from ..parts.profile import Profile
from ..timing.energy import Span
from ..timing.price_list import CostTable
from ..words.dataclass import dataclass
from .bias_events import (
    FEATURES,
    VARIANT,
    aside_back_events,
    aside_events,
    backward_events,
    features_events,
    forward_events,
)
from .bias_learner import BiasLearner
from .layer_cost import layer_cost, on_board, price_list

__all__ = ["BiasCost", "bias_cost", "summed"]

_CODE: Mapping[str, int] = {
    "LAYER": 900,
    "LARGEST": 700,
    "LAYER_BACK": 1600,
    "AVERAGE_BACK": 900,
    "LARGEST_BACK": 700,
    FEATURES: 350,
    "RESIDUAL": 300,
    "RESIDUAL_BACK": 400,
}
"""Bytes of the kernel and of what it calls, on a Cortex-M with a unit for floats."""


@dataclass(frozen=True, slots=True)
class BiasCost:
    """Cycles, with the interval over data: of the network, of the layer's prediction behind it, of a step of
    both. None where something was not counted; `note` says what, or what they rest on."""

    network: Span | None
    predict: Span | None
    learn: Span | None
    provisional: bool
    note: str


def bias_cost(
    learner: BiasLearner,
    part: Profile,
    zeros: float | None = None,
    taught: Sequence[float | None] | None = None,
) -> BiasCost:
    """What a sample takes that is predicted, and learnt from.

    Args:
        zeros: how many of the features are nought, typically; default half.
        taught: of each operator that the gradient goes through how many outputs have one, typically; default
            half of those that an activation clamps, all others.

    The interval of a step is that of data that teach something: from a gradient at one output of an operator
    to gradients at all. A prediction without a fault ends it behind the features.

    Raises:
        ProfileError: a price list is damaged.
        UnsupportedError: bare-c does not run on the part, or not this network.
    """
    table = price_list("biases", part)
    behind = layer_cost(learner.layer.geometry, part, zeros)
    if table is None or behind.predict is None or behind.learn is None:
        where = f"{part.core} at {part.build.words}"
        return BiasCost(None, None, None, True, f"biases that learn were not measured on {where}")
    beside = price_list("residuals", part) if learner.residuals else table
    if beside is None:
        where = f"{part.core} at {part.build.words}"
        return BiasCost(None, None, None, True, f"lite residuals were not measured on {where}")
    frozen, provisional = _frozen(learner, part)
    if frozen is None:
        return BiasCost(
            None, None, None, True, f"not all of the network is priced for {BARE_C} on {part.core}"
        )
    forward = [made for one in learner.passages if (made := forward_events(one)) is not None]
    network = [*frozen, *(_span(table, kind, (events,) * 3, part) for kind, events in forward)]
    kind, events = features_events(learner.layer.geometry)
    learn = [_span(table, kind, (events,) * 3, part), behind.learn]
    for at, one in enumerate(learner.passages):
        outputs = one.window.outputs
        seen = taught[at] if taught is not None else None
        usual = seen if seen is not None else outputs * (0.5 if one.above is not None else 1.0)
        kind, least = backward_events(one, 1)
        ends = least, backward_events(one, usual)[1], backward_events(one, outputs)[1]
        learn.append(_span(table, kind, ends, part))
        if one.step.index in learner.residuals:
            kind, events = aside_events(one)
            network.append(_span(beside, kind, (events,) * 3, part))
            clamped = one.above is not None
            passed = (0.0, outputs / 2, outputs) if clamped else (outputs,) * 3
            (kind, low), (_, middle), (_, high) = (aside_back_events(one, each) for each in passed)
            learn.append(_span(beside, kind, (low, middle, high), part))
    guessed = provisional or behind.provisional
    return BiasCost(summed(network), behind.predict, summed(learn), guessed, table.measured)


def _span(table: CostTable, kind: str, events: tuple[Mapping[str, float], ...], part: Profile) -> Span:
    return on_board(table.prices[kind, VARIANT], events, _CODE[kind], part)


def _frozen(learner: BiasLearner, part: Profile) -> tuple[list[Span] | None, bool]:
    """Of the operators that run as they do alone; None where one has no price."""
    own = {one.step.index for one in learner.passages if forward_events(one) is not None}
    found, provisional = [], False
    for at, cost in enumerate(deploy(learner.interpreter.model, part, BARE_C).costs):
        if at in own:
            continue
        if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
            return None, True
        provisional |= cost.provisional
        found.append(Span(cost.cycles, cost.cycles_low, cost.cycles_high))
    return found, provisional


def summed(spans: Iterable[Span]) -> Span:
    """Off together."""
    every = list(spans)
    return Span(
        sum(one.typical for one in every), sum(one.low for one in every), sum(one.high for one in every)
    )

"""What a new model changes against an old one, on a part: bytes, time, energy, operators, answers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import starmap
from typing import Any, ClassVar, Literal, TypeAlias

from ..deploy.deployment import Deployment, deploy
from ..deploy.verdict import Holds
from ..libraries.build import build_words
from ..model.tables import Model, Operator
from ..operators.release import Release
from ..parts.profile import Profile
from ..timing.energy import Span
from ..timing.operator_cost import OperatorCost
from ..words.dataclass import dataclass
from ..words.printing import brief_interval, quantity
from ..words.result import Result, Summary
from .alignment import Pair, align
from .answer_changes import AnswerChange

__all__ = ["FigureChange", "ModelChange", "OperatorChange", "Verdict", "compare_models"]

MANY = 2.0
"""Ratios from here on are told as multiples."""
Verdict: TypeAlias = Holds
State: TypeAlias = Literal["same", "weights", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure before and after, None where it is not known; `unit` is "bytes", "s", "J" or "".
    `provisional`: one of them rests on an assumption; `provisional_each`: which."""

    name: str
    unit: str
    before: Span | None
    after: Span | None
    provisional: bool = False
    provisional_each: tuple[bool, bool] = (False, False)

    @property
    def times(self) -> float | None:
        """After by before, typical figures; None where one is missing or there was nothing."""
        if self.before is None or self.after is None or not self.before.typical:
            return None
        return self.after.typical / self.before.typical


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """One operator. `before` and `after` are positions; shapes are those of its first output.

    `state`: "weights" where only constants or scales and zero points differ, "changed" where shapes, types
    or options do.
    """

    operator: str
    state: State
    before: int | None
    after: int | None
    shape_before: tuple[int, ...] | None
    shape_after: tuple[int, ...] | None
    cycles_before: int | None
    cycles_after: int | None


@dataclass(frozen=True, slots=True, repr=False)
class ModelChange(Result):
    """`verdicts`: whether the part holds the old and the new model; `unknown` is what decides the new one's
    and is not known. `answers` is None without data.
    """

    schema: ClassVar[str] = "microinfer.change/1"

    before: str
    after: str
    profile: str
    library: str
    release: str
    build: str
    verdicts: tuple[Verdict, Verdict]
    unknown: tuple[str, ...]
    shortfalls: tuple[str, ...]
    figures: tuple[FigureChange, ...]
    operators: tuple[OperatorChange, ...]
    answers: AnswerChange | None

    @property
    def changed(self) -> tuple[OperatorChange, ...]:
        """All operators but those that are the same."""
        return tuple(each for each in self.operators if each.state != "same")

    def to_dict(self) -> dict[str, Any]:
        """Fields, with each figure's ratio."""
        made = Result.to_dict(self)
        for row, figure in zip(made["figures"], self.figures, strict=True):
            row["times"] = figure.times
        return made

    def summary(self) -> Summary:
        """A row a figure, and one of the answers."""
        rows = [(figure.name, *figure_words(figure)) for figure in self.figures]
        if self.answers is not None:
            rows.append(("answers", "", "", self.answers.sentence))
        kernels = f"{self.library} at {build_words(self.build)}"
        title = f"{self.before} -> {self.after} on {self.profile} with {kernels}"
        return Summary(title, tuple(rows), ("", "before", "after", "change"))


def figure_words(figure: FigureChange) -> tuple[str, str, str]:
    """(before, after, change): "1.33 ms (1.19-1.48)", and "+7.3 %" or "-1,024"."""
    sides = zip((figure.before, figure.after), figure.provisional_each, strict=True)
    before, after = (
        _figure(span, figure.unit) + "*" * (assumed and span is not None) for span, assumed in sides
    )
    return before, after, _change(figure)


def _figure(span: Span | None, unit: str) -> str:
    if span is None:
        return "unknown"
    if unit in ("bytes", ""):
        return f"{span.typical:,.0f}"
    return brief_interval(span.typical, span.low, span.high, unit)


def _change(figure: FigureChange) -> str:
    if figure.before is None or figure.after is None:
        return ""
    added = figure.after.typical - figure.before.typical
    if not added:
        return "same"
    sign = "+" if added > 0 else "-"
    words = f"{abs(added):,.0f}" if figure.unit in ("bytes", "") else quantity(abs(added), figure.unit)
    times = figure.times
    share = "" if times is None else f" ({times - 1:+.1%})" if times < MANY else f" ({times:,.3g} times)"
    return f"{sign}{words}{share}"


def compare_models(
    before: Model,
    after: Model,
    profile: Profile,
    library: str | None = None,
    release: str | Release | None = None,
    answers: AnswerChange | None = None,
) -> ModelChange:
    """Both models on one part.

    Raises:
        InputError: no such library or release.

    An operator that cannot run, or a model that cannot be planned or priced, ends nothing: its figures are
    None.
    """
    old, new = deploy(before, profile, library, release), deploy(after, profile, library, release)
    return ModelChange(
        before=before.name,
        after=after.name,
        profile=profile.name,
        library=new.library,
        release=new.release.title,
        build=str(new.profile.build),
        verdicts=(old.verdict, new.verdict),
        unknown=new.unknown if new.verdict in ("perhaps", "cannot-tell") else (),
        shortfalls=() if new.memory is None else new.memory.shortfalls,
        figures=tuple(
            FigureChange(name, unit, first, second, assumed or assumed_too, (assumed, assumed_too))
            for (name, unit, first, assumed), (_, _, second, assumed_too) in zip(
                _figures(old), _figures(new), strict=True
            )
        ),
        operators=tuple(_operators(old, new)),
        answers=answers,
    )


def _figures(found: Deployment) -> Iterator[tuple[str, str, Span | None, bool]]:
    memory = None if found.trouble else found.memory
    # of a plan with unknown operators the bytes are the least that it can be: no figure to compare
    whole = memory is not None and not found.survey.refusals and memory.min_arena_bytes
    assumed = memory is not None and memory.provisional
    yield "arena", "bytes", _exact(whole or None), False
    yield "RAM", "bytes", _exact(None if memory is None else memory.ram_bytes), assumed
    yield "flash", "bytes", _exact(None if memory is None else memory.flash_bytes), assumed
    yield "model", "bytes", _exact(found.stored_bytes), False
    yield "operators", "", _exact(len(found.steps)), False
    yield "latency", "s", found.seconds, found.provisional
    energy = found.energy
    joules = None if energy is None else energy.microjoules.scaled(1e-6)
    yield "energy", "J", joules, energy is not None and energy.provisional


def _exact(value: int | None) -> Span | None:
    return None if value is None else Span(value, value, value)


def _operators(old: Deployment, new: Deployment) -> Iterator[OperatorChange]:
    sides = _Side(old), _Side(new)
    yield from starmap(lambda i, j: _pair(sides, (i, j)), align(sides[0].keys, sides[1].keys))


class _Side:
    """The operators of one model, as the other's are held against them."""

    def __init__(self, found: Deployment) -> None:
        self.model = found.model
        self.operators = found.model.subgraphs[0].operators
        self.keys = [(operator.name, self._key(operator)) for operator in self.operators]
        self.costs: tuple[OperatorCost | None, ...] = (
            (None,) * len(self.operators) if found.trouble else found.costs
        )

    def _key(self, operator: Operator) -> Hashable:
        tensors = self.model.subgraphs[0].tensors
        seen = tuple(
            (tensors[i].dtype, tensors[i].shape) for i in (*operator.inputs, *operator.outputs) if i >= 0
        )
        options = tuple(sorted((name, str(value)) for name, value in operator.options.items()))
        return seen, options, operator.custom_options

    def shape(self, position: int | None) -> tuple[int, ...] | None:
        if position is None or not self.operators[position].outputs:
            return None
        return self.model.subgraphs[0].tensors[self.operators[position].outputs[0]].shape

    def cycles(self, position: int | None) -> int | None:
        cost = None if position is None else self.costs[position]
        return None if cost is None else cost.cycles

    def constants(self, position: int) -> list[tuple[object, bytes]]:
        tensors = self.model.subgraphs[0].tensors
        seen = [
            tensors[i]
            for i in (*self.operators[position].inputs, *self.operators[position].outputs)
            if i >= 0
        ]
        return [(str(t.quantization), b"" if t.data is None else t.data.tobytes()) for t in seen]


def _pair(sides: tuple[_Side, _Side], pair: Pair) -> OperatorChange:
    old, new = sides
    i, j = pair
    state: State
    if i is None or j is None:
        state = "added" if i is None else "removed"
    elif old.keys[i] != new.keys[j]:
        state = "changed"
    else:
        state = "same" if old.constants(i) == new.constants(j) else "weights"
    name = old.operators[i].name if i is not None else new.operators[j or 0].name
    return OperatorChange(name, state, i, j, old.shape(i), new.shape(j), old.cycles(i), new.cycles(j))

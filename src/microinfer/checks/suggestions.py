"""What would fit: the same network with a smaller input, or fewer channels, planned and priced anew.

Nothing here is interpolated. Every candidate is a whole model whose shapes were carried through the graph;
its arena is planned, its weights are counted, its cycles are priced. What is told is the largest candidate
that meets every limit, or how far the smallest one still is from it. A changed network has to be trained
again: what it will know is another question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..deploy.common import Common
from ..deploy.deployment import deploy
from ..errors import MicroinferError, ModelError
from ..libraries.library import kernel_library
from ..memory.least_arena import least_arena
from ..words.dataclass import dataclass
from ..words.quantities import quantity
from .check_report import Kind, Suggestion
from .fixed_needs import missed_by_tables
from .limits import Measure, measure
from .rescale import GRAIN, Rescaled, Unscalable, heads, image_input, is_layer, rescale, smaller_sizes
from .subject import Subject, label

__all__ = ["suggest"]

WIDTHS = tuple(eighths / 8 for eighths in range(7, 0, -1))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A change in words, and what the changed model takes; `wanted` are the limits that the model misses."""

    after: str
    measures: tuple[Measure, ...]
    wanted: frozenset[str]

    @property
    def fits(self) -> bool:
        open_ = any(found.outcome == "unknown" and found.name in self.wanted for found in self.measures)
        return not open_ and not any(map(_missed, self.measures))

    def figure(self, name: str) -> float | None:
        return next(found.value for found in self.measures if found.name == name)


def suggest(subject: Subject) -> tuple[Suggestion, ...]:
    """Changes that meet the limits which the model misses; none where it misses none, or is not whole, and
    no shapes where what it keeps whatever its shapes is too much already."""
    if subject.plan is None or not any(
        found.outcome == "fail" and _missed(found) for found in subject.measures
    ):
        return ()
    if missed_by_tables(subject):
        other = _library(subject)
        return () if other is None else (other,)
    found = [made for search in (_library, _input, _width) if (made := search(subject)) is not None]
    if not any(made.fits for made in found) and (both := _both(subject)) is not None:
        found.append(both)
    if (layer := _layer(subject)) is not None:
        found.append(layer)
    return tuple(found)


def _missed(found: Measure) -> bool:
    """The stack is no matter of shapes, nor is what a board's own firmware adds to the program."""
    if found.name == "flash" and found.outcome == "possible":
        return False
    return found.missed and found.name != "stack"


def _wanted(subject: Subject) -> frozenset[str]:
    return frozenset(found.name for found in subject.measures if _missed(found))


def _measured(subject: Subject, made: Rescaled, after: str) -> _Candidate:
    interprets = kernel_library(subject.library).interprets
    kept = subject.model.size_bytes - made.bytes_saved if interprets else None
    at = deploy(Common(made.model, steps=made.steps), subject.profile, subject.library, subject.release)
    measures = measure(at.model, at.plan, at.costs, at.profile, at.library, subject.limits, kept_bytes=kept)
    return _Candidate(after, measures, _wanted(subject))


def _try(
    subject: Subject, after: str, size: tuple[int, int] | None, channels: dict[int, int]
) -> _Candidate | None:
    try:
        return _measured(subject, rescale(subject.examined, size=size, channels=channels), after)
    except (Unscalable, ModelError):
        return None


def _first_fitting(count: int, attempt: Callable[[int], _Candidate | None]) -> _Candidate | None:
    """The first of `count` ever smaller candidates that fits, by halving; else the last, if there is one.

    One that cannot be made counts as one that does not fit.
    """
    last = attempt(count - 1)
    if last is None or not last.fits:
        return last
    low, high, best = 0, count - 1, last
    while low < high:
        middle = (low + high) // 2
        made = attempt(middle)
        if made is not None and made.fits:
            best, high = made, middle
        else:
            low = middle + 1
    return best


def _input(subject: Subject) -> Suggestion | None:
    image = image_input(subject.examined)
    if image is None:
        return None
    height, width = image.shape[1:3]
    sizes = smaller_sizes(height, width)
    if not sizes:
        return None
    best = _first_fitting(len(sizes), lambda i: _try(subject, _by(*sizes[i]), sizes[i], {}))
    return _suggestion(subject, "input", best, _by(height, width))


def _layer_channels(subject: Subject) -> dict[int, int]:
    """Layers whose channels are free, with how many they have."""
    fixed = heads(subject.model)
    return {
        step.index: step.node.outputs[0].shape[-1]
        for step in subject.steps
        if is_layer(step.name) and step.index not in fixed
    }


def _narrowed(channels: int, factor: float) -> int:
    grain = next(g for g in (GRAIN, GRAIN // 2, 1) if channels % g == 0)
    return max(min(grain, channels), round(channels * factor / grain) * grain)


def _narrow(layers: dict[int, int], factor: float) -> dict[int, int]:
    return {index: _narrowed(channels, factor) for index, channels in layers.items()}


def _width(subject: Subject) -> Suggestion | None:
    layers = _layer_channels(subject)
    if not layers:
        return None
    best = _first_fitting(
        len(WIDTHS), lambda i: _try(subject, f"{WIDTHS[i]:g}", None, _narrow(layers, WIDTHS[i]))
    )
    return _suggestion(subject, "width", best, "1")


def _both(subject: Subject) -> Suggestion | None:
    """A smaller input and fewer channels together, the widest network first."""
    image, layers = image_input(subject.examined), _layer_channels(subject)
    if image is None or not layers:
        return None
    height, width = image.shape[1:3]
    sizes = smaller_sizes(height, width)
    if not sizes:
        return None
    best = None
    for factor in WIDTHS[3:]:
        channels = _narrow(layers, factor)
        after = f"{factor:g} times the channels"

        def attempt(i: int, channels: dict[int, int] = channels, after: str = after) -> _Candidate | None:
            return _try(subject, f"input {_by(*sizes[i])} and {after}", sizes[i], channels)

        best = _first_fitting(len(sizes), attempt) or best
        if best is not None and best.fits:
            break
    return _suggestion(subject, "both", best, _by(height, width))


def _layer(subject: Subject) -> Suggestion | None:
    """Fewer channels in the one layer that makes the peak, or carries the weights."""
    layers = _layer_channels(subject)
    for index in _guilty(subject):
        if index not in layers:
            continue
        before = layers[index]
        choices = sorted(
            {_narrowed(before, share / 16) for share in range(15, 0, -1)} - {before}, reverse=True
        )
        if not choices:
            continue

        def attempt(i: int, index: int = index, choices: Sequence[int] = choices) -> _Candidate | None:
            return _try(subject, str(choices[i]), None, {index: choices[i]})

        best = _first_fitting(len(choices), attempt)
        if best is not None and best.fits:
            name = label(subject.nodes[index].operator)
            return _suggestion(subject, "layer", best, str(before), name)
    return None


def _guilty(subject: Subject) -> Iterator[int]:
    """Layers behind the largest tensors at the arena's peak, then those with the most weights."""
    failing = {found.name for found in subject.measures if found.outcome == "fail"}
    plan = subject.plan
    told = set()
    if plan is not None and "arena" in failing:
        makers = {index: o for o in subject.model.subgraphs[0].operators for index in o.outputs}
        for buffer in plan.tenants(plan.peak_scope)[:3]:
            maker = makers.get(buffer.tensor) if buffer.tensor is not None else None
            while maker is not None and not is_layer(maker.name) and maker.inputs:
                maker = makers.get(maker.inputs[0])
            if maker is not None and maker.index not in told:
                told.add(maker.index)
                yield maker.index
    if "flash" in failing:
        carried = [
            (sum(t.size_bytes for t in step.node.inputs if t is not None and t.is_constant), step.index)
            for step in subject.steps
        ]
        for _, index in sorted(carried, reverse=True)[:2]:
            if index not in told:
                yield index


def _library(subject: Subject) -> Suggestion | None:
    """Another kernel library of the part, where that alone is enough."""
    for library in subject.profile.libraries:
        if library == subject.library:
            continue
        try:
            at = subject.deployment.on(subject.profile, library)
            least = least_arena(at.model, library, at.target)
            beyond = measure(at.model, None, None, at.profile, library, subject.limits, arena_least=least)
            if any(map(_missed, beyond)):
                continue
            made = measure(at.model, at.plan, at.costs, at.profile, library, subject.limits)
            candidate = _Candidate(library, made, _wanted(subject))
            at.expect_runnable()
            fits = candidate.fits and not at.common.missing(library, at.target, at.profile.flash_bytes)
        except MicroinferError:
            continue
        if fits:
            return _suggestion(subject, "library", candidate, subject.library)
    return None


def _by(height: int, width: int) -> str:
    return f"{height}x{width}"


def _suggestion(
    subject: Subject, kind: Kind, best: _Candidate | None, before: str, layer: str = ""
) -> Suggestion | None:
    if best is None:
        return None
    words = _WORDS[kind] if best.fits else _NOT_ENOUGH[kind]
    change = words.format(after=best.after, before=before, layer=layer)
    figures = ", ".join(_figures(subject, best))
    arena, flash, latency = best.figure("arena"), best.figure("flash"), best.figure("latency")
    return Suggestion(
        kind, f"{change}: {figures}", before, best.after, int(arena or 0), int(flash or 0), latency, best.fits
    )


_WORDS: dict[Kind, str] = {
    "input": "input {after} instead of {before}",
    "width": "{after} times the channels in every hidden layer",
    "both": "{after}",
    "layer": "{layer} with {after} channels instead of {before}",
    "library": "kernels {after} instead of {before}",
}
_NOT_ENOUGH: dict[Kind, str] = {
    "input": "a smaller input alone is not enough; even {after} needs",
    "width": "fewer channels alone are not enough; even {after} times as many need",
    "both": "both are not enough; even {after} need",
    "layer": "{layer} alone is not enough",
    "library": "other kernels are not enough",
}


def _figures(subject: Subject, best: _Candidate) -> Iterator[str]:
    """What fits now, or what still does not."""
    missed = _wanted(subject)
    shown = missed | ({"flash"} if "ram" in missed else {"arena", "flash"})
    for found in best.measures:
        if found.name not in shown:
            continue
        if found.value is None:
            yield f"{found.name} not known"
            continue
        figure = quantity(found.value, found.unit)
        if best.fits:
            yield f"{found.name} {figure}"
        elif found.limit is not None and _missed(found):
            limit = quantity(found.limit, found.unit)
            yield f"{found.name} {figure.removesuffix(' bytes')} of {limit}"

"""Optuna's samplers and pruners on the same spaces: TPE that is told of budgets as constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import optuna

from microinfer.searches import SearchSpec
from microinfer.searches.proposals import mark_of

from .judge import Judge

optuna.logging.set_verbosity(optuna.logging.ERROR)

MOST_ASKS = 20
"""Proposals for each score: Optuna asks for the same again and again where a space is small."""


def suggested(trial: optuna.Trial, spec: SearchSpec) -> dict[str, Any]:
    """A configuration; conditions stand as in the space."""
    config: dict[str, Any] = {}
    for one in spec.space.parameters:
        if not one.holds(config):
            continue
        if one.kind == "choices":
            config[one.name] = trial.suggest_categorical(one.name, one.values)
        elif one.kind == "ints":
            config[one.name] = trial.suggest_int(one.name, *one.values)
        else:
            config[one.name] = trial.suggest_float(one.name, *one.values, log=one.kind == "log")
    return config


def _study(seed: int, pruner: optuna.pruners.BasePruner) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(seed=seed)
    return optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)


def _admitted(
    study: optuna.Study, spec: SearchSpec, judge: Judge, most: int
) -> Iterator[tuple[optuna.Trial, dict[str, Any], bytes]]:
    """Those that keep to the budgets; the others are told to Optuna as such, and cost no score."""
    for _ in range(most):
        trial = study.ask()
        config = suggested(trial, spec)
        made, over = judge(config)
        trial.set_constraint("over", over)
        if over > 0:
            study.tell(trial, 0.0)
        else:
            yield trial, config, made


def best_by(
    spec: SearchSpec, judge: Judge, score: Callable[[bytes], float], seed: int, scores: int
) -> tuple[list[float], int]:
    """The best score after each score, and how many configurations were measured for them."""
    study = _study(seed, optuna.pruners.NopPruner())
    known: dict[str, float] = {}
    bests: list[float] = []
    for trial, config, made in _admitted(study, spec, judge, MOST_ASKS * scores):
        mark = mark_of(config)
        if mark not in known:
            known[mark] = score(made)
            bests.append(max([*bests[-1:], known[mark]]))
        study.tell(trial, known[mark])
        if len(bests) == scores:
            break
    return bests, len(study.trials)


def halve(
    spec: SearchSpec,
    judge: Judge,
    score: Callable[[bytes, dict[str, Any], float], float],
    seed: int,
    spent: float,
) -> dict[str, Any]:
    """The configuration with the most of a full budget, after so much was spent in all. Each rung is a score
    for itself, as it is for `microinfer search`, whose scores are stateless."""
    rungs = [one for one in spec.rungs if one is not None]
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=int(rungs[0]), reduction_factor=spec.factor)
    study = _study(seed, pruner)
    best: tuple[float, dict[str, Any]] = (float("-inf"), {})
    for trial, config, made in _admitted(study, spec, judge, 20_000):
        value = 0.0
        for rung in rungs:
            spent -= rung
            value = score(made, config, rung)
            trial.report(value, int(rung))
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, value)
            best = max(best, (value, config), key=lambda one: one[0])
        if spent <= 0:
            break
    return best[1]

"""The pass that checks and prepares every operator of a model.

`prepare` turns a model into steps. It computes every operator's geometry, which is all that the
libraries, the planner and the prices look at, and a `bind` that the interpreter calls once with
the arrays to get the closure that runs. Nothing here imports numba: a bind does, when it is called.
"""

from __future__ import annotations

from functools import partial
from typing import NoReturn

import numpy as np

from ..errors import ModelError, Reason, UnsupportedError
from ..model.tables import Model
from ..model.whole import whole
from .release import DEFAULT_RELEASE, Release
from .resolver import OpResolver
from .spec import Node, Step, Unmodelled, resolve
from .unusable import guarded

__all__ = ["prepare", "prepare_node", "survey"]


def prepare(
    model: Model, resolver: OpResolver | None = None, release: Release = DEFAULT_RELEASE
) -> tuple[Step, ...]:
    """Check and prepare every operator of all subgraphs, in order, as a release of TFLM does.

    Numbers of tensors and operators are those of the whole graph.

    Raises:
        UnsupportedError: an operator is not in the resolver, or it refuses its tensors or options.
    """
    resolver = OpResolver.builtin() if resolver is None else resolver
    found = whole(model.subgraphs)
    graph = found.graph
    nodes = (resolve(graph, operator, release, found) for operator in graph.operators)
    return tuple(prepare_node(node, resolver) for node in nodes)


def survey(
    model: Model, resolver: OpResolver | None = None, release: Release = DEFAULT_RELEASE
) -> tuple[tuple[Step, ...], tuple[tuple[Node, UnsupportedError], ...]]:
    """Every operator as a step, and those that were refused with what was said.

    A refused operator has the geometry `Unmodelled` and cannot be bound. Its tensors can be planned all the
    same: sizes and lifetimes hang on no arithmetic.
    """
    resolver = OpResolver.builtin() if resolver is None else resolver
    found = whole(model.subgraphs)
    steps, refused = [], []
    for operator in found.graph.operators:
        node = resolve(found.graph, operator, release, found)
        try:
            steps.append(prepare_node(node, resolver))
        except UnsupportedError as error:
            refused.append((node, error))
            steps.append(Step(node, Unmodelled(), partial(_refuse, error)))
    return tuple(steps), tuple(refused)


def _refuse(error: UnsupportedError, inputs: object, outputs: object) -> NoReturn:
    raise error


def prepare_node(node: Node, resolver: OpResolver) -> Step:
    """Check and prepare one operator.

    Raises:
        UnsupportedError: the operator is not in the resolver, or it refuses its tensors or options.
    """
    operator = node.operator
    try:
        with np.errstate(all="ignore"):
            made = resolver.find(operator)(guarded(node))
    except ZeroDivisionError as error:
        message = f"{operator.name}: divides by 0, a scale or a size; what TFLM makes of it is undefined"
        raise UnsupportedError(message, operator.place, Reason.MULTIPLIER) from error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        message = f"{operator.name}: cannot be prepared ({type(error).__name__}: {error})"
        raise UnsupportedError(message, operator.place) from error
    for position, tensor in enumerate(node.outputs):
        if not tensor.elements and tensor.shape != (0,):
            node.fail(
                f"outputs[{position}] ({tensor.name!r}) has shape {list(tensor.shape)}, expected none of 0; "
                "TFLM takes 0 for a size that is not known yet (Dynamic tensors are not supported)"
            )
    return Step(node, made.geometry, made.bind, made.link, made.contracted, made.open_in_c)

"""The C of biases that learn: their layers in place of the frozen ones, and the pass backwards behind them.

src/model.c     as exported, with biases in RAM where they learn, and `learner_biases_back`
src/learner.c   the layer behind the network, which begins the pass backwards
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from ..exports import bare_c
from ..files.folder import write_all
from ..libraries.bare_c.c_source import ByteArray, Parameters, float_literal
from ..libraries.bare_c.call import Call, Lowered, Place
from ..libraries.bare_c.parameters import Field, window_fields
from .bias_learner import BiasLearner
from .learner_source import learner_files
from .passages import Passage
from .residual_source import RESIDUAL, Aside

__all__ = ["bias_files", "write_bias_learner"]

FORWARD, BACKWARD = "trained_layer.c", "backward_pass.c"
_DECLARED = """
/* LEARNER_BIASES: how far each bias of the network has gone, and what is left of its last step. */
int32_t *learner_bias_changes(void);
float *learner_bias_rests(void);
"""
_HEAD = """
static int32_t changes[{biases}];
static float rests[{biases}];
{kept}mi_sum learner_sums[{sums}];
int16_t learner_gradients[{gradients}];
"""
_TAIL = """
int32_t *learner_bias_changes(void) {{ return changes; }}

float *learner_bias_rests(void) {{ return rests; }}

/* From gradients of the features that stand for so much times `scale`; nought ends it. */
void learner_biases_back(float scale) {{
{calls}
}}
"""
_VARIABLES = """
#ifndef MODEL_MARK
#define MODEL_MARK(step)
#endif

extern mi_sum learner_sums[];
extern int16_t learner_gradients[];
void learner_biases_back(float scale);
"""
_BEFORE = """\
    float scale;

    MODEL_MARK({mark});
    scale = mi_features_back(&layer, outputs, weights, {bits}, learner_sums, learner_gradients);
    MODEL_MARK({next});
"""


def bias_files(learner: BiasLearner) -> tuple[bare_c.Beside, dict[str, str]]:
    """What model.c has besides, and further sources by their paths in a project."""
    interpreter, g = learner.interpreter, learner.geometry
    lowered = bare_c.lower(interpreter.model, interpreter.steps, interpreter.plan)
    instead: dict[int, Lowered] = {}
    calls: list[tuple[str, ...]] = []
    biases = kept = 0
    mark = len(lowered) + 1
    every = len(learner.passages) + len(learner.residuals)
    aside = Aside(learner, mark + 3 + every)
    for one in learner.passages:
        index = one.step.index
        place = Place(one.step, lowered[index].calls[0].arguments[0][1:], interpreter.plan.homes[index])
        made, back = (_layer if one.learns else _pool)(learner, one, place, lowered[index], biases, kept)
        made, backwards = aside.of(one, place, made, back, biases, kept)
        instead[index] = Lowered(one.step, made)
        calls.append(backwards)
        biases += one.biases
        kept += one.kept_bytes
    head = _HEAD.format(
        biases=g.biases,
        sums=g.sums,
        gradients=g.gradients,
        kept=(f"static uint8_t kept[{kept}];\n" if kept else "") + aside.head,
    )
    ends = [
        f"    MODEL_MARK({mark + 2 + number});\n    if (scale != 0.0f) {call}"
        for number, call in enumerate(call for each in reversed(calls) for call in each)
    ]
    ends.append(f"    MODEL_MARK({mark + 2 + every});")
    beside = bare_c.Beside(instead, head, _TAIL.format(calls="\n".join(ends)) + aside.tail)
    words: dict[str, Any] = {
        "declared": _DECLARED + aside.declared,
        "sizes": f"#define LEARNER_BIASES {g.biases}\n" + aside.sizes,
        "variables": _VARIABLES,
        "before": _BEFORE.format(mark=mark, next=mark + 1, bits=learner.passages[-1].bits),
        "behind": "    learner_biases_back(scale);\n",
        "bytes": g.ram_bytes,
    }
    sources = bare_c.kernel_sources([FORWARD, BACKWARD, *([RESIDUAL] if learner.residuals else [])])
    return beside, {
        **learner_files(learner.layer, words),
        **{f"src/{name}": t for name, t in sources.items()},
    }


def _layer(
    learner: BiasLearner, one: Passage, place: Place, frozen: Lowered, biases: int, kept: int
) -> tuple[tuple[Call, ...], str]:
    at = learner.passages.index(one)
    factors, g = learner._factors[at], one.window
    assert factors is not None
    assert one.ratios is not None
    data, parameters = frozen.calls[0].constants
    assert isinstance(data, ByteArray)
    assert isinstance(parameters, Parameters)
    rows = tuple(
        (struct.pack("<fH", float(factor), int(ratio)), f"channel {number}")
        for number, (factor, ratio) in enumerate(zip(factors, one.ratios, strict=True))
    )
    steps = ByteArray(f"{place.name}_steps", rows)
    clamps = [field for field in parameters.fields if field[0].startswith("clamp.")]
    fields: tuple[Field, ...] = (
        *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
        ("groups", "uint16_t", g.groups),
        ("channels", "uint16_t", g.output_c),
        ("input_zero_point", "int8_t", int(one.step.node.input(0).zero_point)),
        *clamps,
        ("above", "int16_t", one.above or 0),
        ("below", "int16_t", one.below or 0),
        ("clamps", "uint8_t", int(one.above is not None)),
        ("through", "uint8_t", int(one.through)),
        ("bits", "uint8_t", learner.passages[at - 1].bits if one.through else 0),
        ("scale", "float", float_literal(float(one.scale))),
        ("data", "pointer", data.name),
        ("steps", "pointer", steps.name),
    )
    made = Parameters("mi_trained_layer_parameters", place.name, fields)
    bits = f"kept + {kept}" if one.kept_bytes else "0"
    patch = "0" if g.pointwise else place.scratch()
    name = f"&{place.name}"
    arguments = name, place.input(0), f"changes + {biases}", place.output(), patch, bits
    forward = Call(FORWARD, "mi_trained_layer", arguments, (data, steps, made))
    result = "scale = " if one.through else "(void)"
    back = (
        f"{result}mi_trained_layer_back({name}, scale, {bits}, changes + {biases}, rests + {biases}, "
        "learner_sums, learner_gradients);"
    )
    return (forward,), back


def _pool(
    learner: BiasLearner, one: Passage, place: Place, frozen: Lowered, biases: int, kept: int
) -> tuple[tuple[Call, ...], str]:
    g, name = one.window, f"{place.name}_back"
    bits = learner.passages[learner.passages.index(one) - 1].bits
    fields = *window_fields(g, g.input_c, (1, 1)), ("bits", "uint8_t", bits)
    made = Parameters("mi_pool_back_parameters", name, fields)
    if one.kind == "average":
        first, *others = frozen.calls
        calls = [Call(first.source, first.function, first.arguments, (*first.constants, made)), *others]
        back = f"scale = mi_average_pool_back(&{name}, scale, learner_sums, learner_gradients);"
        return tuple(calls), back
    arguments = f"&{name}", place.input(0), place.output(), f"kept + {kept}"
    keep = Call(BACKWARD, "mi_keep_largest", arguments, (made,))
    back = f"scale = mi_max_pool_back(&{name}, scale, kept + {kept}, learner_sums, learner_gradients);"
    return (*frozen.calls, keep), back


def write_bias_learner(learner: BiasLearner, directory: Path, *, force: bool = False) -> tuple[str, ...]:
    """A project of bare-c of the network whose biases learn, with the layer behind it; the files written.

    It begins with the weights that the layer has now and with the network's own biases, whatever has been
    learnt of them: `model` gives a file with those.

    Args:
        learner: of an interpreter for bare-c, with its inputs set: they become the golden input.

    Raises:
        UnsupportedError: something in the network has no kernel in bare-c.
        InputError: a file is there already and `force` is not given, or the directory cannot be written.
    """
    beside, files = bias_files(learner)
    made = bare_c.write(learner.interpreter, directory, beside=beside, force=force)
    write_all(directory, files, force=True)
    return (*made.files, *(name for name in files if name not in made.files))

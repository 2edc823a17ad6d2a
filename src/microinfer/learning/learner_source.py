"""The C of a layer that learns, beside the project of its frozen network: weights in RAM, all else in flash.

src/learner.h, src/learner.c    predict, then learn; the weights that it begins with
src/online_layer.c              the kernel, with what it includes
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..exports import bare_c
from ..files.folder import write_all
from ..libraries.bare_c.c_source import Parameters, float_literal
from ..run.interpreter import Interpreter
from .features import features_of
from .online_layer import OnlineLayer

__all__ = ["learner_files", "write_learner"]

KERNEL = "online_layer.c"
_HEADER = """\
/* A layer behind the network that learns one sample at a time: predict from the network's output, and tell it
 * what would have been right. Learning goes by the last prediction. */
#ifndef LEARNER_H
#define LEARNER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define LEARNER_INPUTS {inputs}
#define LEARNER_OUTPUTS {outputs}
#define LEARNER_CLASSES {classes}
#define LEARNER_WEIGHTS {weights}
{sizes}/* Of SRAM, besides the network's arena and the stack. */
#define LEARNER_BYTES {bytes}

/* LEARNER_OUTPUTS numbers, {what}. They are used up by learning. */
const float *learner_predict(const int8_t *features);

/* {how} */
void learner_learn({target});

/* LEARNER_WEIGHTS numbers, to keep them over a loss of power. */
float *learner_weights(void);
{declared}
#ifdef __cplusplus
}}
#endif

#endif
"""
_BODY = """\
#include "learner.h"

#include "flash.h"
#include "kernels.h"

{parameters}
{variables}
static float weights[LEARNER_WEIGHTS] = {{
{values}
}};
static float features_as_real[LEARNER_INPUTS], outputs[LEARNER_OUTPUTS];

const float *learner_predict(const int8_t *features) {{
    mi_online_layer_predict(&layer, features, weights, features_as_real, outputs);
{probabilities}    return outputs;
}}

void learner_learn({target}) {{
{error}
{before}    mi_online_layer_learn(&layer, features_as_real, outputs, weights);
{behind}}}

float *learner_weights(void) {{ return weights; }}
"""
_CLASSES = {
    "what": "the probability of each class",
    "how": "The class that it is: 0 to LEARNER_OUTPUTS - 1.",
    "target": "uint16_t right",
    "probabilities": "    mi_online_layer_probabilities(LEARNER_OUTPUTS, outputs);\n",
    "error": "    outputs[right] -= 1.0f;",
}
_NUMBERS = {
    "what": "real ones",
    "how": "The LEARNER_OUTPUTS numbers that they should be.",
    "target": "const float *right",
    "probabilities": "",
    "error": "    uint16_t i;\n\n    for (i = 0; i < LEARNER_OUTPUTS; ++i) outputs[i] -= right[i];",
}


_ALONE: Mapping[str, Any] = {
    "declared": "",
    "sizes": "",
    "variables": "",
    "before": "",
    "behind": "",
    "bytes": 0,
}


def learner_files(layer: OnlineLayer, more: Mapping[str, Any] = _ALONE) -> dict[str, str]:
    """The layer's sources by their paths in a project; it begins with the weights that it has now.

    `more`: words of what learns with it, by their places in the sources.
    """
    g = layer.geometry
    words: dict[str, Any] = dict(_CLASSES if g.classes else _NUMBERS)
    words |= more
    words.update(
        inputs=g.inputs,
        outputs=g.outputs,
        weights=g.weights,
        bytes=g.weights_bytes + g.scratch_bytes + more["bytes"],
        classes=int(g.classes),
    )
    parameters = Parameters(
        "mi_online_layer_parameters",
        "layer",
        (
            ("inputs", "uint16_t", g.inputs),
            ("outputs", "uint16_t", g.outputs),
            ("zero_point", "int16_t", layer.zero_point),
            ("scale", "float", float_literal(float(layer.scale))),
            ("rate", "float", float_literal(float(layer.rate))),
        ),
    )
    literals = [float_literal(value) for value in layer.weights.ravel().tolist()]
    words["values"] = "\n".join(
        "    " + " ".join(f"{one}," for one in literals[at : at + 6]) for at in range(0, len(literals), 6)
    )
    words["parameters"] = parameters.text()
    made = {"src/learner.h": _HEADER.format(**words), "src/learner.c": _BODY.format(**words)}
    return {**made, **{f"src/{name}": text for name, text in bare_c.kernel_sources([KERNEL]).items()}}


def write_learner(
    interpreter: Interpreter, layer: OnlineLayer, directory: Path, *, force: bool = False
) -> tuple[str, ...]:
    """A project of bare-c of the frozen network, with the layer beside it; the files that were written.

    Args:
        interpreter: of the network for bare-c, with its inputs set: they become the golden input.

    Raises:
        UnsupportedError: something in the network has no kernel in bare-c.
        InputError: the layer does not take what the network gives, a file is there already and `force` is not
            given, or the directory cannot be written.
    """
    found = features_of(interpreter)
    if found.count != layer.geometry.inputs:
        raise InputError(
            f"the layer takes {layer.geometry.inputs} features, the network gives {found.count}; "
            "give weights of (outputs, 1 + features)"
        )
    made = bare_c.write(interpreter, directory, force=force)
    files = learner_files(layer)
    write_all(directory, files, force=True)
    return (*made.files, *(name for name in files if name not in made.files))

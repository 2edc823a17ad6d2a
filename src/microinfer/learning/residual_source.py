"""The C of lite residuals: each runs before its layer, which takes what it adds for changes of its biases.

Each has a mark of its own in front of its layer's, forward and backward, so that both can be timed.
"""

from __future__ import annotations

from ..libraries.bare_c.c_source import float_literal
from ..libraries.bare_c.call import Call, Place
from .bias_learner import BiasLearner
from .passages import Passage

__all__ = ["RESIDUAL", "Aside"]

RESIDUAL = "lite_residual.c"
_DECLARED = """
/* LEARNER_RESIDUAL_WEIGHTS: those of lite residuals, of one layer after another. */
float *learner_residual_weights(void);
"""
_HEAD = """static float residual_weights[{weights}];
static int16_t averages[{averages}];
static int32_t offsets[{offsets}];
"""
_TAIL = "\nfloat *learner_residual_weights(void) { return residual_weights; }\n"


class Aside:
    """Counts the weights and averages of the layers that it is asked of, in the order of the network."""

    def __init__(self, learner: BiasLearner, mark: int) -> None:
        self.learner, self.weights, self.averages = learner, 0, 0
        self.mark = mark
        """The first that nothing else has."""

    def of(
        self, one: Passage, place: Place, made: tuple[Call, ...], back: str, biases: int, kept: int
    ) -> tuple[tuple[Call, ...], tuple[str, ...]]:
        """Calls forward, and backward with a mark in front of each, from those without a residual."""
        weights = self.learner.residuals.get(one.step.index)
        if weights is None:
            return made, (back,)
        (layer,) = made
        name, changes = f"&{place.name}", f"changes + {biases}"
        own, averages = f"residual_weights + {self.weights}", f"averages + {self.averages}"
        arguments = name, place.input(0), own, changes, averages, "offsets"
        before = Call(RESIDUAL, "mi_residual", arguments, layer.constants)
        taken = tuple("offsets" if each == changes else each for each in layer.arguments)
        factor = f"scale * {float_literal(float(self.learner.weight_step(one)))}"
        bits = f"kept + {kept}" if one.kept_bytes else "0"
        step = f"mi_residual_back({name}, {factor}, {bits}, {averages}, learner_gradients, {own});"
        self.weights += weights.size
        self.averages += weights.shape[1]
        between = Call(RESIDUAL, "MODEL_MARK", (str(self.mark),))
        self.mark += 1
        after = Call(layer.source, layer.function, taken, ())
        return (before, between, after), (step, back)

    @property
    def declared(self) -> str:
        return _DECLARED if self.weights else ""

    @property
    def sizes(self) -> str:
        return f"#define LEARNER_RESIDUAL_WEIGHTS {self.weights}\n" if self.weights else ""

    @property
    def head(self) -> str:
        """What lies in RAM."""
        words = {"weights": self.weights, "averages": self.averages}
        return _HEAD.format(**words, offsets=self.learner.geometry.offsets) if self.weights else ""

    @property
    def tail(self) -> str:
        return _TAIL if self.weights else ""

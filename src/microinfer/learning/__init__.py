"""Learning on the device: a layer behind a frozen network that learns one sample at a time.

`microinfer.learn` sends a stream of samples through a network and an `OnlineLayer`, and says what it learnt
and what that takes on a part; `write_learner` writes both as C. Of a `BiasLearner` the network's last
biases learn, too (TinyTL), with lite residuals beside them, and `write_bias_learner` writes its C.
`training_memory` counts what training more of a network would keep in RAM.
"""

from __future__ import annotations

from .bias_cost import BiasCost, bias_cost
from .bias_learner import BiasGeometry, BiasLearner
from .bias_source import write_bias_learner
from .features import Features, features_of
from .layer_cost import LayerCost, layer_cost
from .layer_events import layer_events
from .learner_source import learner_files, write_learner
from .learning_report import Knowledge, LearningReport, learning_report
from .online_layer import LOSSES, OnlineGeometry, OnlineLayer
from .training_memory import TrainingMemory, TrainingWay, training_memory
from .training_stream import StreamResult, Stretch, features, labels, score, stream

__all__ = [
    "LOSSES",
    "BiasCost",
    "BiasGeometry",
    "BiasLearner",
    "Features",
    "Knowledge",
    "LayerCost",
    "LearningReport",
    "OnlineGeometry",
    "OnlineLayer",
    "StreamResult",
    "Stretch",
    "TrainingMemory",
    "TrainingWay",
    "bias_cost",
    "features",
    "features_of",
    "labels",
    "layer_cost",
    "layer_events",
    "learner_files",
    "learning_report",
    "score",
    "stream",
    "training_memory",
    "write_bias_learner",
    "write_learner",
]

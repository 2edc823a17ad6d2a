"""Networks of dense layers in float32 with a softmax behind, with random weights.

The TinyML Benchmark's (github.com/bharathsudharsan/TinyML-Benchmark-NNs-on-MCUs, whose models have a layer
more than its README says), of postural sway (github.com/veysiadn/postural_sway_analysis), of
electrocardiograms (github.com/arrhythmia-detection/OptimizedMLPFloat32) and of human activity
(github.com/TinyCompositeHAR/ESP32TFLiteCompositeHARModelDeployment).
"""

from __future__ import annotations

import numpy as np

from microinfer import Model, ModelBuilder, load

SETS = {"Iris": (4, 3), "Wine": (13, 3), "Breast cancer": (30, 2), "Digits": (64, 10)}
"""Features and classes."""
HIDDEN = {"FC 1 x 10": (10,), "FC 10 x 10": (10,) * 10, "FC 10+50": (10, 50)}
REAL: dict[str, tuple[int, ...]] = {
    f"{name} {data}": (features, *hidden, classes)
    for name, hidden in HIDDEN.items()
    for data, (features, classes) in SETS.items()
} | {f"sway dense {2 * samples}": (2 * samples, 12, 4, 4) for samples in (100, 200, 300, 450)}
REAL |= {"ecg dense": (13, 32, 16, 4), "activity dense": (900, 128, 64, 32, 21)}
"""Inputs and outputs of each layer."""


def real_dense(name: str) -> Model:
    """One of `REAL`."""
    builder, random = ModelBuilder(name), np.random.default_rng(1)
    wide, *outs = REAL[name]
    x = builder.input((1, wide), "float32")
    for i, out in enumerate(outs):
        weights = builder.constant(random.normal(0, 0.1, (out, wide)).astype(np.float32))
        activation = "NONE" if i == len(outs) - 1 else "RELU"
        x, wide = builder.fully_connected(x, weights, np.zeros(out, np.float32), activation=activation), out
    builder.output(builder.softmax(x))
    return load(builder.build())

"""What an interpreter tells: the detail dictionaries of LiteRT's, and which bits cannot be told."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..deploy.deployment import Deployment
from ..model.tables import ITEM_BYTES, Tensor

__all__ = ["details", "untold_bits"]


def untold_bits(deployment: Deployment) -> tuple[str, ...]:
    """Why the device's bits cannot be told, in words; nothing where they can."""
    overlaps = tuple(
        f"{found}; what comes of it hangs on the order in which a kernel reads and writes: the bits of the "
        "device cannot be told"
        for found in deployment.overlaps
    )
    return overlaps + deployment.leftovers + _written_over(deployment)


def _written_over(deployment: Deployment) -> tuple[str, ...]:
    found = [t for subgraph in deployment.model.subgraphs for t in subgraph.tensors if t.start is not None]
    if not found:
        return ()
    return (
        f"{found[0].name!r} lies in the model's file and is written over, as TFLM does where that is in "
        "RAM; of a device that has it in flash the bits cannot be told",
    )


def details(tensor: Tensor) -> dict[str, Any]:
    """What LiteRT tells of a tensor, under its keys."""
    quantization = tensor.quantization
    return {
        "name": tensor.name,
        "index": tensor.index,
        "shape": np.array(tensor.shape, np.int32),
        "shape_signature": np.array(tensor.shape_signature or tensor.shape, np.int32),
        "dtype": np.dtype(tensor.dtype).type if tensor.dtype in ITEM_BYTES else np.void,
        "quantization": (0.0, 0)
        if quantization is not None and quantization.per_channel
        else (tensor.scale, tensor.zero_point),
        "quantization_parameters": {
            "scales": quantization.scale.copy() if quantization else np.array([], np.float32),
            "zero_points": quantization.zero_point.astype(np.int32)
            if quantization
            else np.array([], np.int32),
            "quantized_dimension": quantization.quantized_dimension if quantization else 0,
        },
        "sparsity_parameters": {},
    }

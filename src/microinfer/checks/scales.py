"""Rules about scales and zero points: what kernels ignore, take for granted, or refuse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..model.tables import Quantization, Tensor
from ..operators.registry import row
from ..operators.spec import Node
from ..words.printing import counted
from .finding import Trouble
from .recipes import FULL_INTEGER, PER_TENSOR_DENSE
from .rule import rule
from .subject import Subject, is_dense, label

_BIAS_TOLERANCE = 0.01
_QUANTIZED = frozenset({"int8", "int16"})


@rule("per-channel-refused", "error")
def per_channel_refused(subject: Subject) -> Iterator[Trouble]:
    """Weights have a scale for every channel, where the kernel takes one.

    TFLM's FULLY_CONNECTED takes int4 weights per tensor only, and scales along another dimension than the
    output channels nowhere. Convert that layer with one scale.
    """
    for refusal in subject.refused("per-channel-refused"):
        dense = is_dense(refusal.node)
        yield Trouble(
            refusal.node.operator.place,
            refusal.said,
            "convert the layer with one scale for all of its weights",
            PER_TENSOR_DENSE if dense else (),
        )


@rule("per-channel-ignored", "warning")
def per_channel_ignored(subject: Subject) -> Iterator[Trouble]:
    """A tensor has a scale for every channel, and the operator reads the first only.

    Per-channel scales count for the weights of convolutions and fully-connected layers. Anywhere else TFLM
    takes the first scale for all channels: no error, wrong numbers.
    """
    for node in subject.nodes:
        spec = row(node.operator.name)
        taken = (1, spec.weights.bias) if spec is not None and spec.weights is not None else ()
        for position, tensor in enumerate(node.inputs):
            if tensor is None or not _per_channel(tensor) or position in taken:
                continue
            yield Trouble(
                node.operator.place,
                f"inputs[{position}] ({tensor.name!r}) of {label(node.operator)} has "
                f"{_scales(tensor)} scales; the kernel takes the first for all",
                "quantise this tensor with one scale",
            )


@rule("per-channel-dense", "note")
def per_channel_dense(subject: Subject) -> Iterator[Trouble]:
    """A fully-connected layer has a scale for every output, which TFLM learnt late.

    The release that microinfer describes runs it. TFLM before September 2024 refuses such a layer, and
    before May 2024, as in many Arduino libraries, takes the first scale for all: wrong outputs without an
    error. Converters since then write it by default. (tflite-micro pull requests 2602 and 2673.)
    """
    found = [
        node
        for node in subject.nodes
        if is_dense(node)
        and len(node.inputs) > 1
        and node.inputs[1] is not None
        and _per_channel(node.inputs[1])
    ]
    if found:
        yield Trouble(
            found[0].operator.place,
            f"{len(found)} FULLY_CONNECTED of {counted(len(subject.nodes), 'operator')} with a scale for "
            "every output; "
            "TFLM before September 2024 refuses it, before May 2024 computes wrong numbers",
            "update TFLM on the device, or convert with one scale a layer",
            PER_TENSOR_DENSE,
            background=True,
        )


@rule("asymmetric-weights", "error")
def asymmetric_weights(subject: Subject) -> Iterator[Trouble]:
    """Weights have a zero point that the kernel does not look at.

    TFLM's convolutions, and fully-connected layers with a scale for every output, take weights as
    symmetric: the zero point is 0 whatever the file says, so every weight is wrong by it. TensorFlow's
    converter always writes 0.
    """
    for node in subject.nodes:
        weights = _weights(node)
        if weights is None or weights.quantization is None:
            continue
        per_tensor_dense = is_dense(node) and not _per_channel(weights)
        points = weights.quantization.zero_point
        if not per_tensor_dense and np.any(points):
            yield Trouble(
                node.operator.place,
                f"the weights ({weights.name!r}) have the zero point "
                f"{int(points[np.flatnonzero(points)[0]])}, which {label(node.operator)} takes for 0",
                "quantise weights symmetrically, as TensorFlow's converter does",
                FULL_INTEGER,
            )


@rule("bias-scale", "warning")
def bias_scale(subject: Subject) -> Iterator[Trouble]:
    """A bias has another scale than input scale x weight scale.

    Kernels add the bias to sums of products as it is stored. TFLM does not look at its scale (but for
    fully-connected layers with one scale), so the bias counts for more or less than was meant.
    """
    for node in subject.nodes:
        spec = row(node.operator.name)
        if spec is None or spec.weights is None:
            continue
        source, weights, bias = _input(node, spec.data_input), _weights(node), _input(node, spec.weights.bias)
        if weights is None or bias is None or source is None or bias.dtype not in ("int32", "int64"):
            continue
        if bias.data is not None and not bias.data.any():
            continue
        if not (weights.quantization and bias.quantization and source.quantization):
            continue
        wanted = np.float64(source.scale) * weights.quantization.scale.astype(np.float64)
        found = bias.quantization.scale.astype(np.float64)
        if len(found) not in (1, len(wanted)) and len(wanted) != 1:
            continue
        with np.errstate(all="ignore"):
            # Where the weights' scale is 0, that is what there is to say.
            off = np.where(wanted > 0, np.abs(found / wanted - 1), 0).max(initial=0)
        if off > _BIAS_TOLERANCE:
            yield Trouble(
                node.operator.place,
                f"the bias ({bias.name!r}) of {label(node.operator)} has a scale that differs from input "
                f"scale x weight scale by up to {off:.3g} of it; the kernel adds it as stored",
                "let the converter quantise the bias; tools that change scales must change it too",
            )


@rule("zero-scale", "warning")
def zero_scale(subject: Subject) -> Iterator[Trouble]:
    """A tensor that the operator computes with has a scale of 0, or none, which TFLM takes for 0.

    Every value of it, or of that channel, stands for 0. TFLM does not look at it and computes: a product
    with it is the output's zero point, a bias there counts for nothing. Converters write it for weights that
    are all 0, as of a channel that died in training. Where an operator divides by it, TFLM's factor is
    undefined, and that is an error.
    """
    for step in subject.steps:
        spec = row(step.name)
        for position, tensor in enumerate(step.node.inputs):
            if tensor is not None and spec is not None and spec.lacks_scale(step.node, position):
                yield Trouble(
                    step.node.operator.place,
                    f"inputs[{position}] ({tensor.name!r}) of {label(step.node.operator)} is {tensor.dtype} "
                    "without a scale, which counts as 0: all that is stored there counts as 0; TFLM runs",
                    "quantise the whole model, or give this tensor its scale",
                )
                break
            if tensor is None or tensor.quantization is None or tensor.quantization.scale.all():
                continue
            scales = tensor.quantization.scale
            count = (
                f"{int((scales == 0).sum())} of {counted(len(scales), 'scale')}"
                if len(scales) > 1
                else "its scale"
            )
            yield Trouble(
                step.node.operator.place,
                f"inputs[{position}] ({tensor.name!r}) of {label(step.node.operator)}: {count} "
                f"{'is' if len(scales) == 1 else 'are'} 0: all that is stored there counts as 0; TFLM runs",
                "prune what is always 0, or calibrate again if it should not be",
            )
            break


@rule("scale-mismatch", "warning")
def scale_mismatch(subject: Subject) -> Iterator[Trouble]:
    """An operator that only moves numbers has different scales at its two ends.

    Pools, RESHAPE, PAD, SPLIT and their like copy stored numbers. Where output scale or zero point differ
    from the input's, the same stored number means another real one: no error, wrong results.
    """
    for node in subject.nodes:
        spec = row(node.operator.name)
        if spec is None or spec.copies is None or not node.inputs:
            continue
        first = spec.data_input
        pairs = [(source, target) for source in node.inputs[first : first + 1] for target in node.outputs]
        if spec.copies == "either":
            pairs += [(source, target) for source in node.inputs[1:2] for target in node.outputs[:1]]
        for source, target in pairs:
            if source is None or not _differ(source, target):
                continue
            yield Trouble(
                node.operator.place,
                f"{label(node.operator)} copies {source.name!r} (scale {source.scale:g}, zero point "
                f"{source.zero_point}) to {target.name!r} (scale {target.scale:g}, zero point "
                f"{target.zero_point}) without rescaling: {_change(source, target)}",
                "give both the same scale, or put a QUANTIZE between; the converter does so by itself",
            )
            break


@rule("fixed-output-scale", "error")
def fixed_output_scale(subject: Subject) -> Iterator[Trouble]:
    """SOFTMAX, LOGISTIC or TANH has another output scale than its kernel writes.

    They write in fixed units, whatever the file says: int8 with scale 1/256 and zero point -128, TANH
    1/128 and 0. Where the file says else, either TFLM refuses or every reader of the output is wrong by
    the ratio. TensorFlow's converter writes the right ones; other tools do not always.
    """
    for refusal in subject.refused("fixed-output-scale"):
        yield Trouble(
            refusal.node.operator.place,
            refusal.said,
            "convert with TensorFlow's converter, or write the fixed scale and zero point",
        )
    for step in subject.steps:
        spec = row(step.name)
        fixed = None if spec is None else spec.fixed_output
        target = step.node.outputs[0] if step.node.outputs else None
        if fixed is None or target is None or target.dtype != "int8" or target.quantization is None:
            continue
        if abs(target.scale / fixed[0] - 1) > 1e-3 or target.zero_point != fixed[1]:
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} writes scale 1/{round(1 / fixed[0])} and zero point "
                f"{fixed[1]}; the file says {target.scale:g} and {target.zero_point} for {target.name!r}, "
                "which is not looked at",
                "write the fixed scale and zero point",
                severity="warning",
            )


@rule("multiplier-out-of-range", "error")
def multiplier_out_of_range(subject: Subject) -> Iterator[Trouble]:
    """The scales of an operator combine to a factor that its kernel cannot hold.

    Kernels rescale with a 31-bit factor and a shift. Some take factors below 1 only, none takes 2^30 or
    more, and TFLM stops or shifts by an undefined amount. The scales in the file cannot be right: a
    calibration without data, or a tool that wrote a default.
    """
    for refusal in subject.refused("multiplier-out-of-range"):
        yield Trouble(
            refusal.node.operator.place,
            refusal.said,
            "quantise again with a representative dataset that exercises this layer",
            FULL_INTEGER,
        )


def _per_channel(tensor: Tensor) -> bool:
    return tensor.quantization is not None and tensor.quantization.per_channel


def _scales(tensor: Tensor) -> int:
    return len(tensor.quantization.scale) if tensor.quantization is not None else 0


def _input(node: Node, position: int) -> Tensor | None:
    return node.inputs[position] if position < len(node.inputs) else None


def _weights(node: Node) -> Tensor | None:
    spec = row(node.operator.name)
    if spec is None or spec.weights is None or len(node.inputs) < 2:
        return None
    return node.inputs[1]


def _change(source: Tensor, target: Tensor) -> str:
    """What becomes of values that are copied as they are stored."""
    if not source.scale:
        return "what was 0 becomes something"
    return f"values change by {target.scale / source.scale:.3g}"


def _differ(source: Tensor, target: Tensor) -> bool:
    if source.dtype != target.dtype or source.dtype not in _QUANTIZED:
        return False
    one: Quantization | None = source.quantization
    other: Quantization | None = target.quantization
    if one is None or other is None:
        return False
    return abs(target.scale - source.scale) > 1e-5 * source.scale or source.zero_point != target.zero_point

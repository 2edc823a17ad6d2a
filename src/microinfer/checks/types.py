"""Rules about types: hybrid, half and real numbers where integers are wanted."""

from __future__ import annotations

from collections.abc import Iterator

from ..deploy.refusal import INTEGER_WEIGHTS, Refusal
from ..libraries.library import kernel_library
from ..model.tables import Tensor
from .advice import full_integer
from .finding import Trouble
from .recipes import INTEGER_INTERFACE
from .rule import rule
from .subject import Subject, label


@rule("hybrid-operator", "error")
def hybrid_operator(subject: Subject) -> Iterator[Trouble]:
    """An operator multiplies real activations with integer weights.

    That is dynamic-range quantisation: `optimizations` was set and `representative_dataset` was not. TFLM
    refuses it ("Hybrid models are not supported on TFLite Micro.", or "Input type: FLOAT32 with filter type:
    INT8 not supported."). Give the converter a representative dataset, so that activations are quantised too.
    """
    advice = full_integer(subject.model)
    for refusal in subject.refused("hybrid-operator"):
        weights = _first(refusal, lambda tensor: tensor.dtype in INTEGER_WEIGHTS)
        source = _first(refusal, lambda tensor: tensor.dtype == "float32" and not tensor.is_constant)
        yield Trouble(
            refusal.node.operator.place,
            f"{_refusal_words(subject.library, refusal, weights)} {label(refusal.node.operator)} has "
            f"{_type(weights)} weights and float32 activations ({_name(source)})",
            f"{advice.remedy}: the representative dataset was missing",
            advice.lines,
        )


@rule("float16-tensor", "error")
def float16_tensor(subject: Subject) -> Iterator[Trouble]:
    """A tensor holds half-precision numbers.

    That is float16 quantisation (`target_spec.supported_types = [tf.float16]`), meant for GPUs. No TFLM
    kernel computes with float16, and its DEQUANTIZE does not take it either.
    """
    advice = full_integer(subject.model)
    for refusal in subject.refused("float16-tensor"):
        half = _first(refusal, lambda tensor: tensor.dtype == "float16")
        yield Trouble(
            refusal.node.operator.place,
            f"{label(refusal.node.operator)} has the float16 tensor {_name(half)}; TFLM has no float16 "
            "kernels, and its DEQUANTIZE takes none",
            f"{advice.remedy}, without supported_types = [tf.float16]",
            advice.lines,
        )


@rule("uint8-tensor", "error")
def uint8_tensor(subject: Subject) -> Iterator[Trouble]:
    """An operator computes with uint8, the quantisation of TensorFlow 1.

    TFLM has removed nearly all of its uint8 kernels; int8 took their place. Convert again with TensorFlow 2.
    """
    advice = full_integer(subject.model)
    for refusal in subject.refused("uint8-tensor"):
        old = _first(refusal, lambda tensor: tensor.dtype == "uint8")
        yield Trouble(
            refusal.node.operator.place,
            f"{label(refusal.node.operator)} has the uint8 tensor {_name(old)}; TFLM computes with int8",
            f"{advice.remedy}, in TensorFlow 2",
            advice.lines,
        )


@rule("float-interface", "note")
def float_interface(subject: Subject) -> Iterator[Trouble]:
    """An input or output of the model is float32.

    The graph begins with QUANTIZE or ends with DEQUANTIZE. It works; it costs two more operators, four
    bytes an element in the arena, and floating-point code in flash. With an int8 interface the firmware
    quantises where its data is made, often a shift or nothing at all.
    """
    graph = subject.model.subgraphs[0]
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for index in indices:
            tensor = graph.tensors[index]
            if tensor.dtype == "float32":
                yield Trouble(
                    f"subgraphs[0].tensors[{index}]",
                    f"{what} {tensor.name!r} is float32, {tensor.size_bytes:,} bytes in the arena",
                    "convert with an int8 interface, and quantise in the firmware",
                    INTEGER_INTERFACE,
                )


def _refusal_words(library: str, refusal: Refusal, weights: Tensor | None) -> str:
    """What the device prints; some kernels have words of their own."""
    value = kernel_library(library)
    kernel = value.kernels.get(refusal.node.operator.name)
    own = "" if kernel is None else kernel.hybrid
    return own.format(weights=_type(weights).upper()) or value.hybrid


def _first(refusal: Refusal, wanted: object) -> Tensor | None:
    assert callable(wanted)
    tensors = (*refusal.node.inputs, *refusal.node.outputs)
    return next((tensor for tensor in tensors if tensor is not None and wanted(tensor)), None)


def _name(tensor: Tensor | None) -> str:
    return repr(tensor.name) if tensor is not None else "a tensor"


def _type(tensor: Tensor | None) -> str:
    return tensor.dtype if tensor is not None else "integer"

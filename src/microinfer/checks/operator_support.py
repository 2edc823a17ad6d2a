"""Rules about operators: whether TFLM has them, in which version, and the firmware's resolver."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ModelError, Reason
from ..exports.resolver_calls import registrations
from ..libraries.library import kernel_library
from ..libraries.near_flash import constant_sizes, unreached
from ..operators.tflm_operators import ACCELERATORS, data_tensor, taken_types
from ..operators.tflm_versions import NEWEST_VERSIONS
from .advice import Advice, folded_away, for_operator, of_open_shapes
from .converters import layer_name
from .finding import Trouble
from .rule import rule
from .subject import Subject, label

_MEND = Advice("change the layer, or how it is quantised, so that it has what is expected")
_MEND_TYPE = Advice("replace the layer, or compute it in the firmware")


@rule("unsupported-operator", "error")
def unsupported_operator(subject: Subject) -> Iterator[Trouble]:
    """TFLM has no kernel for a builtin operator.

    Allocation fails on the device with "Didn't find op for builtin opcode", whatever the resolver. Replace
    the layer before conversion, end the model before it, or write and register a kernel of your own. What
    only computes a shape, such as REDUCE_PROD of an open batch, is folded away by `plan --fold`.
    """
    only_shapes = folded_away(subject.model) if subject.examined.refusals else ()
    for refusal in subject.refused("unsupported-operator"):
        node = refusal.node
        opcode, folds = node.operator.opcode, node.operator.index in only_shapes
        advice = of_open_shapes(subject.model, node) or for_operator(subject.model, node)
        layer = layer_name(node.outputs[0].name) if node.outputs else ""
        yield Trouble(
            node.operator.place,
            f"Didn't find op for builtin opcode '{opcode}': {subject.release.title} has no kernel for it"
            + (f" (layer {layer!r})" if layer else "")
            + ("; it only computes a shape, the trace of an open batch" if folds else ""),
            advice.remedy,
            advice.lines,
        )


@rule("custom-operator", "unknown")
def custom_operator(subject: Subject) -> Iterator[Trouble]:
    """The model uses a custom operator that is not among TFLM's own.

    The firmware has to bring its kernel and register it with `AddCustom`, else allocation fails with
    "Failed to get registration from op code CUSTOM". Whether it does, and what that kernel needs, cannot be
    told. An error are operators named Flex..., TensorFlow's own, which the converter keeps with
    SELECT_TF_OPS: TFLM can never run them.
    """
    for refusal in subject.refused("custom-operator"):
        operator = refusal.node.operator
        if refusal.flex:
            yield Trouble(
                operator.place,
                f"Failed to get registration from op code CUSTOM: {operator.custom_code!r} is a TensorFlow "
                "operator, which TFLM cannot run",
                "take SELECT_TF_OPS out of target_spec.supported_ops, and replace the layer that then fails",
                severity="error",
            )
            continue
        yield subject.open_question(
            operator.place,
            f"{operator.custom_code!r} is a custom operator, not among TFLM's own; it runs if the firmware "
            "brings its kernel, whose memory and time cannot be told",
            "register it in the firmware with AddCustom, and measure this model on the device",
        )


@rule("accelerator-operator", "error")
def accelerator_operator(subject: Subject) -> Iterator[Trouble]:
    """The model was compiled for an accelerator that the part does not have.

    Vela for an Arm Ethos-U, or the Edge TPU compiler, packs layers into one custom operator that only that
    chip can run; no kernel of TFLM or CMSIS-NN can. The compiler read a plain .tflite file: that one runs on
    the part's own core.
    """
    for refusal in subject.refused("accelerator-operator"):
        operator = refusal.node.operator
        yield Trouble(
            operator.place,
            f"Failed to get registration from op code CUSTOM: {operator.custom_code!r} holds layers compiled "
            f"for {ACCELERATORS[operator.custom_code]}, which {subject.profile.name} does not have",
            "take the .tflite file from before that compiler",
        )


@rule("unsupported-type", "error")
def unsupported_type(subject: Subject) -> Iterator[Trouble]:
    """TFLM has the operator, but its kernel does not compute with this type.

    EXP, LOG, SQRT, FLOOR or SIN, for instance, exist for float32 alone. Allocation or the first inference
    fails on the device.
    """
    for refusal in subject.refused("unsupported-type"):
        node = refusal.node
        data = data_tensor(node.operator.name, node.inputs, node.outputs)
        assert data is not None
        taken = ", ".join(sorted(taken_types(node.operator.name)))
        advice = of_open_shapes(subject.model, node) or for_operator(subject.model, node, _MEND_TYPE)
        yield Trouble(
            node.operator.place,
            f"{label(node.operator)} computes in {data.dtype} ({data.name!r}); the kernel of "
            f"{subject.release.title} takes {taken}",
            advice.remedy,
            advice.lines,
        )


@rule("string-tensor", "error")
def string_tensor(subject: Subject) -> Iterator[Trouble]:
    """A tensor holds text.

    Text has no fixed size, and TFLM has neither memory nor kernels for it. Look words up before the model,
    and feed their numbers.
    """
    for refusal in subject.refused("string-tensor"):
        tensors = (*refusal.node.inputs, *refusal.node.outputs)
        found = next(tensor for tensor in tensors if tensor is not None and tensor.dtype == "string")
        yield Trouble(
            refusal.node.operator.place,
            f"{label(refusal.node.operator)} has the string tensor {found.name!r}; TFLM has no strings",
            "look text up in the firmware, and feed the model numbers",
        )


@rule("operator-not-emulated", "unknown")
def operator_not_emulated(subject: Subject) -> Iterator[Trouble]:
    """TFLM has a kernel for an operator, but microinfer does not model it.

    The model may well run. The operator's scratch and persistent bytes, its time and its outputs are
    unknown: the arena that is told is the least that the rest needs, and the check cannot say yes.
    `microinfer ops` lists what is modelled, and in which types. An error with bare-c, which has no such
    kernel.
    """
    for refusal in subject.refused("operator-not-emulated"):
        operator = refusal.node.operator
        advice = for_operator(subject.model, refusal.node, Advice("replace the layer"))
        cause = (
            f"{label(operator)} is not modelled by microinfer; {subject.release.title} has it, "
            "so the model may run, but its part of the arena and its time cannot be told"
        )
        yield subject.open_question(
            operator.place,
            refusal.said if refusal.error.reason is Reason.BEYOND_16_BITS else cause,
            f"{advice.remedy}, or measure this model on the device",
            advice.lines,
        )


@rule("operator-refused", "error")
def operator_refused(subject: Subject) -> Iterator[Trouble]:
    """An operator cannot run with its types, shapes or options.

    Its preparation refuses it, as TFLM's would, or microinfer does not model this combination; the message
    says what was found and what was wanted.
    """
    for refusal in subject.refused("operator-refused"):
        node = refusal.node
        advice = of_open_shapes(subject.model, node) or _MEND
        yield Trouble(node.operator.place, refusal.said, advice.remedy, advice.lines)


@rule("library-lacks-operator", "error")
def library_lacks_operator(subject: Subject) -> Iterator[Trouble]:
    """The kernel library has no kernel for an operator, or none for its types and sizes.

    Told of bare-c, our own C, whose operators are fewer than TFLM's, and whose pointers on an AVR reach 64 KB
    of flash. `microinfer export --format bare-c` refuses such a model. Memory and time that are told assume
    that there were a kernel.
    """
    library = kernel_library(subject.library)
    if library.interprets or subject.plan is None:
        return
    constants = []
    for step, homes in zip(subject.steps, subject.plan.homes, strict=True):
        try:
            constants.append(constant_sizes(library.lower(step, homes)))
        except ModelError as error:
            yield Trouble(
                step.node.operator.place,
                str(error).removeprefix(f"{error.place}: "),
                "replace the layer, or take a part and a library that have the kernel",
            )
    for step, said in unreached(constants, subject.plan.pointer_bytes, subject.profile.flash_bytes):
        yield Trouble(
            step.node.operator.place,
            f"{step.name}: {said}",
            "fewer channels, or a part with pointers of 32 bits",
        )


@rule("operator-version", "warning")
def operator_version(subject: Subject) -> Iterator[Trouble]:
    """The file asks for a newer version of an operator than any known when this TFLM was released.

    A new version means new options or types. TFLM does not look at versions: it runs its own kernel, and
    what is new is ignored, which may give other results without an error.
    """
    told = set()
    for node in subject.nodes:
        operator = node.operator
        newest = NEWEST_VERSIONS.get(operator.opcode)
        if newest is not None and operator.version > newest and operator.opcode not in told:
            told.add(operator.opcode)
            yield Trouble(
                operator.place,
                f"{operator.opcode} has version {operator.version}; the newest known to "
                f"{subject.release.title} is {newest}, and TFLM does not look: "
                "what the new version means is ignored",
                "convert with an older TensorFlow, or update TFLM, and compare outputs on the device",
                certain=False,
            )


def operators_needed(subject: Subject) -> tuple[str, ...]:
    """Names of the operators that a resolver must have, each once, in the order of their first use."""
    return tuple(one.operator for one in registrations(subject.model))


@rule("resolver-too-small", "error")
def resolver_too_small(subject: Subject) -> Iterator[Trouble]:
    """The firmware's MicroMutableOpResolver<N> has no room for all operators.

    Its Add functions fail from the N+1st on ("Couldn't register builtin op #..., resolver size is too
    small"), which nobody notices until allocation misses the operator. N counts different operators, not
    their uses or versions. Tell the check with `--resolver N`.
    """
    if subject.resolver is None or subject.resolver.names is not None:
        return
    needed, size = operators_needed(subject), subject.resolver.size
    if len(needed) > size:
        yield Trouble(
            "subgraphs[0]",
            f"Couldn't register builtin op: resolver size is too small ({size}); the model has {len(needed)} "
            f"different operators: {', '.join(needed)}",
            f"declare MicroMutableOpResolver<{len(needed)}>",
        )


@rule("resolver-lacks-operator", "error")
def resolver_lacks_operator(subject: Subject) -> Iterator[Trouble]:
    """An operator of the model is not registered in the firmware's resolver.

    Tell the check which operators are, with `--resolver CONV_2D,SOFTMAX` or `--resolver
    AddConv2D,AddSoftmax`. Allocation fails with "Didn't find op for builtin opcode". `microinfer export
    --format tflm` writes a resolver that has them all.
    """
    if subject.resolver is None or subject.resolver.names is None:
        return
    needed = registrations(subject.model)
    missing = [one.operator for one in needed if one.operator not in subject.resolver.names]
    calls = [one.call for one in needed if one.operator in missing]
    if missing:
        places = (node.operator.place for node in subject.nodes if node.operator.name == missing[0])
        others = f", nor for {', '.join(missing[1:])}" if missing[1:] else ""
        yield Trouble(
            next(places, "subgraphs"),
            f"Didn't find op for builtin opcode '{missing[0]}'{others}: the resolver has "
            f"{', '.join(subject.resolver.names)}",
            f"call {', '.join(calls)} and declare MicroMutableOpResolver<{len(needed)}>",
        )

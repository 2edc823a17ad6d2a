"""Rules about the file: its tables, what lies outside them, and where its data lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.read.flatbuffer import MISALIGNED, FlatBuffer
from ..model.tables import ITEM_BYTES, UNKNOWN_TYPE, Model, Tensor
from .finding import Severity, Trouble
from .rule import rule
from .subject import Subject

__all__ = [
    "data_outside_file",
    "file_oddity",
    "malformed_model",
    "misaligned_data",
    "missing_model",
    "unsized_type",
]


@rule("missing-model", "error")
def missing_model(subject: Subject) -> Iterator[Trouble]:
    """One of the models that were to be checked is not there, or cannot be opened.

    It is told as a finding where several were named, so that the others are checked all the same; one alone
    is a mistake on the command line. The exit code is 2. Name a file that is there, a name of the zoo, or a
    pattern that some file matches.
    """
    yield from ()


@rule("malformed-model", "error")
def malformed_model(subject: Subject) -> Iterator[Trouble]:
    """The file is no well-formed TensorFlow Lite model.

    An offset, index, shape or scale in it cannot be right, or it is another kind of file. The place is the
    field in the flatbuffer. Nothing else can be checked, and the exit code is 2. Download or convert the
    file again; if the converter itself wrote it so, report that there.
    """
    yield from ()


@rule("data-outside-file", "error")
def data_outside_file(subject: Subject) -> Iterator[Trouble]:
    """A part of the model lies outside the flatbuffer.

    Models above 2 GB, and those converted with external buffers, keep weights beside the flatbuffer. TFLM
    reads one array in memory and nothing else. Convert without large-model support.
    """
    yield from ()


@rule("sparse-tensor", "error")
def sparse_tensor(subject: Subject) -> Iterator[Trouble]:
    """A constant is stored as sparse, and TFLM takes it for dense.

    TFLM has no sparse kernels and no DENSIFY, and does not look whether a tensor is sparse. Where the buffer
    holds fewer values than the tensor has elements it reads what lies behind it in flash; where it holds as
    many, in another order by blocks, it reads them in the wrong one. Nothing is said, and the answers are
    wrong. Convert without sparsity; zeros take their place then.
    """
    for subgraph in subject.model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.sparse and tensor.stored is not None:
                missing = tensor.stored.nbytes < tensor.size_bytes
                yield Trouble(
                    f"subgraphs[{subgraph.index}].tensors[{tensor.index}]",
                    f"{tensor.name!r} is sparse; TFLM takes its data for dense"
                    + (" and reads beyond them" if missing else ", in the order in which they lie"),
                    "convert without sparsity (Optimize.EXPERIMENTAL_SPARSITY)",
                )


@rule("file-oddity", "note")
def file_oddity(subject: Subject) -> Iterator[Trouble]:
    """The file has something that TFLM tolerates and other runtimes may not.

    Told so that a surprise elsewhere has an explanation: LiteRT refuses some of these. TFLM does not mind.
    """
    unsized = {error.place for error in subject.deployment.survey.unsized}
    for warning in subject.model.warnings:
        place, _, said = warning.partition(": ")
        if not said.startswith(MISALIGNED) and not (place in unsized and said.startswith(UNKNOWN_TYPE)):
            remedy = "nothing for TFLM; convert anew if another runtime refuses the file"
            yield Trouble(place, said, remedy, background=True)


@rule("unsized-type", "error")
def unsized_type(subject: Subject) -> Iterator[Trouble]:
    """TFLM does not know how many bytes an element of a tensor takes.

    It looks at every tensor when it allocates, those that no operator reads among them, and stops at a type
    without a size: text, a variant, some that newer converters write, and what the schema does not have.
    """
    texts = {
        tensor.index
        for refusal in subject.refused("string-tensor")
        for tensor in (*refusal.node.inputs, *refusal.node.outputs)
        if tensor is not None
    }
    told = {f"subgraphs[0].tensors[{index}]" for index in texts}
    for error in subject.deployment.survey.stopping(subject.library):
        if error.place not in told:
            said = str(error).removeprefix(f"{error.place}: ")
            yield Trouble(error.place, said, "convert the model anew, in types that TFLM has")


@rule("misaligned-data", "warning")
def misaligned_data(subject: Subject) -> Iterator[Trouble]:
    """Data in the file does not lie on its natural boundary.

    TFLM reads weights, biases and tables where they lie. A Cortex-M0+ faults on any word off its boundary,
    larger cores on multiple loads of such words, which compilers emit as they like. An error on cores that
    never load unaligned words. 64-bit numbers on a 4-byte boundary, as the converter writes int16 models'
    biases, are a note: Cortex-M loads them. The model array itself must be 16-byte aligned (`alignas(16)`),
    or all of its data shifts.
    """
    warnings = (warning.partition(": ") for warning in subject.model.warnings)
    found = [parts for parts in warnings if parts[2].startswith(MISALIGNED)]
    if not found:
        return
    harsh: Severity = "error" if not subject.profile.target.core.unaligned else "warning"
    told = False
    for graph in subject.model.subgraphs:
        for tensor, start in _constants(subject.model, graph.tensors):
            item = ITEM_BYTES.get(tensor.dtype, 1)
            if start % item:
                told = True
                wide = start % 4 == 0
                yield Trouble(
                    f"subgraphs[{graph.index}].tensors[{tensor.index}]",
                    f"the {tensor.dtype} data of {tensor.name!r} starts at byte {start} of the file, not on "
                    f"a multiple of {item}",
                    "nothing on Cortex-M"
                    if wide
                    else "convert the model anew: an editor of the file moved it",
                    severity="note" if wide else harsh,
                    background=wide,
                )
    if not told:
        place, _, said = found[0]
        yield Trouble(
            place, said, "convert the model anew: an editor of the file moved its tables", severity=harsh
        )


def _constants(model: Model, tensors: Sequence[Tensor]) -> Iterator[tuple[Tensor, int]]:
    """Constants, and the byte of the file at which their data starts."""
    spans = [table.blob(0, "data") for table in FlatBuffer(model.data).root().tables(4, "buffers")]
    for tensor in tensors:
        span = spans[tensor.buffer] if tensor.stored is not None else None
        if span is not None:
            yield tensor, span[0]

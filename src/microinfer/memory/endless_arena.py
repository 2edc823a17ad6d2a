"""An arena without an end, which remembers how large it would have had to be."""

from __future__ import annotations

from collections.abc import Iterable

from ..libraries.layout import StructLayout
from ..model.align import align_up
from ..model.tables import Tensor
from ..words.dataclass import dataclass, field
from .smallest_arena import ALIGNMENT, Event


@dataclass(frozen=True, slots=True)
class Allocation:
    """One persistent allocation of `count` things.

    `used` includes padding; `from_end` is where it starts, in bytes from the arena's end. `phase` is
    TFLM's state of the interpreter; `operator` is -1 before there are any.
    """

    label: str
    phase: str
    operator: int
    requested: int
    alignment: int
    used: int
    from_end: int
    category: str = ""
    count: int = 1


_NOWHERE = (0, 0)


@dataclass(slots=True)
class EndlessArena:
    """An arena without an end that remembers how large it would have had to be.

    TFLM does not look whether a persistent request runs into temporary memory; it goes wrong all the
    same, unless what is hit is not read again. Of an output's temporary tensor, the last one where it
    matters, kernels read the structure itself (up to `read`), and on freeing it the pointer to its zero
    points, which lies at `pointer`; not the pointer to the scales, the dimension, nor the zero points.
    """

    layout: StructLayout
    allocations: list[Allocation] = field(default_factory=list)
    phase: str = "setup"
    operator: int = -1
    head: int = 0
    temporary: int = 0
    read: int = 0
    pointer: tuple[int, int] = (0, 0)
    tail: int = 0
    needed: int = 0
    needed_in: tuple[str, int] = ("setup", -1)
    journal: list[Event] = field(default_factory=list)
    crest: int = 0
    """The highest end of temporary memory since the tail last grew: what stays below says nothing new."""

    def need(self, total: int) -> None:
        """Remember the most that was in use at once, and in which phase and operator."""
        if total > self.needed:
            self.needed, self.needed_in = total, (self.phase, self.operator)

    def persist(
        self, label: str, size: int, alignment: int = ALIGNMENT, category: str = "", count: int = 1
    ) -> int:
        before, self.tail = self.tail, align_up(self.tail + size, alignment)
        used = self.tail - before
        self.allocations.append(
            Allocation(label, self.phase, self.operator, size, alignment, used, self.tail, category, count)
        )
        self.crest = self.read
        self.journal.append(Event(size, alignment, self.read, 1, *self.pointer))
        self.need(max(self.read, self.pointer[1]) + self.tail)
        return self.tail

    def persist_struct(self, struct: str, count: int = 1, category: str = "") -> None:
        size, alignment = self.layout.structs[struct]
        label = struct if count == 1 else f"{struct} x {count}"
        self.persist(label, size * count, alignment, category, count)

    def persist_array(self, length: int, category: str) -> None:
        """A TfLiteIntArray: its length, then its elements."""
        size, alignment = self.layout.structs["TfLiteIntArray"]
        self.persist("TfLiteIntArray", size * (1 + length), alignment, category)

    def take(self, size: int, alignment: int) -> None:
        self.temporary = self.read = -(-self.temporary // alignment) * alignment + size
        self.pointer = _NOWHERE
        if self.temporary > self.crest:
            self.below(self.temporary)

    def below(self, end: int, rounded: int = 1) -> None:
        """All up to `end` is in use, and the tail, which the planner rounds to a whole alignment."""
        self.crest = max(self.crest, end)
        self.journal.append(Event(0, 1, end, rounded, 0, 0))
        self.need(end + align_up(self.tail, rounded))

    def take_struct(self, struct: str, count: int = 1) -> None:
        size, alignment = self.layout.structs[struct]
        self.take(size * count, alignment)

    def take_tensors(self, tensors: Iterable[Tensor]) -> None:
        """Descriptions of tensors, one upon the other: where the last one ends, all before it have room."""
        structs = self.layout.structs
        (size, alignment), (quantized, next_to) = structs["TfLiteTensor"], structs["TfLiteAffineQuantization"]
        each, array = structs["TfLiteIntArray"]
        pointer, end = self.layout.pointer_bytes, self.temporary
        for tensor in tensors:
            end = self.read = -(-end // alignment) * alignment + size
            self.pointer = _NOWHERE
            if (described := tensor.described) is not None:
                start = -(-end // next_to) * next_to + pointer
                self.pointer = start, start + pointer
                end = start - pointer + quantized
                end = -(-end // array) * array + each * (1 + len(described.scale))
        if end > self.temporary:
            self.temporary = end
            if end > self.crest:
                self.below(end)

    def reserve(self, head: int) -> None:
        """Set the head's end and forget temporary memory."""
        self.head = self.temporary = self.read = head
        self.pointer = _NOWHERE
        if head > self.crest:
            self.below(head)

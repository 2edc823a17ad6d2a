"""Whose turn it is: an interpreter's tensors are one memory, in which two threads spoil each other's answers.

Threads may hand an interpreter on (one sets, another runs, a third reads), and may take turns behind a lock
of their own. What no lock of theirs can have let through is refused: two inside at once, an input that
another thread set anew before it was run, a result that another thread's run replaced before it was read.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from threading import RLock, get_ident
from time import perf_counter_ns
from typing import Any

from ..errors import ConcurrentUseError

__all__ = ["Turns"]

OWNER, READY, BUSY, RAN, STAYS, BRIEF = range(6)
WORDS = 6
"""The block of `kernels._direct`, which is not imported here: it says what each number of it is."""
MOST_WAITED = 20_000
"""Nanoseconds of a run, half of which are those of a first one."""
_ADVICE = "give each thread an Interpreter of its own, or use run_batch, which is made for threads"


class Turns:
    """The turns of one interpreter with these outputs, whose runs overwrite these inputs.

    `enter` and `leave` go around whatever reads or writes its tensors; `setting`, `ran` and `reading` say
    in between what is done, and `settle` that all is well for a run that asks nobody.
    """

    __slots__ = (
        "_acquire",
        "_lost_inputs",
        "_lost_results",
        "_outputs",
        "_overwritten",
        "_result_of",
        "_setters",
        "_unread",
        "leave",
        "stale",
        "state",
    )

    def __init__(self, outputs: Iterable[int], overwritten: frozenset[int] = frozenset()) -> None:
        lock = RLock()
        self.state = array("q", bytes(8 * WORDS))
        """The block of `kernels._direct`."""
        self.state[STAYS] = not overwritten
        self._overwritten = overwritten
        self.stale: frozenset[int] = frozenset()
        """Inputs that the last run overwrote and that have not been set again."""
        self._acquire = lock.acquire
        self.leave = lock.release
        """End."""
        self._outputs = frozenset(outputs)
        self._setters: dict[int, int] = {}
        self._unread: frozenset[int] = frozenset()
        self._result_of: int | None = None
        self._lost_inputs: set[int] = set()
        self._lost_results: set[int] = set()

    def enter(self) -> None:
        """Begin.

        Raises:
            ConcurrentUseError: another thread is inside, or has overwritten what this one set.
        """
        if not self._acquire(False):
            raise ConcurrentUseError(f"another thread is using this Interpreter now; {_ADVICE}")
        state = self.state
        if state[BUSY]:
            self.leave()
            raise ConcurrentUseError(f"another thread is using this Interpreter now; {_ADVICE}")
        state[READY] = 0
        if state[RAN]:
            state[RAN] = 0
            self._note_run(state[OWNER])
        if self._lost_inputs and get_ident() in self._lost_inputs:
            self._lost_inputs.discard(get_ident())
            self.leave()
            raise ConcurrentUseError(
                f"another thread has set an input of this Interpreter before this one's was run; {_ADVICE}"
            )

    def set_again(self, index: int, place: Any, value: Any) -> bool:
        """`value` to `place`, a tensor's memory, where this thread was the last inside, and ran or may run
        next: what `enter`, `setting`, `settle` and `leave` would do. Else False, and nothing is done."""
        state, me = self.state, get_ident()
        if not self._acquire(False):
            return False
        try:
            first = not (state[READY] or state[RAN])
            if first or state[BUSY] or state[OWNER] != me or self._result_of not in (None, me):
                return False
            state[READY] = 0
            if state[RAN]:
                state[RAN] = 0
                self.stale, self._unread = self._overwritten, self._outputs
                self._setters.clear()
            place[...] = value
            self._setters[index] = me
            self._result_of = None
            if self._lost_results:
                self._lost_results.discard(me)
            if self.stale:
                self.stale -= {index}
            if not self.stale:
                state[READY] = 1
            return True
        finally:
            self.leave()

    def setting(self, index: int) -> None:
        """This thread sets a tensor."""
        me = get_ident()
        before = self._setters.get(index, me)
        if before != me:
            self._lost_inputs.add(before)
        self._setters[index] = me
        self._replace_result(me)

    def ran(self) -> None:
        """This thread has run the model."""
        self._note_run(get_ident())

    def _note_run(self, me: int) -> None:
        self.stale = self._overwritten
        if self._setters:
            self._setters.clear()
        if self._result_of != me or self._lost_results:
            self._replace_result(me)
            self._result_of = me
        self._unread = self._outputs

    def timed(self, run: Callable[[], None]) -> None:
        """Run the model, and see how long that takes: while it is brief, Python's other threads wait for the
        runs that ask nobody, as its lock given up and taken again would take as long."""
        began = perf_counter_ns()
        run()
        self.state[BRIEF] = perf_counter_ns() - began < MOST_WAITED

    def settle(self) -> None:
        """Between `enter` and `leave`: this thread may run the model next without asking."""
        if not self.stale and not self._lost_inputs:
            self.state[OWNER] = get_ident()
            self.state[READY] = 1

    def _replace_result(self, me: int) -> None:
        if self._result_of is not None and self._result_of != me:
            self._lost_results.add(self._result_of)
        self._result_of = None
        self._lost_results.discard(me)

    def reading(self, index: int) -> None:
        """This thread reads a tensor.

        Raises:
            ConcurrentUseError: another thread has run the model since this one did.
        """
        if index not in self._outputs:
            return
        if self._lost_results and get_ident() in self._lost_results:
            self._lost_results.discard(get_ident())
            raise ConcurrentUseError(
                f"another thread has used this Interpreter before this one read its result; {_ADVICE}"
            )
        self._unread -= {index}
        if not self._unread:
            self._result_of = None

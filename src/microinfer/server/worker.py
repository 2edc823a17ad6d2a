"""A worker: reads questions from its standard input and answers them, one after another, until that ends.

`python -m microinfer.server.worker`, which `workers` starts. What it or a kernel prints goes to standard
error, so that standard output holds answers alone.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import IO

from . import replies
from .frames import pack, unpack

__all__ = ["main"]


def main() -> None:
    """Ctrl-C is the server's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    _serve(questions, output)


def _serve(questions: IO[bytes], output: IO[bytes]) -> None:
    while (frame := unpack(questions)) is not None:
        (what, pairs), data = frame
        made = replies.answer(what, [(key, value) for key, value in pairs], data)
        output.write(pack([made.status, made.kind, made.name], made.content))
        output.flush()


if __name__ == "__main__":
    main()

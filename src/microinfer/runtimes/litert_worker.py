"""LiteRT in a process of its own: some models that TFLM runs make it write over its own memory.

Run as a program. It reads pickles from stdin and writes pickles to stdout: first (whether the reference
kernels are wanted, files), answered by a word and a reason; then lists of (tensor index, array), answered
by the outputs of every file's interpreter, a dictionary by tensor index each.
"""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from typing import Any


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())


def _open(reference: bool, files: list[bytes]) -> list[Any]:
    from ai_edge_litert import interpreter as litert

    kind = litert.OpResolverType.BUILTIN_REF if reference else litert.OpResolverType.AUTO
    made = []
    for data in files:
        interpreter = litert.Interpreter(
            model_content=data, experimental_op_resolver_type=kind, num_threads=1
        )
        interpreter.allocate_tensors()
        made.append(interpreter)
    return made


def _run(interpreter: Any, inputs: list[tuple[int, Any]]) -> dict[int, Any]:
    interpreter.reset_all_variables()
    for index, array in inputs:
        interpreter.set_tensor(index, array)
    interpreter.invoke()
    return {
        detail["index"]: interpreter.get_tensor(detail["index"])
        for detail in interpreter.get_output_details()
    }


def main() -> None:
    # What C++ prints must not get between the pickles.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    requests = sys.stdin.buffer

    def answer(*content: Any) -> None:
        pickle.dump(content, answers)
        answers.flush()

    try:
        reference, files, anew = pickle.load(requests)
        interpreters = _open(reference, files)
    except ImportError as error:
        answer("absent", _words(error))
        return
    except (RuntimeError, ValueError) as error:
        answer("refused", _words(error))
        return
    answer("ready", "")
    while True:
        try:
            inputs = pickle.load(requests)
        except EOFError:
            return
        try:
            if anew:
                interpreters = _open(reference, files)
            answer("done", [_run(interpreter, inputs) for interpreter in interpreters])
        except (RuntimeError, ValueError) as error:
            answer("failed", _words(error))


if __name__ == "__main__":
    main()

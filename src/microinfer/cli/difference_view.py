"""What `microinfer diff` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..words.printing import counted
from .arguments import kernels
from .console import printable, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from ..difference import DeviceDifference, Difference, RuntimeDifference
    from ..difference.device import TensorDifference
    from ..run.interpreter import Interpreter

__all__ = ["show_device", "show_difference"]

MOST_TENSORS = 40


def _head(model: str, profile: str, library: str, release: str) -> Text:
    from rich.text import Text

    head = Text(printable(model), style="bold")
    head.append(f" on {profile} with {kernels(library, release)}", style="not bold")
    return head


def _facts(*rows: tuple[str, str]) -> Table:
    from rich.table import Table

    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, words in rows:
        facts.add_row(name, printable(words))
    return facts


def show_difference(result: Difference) -> None:
    rows = [("Data", result.data), *(("Input", words) for words in dict.fromkeys(result.inputs))]
    of = f" of {result.total:,}" if result.total is not None and result.total != result.samples else ""
    rows.append(("Samples", f"{result.samples:,}{of}{'' if result.complete else ', interrupted'}"))
    if result.accuracy is not None:
        rows.append(("TFLM", f"right for {result.accuracy:.2%} of them"))
    parts: list[RenderableType] = [
        _head(result.model, result.profile, result.library, result.release),
        "",
        _facts(*rows),
    ]
    parts += ["", _overview(result)]
    differing = [found for found in result.runtimes if found.first_operator is not None]
    if differing:
        parts += ["", *_operators(differing)]
    parts += _flips(result)
    parts += [f"{found.title}: {printable(found.refused)}" for found in result.runtimes if found.refused]
    parts += [f"{found.title}: {found.note}" for found in result.runtimes if found.note]
    if result.random:
        parts.append("Made-up numbers say little of flipped labels; --data FILE takes your own.")
    show(*parts)


def _overview(result: Difference) -> Table:
    answered = result.accuracy is not None
    numbers = ("outputs", "step", "flipped", *(("accuracy",) if answered else ()))
    made = table("differs from TFLM", *numbers, "first operator", right=numbers, wrap=("first operator",))
    for found in result.runtimes:
        if found.refused:
            made.add_row(found.runtime, "not run", *("" for _ in numbers[1:]), "")
            continue
        flipped = "" if found.flipped is None else f"{found.flipped} of {found.samples}"
        cells = [
            f"{found.output_share:.2%}" if found.output_share else "none",
            f"{found.output_largest_step:g}" if found.output_share else "",
            flipped,
        ]
        if answered:
            cells.append("" if found.accuracy is None else f"{found.accuracy:.2%}")
        made.add_row(found.runtime, *cells, _first(found))
    return made


def _first(found: RuntimeDifference) -> str:
    if found.first_operator is None:
        return "none, all bits are equal"
    row = next(row for row in found.operators if row.index == found.first_operator)
    return f"{row.index} {printable(row.operator)}"


def _operators(differing: list[RuntimeDifference]) -> list[RenderableType]:
    """Share of elements that differ, operator by operator; a star where differences enter."""
    names = tuple(found.runtime for found in differing)
    made = table("", "operator", *names, right=("", *names))
    shown = sorted({row.index for found in differing for row in found.operators if row.samples})
    for index in shown:
        rows = [next(row for row in found.operators if row.index == index) for found in differing]
        cells = [
            f"{row.share:.2%} ±{row.largest_step:g}{' *' if row.enters else '  '}" if row.samples else "·  "
            for row in rows
        ]
        made.add_row(str(index), printable(rows[0].operator), *cells)
    explained = (
        "Share of elements that differ and the largest step; * where equal inputs give unequal outputs."
    )
    return [made, explained]


def _flips(result: Difference) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for found in result.runtimes:
        for sample, own, other in found.flips[:3]:
            names = [
                printable(result.labels[kind]) if kind < len(result.labels) else str(kind)
                for kind in (own, other)
            ]
            lines.append(f"flipped  sample {sample}: {names[0]} in TFLM, {names[1]} in {found.runtime}")
    return ["", *lines] if lines else []


def show_device(interpreter: Interpreter, source: str, path: Path, found: DeviceDifference) -> None:
    from rich.text import Text

    about = interpreter.model.name, interpreter.profile.name, interpreter.library
    head = _head(*about, interpreter.release.title)
    parts: list[RenderableType] = [head, "", _facts(("Input", source), ("Board", str(path)))]
    parts += ["", _tensors(found), "", _verdict(found)]
    overwritten = [row for row in found.tensors if row.verdict == "overwritten"]
    if overwritten:
        parts.append(
            f"{counted(len(overwritten), 'tensor', 'hold')} what later operators left in their place: the "
            "arena is reused. "
            "Read a tensor right after its operator, or compare only those that live to the end."
        )
    if found.missing:
        parts.append(f"{found.missing} operator outputs are not in the dump.")
    if found.unknown:
        parts.append(
            Text.assemble(("warning  ", "yellow"), f"no tensors: {printable(', '.join(found.unknown))}")
        )
    show(*parts)


def _verdict(found: DeviceDifference) -> Text:
    from rich.text import Text

    if found.first_bad is None:
        compared = sum(row.verdict == "equal" for row in found.tensors)
        return Text(
            f"Equal to the bit: {compared} of {counted(len(found.tensors), 'tensor')}", style="bold green"
        )
    row = found.tensors[found.first_bad]
    where = "an input" if row.layer < 0 else f"operator {row.layer}, {printable(row.operator)}"
    return Text.assemble(
        (f"First that differs: {where}", "bold red"),
        f", tensor {row.tensor} ({printable(row.name)}): element {row.first_element} is {row.found}, "
        f"expected {row.expected}",
    )


def _tensors(found: DeviceDifference) -> Table:
    made = table("", "operator", "tensor", "", "differ", "largest step", right=("", "differ", "largest step"))
    rows = list(found.tensors)
    if len(rows) > MOST_TENSORS:
        rows = [row for row in rows if row.verdict != "equal"][:MOST_TENSORS]
    for row in rows:
        made.add_row(*_cells(row))
    return made


def _cells(row: TensorDifference) -> tuple[str, ...]:
    equal = row.verdict == "equal"
    return (
        "" if row.layer < 0 else str(row.layer),
        printable(row.operator),
        f"{row.tensor} {printable(row.name)}",
        row.verdict,
        "" if equal else f"{row.share:.2%}",
        "" if equal else f"{row.largest_step:g}",
    )

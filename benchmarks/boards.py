"""Holds every published row of benchmarks/data/published.json against what microinfer says of its board.

    python benchmarks/boards.py             print the tables
    python benchmarks/boards.py --rows      and each row of the stacks that are modelled
    python benchmarks/boards.py --short     print what the README shows

Rows of stacks that are modelled: inside the interval or not, error and width, by stack. Rows of other
engines: how many times as long as our figure they took, by board. Networks that no description rebuilds are
real ones in the folder that MICROINFER_SHARED names (default: `shared` beside the repository); without them
their rows are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
from microinfer.timing.energy import Span
from published_rows import Held, every, inside, is_guide, modelled, published, rounding, width

SHORT = ("FC_6", "CNN_4", "CNN_7")
"""Networks of the README's table."""


def summary(rows: Sequence[Held]) -> str:
    """How many lie inside, how far off and how wide, in words."""
    good = sum(inside(held.row["ms"], held.ms) for held in rows if held.ms is not None)
    off = median(abs(held.ratio - 1) for held in rows)
    wide = median(width(held.ms) for held in rows if held.ms is not None)
    share = f"{good} of {len(rows)} inside, {good / len(rows):.0%}"
    return f"{share}; median error {off:.1%}, median width {wide:.0%}"


def head() -> str:
    """Coverage, error and width: of kernels that were counted, and of those that were carried over."""
    guides = [one for one in modelled() if is_guide(one)]
    counted_rows = [one for one in modelled() if not one.carried and one not in guides]
    carried = [one for one in modelled() if one.carried and one not in guides]
    text = f"{len(published())} published rows, of which {len(modelled())} run what is modelled."
    text += f" {len(guides)} are the only row of their kernels on their core, to which these were stretched."
    for title, rows in (("Kernels that were counted", counted_rows), ("Kernels carried over", carried)):
        text += f" {title}: {summary(rows)}." if rows else ""
    return text


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"| {' | '.join('---' if i == 0 else '---:' for i in range(len(names)))} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def counted(pairs: Sequence[tuple[float, Span]]) -> str:
    return f"{sum(inside(took, said) for took, said in pairs)} of {len(pairs)}" if pairs else ""


def by_stack() -> Iterator[str]:
    rows = []
    titles = dict.fromkeys(held.title for held in modelled())
    for title in titles:
        mine = [held for held in modelled() if held.title == title]
        rows.append(
            [
                title,
                counted([(held.row["ms"], held.ms) for held in mine if held.ms is not None]),
                f"{median(abs(held.ratio - 1) for held in mine):.1%}",
                f"{median(width(held.ms) for held in mine if held.ms is not None):.0%}",
                counted([(held.row["uj"], held.uj) for held in mine if held.uj is not None]),
                counted([(x.row["flash_kb"], x.flash_kb) for x in mine if x.flash_kb is not None]),
            ]
        )
    names = ["stack", "ms inside", "median error", "median width", "µJ inside", "flash inside"]
    yield from table(names, rows)


def figures(span: Span) -> str:
    typical, low, high = (
        f"{x:,.0f}" if x >= 100 else f"{x:.3g}" for x in (span.typical, span.low, span.high)
    )
    return f"{typical} ({low} to {high})"


def rounded(held: Held) -> str:
    """Why a row may lie outside by the digits that it was published with alone; nothing where it does not."""
    ms, said = held.row["ms"], held.ms
    off = rounding(ms) * ms
    near = said is not None and said.low <= ms + off and ms - off <= said.high
    return f"published as {ms:g}, which may be {ms - off:g} to {ms + off:g}" if near else ""


def each() -> Iterator[str]:
    rows = []
    for held in sorted(modelled(), key=lambda h: (h.title, h.profile, h.row["model"], h.row["ms"])):
        assert held.ms is not None
        good = inside(held.row["ms"], held.ms)
        verdict = "inside" if good else f"outside: {held.why or rounded(held) or 'not known'}"
        verdict = "its own guide" if is_guide(held) else verdict
        rows.append(
            [
                held.title,
                held.profile + ("*" if held.provisional else ""),
                held.row["model"],
                f"{held.row['ms']:.4g}",
                figures(held.ms),
                f"{1 / held.ratio - 1:+.1%}",
                verdict,
                "" if held.uj is None else f"{held.row['uj']:,.0f}; {figures(held.uj)}",
            ]
        )
    names = ["stack", "board", "network", "ms measured", "predicted (interval)", "error", "", "µJ: the same"]
    yield from table(names, rows)


def each_flash() -> Iterator[str]:
    """Every published size of a firmware whose stack is modelled, inside or not."""
    yield (
        "Of these, firmwares whose flash was published, in KB: from model and code alone to what boards' own "
        "firmware adds.\n"
    )
    rows = []
    for held in sorted(modelled(), key=lambda h: (h.title, h.profile, h.row["model"], h.row["ms"])):
        if held.flash_kb is None:
            continue
        measured = held.row["flash_kb"]
        rows.append(
            [
                held.title,
                held.profile,
                held.row["model"],
                f"{measured:,.1f}",
                f"{held.flash_kb.low:,.1f} to {held.flash_kb.high:,.1f}",
                "inside" if inside(measured, held.flash_kb) else "outside",
            ]
        )
    yield from table(["stack", "board", "network", "KB of flash measured", "predicted", ""], rows)


def ratios(rows: Sequence[Held]) -> str:
    """Network by network: "ad01_int8 0.76, 0.61; kws_ref_model 0.80"."""
    told: dict[str, list[str]] = {}
    for held in sorted(rows, key=lambda h: (h.row["model"], h.ratio)):
        told.setdefault(held.row["model"], []).append(f"{held.ratio:.2f}")
    return "; ".join(f"{model} {', '.join(found)}" for model, found in told.items())


def engines() -> Iterator[str]:
    groups: dict[tuple[str, str], list[Held]] = {}
    for held in every():
        if "engine" in held.stack and held.ms is not None:
            groups.setdefault((held.title, held.profile), []).append(held)
    rows = [
        [
            engine,
            board,
            str(len(mine)),
            f"{median(h.ratio for h in mine):.2f}",
            f"{min(h.ratio for h in mine):.2f} to {max(h.ratio for h in mine):.2f}",
            ratios(mine),
        ]
        for (engine, board), mine in sorted(groups.items())
    ]
    yield from table(["engine", "board", "rows", "measured by ours, median", "least to most", "each"], rows)


def left_out() -> Iterator[str]:
    reasons: dict[tuple[str, str, str], int] = {}
    for held in every():
        if held.ms is None:
            key = held.row["board"], held.title, held.why or "no latency was published"
            reasons[key] = reasons.get(key, 0) + 1
    yield from table(
        ["board", "stack", "rows", "why it is not held"],
        [[board, title, str(count), why] for (board, title, why), count in sorted(reasons.items())],
    )


def short() -> Iterator[str]:
    """A few networks that this folder rebuilds, on the board with most rows."""
    shown = [one for one in modelled() if one.row["model"] in SHORT and "-Ofast" not in one.title]
    yield "network  build  measured  said"
    for one in sorted(shown, key=lambda one: (SHORT.index(one.row["model"]), one.stack["build"])):
        assert one.ms is not None
        build = f"-{one.stack['build']}"
        yield f"{one.row['model']:7}  {build:5}  {one.row['ms']:5.4g} ms  {figures(one.ms)} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", action="store_true", help="print every row")
    parser.add_argument("--short", action="store_true", help="print six networks of one board")
    options = parser.parse_args(arguments)
    if options.short:
        print("\n".join(short()))
        return 0
    print(f"{head()}\n")
    for section in (by_stack, *((each, each_flash) if options.rows else ()), engines, left_out):
        print("\n".join(section()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

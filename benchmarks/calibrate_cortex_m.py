"""Fits prices to measured cycles and prints how far they are off.

    python benchmarks/calibrate_cortex_m.py                    print the error table
    python benchmarks/calibrate_cortex_m.py --write            and write profiles/costs/
    python benchmarks/calibrate_cortex_m.py --truth FOLDER     make the input data anew first

For every (kernel library, internal kernel, core): non-negative least squares on relative errors, made
robust by weighing down what is far off. Kernels that run the same inner loops are fitted together and
share these loops' prices; the price of a call is each one's own. Held-out errors are of a tenfold
cross-validation in which all samples of a model are in or out together; the published interval rests on
them. Extrapolated errors are those of the largest 30 % of the models, predicted from the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from cortex_m_data import DATA, LIBRARIES, TYPES, read, read_more, write
from cortex_m_families import Kernel
from cortex_m_fit import Fit, carried_over, fit, groups, kernels
from cortex_m_lists import predicted, summary, toml
from microinfer.operators.spec import Geometry

CORES = ("cortex-m4", "cortex-m7")
COSTS = Path(__file__).parents[1] / "profiles" / "costs"
OTHER_PROGRAM = 0.05
"""How much wider the interval is of a kernel that was counted in another program than the grid's alone: the
one such operator that a measured network has, QUANTIZE of int16 to int32, took 374 cycles there, 390 here."""


def prepare(path: Path) -> list[tuple[str, Geometry]]:
    """The operators of a model file; none where it cannot be prepared."""
    from microinfer.errors import ModelError
    from microinfer.model.read import load
    from microinfer.operators.prepare import prepare as prepare_graph

    try:
        return [(step.name, step.geometry) for step in prepare_graph(load(path))]
    except ModelError as error:
        print(f"left out: {path.name}: {error}", file=sys.stderr)
        return []


def main(arguments: Sequence[str] | None = None, geometries: Callable[..., object] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="measured shapes and cycles (.json.gz)")
    parser.add_argument("--truth", type=Path, help="make --data from this folder of truth files first")
    parser.add_argument("--only", action="append", default=[], help="only kernels whose name has this")
    parser.add_argument("--outliers", type=int, default=0, metavar="N", help="print the N worst of each")
    parser.add_argument("--write", action="store_true", help=f"write the price lists to {COSTS}")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.truth is not None:
        write(options.truth, options.data, prepare)
    grid, networks = read(options.data)
    types = read_more(TYPES)
    alone = kernels(types) - kernels([*grid, *read_more()])
    more = [*read_more(), *types]
    print(
        f"{len(grid)} samples of {len({s.model for s in grid})} models, and {len(more)} of random shapes on "
        "Cortex-M4; errors in per cent"
    )
    print(f"{'':44}{'':>6}{'in sample':>21}{'held out':>21}{'extrapolated':>21}")
    head = f"{'median':>6} {'95th':>6} {'worst':>6}"
    guides: dict[str, dict[Kernel, Fit]] = {}
    for core in CORES:
        for library in LIBRARIES:
            print(f"\n{f'{library} on {core}':44}{'models':>6} {head} {head} {head}")
            fits: dict[Kernel, Fit] = {}
            for (of, family), items in sorted(groups([*grid, *more]).items()):
                if of != library or not any(only in family for only in options.only or [""]):
                    continue
                made = fit(items, core, options.seed, guides.get(library), family)
                for kernel in made.keys() & alone:
                    made[kernel] = replace(made[kernel], apart=OTHER_PROGRAM)
                fits |= made
                for kernel, found in made.items():
                    print(
                        f"{'/'.join(kernel):44}{found.models:6} {summary(found.inside)} "
                        f"{summary(found.held)} {summary(found.beyond)}",
                        flush=True,
                    )
                    mine = [item[1] for item in items if item[0] == kernel and core in item[1].cycles]
                    for i in np.argsort(-abs(np.nan_to_num(found.held)))[: options.outliers]:
                        print(f"    {100 * found.held[i]:+7.2f} {mine[i].pattern:8} {mine[i].geometry}")
            if not options.only:
                fits |= carried_over(fits, guides.get(library, {}))
            guides.setdefault(library, fits)
            for model, operators in networks.items():
                if options.only or not model.endswith(library):
                    continue
                said = sum(predicted(fits, sample) for sample in operators)
                took = sum(sample.cycles[core] for sample in operators)
                print(f"    whole network {model.split()[0]:24} {took:12,} {100 * (said / took - 1):+6.2f}")
            if options.write and not options.only:
                (COSTS / f"{library}.{core}.toml").write_text(toml(library, core, fits), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Elementary functions by vectors beside the C library's, over all numbers of float32.

    python benchmarks/elementary.py [function ...] [--step 1] [--telling]

Prints of how many numbers the results' bits differ, and what an element takes of the processor's time. Left
out is what vectors leave to the library, angles of 120 and more and logarithms of no normal positive number,
and what ELU leaves as it is. `--step 1021` takes one number in so many. `--telling` prints the bits of
numbers of which the result is not the nearest float32: what `kernels/elementary.py` tells other algorithms
by. elementary.txt has the output of one run.
"""

from __future__ import annotations

import argparse
from time import process_time_ns

import numpy as np
from numpy.typing import NDArray

from microinfer.bench.host import describe_computer
from microinfer.kernels import float_elementwise
from microinfer.kernels.elementary import BY_VECTORS

BLOCK = 1 << 16
NUMBERS, NEGATIVE, INFINITE, LEAST_NORMAL, FAR = 1 << 32, 1 << 31, 0xFF << 23, 1 << 23, 0x42F00000
NEAR = ((0, FAR), (NEGATIVE, NEGATIVE + FAR))
COMPUTED = {
    "sine": NEAR,
    "cosine": NEAR,
    "logarithm": ((LEAST_NORMAL, INFINITE),),
    "elu": ((NEGATIVE, NEGATIVE + INFINITE + 1),),
}
"""Bits of the numbers, from and to before, whose function vectors compute; of others all."""
TELLING, DRAWN = 24, 1 << 20
NEAREST = {
    "exponential": np.exp,
    "logarithm": np.log,
    "sine": np.sin,
    "cosine": np.cos,
    "elu": np.expm1,
    "tanh": np.tanh,
}


def compare(name: str, step: int) -> tuple[int, int, float, float]:
    """Numbers, how many of them differ, nanoseconds by vectors and by the library."""
    x, found, expected = (np.zeros(BLOCK, np.float32) for _ in range(3))
    runs = BY_VECTORS[name].bind(x, found), getattr(float_elementwise, name).bind(x, expected)
    bits, steps = x.view(np.uint32), np.arange(BLOCK, dtype=np.uint32) * np.uint32(step)
    numbers, differing, taken = 0, 0, [0, 0]
    for first, last in COMPUTED.get(name, ((0, NUMBERS),)):
        for start in range(first, last, BLOCK * step):
            np.add(steps, np.uint32(start), out=bits)
            for which, run in enumerate(runs):
                begun = process_time_ns()
                run()
                taken[which] += process_time_ns() - begun
            numbers += BLOCK
            differing += int(np.count_nonzero(found.view(np.uint32) != expected.view(np.uint32)))
    return numbers, differing, taken[0] / numbers, taken[1] / numbers


def telling(name: str) -> NDArray[np.uint32]:
    """Bits of numbers of every size that the library does not round to the nearest."""
    generator, found = np.random.default_rng(0), []
    for _ in range(64):
        bits = generator.integers(0, NUMBERS, DRAWN, np.uint64).astype(np.uint32)
        x, y = bits.view(np.float32), np.zeros(DRAWN, np.float32)
        x.flags.writeable = False
        getattr(float_elementwise, name)(x, y)
        with np.errstate(all="ignore"):
            nearest = NEAREST[name](x.astype(np.float64)).astype(np.float32)
        missed = np.isfinite(y) & (y != nearest)
        ranges = COMPUTED.get(name, ((0, NUMBERS),))
        missed &= np.any([(bits >= first) & (bits < last) for first, last in ranges], axis=0)
        found.append(bits[missed])
    every = np.unique(np.concatenate(found))
    chosen: NDArray[np.uint32] = every[np.linspace(0, len(every) - 1, min(TELLING, len(every))).astype(int)]
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BY_VECTORS)}; default all")
    parser.add_argument("--step", type=int, default=1, help="between the bits of two numbers")
    parser.add_argument(
        "--telling", action="store_true", help="print numbers that are not rounded to the nearest"
    )
    arguments = parser.parse_args()
    print(describe_computer().describe())
    if not arguments.telling:
        print(f"\n{'function':14} {'numbers':>14} {'different':>10} {'ns':>7} {'library, ns':>12}")
    for name in arguments.names or BY_VECTORS:
        if arguments.telling:
            if name in NEAREST:
                print(name, ", ".join(f"0x{bits:08X}" for bits in telling(name).tolist()))
            continue
        numbers, differing, ours, theirs = compare(name, arguments.step)
        print(f"{name:14} {numbers:14,} {differing:10,} {ours:7.2f} {theirs:12.2f}", flush=True)


if __name__ == "__main__":
    main()

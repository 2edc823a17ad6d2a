"""The environment in which this processor has AVX2 and no dot products of bytes; a program that says it."""

from __future__ import annotations

import sys

from microinfer.kernels._machine_code import features

__all__ = ["environment", "is_here"]

LATER = ("avx512", "avx10", "avxvnni", "avxifma", "gfni", "vaes", "vpclmulqdq")


def is_here() -> bool:
    return features() >= {"avx2", "fma"}


def environment() -> dict[str, str]:
    """For a process that is started with it."""
    named = ",".join(f"-{one}" if one.startswith(LATER) else f"+{one}" for one in sorted(features()))
    return {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": named}


if __name__ == "__main__":
    if not is_here():
        sys.exit("no AVX2 here")
    print(environment()["NUMBA_CPU_FEATURES"])

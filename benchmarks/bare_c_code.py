"""Counts code and stack of bare-c's kernels where no simulator runs them: on Cortex-M, and at -O3.

    python benchmarks/bare_c_code.py            print a line a kernel
    python benchmarks/bare_c_code.py --write    and write profiles/memory/

A program that calls one kernel is linked against one that calls none; what it has more, function by function,
is the kernel's. The stack is the deepest chain of calls, a frame what a function pushes and takes off it.
Needs arm-none-eabi-gcc with newlib; nothing is run.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KERNELS = ROOT / "kernels"
SIZES = ROOT / "profiles" / "memory"
PREFIX = "arm-none-eabi-"
LEVELS = ("O2", "Os", "O3")
CORES: Mapping[str, tuple[str, ...]] = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus", "-mfloat-abi=soft"),
    "cortex-m3": ("-mcpu=cortex-m3", "-mfloat-abi=soft"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m55": ("-mcpu=cortex-m55", "-mfloat-abi=hard"),
    "cortex-m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}
ALWAYS = ("-mthumb", "-std=c99", "-ffunction-sections", "-fdata-sections", "-fno-unwind-tables")
CALL, ENTRY = 24, 24
"""Bytes of a call, which are three addresses and the branch, and of stack that main and model_invoke take."""
WORD = 4
PROGRAM = """
#include <stdint.h>
extern uint32_t stack_end; extern uint32_t data_begin, data_end, data_from, bss_begin, bss_end;
volatile uint8_t input[16], output[16];
void model_invoke(void);
void reset(void) {
  uint32_t *from = &data_from;
  for (uint32_t *at = &data_begin; at < &data_end;) *at++ = *from++;
  for (uint32_t *at = &bss_begin; at < &bss_end;) *at++ = 0;
  for (;;) {
    for (int i = 0; i < 16; i++) input[i] = (uint8_t)i;
    model_invoke();
    for (int i = 0; i < 16; i++) (void)output[i];
  }
}
__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
  (void (*)(void))&stack_end, reset, reset, reset, reset, reset, reset, 0, 0, 0, 0, reset, reset, 0, reset,
  reset};
"""
LAYOUT = """
ENTRY(reset)
SECTIONS {
  .vectors 0 : { KEEP(*(.vectors)) }
  .text : { *(.text*) *(.rodata*) }
  .ARM.exidx : { *(.ARM.exidx*) }
  data_from = .;
  .data 0x20000000 : { data_begin = .; *(.data*) data_end = .; }
  .bss : { bss_begin = .; *(.bss*) *(COMMON) bss_end = .; }
  stack_end = 0x20010000; end = bss_end;
}
"""
_SYMBOL = re.compile(r"^[0-9a-f]+ ([0-9a-f]+) [TtRrWw] (\S+)$", re.MULTILINE)
_FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_CALL = re.compile(r"\tbl?(?:\.w|x)?\t[0-9a-f]+ <([^>+]+)>")
_PUSH = re.compile(r"\t(?:push|stmdb\.?w?|vpush)\t(?:sp!, ?)?\{([^}]+)\}")
_TAKEN = re.compile(r"\tsubw?\.?w?\tsp,(?: sp,)? #(\d+)")


@dataclass(frozen=True, slots=True)
class Linked:
    """Bytes by function, and of stack below the one that was called."""

    code: Mapping[str, int]
    stack: int


def run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def compiled(folder: Path, core: str, level: str) -> list[Path]:
    """Object files of all kernels."""
    objects = []
    for source in sorted(KERNELS.glob("*.c")):
        made = folder / f"{source.stem}.o"
        run(f"{PREFIX}gcc", *CORES[core], *ALWAYS, f"-{level}", f"-I{KERNELS}", "-c", source, "-o", made)
        objects.append(made)
    return objects


def linked(folder: Path, objects: Sequence[Path], core: str, level: str, kernel: str) -> Linked:
    """A program that calls this kernel, or none where it is empty."""
    call = f"extern void {kernel}(void);\nvoid model_invoke(void) {{ {kernel}(); }}" if kernel else ""
    source, layout, elf = folder / "program.c", folder / "layout.ld", folder / "program.elf"
    source.write_text(PROGRAM + (call or "void model_invoke(void) {}"), "utf-8")
    layout.write_text(LAYOUT, "utf-8")
    flags = (*CORES[core], *ALWAYS, f"-{level}", "-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs")
    run(f"{PREFIX}gcc", *flags, source, *objects, "-Wl,--gc-sections", f"-Wl,-T{layout}", "-lm", "-o", elf)
    found = _SYMBOL.findall(run(f"{PREFIX}nm", "-S", elf))
    code = {name.lstrip("_") if name.startswith("__") else name: int(size, 16) for size, name in found}
    return Linked(code, deepest(run(f"{PREFIX}objdump", "-d", elf), kernel) if kernel else 0)


def deepest(listing: str, kernel: str) -> int:
    """Bytes of stack of a function and of the deepest chain of what it calls."""
    frames: dict[str, int] = {}
    calls: dict[str, set[str]] = {}
    name = ""
    for line in listing.splitlines():
        if head := _FUNCTION.match(line):
            name = head[1]
            frames[name], calls[name] = 0, set()
        elif pushed := _PUSH.search(line):
            frames[name] += _registers(pushed[1])
        elif taken := _TAKEN.search(line):
            frames[name] += int(taken[1])
        elif called := _CALL.search(line):
            calls[name].add(called[1])

    @cache
    def below(function: str, seen: frozenset[str] = frozenset()) -> int:
        inner = (
            below(one, seen | {function}) for one in calls.get(function, ()) if one not in seen | {function}
        )
        return frames.get(function, 0) + max(inner, default=0)

    return below(kernel)


def _registers(text: str) -> int:
    """Bytes of a list of registers such as "r4-r7, lr" or "d8-d9"."""
    total = 0
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        many = int(last[1:]) - int(first[1:]) + 1 if last else 1
        total += many * WORD * (2 if part.startswith("d") else 1)
    return total


def entries() -> list[str]:
    """The kernels that a generated program calls."""
    text = (KERNELS / "kernels.h").read_text("utf-8") + (KERNELS / "float_layers.h").read_text("utf-8")
    return sorted(set(re.findall(r"^void (mi_\w+)\(", text, re.MULTILINE)))


def sections(core: str, level: str) -> list[str]:
    """What the file says of one core at one level."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects = compiled(folder, core, level)
        bare = linked(folder, objects, core, level, "")
        found = {kernel: linked(folder, objects, core, level, kernel) for kernel in entries()}
    title = core if level == "O2" else f"{core}-{level.lower()}"
    lines = [
        "",
        f"[{title}]",
        f'flags = "-{level}"',
        f"program = {sum(bare.code.values())}",
        f"call = {CALL}",
        f"entry = {ENTRY}",
    ]
    lines += ["", f"[{title}.stack]"]
    lines += [f"{kernel} = {one.stack}" for kernel, one in found.items()]
    for kernel, one in found.items():
        own = {name: size for name, size in one.code.items() if name not in bare.code}
        lines += [
            "",
            f"[{title}.code.{kernel}]",
            *(f'"{name}" = {size}' for name, size in sorted(own.items())),
        ]
        print(f"{title:18} {kernel:28} code {sum(own.values()):6} stack {one.stack:5}", flush=True)
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {SIZES}")
    parser.add_argument("--only", default="", help="only cores whose name has this")
    options = parser.parse_args(arguments)
    compiler = run(f"{PREFIX}gcc", "--version").splitlines()[0]
    for core in CORES:
        if options.only not in core:
            continue
        lines = [
            "# Written by benchmarks/bare_c_code.py; do not edit.",
            "# Code: bytes of each function that a kernel reaches. Stack: the deepest chain of calls.",
            f'compiler = "{compiler}"',
            'source = "arm-none-eabi-nm and -objdump of linked programs; nothing was run"',
            "provisional = true",
        ]
        for level in LEVELS:
            lines += sections(core, level)
        if options.write:
            (SIZES / f"bare-c.{core}.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

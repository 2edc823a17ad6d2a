"""`microinfer warmup`: compile every kernel now."""

from __future__ import annotations

import pkgutil
import time
from importlib import import_module

import click

from ..words.printing import counted
from .arguments import json_option
from .console import ProgressBar, emit, noting_interrupts, printable, without_scipy

__all__ = ["command"]


@click.command("warmup")
@json_option
def command(as_json: bool) -> None:
    """Compile every kernel now, so that no later command has to: for images and CI."""
    start = time.perf_counter()
    from .. import kernels
    from ..kernels import _jit

    for module in pkgutil.iter_modules(kernels.__path__):
        if module.name.startswith("_"):
            continue
        import_module(f"{kernels.__name__}.{module.name}")
    found = [one for one in _jit.registered() if one.py_func.__module__.startswith(f"{kernels.__name__}.")]
    compiled: list[str] = []
    stop = _jit.on_compile(compiled.append)
    bar = ProgressBar(len(found))
    try:
        with without_scipy(), noting_interrupts() as raise_lost:
            for kernel in found:
                bar.step(kernel.name)
                kernel.compile()
                raise_lost()
    finally:
        stop()
        bar.close()
    folder, seconds = _jit.cache_folder(), time.perf_counter() - start
    if as_json:
        content = {
            "kernels": [kernel.name for kernel in found],
            "compiled": compiled,
            "seconds": round(seconds, 3),
            "folder": None if folder is None else str(folder),
        }
        emit("microinfer.warmup/1", content)
        return
    kept = "not kept, no folder can be written" if folder is None else f"kept in {printable(str(folder))}"
    click.echo(f"{counted(len(found), 'kernel')}, {len(compiled)} compiled now, in {seconds:.1f} s; {kept}")

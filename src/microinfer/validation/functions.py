"""Samples from a function of the user's: file.py:function or module:function, which yields (x, y)."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..run.input_names import input_keys, input_ways
from ..words.printing import counted
from .blocks import Block, Dataset, Want, from_arrays, named_classes
from .fingerprints import array_fingerprint, code_fingerprint
from .pipelines import class_names, has_batches, is_pipeline, items_of, of_images, samples_of

__all__ = ["open_function", "open_pipeline"]

BLOCK_SECONDS = 0.5


def open_function(where: str, name: str, want: Want) -> Dataset:
    """The samples that `name()` yields, each (x, y) or x alone; or two whole arrays that it returns.

    x is one sample of the only input, or of several a tuple in order or a dictionary by name.

    Raises:
        InputError: no such module or function, or it raises.
    """
    source = f"{where}:{name}"
    function, code = _find(where, name)
    fingerprint = f"{source} {code}"
    first = _call(source, function)
    if isinstance(first, tuple) and len(first) == 2 and all(isinstance(part, np.ndarray) for part in first):
        held = f"{fingerprint} {array_fingerprint(first)}"
        return from_arrays(source, held, [first[0]], first[1], want.labels)
    if not is_pipeline(first):
        raise InputError(
            f"{source}: returned {type(first).__name__}, expected samples (x, y) one after the other"
        )
    count = len(first) if isinstance(first, list) and not has_batches(source, first, want) else None
    given: list[Any] = [first]

    def blocks(start: int, size: int) -> Iterator[Block]:
        samples = given.pop() if given else _call(source, function)
        items = _samples(source, items_of(samples))
        yield from _blocks(source, samples_of(source, items, want), want, start, size)

    return Dataset(source, fingerprint, count, blocks, want.labels, in_order=True)


def open_pipeline(data: Any, want: Want) -> Dataset:
    """The samples of a pipeline: batches of any size, pairs or named columns.

    Raises:
        InputError: it has no items, or raises; later, that what can be read once is read again.
    """
    source = f"a {type(data).__name__}"
    found = items_of(data)
    one_pass = found is data
    items = _samples(source, found)
    first = list(islice(items, 1))
    if not first:
        raise InputError(f"{source}: yields no samples")
    given: list[Iterator[Any]] = [chain(first, items)]

    def blocks(start: int, size: int) -> Iterator[Block]:
        if not given and one_pass:
            raise InputError(f"{source}: can be read only once; give what can be read again, or a list of it")
        read = given.pop() if given else _samples(source, items_of(data))
        yield from _blocks(source, samples_of(source, read, named), named, start, size)

    labels = class_names(data, want)
    named = replace(want, labels=labels)
    pixels = of_images(source, first[0], want)
    return Dataset(source, f"{source} {id(data)}", None, blocks, labels, pixels, in_order=True)


def _find(where: str, name: str) -> tuple[Callable[[], Any], str]:
    """The function, and what tells its source from others."""
    try:
        if where.endswith(".py"):
            path = Path(where)
            if not path.is_file():
                raise InputError(f"{where}: no such file")
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.path.insert(0, str(path.resolve().parent))
            spec.loader.exec_module(module)
        else:
            sys.path.insert(0, "")
            module = importlib.import_module(where)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{where}: cannot be imported, {_words(error)}") from error
    function = getattr(module, name, None)
    if not callable(function):
        names = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise InputError(f"{where}: no function {name!r}; there is {', '.join(names) or 'none'}")
    found: Callable[[], Any] = function
    if where.endswith(".py"):
        return found, code_fingerprint(Path(where), Path(where).parent)
    origin = getattr(module, "__file__", None)
    if origin is None:
        return found, ""
    return found, code_fingerprint(Path(origin), [*Path(origin).parents][where.count(".")])


def _words(error: BaseException) -> str:
    """The error and the user's line that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{at}"


def _call(source: str, function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception as error:
        raise InputError(f"{source}: raised {_words(error)}") from error


def _samples(source: str, samples: Iterable[Any]) -> Iterator[Any]:
    iterator = iter(samples)
    while True:
        try:
            yield next(iterator)
        except StopIteration:
            return
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{source}: raised {_words(error)}") from error


def _blocks(source: str, samples: Iterable[Any], want: Want, start: int, size: int) -> Iterator[Block]:
    """Blocks that end where they are full, or took long enough; what came before an error is not lost."""
    xs: list[tuple[Array, ...]] = []
    ys: list[Any] = []
    position, began = -1, perf_counter()
    stream = enumerate(_samples(source, samples))
    while True:
        failed: InputError | None = None
        try:
            found = next(stream, None)
            if found is not None:
                position, sample = found
                if position >= start:
                    x, y = sample if isinstance(sample, tuple) and len(sample) == 2 else (sample, None)
                    xs.append(_inputs(f"{source}: sample {position}", x, want))
                    ys.append(y)
        except InputError as error:
            found, failed = None, error
        if xs and (found is None or len(xs) == size or perf_counter() - began > BLOCK_SECONDS):
            yield _block(source, xs, ys, want, position + 1 - len(xs))
            xs, ys, began = [], [], perf_counter()
        if failed is not None:
            raise failed
        if found is None:
            break
    if position < 0:
        raise InputError(f"{source}: yields no samples")
    if position + 1 < start:
        raise InputError(
            f"{source}: yields {position + 1:,} samples, {start:,} were run before; another run?"
        )


def _inputs(where: str, x: Any, want: Want) -> tuple[Array, ...]:
    if len(want.tensors) == 1 and not isinstance(x, Mapping):
        return (np.asarray(x),)
    if isinstance(x, Mapping):
        keys = input_keys(x, want.tensors, want.input_names)
        if keys is None:
            expected = input_ways(want.tensors, want.input_names)
            raise InputError(f"{where}: x has {', '.join(map(str, x)) or 'nothing'}; expected {expected}")
        return tuple(np.asarray(x[key]) for key in keys)
    if not isinstance(x, (tuple, list)) or len(x) != len(want.tensors):
        raise InputError(f"{where}: expected x to be {counted(len(want.tensors), 'array')}, one an input")
    return tuple(np.asarray(part) for part in x)


def _block(source: str, xs: list[tuple[Array, ...]], ys: list[Any], want: Want, first: int) -> Block:
    try:
        x = tuple(np.stack(column) for column in zip(*xs, strict=True))
    except ValueError:
        shapes = sorted({str(part.shape) for sample in xs for part in sample})
        raise InputError(
            f"{source}: samples from {first} on have shapes {', '.join(shapes)}, expected equal ones"
        ) from None
    missing = [y is None for y in ys]
    if all(missing):
        return Block(x, None)
    if any(missing):
        raise InputError(f"{source}: sample {first + missing.index(True)} has no y, others have one")
    try:
        y = np.asarray(ys)
    except ValueError:
        raise InputError(f"{source}: samples from {first} on have y of different shapes") from None
    if y.dtype.kind in "USO" and not want.labels:
        raise InputError(f"{source}: y are names of classes; --labels has to say in which order they are")
    return Block(x, named_classes(source, y, want.labels)[0])

"""A validation that is broken off, and taken up again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import microinfer
from microinfer import zoo
from microinfer.validation import ValidationSettings, Validator
from microinfer.validation.blocks import Dataset

__all__ = ["again", "breaking", "broken_off", "content"]


def breaking(data: Dataset, after: int) -> Dataset:
    """The same data, of which no more than so many can be had."""

    def blocks(start: int, size: int) -> Iterator[Any]:
        for block in data.blocks(start, 10):
            if start >= after:
                raise KeyboardInterrupt
            start += len(block)
            yield block

    return Dataset(data.source, data.fingerprint, data.count, blocks, data.labels)


def content(result: Any) -> dict[str, Any]:
    """What of a result does not tell when and in how many pieces it came about."""
    found: dict[str, Any] = result.to_dict()
    return {key: value for key, value in found.items() if key not in ("resumed", "seconds")}


def broken_off(data: Any, settings: ValidationSettings | None = None, after: int = 120) -> Validator:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    validator = Validator(interpreter, data, settings)
    validator.session.dataset = breaking(validator.dataset, after)
    with pytest.raises(KeyboardInterrupt):
        list(validator.run())
    validator.save(Path("state.npz"))
    assert validator.done == after
    return validator


def again(data: Any, settings: ValidationSettings | None = None) -> Validator:
    for name in ("d", "helper"):
        sys.modules.pop(name, None)
    return Validator(microinfer.Interpreter(zoo.load("digits")), data, settings)

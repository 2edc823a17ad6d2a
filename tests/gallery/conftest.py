"""What tests of examples share: their modules, which have the same names in several of them."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest

from support.gallery import FOLDER


@pytest.fixture
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the example in the test's HERE, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(request.module.HERE))
    before = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]

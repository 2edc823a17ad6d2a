"""A page that takes long says how far it is, on a terminal alone."""

from __future__ import annotations

import io
import sys

import pytest

from microinfer.cli.console import ProgressBar
from microinfer.cli.report import _told_of
from microinfer.parts.profile import profile_names


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("patience", [0.0, 1e9])
def test_parts_are_counted_once_it_takes_long(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(ProgressBar, "PATIENCE", patience)
    names = profile_names()
    assert [profile.name for profile in _told_of()] == list(names)
    said = shown.getvalue()
    assert (f"{len(names)}/{len(names)} beside {names[-1]}" in said) == (not patience)
    assert bool(said) == (not patience)

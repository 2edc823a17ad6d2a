"""An interpreter for a command, or why a model cannot run here though a device may run it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import UnsupportedError
from ..words.printing import printable

if TYPE_CHECKING:
    from ..model.tables import Model
    from ..parts.profile import Profile
    from ..run.interpreter import Interpreter

__all__ = ["interpreter_of"]


def interpreter_of(
    model: Model,
    profile: Profile | str | Path,
    library: str | None,
    release: str | None,
    arena_size: int | None = None,
    contracts: bool | None = None,
    max_turns: int | None = None,
) -> Interpreter | None:
    """None, and a line on stderr, where it has what microinfer does not model: nobody can tell then.

    Raises:
        UnsupportedError: TFLM refuses it, too.
        MicroinferError: as `Interpreter`.
    """
    from ..deploy.unrun import take_unrun
    from ..parts.profile import load_profile
    from ..run.interpreter import Interpreter

    part = load_profile(profile) if isinstance(profile, (str, Path)) else profile
    try:
        return Interpreter(
            model,
            part,
            library=library,
            release=release,
            arena_size=arena_size,
            contracts=contracts,
            max_turns=max_turns,
        )
    except UnsupportedError as error:
        if take_unrun(model, part, library, release).deployment.refused:
            raise
        click.echo(f"microinfer: cannot tell: {printable(str(error))}", err=True)
        return None

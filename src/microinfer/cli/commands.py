"""A group of commands that answers a mistyped one with what was likely meant."""

from __future__ import annotations

from collections.abc import MutableSequence
from typing import TYPE_CHECKING

import click

from ..words.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["Commands"]


class Commands(click.Group):
    """As click's group, whose own hint depends on click's version.

    `otherwise`: the command that a first word that is no command's name belongs to, `zoo digits` for
    `zoo show digits`; "" where there is none.
    """

    otherwise = ""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Its commands, and what the one takes that is meant where none is named."""
        found = super().shell_complete(ctx, incomplete)
        inner = self.get_command(ctx, self.otherwise) if self.otherwise else None
        if inner is not None and not incomplete.startswith("-"):
            found += [item for each in inner.params[:1] for item in each.shell_complete(ctx, incomplete)]
        return found

    def resolve_command(
        self, ctx: click.Context, args: MutableSequence[str] | list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        known = self.list_commands(ctx)
        if name and not name.startswith("-") and name not in known:
            if self.otherwise and nearest(name, known) is None:
                return super().resolve_command(ctx, [self.otherwise, *args])
            hint = did_you_mean(name, known, f"there are {', '.join(known)}")
            raise click.UsageError(f"no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, list(args))

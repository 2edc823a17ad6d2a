"""A group of commands that answers a mistyped one with what was likely meant."""

from __future__ import annotations

from collections.abc import MutableSequence

import click

from ..words.spelling import did_you_mean, nearest

__all__ = ["Commands"]


class Commands(click.Group):
    """As click's group, whose own hint depends on click's version.

    `otherwise`: the command that a first word that is no command's name belongs to, `zoo digits` for
    `zoo show digits`; "" where there is none.
    """

    otherwise = ""

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

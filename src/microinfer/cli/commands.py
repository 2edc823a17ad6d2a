"""A group of commands, their help, and mistyped words of a command answered with what was likely meant."""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence
from typing import TYPE_CHECKING

import click

from ..words.spelling import alike, did_you_mean, nearest_note

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["Commands", "worded"]


def worded(error: click.UsageError) -> str:
    """What is wrong with a command; of an option or a choice that there is not, with those that are alike."""
    said = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        parameters = error.ctx.command.get_params(error.ctx)
        names = [name for one in parameters for name in (*one.opts, *one.secondary_opts)]
        known = [name for name in names if name.startswith("-")]
        return f"no option {error.option_name!r}; {did_you_mean(error.option_name, known, 'none is alike')}"
    choice = error.param.type if isinstance(error, click.BadParameter) and error.param is not None else None
    found, refused, _ = said.partition(" is not one of ")
    if isinstance(choice, click.Choice) and refused:
        word = found.rsplit(": ", 1)[-1].strip("'")
        return f"{said}{nearest_note(word, map(str, choice.choices))}"
    return said


class WholeWords(click.HelpFormatter):
    """Breaks lines between words alone: `tflm-cmsis-nn` and `--json` are one word each, to be copied."""

    HELD = str.maketrans("-", "\N{NON-BREAKING HYPHEN}")

    def write_text(self, text: str) -> None:
        super().write_text(text.translate(self.HELD))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        held = [(term, about.translate(self.HELD)) for term, about in rows]
        super().write_dl(held, col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace("\N{NON-BREAKING HYPHEN}", "-")


class HelpfulContext(click.Context):
    formatter_class = WholeWords


class Commands(click.Group):
    """As click's group, whose own hint depends on click's version.

    `otherwise`: the command that a first word that is no command's name belongs to, `zoo digits` for
    `zoo show digits`; "" where there is none.
    """

    otherwise = ""
    context_class = HelpfulContext

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
        found = self._meant(ctx, args)
        if found[1] is not None:
            found[1].context_class = HelpfulContext
        return found

    def _meant(
        self, ctx: click.Context, args: MutableSequence[str] | list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        known = self.list_commands(ctx)
        if name and not name.startswith("-") and name not in known:
            if self.otherwise and not alike(name, known):
                return super().resolve_command(ctx, [self.otherwise, *args])
            hint = did_you_mean(name, known, f"there are {', '.join(known)}")
            raise click.UsageError(f"no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, list(args))

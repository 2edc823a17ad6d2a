"""What a shell completes: models, parts, libraries, operators, rules. Nothing of a model is read for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

__all__ = [
    "complete_explained",
    "complete_libraries",
    "complete_models",
    "complete_operator_list",
    "complete_operators",
    "complete_profiles",
    "complete_rules",
    "complete_zoo",
]


def _starting(names: list[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


def _in_list(names: list[str], incomplete: str) -> list[CompletionItem]:
    """The last of several, between commas; none is proposed twice."""
    from click.shell_completion import CompletionItem

    before, comma, begun = incomplete.rpartition(",")
    given = before.split(",")
    left = [name for name in names if name not in given]
    return [CompletionItem(f"{before}{comma}{item.value}") for item in _starting(left, begun)]


def _files(ending: str, incomplete: str) -> list[str]:
    """Files of that ending, and folders, which end in a slash."""
    folder, _, begun = incomplete.rpartition("/")
    shown = f"{folder}/" if "/" in incomplete else ""
    try:
        beside = sorted(Path(shown or ".").iterdir())
    except OSError:
        return []
    return [
        f"{shown}{path.name}{'/' * path.is_dir()}"
        for path in beside
        if path.name.startswith(begun)
        and (path.is_dir() or path.name.endswith(ending))
        and (begun or not path.name.startswith("."))
    ]


def _or_files(names: list[str], ending: str, incomplete: str) -> list[CompletionItem]:
    """Names and files; where no name begins so, the shell completes the path by itself, folder by folder."""
    from click.shell_completion import CompletionItem

    found = [] if "/" in incomplete else _starting(names, incomplete)
    if not found:
        return [CompletionItem(incomplete, type="file")]
    return [*found, *(CompletionItem(name) for name in _files(ending, incomplete))]


def complete_models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the zoo, and .tflite files."""
    from .. import zoo

    return _or_files([*zoo.names(), *zoo.further()], ".tflite", incomplete)


def complete_zoo(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the zoo alone."""
    from .. import zoo

    return _starting([*zoo.names(), *zoo.further()], incomplete)


def complete_profiles(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of parts and boards, and .toml files."""
    from ..parts.names import profile_names

    return _or_files(list(profile_names()), ".toml", incomplete)


def complete_libraries(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of kernel libraries."""
    from ..libraries.library import kernel_libraries

    return _starting([value.name for value in kernel_libraries()], incomplete)


def complete_operators(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of operators."""
    from ..operators.registry import row_names

    return _starting(sorted(row_names()), incomplete)


def complete_operator_list(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of operators, between commas."""
    from ..operators.registry import row_names

    return _in_list(sorted(row_names()), incomplete)


def complete_rules(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the rules of `check`, between commas."""
    from ..checks.rule import rules

    return _in_list(list(rules()), incomplete)


def complete_explained(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of the rules of `check`, and what stands for all."""
    from ..checks.rule import rules

    return _starting(["list", "all", *rules()], incomplete)

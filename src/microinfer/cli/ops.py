"""`microinfer ops`: every operator, the types it takes, and the kernels that run it in each library.

Nothing here is a list to keep: the types are those of the operators' rows, the kernels those that the
libraries' price lists know.
"""

from __future__ import annotations

import click

from ..operators.spec import Types
from .arguments import json_option, release_option
from .completion import complete_operators
from .console import emit, show, table

__all__ = ["command", "kernels_of"]


@click.command("ops")
@click.argument("names", metavar="[OPERATOR]...", nargs=-1, shell_complete=complete_operators)
@release_option
@json_option
def command(names: tuple[str, ...], release: str | None, as_json: bool) -> None:
    """List the operators (or only those named), by type and kernel library.

    The names are those of TensorFlow Lite; libraries show the kernels among which the operator's
    geometry chooses. A release may take more types than another.
    """
    from ..libraries.library import kernel_libraries
    from ..operators.registry import rows
    from ..operators.release import find_release
    from ..operators.resolver import OpResolver

    libraries = tuple(value.name for value in kernel_libraries() if not value.carried)
    resolver = OpResolver.builtin()
    spelled = {name.upper(): name for name in resolver.names}
    chosen = resolver.subset(spelled.get(name.upper(), name) for name in names) if names else resolver
    kernels = kernels_of(libraries)
    emulated = find_release(release)
    found = [(one.name, _ranked(one.types_in(emulated))) for one in rows() if one.name in chosen]
    if as_json:
        listed = [
            {
                "operator": name,
                "types": {source: list(targets) for source, targets in types.items()},
                "kernels": {library: list(kernels[library].get(name, ())) for library in libraries},
            }
            for name, types in found
        ]
        emit("microinfer.ops/1", {"release": emulated.title, "operators": listed})
        return
    made = table("operator", "types", *libraries, wrap=("types", *libraries))
    for name, types in found:
        made.add_row(name, _words(types), *(", ".join(kernels[one].get(name, ())) for one in libraries))
    show(made)


def kernels_of(libraries: tuple[str, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Library to operator to the kernels that a price list of the library names, on any core."""
    from ..errors import ProfileError
    from ..timing.prices import load_costs
    from ..words.toml_tables import CORES

    found: dict[str, dict[str, tuple[str, ...]]] = {library: {} for library in libraries}
    for library in libraries:
        names: dict[str, set[str]] = {}
        for core in CORES:
            try:
                priced = load_costs(library, core).prices
            except ProfileError:
                continue
            for operator, kernel in priced:
                names.setdefault(operator, set()).add(kernel)
        found[library] = {operator: tuple(sorted(kernels)) for operator, kernels in names.items()}
    return found


def _ranked(types: Types) -> Types:
    return {source: types[source] for source in sorted(types, key=_rank)}


def _rank(dtype: str) -> tuple[int, str]:
    usual = ("int8", "int16", "int32", "int64", "uint8", "float32", "bool")
    return (usual.index(dtype), "") if dtype in usual else (len(usual), dtype)


def _words(types: Types) -> str:
    """Types that stay as they are first, then each that may become another."""
    same = [source for source, targets in types.items() if targets == (source,)]
    others = [
        f"{source} to {' or '.join(targets)}" for source, targets in types.items() if targets != (source,)
    ]
    return "; ".join(filter(None, [", ".join(same), *others])) or "any"

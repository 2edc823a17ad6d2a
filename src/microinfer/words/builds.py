"""How firmwares are compiled, told once for many rows."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["builds_note"]


def builds_note(built: Iterable[tuple[str, str]]) -> str:
    """Of pairs (part, build in words): "compiled at -O2 release: nucleo-l4r5zi; at -Os release: giga-r1", or
    the build alone where there is but one. The commonest comes last, without its parts, where there are more
    than three of these.
    """
    by_build: dict[str, list[str]] = {}
    for part, build in built:
        names = by_build.setdefault(build, [])
        if part not in names:
            names.append(part)
    if not by_build:
        return ""
    if len(by_build) == 1:
        return f"compiled at {next(iter(by_build))}"
    *rarer, (commonest, names) = sorted(by_build.items(), key=lambda item: len(item[1]))
    told = [f"at {build}: {', '.join(parts)}" for build, parts in rarer]
    told.append(f"at {commonest}: {', '.join(names) if len(names) <= 3 else 'all others'}")
    return f"compiled {'; '.join(told)}"

"""`microinfer profiles`: what is known of parts and boards, and where it comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .arguments import json_option
from .commands import Commands
from .completion import complete_profiles
from .console import emit, printable, quantity, show, table, width

if TYPE_CHECKING:
    from ..parts.profile import Profile

__all__ = ["command", "facts"]

_KEYS = (
    "name",
    "title",
    "kind",
    "core",
    "clock_hz",
    "ram_bytes",
    "arena_limit_bytes",
    "flash_bytes",
    "libraries",
    "library",
)


class Profiles(Commands):
    """`profiles NAME` is `profiles show NAME`."""

    otherwise = "show"


@click.group("profiles", cls=Profiles, invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the parts and boards, or show one, 'microinfer profiles NAME', with the source of every figure."""
    if context.invoked_subcommand is None:
        _list(as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the parts and boards that microinfer knows."""
    _list(as_json)


@command.command("show")
@click.argument("profile", metavar="PROFILE", shell_complete=complete_profiles)
@json_option
def show_command(profile: str, as_json: bool) -> None:
    """Show PROFILE, by name or as a .toml file, with the source of every figure."""
    from ..parts.profile import load_profile

    found = load_profile(profile)
    if as_json:
        emit("microinfer.profile/1", _content(found))
    else:
        _show(found)


def _list(as_json: bool) -> None:
    from ..parts.profile import load_profile, profile_names

    found = [load_profile(name) for name in profile_names()]
    if as_json:
        emit("microinfer.profiles/1", {"profiles": [{k: getattr(p, k) for k in _KEYS} for p in found]})
        return
    more = ("core", "kernels") if width() >= 100 else ()
    made = table(
        *("profile", *more[:1], "MHz", "RAM", "flash", *more[1:], "what"),
        right=("MHz", "RAM", "flash"),
        wrap=("what",),
    )
    for one in sorted(found, key=lambda p: (p.kind != "part", p.name)):
        made.add_row(
            one.name,
            *([one.core] if more else []),
            f"{one.clock_hz / 1e6:g}",
            _ram(one),
            f"{one.flash_bytes / 1024:g} KB",
            *([one.library] if more else []),
            printable(one.title),
        )
    show(made)


def _ram(profile: Profile) -> str:
    """The largest piece, in one of which an arena lies, and all of it where there are several."""
    largest, whole = profile.arena_limit_bytes / 1024, profile.ram_bytes / 1024
    return f"{largest:g} KB" if largest == whole else f"{largest:g} of {whole:g} KB"


def _show(profile: Profile) -> None:
    from rich.text import Text

    made = table("key", "value", "source", wrap=("value", "source"))
    for key, value in facts(profile):
        made.add_row(key, value, Text(printable(profile.sources.get(key, "")), style="dim"))
    show(Text.assemble((printable(profile.name), "bold"), f": {printable(profile.title)}"), "", made)


def _content(profile: Profile) -> dict[str, Any]:
    content: dict[str, Any] = {key: getattr(profile, key) for key in _KEYS}
    for key in ("pointer_bytes", "dsp", "fpu", "names", "supply_v", "regulator", "current_of", "arena"):
        content[key] = getattr(profile, key)
    for key in ("provisional", "parents", "path"):
        content[key] = getattr(profile, key)
    content["memories"] = [asdict(memory) for memory in profile.memories]
    content["timing"] = asdict(profile.timing)
    content["active_a"] = None if profile.active is None else asdict(profile.active)
    content["sleep_a"] = None if profile.sleep is None else asdict(profile.sleep)
    content["factors"] = {name: dict(table) for name, table in profile.factors.items()}
    content["sources"] = dict(profile.sources)
    return content


def _extensions(profile: Profile) -> list[str]:
    core = profile.target.core
    return [name for name, has in (("DSP", core.dsp), ("MVE", core.mve), ("FPU", core.fpu)) if has]


def facts(profile: Profile) -> list[tuple[str, str]]:
    """Key as in the file, and its value in words."""
    facts = [("kind", profile.kind)]
    if profile.names:
        facts.append(("names", ", ".join(profile.names)))
    if profile.parents:
        facts.append(("extends", " < ".join(profile.parents)))
    facts += [
        ("core", ", ".join([profile.core, *_extensions(profile)])),
        ("clock_hz", f"{profile.clock_hz / 1e6:g} MHz"),
        ("pointer_bytes", str(profile.pointer_bytes)),
        ("libraries", ", ".join(f"{n} (default)" if n == profile.library else n for n in profile.libraries)),
    ]
    for memory in profile.memories:
        at = f"memory.{memory.name}"
        facts.append((f"{at}.bytes", f"{memory.bytes:,} bytes of {memory.kind}"))
        if memory.reserved_bytes:
            facts.append((f"{at}.reserved_bytes", f"{memory.reserved_bytes:,} bytes"))
        if (slower := memory.slower) is not None:
            for key in ("typical", "least", "most"):
                facts.append((f"{at}.slower.{key}", f"{getattr(slower, key):g} times as long"))
    if profile.arena:
        facts.append(("arena", f"in {profile.arena}"))
    if (framework := profile.framework).title:
        facts.append(("framework.title", framework.title))
        for name in ("flash", "ram"):
            least, most = (getattr(framework, f"{name}_{end}") for end in ("least", "most"))
            facts.append((f"framework.{name}_bytes.least", f"{least:,} bytes"))
            facts.append((f"framework.{name}_bytes.most", f"{most:,} bytes"))
    for key in ("fetch", "weights_sequential", "weights_random", "sram", "cold", "spread"):
        if value := getattr(profile.timing, key):
            facts.append((f"timing.{key}", f"{value:g}"))
    if profile.supply_v is not None:
        facts.append(("power.supply_v", f"{profile.supply_v:g} V"))
        facts.append(("power.regulator", profile.regulator))
        facts.append(("power.of", f"the {profile.current_of}"))
    for name, current in (("active_a", profile.active), ("sleep_a", profile.sleep)):
        if current is not None:
            for key in ("typical", "low", "high"):
                facts.append((f"power.{name}.{key}", quantity(getattr(current, key), "A")))
    facts += [
        (f"factors.{name}.{key}", f"{value:g}")
        for name, table in profile.factors.items()
        for key, value in table.items()
    ]
    if profile.provisional:
        facts.append(("provisional", ", ".join(profile.provisional)))
    return facts

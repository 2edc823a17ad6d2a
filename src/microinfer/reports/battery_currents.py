"""The currents of a board whose battery is asked for: the profile's, or the user's own."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

from ..errors import InputError
from ..parts.profile import Current, Profile, load_profile, profile_names

__all__ = ["UnknownCurrentError", "powered"]


EXAMPLES = {"--active": "12mA", "--sleep": "5uA", "--supply": "3.3V"}


class UnknownCurrentError(InputError):
    """What a part draws is not known and was not given: how long a battery lasts cannot be told."""


def powered(part: Profile, active: float | None, sleep: float | None, supply: float | None) -> Profile:
    """The profile with the user's own currents.

    Raises:
        InputError: a current is not known and was not given.
    """
    if active is not None:
        part = _without(dataclasses.replace(part, active=Current(active, active, active)), "power.active_a")
    if sleep is not None:
        part = _without(dataclasses.replace(part, sleep=Current(sleep, sleep, sleep)), "power.sleep_a")
    if supply is not None:
        part = _supplied(part, supply, given=active is not None)
    figures = {"--active": part.active, "--sleep": part.sleep, "--supply": part.supply_v}
    if missing := [option for option, known in figures.items() if known is None]:
        given = " ".join(f"{option} {EXAMPLES[option]}" for option in missing)
        what = (
            "what it draws asleep is not known"
            if missing == ["--sleep"]
            else "its currents are not all known"
        )
        boards = (
            f"name a board that has them, with -p {' or '.join(near)}, or " if (near := _known(part)) else ""
        )
        raise UnknownCurrentError(
            f"profile {part.name}: {what}; {boards}give {', '.join(missing)}, such as {given}"
        )
    return part


def _without(part: Profile, figure: str) -> Profile:
    """Where the user says a figure himself, none of the profile's sources speaks for it."""
    left = {key: text for key, text in part.sources.items() if not key.startswith(f"{figure}.")}
    return dataclasses.replace(part, sources=MappingProxyType(left))


def _supplied(part: Profile, volts: float, *, given: bool) -> Profile:
    """At another voltage: behind a switching regulator the power stays, behind an LDO the current."""
    active = part.active
    if active is not None and part.supply_v and part.regulator == "smps" and not given:
        active = active.scaled(part.supply_v / volts)
    return dataclasses.replace(part, supply_v=volts, active=active)


def _known(part: Profile) -> list[str]:
    """Boards with the part's core whose currents are known."""
    found = [load_profile(name) for name in profile_names()]
    return [one.name for one in found if one.active and one.sleep and one.supply_v and one.core == part.core]

"""What users call a part or a board: names of chips, families and shops beside the profile's own.

A profile lists them under `names`. Small and capital letters, spaces and marks make no difference, and a
family's name stands for all of its members: "stm32h7" is every board with such a chip.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from ..errors import ProfileError
from ..words.data_folder import data_file
from ..words.spelling import nearest_note
from .chips import Chip, core_alike, known_chip, nearest_board, own_profile

__all__ = ["called", "names_of", "profile_names", "stock_profile"]

LEAST = 4
"""Letters below which a word says too little to be the beginning of a name, or a part of one."""
FAMILY = 7
"""Letters from which a chip's name is one of a family, whose part numbers go on from it: stm32h7, nrf5284."""
CHIP = re.compile(r"[a-z]+\d{2,}[a-z0-9]*")
"""What the first word of a chip's name looks like: rp2040, esp32, stm32f411ce."""
MOST_WORDS = 8
"""Of a name, in which a chip is looked for."""
CORE = re.compile(r"(?:arm)?(?:cortex)?m\d+(?:f|plus)?")
"""A core's name, whose number does not go on: a Cortex-M3 is no Cortex-M33."""


def profile_names() -> tuple[str, ...]:
    """The stock profiles, in alphabetical order."""
    return tuple(sorted(path.stem for path in data_file().glob("*.toml")))


@cache
def names_of(name: str) -> tuple[str, ...]:
    """What a stock profile is called beside its own name."""
    text = data_file(f"{name}.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text).get("names", ()))


@cache
def called(word: str) -> str | None:
    """The one stock profile that has this very name, or is called so in whatever spelling, else None."""
    if word in profile_names():
        return word
    plain = _plain(word)
    found = [name for name in profile_names() if plain in map(_plain, (name, *names_of(name)))]
    return found[0] if len(found) == 1 else None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _matches(word: str) -> list[str]:
    """Profiles that a word may mean: called so, else whose name begins so or with which the word begins,
    as a part number does, else in whose name it stands. A remark in parentheses is one of its names, too."""
    plain = _plain(word)
    known = {name: [_plain(one) for one in (name, *names_of(name))] for name in profile_names()}
    exact = [name for name, called in known.items() if plain in called]
    if not exact:
        remark = _plain("".join(re.findall(r"\([^()]*\)", word)))
        bare = _plain(re.sub(r"\([^()]*\)", " ", word))
        exact = [
            name
            for name, called in known.items()
            if remark and bare in called and any(remark in one for one in called)
        ]
    if exact or len(plain) < LEAST or CORE.fullmatch(plain):
        return exact
    begins = [name for name, called in known.items() if any(one.startswith(plain) for one in called)]
    if begins:
        return begins
    # a part number goes on within the word; another word makes it another board, "nano 33 iot" say
    ends = {len(_plain(word[: at.start()])) for at in re.finditer(r"[^A-Za-z0-9]+", word)}
    longest = {
        name: max(
            (
                len(one)
                for one in called[1:]
                if len(one) >= FAMILY
                and re.search(r"\d", one)
                and len(one) not in ends
                and plain.startswith(one)
            ),
            default=0,
        )
        for name, called in known.items()
    }
    if most := max(longest.values()):
        return [name for name, length in longest.items() if length == most]
    return [name for name, called in known.items() if any(plain in one for one in called)]


def stock_profile(word: str, where: str = "") -> Path:
    """The file of the stock profile that a word means.

    Raises:
        ProfileError: it means none, or several, which are named.
    """
    exact = data_file() / f"{word}.toml"
    if word and exact.parent == data_file() and exact.is_file():
        return exact.resolve()
    found = _matches(word)
    if len(found) == 1:
        return data_file(f"{found[0]}.toml").resolve()
    if found:
        raise ProfileError(f"{where}profile {word!r} may be {', '.join(found)}; choose one of them")
    raise _unknown(word, where)


def _unknown(word: str, where: str) -> ProfileError:
    """Says what the word is like, or what it is and which board is nearest; then its note is a profile to
    paste."""
    if re.fullmatch(r"[\w.-]{1,60}", word) and Path(f"{word}.toml").is_file():
        file = f"{word}.toml"
        return ProfileError(f"{where}no profile {word!r}; the file {file} in this folder is ./{file}")
    names = profile_names()
    whole = known_chip(_plain(word))
    chip, inside, kin = _chip_within(word) if whole is None else (whole, "", [])
    note = nearest_note(word, {one: name for name in names for one in (name, *names_of(name))})
    file = re.sub(r"[^a-z0-9]+", "-", word.lower()[:40]).strip("-") or "mine"
    like, why = core_alike(_plain(word))
    if like:
        said = f": it is nearest to {like}: {why}; 'microinfer profiles' lists all"
    elif kin:
        said = f": its {inside} is that of {', '.join(kin)}; 'microinfer profiles' lists all"
    elif chip is None:
        said = f"{note}; 'microinfer profiles' lists all"
    elif near := nearest_board(chip, names):
        said = f": {chip.sentence} is nearest to {near[0]} by core and clock, {near[1] / 1e6:g} MHz"
    else:
        said = f": {chip.sentence} has a core of which no board is known"
    title = re.sub(r"[^ -~]|[\"\\\\]", "", word)[:60].upper() or "My board"
    paste = ""
    if kin:
        paste = f'extends = "{kin[0]}"\ntitle = "{title}"'
    elif chip is not None or (not (note or where or like) and word.strip()):
        paste = own_profile(title, chip, names)
    extended = f'"{like}"' if like else '"cortex-m4" or another part'
    lines = f"is four lines in that file: extends = {extended}, title, clock_hz and memory"
    error = ProfileError(
        f"{where}no profile {word!r}{said}; a profile of your own, used by -p ./{file}.toml, "
        + ("begins with these lines" if paste else lines)
    )
    if paste:
        error.add_note(paste)
    return error


def _chip_within(word: str) -> tuple[Chip | None, str, list[str]]:
    """A chip that some of the words name, as shops' names of boards do; else how it is called and the stock
    profiles that have it."""
    words = re.findall(r"[a-z0-9]+", word.lower())[:MOST_WORDS]
    known = {name: {_plain(one) for one in (name, *names_of(name))} for name in profile_names()}
    spans = [(at, end) for at in range(len(words)) for end in range(at + 1, len(words) + 1)]
    runs = [words[at:end] for at, end in sorted(spans, key=lambda span: span[0] - span[1])]
    runs = [run for run in runs if CHIP.fullmatch(run[0]) and not CORE.fullmatch("".join(run))]
    for run in runs:
        if kin := [name for name, called in known.items() if "".join(run) in called]:
            return None, "-".join(run).upper(), kin
    for run in reversed(runs):
        if (chip := known_chip("".join(run))) is not None:
            return chip, "", []
    return None, "", []

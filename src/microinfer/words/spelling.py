"""What a mistyped word was likely meant to be, for the ends of error messages."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["alike", "did_you_mean", "nearest_note", "question"]

MOST_NAMED = 5
"""Words that a question names; further ones are counted."""

LEAST_ALIKE = 0.6
"""Of the share of letters that two words have in common, in one order; so takes it `difflib`."""

BEHIND = 0.15
"""How much less alike than the nearest a word may be: of names that share their ends, all would be."""

LEAST_LETTERS = 3
"""Of a word that is found within others."""


def alike(word: str, known: Iterable[str]) -> list[str]:
    """The known words that are most like `word`, whatever its capitals, or that contain it; the nearest
    first, and of two that are as near the one that stands first.
    """
    from difflib import SequenceMatcher

    words = list(dict.fromkeys(known))
    meant = word.casefold()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(meant)
    shares = {}
    for one in words:
        matcher.set_seq1(one.casefold())
        shares[one] = matcher.ratio()
    least = max(LEAST_ALIKE, max(shares.values(), default=0.0) - BEHIND)
    within = len(meant) >= LEAST_LETTERS
    found = [one for one in words if shares[one] >= least or (within and meant in one.casefold())]
    return sorted(found, key=lambda one: -shares[one])


def question(found: Iterable[str]) -> str:
    """Such as "did you mean 'a', 'b' or 'c'?"; of more than five, how many more."""
    quoted = [repr(one) for one in found]
    if len(quoted) > MOST_NAMED:
        said = f"{', '.join(quoted[:MOST_NAMED])} and {len(quoted) - MOST_NAMED} more"
    else:
        said = " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
    return f"did you mean {said}?"


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The question, or `otherwise` where no known word is alike."""
    found = alike(word, known)
    return question(found) if found else otherwise


def nearest_note(word: str, known: Iterable[str]) -> str:
    """The question as an aside within a sentence; nothing where no known word is alike."""
    found = alike(word, known)
    return f" ({question(found)})" if found else ""

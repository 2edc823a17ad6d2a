"""What a mistyped word was likely meant to be, for the ends of error messages."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest", "nearest_note"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or most like it in capitals; None where none is alike."""
    from difflib import get_close_matches

    words = list(known)
    found = get_close_matches(word, words, 1) or get_close_matches(word.upper(), words, 1)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The question, or `otherwise` where no known word is alike."""
    found = nearest(word, known)
    return otherwise if found is None else f"did you mean {found!r}?"


def nearest_note(word: str, known: Iterable[str]) -> str:
    """As an aside within a sentence; nothing where no known word is alike."""
    found = nearest(word, known)
    return "" if found is None else f" (nearest: {found!r})"

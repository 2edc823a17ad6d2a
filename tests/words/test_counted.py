"""Numbers agree with their nouns and verbs."""

from __future__ import annotations

from microinfer.words.printing import agreed, counted, named


def test_one_and_many() -> None:
    assert [counted(number, "array") for number in (0, 1, 2, 1000)] == [
        "0 arrays",
        "1 array",
        "2 arrays",
        "1,000 arrays",
    ]
    assert [counted(2, one) for one in ("axis", "class", "operator")] == [
        "2 axes",
        "2 classes",
        "2 operators",
    ]
    assert [counted(number, "tensor", "hold") for number in (1, 2)] == ["1 tensor holds", "2 tensors hold"]
    assert [agreed(verb, 1) for verb in ("are", "have", "tell")] == ["is", "has", "tells"]
    assert [named(names, "differ") for names in (["x"], ["x", "y"])] == ["x differs", "x, y differ"]

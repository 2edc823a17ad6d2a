"""Of the tables of generated C no more is parsed than a program calls, just as the whole file has it."""

from __future__ import annotations

import random
import tomllib

import pytest

from microinfer.libraries.bare_c.bare_image import _table
from microinfer.words import toml_sections
from microinfer.words.data_folder import data_file

CORES = ("avr", "cortex-m0plus", "cortex-m3", "cortex-m33", "cortex-m4", "cortex-m55", "cortex-m7")


@pytest.mark.parametrize("core", CORES)
def test_what_is_parsed_is_what_the_whole_file_has(core: str) -> None:
    everything = tomllib.loads(data_file("memory", f"bare-c.{core}.toml").read_text("utf-8"))
    plain = {key: value for key, value in everything.items() if not isinstance(value, dict)}
    draw = random.Random(core)
    for section in (core, f"{core}-os", f"{core}-o3", f"{core}-o2"):
        whole = everything.get(section)
        if whole is None:
            assert _table(core, section, frozenset(["mi_add"])) == plain
            continue
        for count in (0, 1, 5, len(whole["code"])):
            called = frozenset(draw.sample(sorted(whole["code"]), count))
            wanted = dict(whole)
            for part in ("code", "call", "stack"):
                if isinstance(wanted[part], dict):
                    wanted[part] = {name: held for name, held in whole[part].items() if name in called}
            if not wanted["code"]:
                del wanted["code"]
            assert _table(core, section, called) == {**plain, section: wanted}


def test_little_of_the_file_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []

    class Counted:
        @staticmethod
        def loads(text: str) -> dict[str, object]:
            parsed.append(len(text))
            return tomllib.loads(text)

    monkeypatch.setattr(toml_sections, "tomllib", Counted)
    _table.__wrapped__("avr", "avr", frozenset(["mi_conv_2d", "mi_softmax"]))  # type: ignore[attr-defined]
    assert 0 < parsed[0] < 2500

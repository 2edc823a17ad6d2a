"""A model inside C source is the file that the array was made from."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

import microinfer
from microinfer import FormatError, zoo
from microinfer.model.read import load

FILE = zoo.load("sine")


HEX = ", ".join(f"0x{byte:02x}" for byte in FILE)
SIGNED = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in FILE)
FORMS = {
    "xxd": f"unsigned char sine_tflite[] = {{\n  {HEX}\n}};\nunsigned int sine_tflite_len = {len(FILE)};\n",
    "aligned": f"#include <cstdint>\nalignas(16) const uint8_t g_sine[] = {{{HEX},}};",
    "attribute": f"const unsigned char g[] __attribute__((aligned(8))) = {{ {HEX} }};",
    "upper case": f"const unsigned char g[] = {{{HEX.upper()}}};",
    "decimal": "const unsigned char g[] = {" + ",".join(map(str, FILE)) + "};",
    "signed": f"const int8_t g[] = {{ {SIGNED} }};",
    "suffixed": "static const uint8_t g[] = {" + ",".join(f"{byte}u" for byte in FILE) + "};",
    "without =": f"namespace m {{ const uint8_t g[{len(FILE)}]{{{HEX}}}; }}",
    "a long licence": f"/* {'Copyright, and so on. ' * 400}*/\n// 0x1c\nconst uint8_t g[] = {{ {HEX} }};",
    "beside others": f"const float mean[] = {{1.0f, 2.0f}};\nint f() {{}}\nuint8_t g[] = {{{HEX}}};",
    "comments in strings": f'const char at[] = "/*", by[] = "http://a.b";\nuint8_t g[] = {{{HEX}}}; // "',
    "braces in strings": f'const char at[] = "}} \\" {{"; const uint8_t g[] = {{{HEX}}};',
    "characters": "char q = '\"'; const char g[] = {" + ",".join(f"'\\x{byte:x}'" for byte in FILE) + "};",
    "twice": f"#ifdef A\nconst uint8_t g[] = {{{HEX}}};\n#else\nuint8_t g[] = {{{HEX}}};\n#endif",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_bytes_are_those_of_the_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / "model_data.cc"
    path.write_text(FORMS[form])
    model = load(path)
    assert bytes(model.data) == FILE
    assert model.sha256 == load(FILE).sha256
    assert model.name == "model_data"


def test_it_is_checked_as_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "sine.h"
    path.write_text(FORMS["xxd"])
    found, wanted = (microinfer.check(one, "arduino-nano-33-ble") for one in (path, FILE))
    assert (found.verdict, found.sha256, found.measures) == (wanted.verdict, wanted.sha256, wanted.measures)


HOSTILE = {
    "comments that do not end": "/* ",
    "strings that do not end": '\\"',
    "braces that do not end": "{",
    "braces with nothing in them": "{}",
    "names of arrays": "a[",
    "suffixes": "u",
    "commas": ",",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_takes_time_linear_in_it(case: str) -> None:
    """A megabyte is refused in a moment; what was squared took hours."""
    text = "#include <cstdint>\nconst uint8_t g[] = {" + HOSTILE[case] * (1_000_000 // len(HOSTILE[case]))
    for end in ("", "x};"):
        with pytest.raises(FormatError, match="without an array of a model"):
            load((text + end).encode())


def test_memory_is_a_few_times_that_of_the_text() -> None:
    text = ("const uint8_t g[] = {" + ",".join([HEX] * 100) + "};").encode()
    tracemalloc.start()
    try:
        model = load(text)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert bytes(model.data) == FILE * 100
    assert most < 8 * len(text)

"""Where numba has changed inside, kernels are compiled by its plain njit: the same bits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys
{before}
from zlib import crc32
from microinfer import Interpreter, zoo

for name in ("digits", "sine"):
    interpreter = Interpreter(zoo.load(name))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample(name))
    interpreter.invoke()
    print(crc32(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).tobytes()))
"""
ABSENT = {
    "a function": "from microinfer.kernels import _compiler\n_compiler.compiler = object()",
    "the module": "sys.modules['microinfer.kernels._compiler'] = None",
}


def printed(before: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("MICROINFER_CACHE_DIR", str(folder))
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(before=before)], capture_output=True, text=True, check=False
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize("absent", ABSENT)
def test_the_same_bits(absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, quiet = printed("", tmp_path / "usual", monkeypatch)
    assert quiet == ""
    plain, said = printed(f"import numba\n{ABSENT[absent]}", tmp_path / "plain", monkeypatch)
    assert plain == usual != ""
    assert said.startswith("microinfer: numba is not one whose insides are known")
    assert said.count("\n") == 1, "said once"

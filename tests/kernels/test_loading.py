"""Kernels are loaded without LLVM where that is known to be right, and by LLVM everywhere else."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from microinfer import zoo
from microinfer.kernels import _host, _jit, _loading, _machine_code, pooling

here = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="loads for Linux on x86-64"
)


@pytest.fixture(scope="module")
def code() -> tuple[bytes, str]:
    """A kernel's object file, and what it is called."""
    assert pooling.__name__
    kernel = next(one for one in _jit.registered() if one.name == "pooling.average_pool_2d").compile()
    kept = _jit._read(_jit.cache_folder(), f"{kernel.symbol}.o")
    if kept is None:
        pytest.skip("nothing is kept here")
    return kept, kernel.symbol


def test_the_processor_is_what_llvm_says() -> None:
    """The second time from the note, and the first."""
    for _ in range(2):
        _host._told.cache_clear()
        assert _host.processor() == _machine_code.processor()
        assert _host.features() == _machine_code.features()


def test_another_choice_of_processor_has_another_note(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {_host._note_name()}
    for name in _host.CHOICES:
        monkeypatch.setenv(name, "generic")
        names.add(_host._note_name())
    assert len(names) == 1 + len(_host.CHOICES) or names == {None}


def test_another_processor_has_another_note(tmp_path: Path) -> None:
    """One whose features are the same, too."""
    said = tmp_path / "cpuinfo"
    arm = {"Features": "fp asimd", "CPU implementer": "0x41", "CPU part": "0xd0b", "CPU revision": "1"}
    x86 = {"vendor_id": "a", "model name": "b", "model": "1", "flags": "sse avx2"}
    for processor in (arm, x86):
        names = set()
        for changed in (None, *processor):
            lines = {name: value + "9" * (name == changed) for name, value in processor.items()}
            text = "".join(f"{name}\t: {value}\n" for name, value in lines.items())
            said.write_text(f"processor\t: 0\n{text}\nprocessor\t: 1\n")
            names.add(_host._note_name(str(said)))
        assert len(names) == 1 + len(processor) or names == {None}


def test_a_damaged_note_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MICROINFER_CACHE_DIR", str(tmp_path / "own"))
    _host._write("processor-x", "name\n+a")
    if (found := _host._read("processor-x")) is None:
        pytest.skip("nothing can be kept here")
    assert found == ("name", frozenset({"+a"}))
    note = next(tmp_path.rglob("processor-x"))
    note.write_bytes(note.read_bytes()[:-1] + b"b")
    assert _host._read("processor-x") is None


@here
def test_a_kernel_is_placed_and_cannot_be_written(code: tuple[bytes, str]) -> None:
    address = _loading.place(*code)
    assert address is not None
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, _, end = line.split()[0].partition("-")
        if int(start, 16) <= address < int(end, 16):
            assert line.split()[1] == "r-xp"
            break
    else:
        pytest.fail("lies nowhere")


@here
@pytest.mark.parametrize("at", [0, 4, 16, 18, 40, 60, 62])
def test_a_file_that_is_none_is_left_to_llvm(code: tuple[bytes, str], at: int) -> None:
    content, symbol = code
    damaged = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
    assert _loading.place(damaged, symbol) is None
    assert _loading.place(content[: len(content) // 2], symbol) is None
    assert _loading.place(content, "no such function") is None


@here
def test_another_kind_of_address_is_left_to_llvm(code: tuple[bytes, str]) -> None:
    content, symbol = code
    sections = _loading._sections(content)
    rows = next(
        one
        for one in sections
        if one.kind == _loading.RELOCATIONS_WITH_ADDENDS and sections[one.info].name != _loading.UNWINDING
    )
    (info,) = struct.unpack_from("<Q", content, rows.offset + 8)
    changed = bytearray(content)
    struct.pack_into("<Q", changed, rows.offset + 8, info + 1)
    assert _loading.place(content, symbol) is not None
    assert _loading.place(bytes(changed), symbol) is None


@here
def test_a_warm_run_needs_no_llvm(tmp_path: Path) -> None:
    model = tmp_path / "digits.tflite"
    model.write_bytes(zoo.load("digits"))
    program = (
        "import sys\nfrom microinfer.cli import main\n"
        f"try:\n    main(['run', {str(model)!r}])\nexcept SystemExit:\n    pass\n"
        "print('llvmlite' in sys.modules, 'numba' in sys.modules)"
    )
    done = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    if _jit.cache_folder() is None:
        pytest.skip("nothing can be kept here")
    assert done[1].splitlines()[-1] == "False False"
    assert done[0].splitlines()[:-1] == done[1].splitlines()[:-1]


def test_llvm_gives_the_same_function(code: tuple[bytes, str]) -> None:
    """Bytes of a kernel loaded both ways differ in addresses only, and both are called alike."""
    address = _loading.place(*code)
    other = ctypes.cast(_machine_code.load(*code), ctypes.c_void_p).value
    assert other is not None
    if address is not None:
        assert ctypes.string_at(address, 32) == ctypes.string_at(other, 32)
        assert address % mmap.PAGESIZE == 0 or address % 16 == 0

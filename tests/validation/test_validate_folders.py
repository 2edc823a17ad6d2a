"""Data out of Python functions, WAV files and folders."""

from __future__ import annotations

import wave
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pytest

from microinfer import InputError, ModelBuilder, zoo
from microinfer.validation import validate

from support.digits_data import ACCURACY, REAL, X, Y, accuracy

FUNCTIONS = """
import numpy as np
from microinfer import zoo
X, Y = zoo.samples("digits")

def samples():
    yield from zip(X, Y)

def arrays():
    return X, Y

def unlabelled():
    yield from X

def breaks():
    for i, sample in enumerate(zip(X, Y)):
        if i == 100:
            raise OSError("the microphone is gone")
        yield sample

def mixed():
    yield X[0], 1
    yield X[1], None

def shapes():
    yield X[0], 1
    yield X[1][:7], 1

def words():
    yield X[0], "one"

def nothing():
    return []

def number():
    return 3

not_a_function = 3
"""


def test_python_functions(tmp_path: Path) -> None:
    path = tmp_path / "own_samples.py"
    path.write_text(FUNCTIONS)
    assert accuracy(f"{path}:samples") == ACCURACY
    assert accuracy(f"{path}:arrays") == ACCURACY
    found = validate(zoo.load("digits"), f"{path}:unlabelled")
    assert (found.accuracy, found.samples, found.task.name) == (None, 360, "none")
    for name, message in {
        "breaks": r"breaks: raised OSError: the microphone is gone \(own_samples.py, line 18\)",
        "mixed": "sample 1 has no y",
        "shapes": r"shapes \(7, 8, 1\), \(8, 8, 1\)",
        "words": "--labels has to say",
        "nothing": "yields no samples",
        "number": "returned int, expected samples",
        "not_a_function": "no function 'not_a_function'; there is .*samples",
        "absent": "no function 'absent'",
    }.items():
        with pytest.raises(InputError, match=message):
            accuracy(f"{path}:{name}")
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(InputError, match=r"cannot be imported, ModuleNotFoundError"):
        accuracy(f"{tmp_path / 'broken.py'}:samples")
    with pytest.raises(InputError, match="cannot be imported"):
        accuracy("nothing_of_this_name:samples")
    with pytest.raises(InputError, match="no such file"):
        accuracy("nothing.py:samples")


def write_wav(path: Path, values: Any, width: int = 2, channels: int = 1) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(16000)
        scaled = np.rint(np.asarray(values) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
        raw = (scaled + 128 if width == 1 else scaled).astype("<i8").view(np.uint8).reshape(-1, 8)
        file.writeframes(raw[:, :width].tobytes())


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_files(tmp_path: Path, width: int) -> None:
    b = ModelBuilder("sound")
    x = b.input((1, 16), scale=1 / 127)
    b.output(b.fully_connected(x, np.eye(2, 16).astype(np.float32), scale=1 / 127))
    loud, quiet = np.zeros(16), np.zeros(8)
    loud[0], quiet[1] = 0.5, 0.5
    write_wav(tmp_path / "a" / "1.wav", loud, width)
    write_wav(tmp_path / "b" / "1.wav", quiet, width)
    write_wav(tmp_path / "b" / "2.wav", np.repeat(quiet, 2), width, channels=2)
    found = validate(b.build(), str(tmp_path))
    assert (found.accuracy, found.samples, found.labels) == (1.0, 3, ("a", "b"))
    assert found.data == f"{tmp_path} (3 WAV files, 2 classes)"
    (tmp_path / "b" / "3.wav").write_bytes(b"RIFFnothing")
    with pytest.raises(InputError, match=r"3.wav: not a WAV file"):
        validate(b.build(), str(tmp_path))
    with pytest.raises(InputError, match="which is no row of sound"):
        accuracy(str(tmp_path))


def test_folders_of_images(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow reads images")
    grey = np.rint(REAL * 255).astype(np.uint8)
    for position in range(60):
        folder = tmp_path / str(Y[position])
        folder.mkdir(exist_ok=True)
        image.fromarray(grey[position, :, :, 0]).save(folder / f"{position}.png")
    assert accuracy(str(tmp_path)) == accuracy((X[:60], Y[:60]))
    (tmp_path / "3" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(InputError, match=r"broken.png: not an image"):
        accuracy(str(tmp_path))


def test_mixed_folders(tmp_path: Path) -> None:
    write_wav(tmp_path / "a" / "1.wav", np.zeros(4))
    (tmp_path / "a" / "1.png").touch()
    with pytest.raises(InputError, match="images and WAV files together"):
        accuracy(str(tmp_path))
    (tmp_path / "a" / "1.png").unlink()
    write_wav(tmp_path / "2.wav", np.zeros(4))
    with pytest.raises(InputError, match="lies beside the subfolders"):
        accuracy(str(tmp_path))


@pytest.mark.parametrize(
    ("channels", "width", "said", "held", "words"),
    [
        (1, 9, 11, 99, "samples of 9 bytes, expected 1 to 4"),
        (1, 2, 0x7FFFFFF8, 200, "the file holds 200 bytes of sound"),
        (65535, 1, 1, 200, "the header says 1 frames of 65535 bytes, the file holds 200"),
        (1, 2, 0, 0, "the header says 0 frames"),
        (0, 2, 10, 20, "not a WAV file"),
        (1, 0, 10, 20, "not a WAV file"),
    ],
)
def test_wav_headers_that_lie(
    tmp_path: Path, channels: int, width: int, said: int, held: int, words: str
) -> None:
    frame = channels * width
    head = pack("<IHHIIHH", 16, 1, channels, 16000, 16000, frame & 0xFFFF, width * 8)
    chunk = b"data" + pack("<I", min(said * frame, 0xFFFFFFFF)) + bytes(held)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.wav").write_bytes(b"RIFF" + pack("<I", 36 + held) + b"WAVEfmt " + head + chunk)
    b = ModelBuilder("sound")
    b.output(b.relu(b.input((1, 64), scale=0.01, zero_point=0)))
    with pytest.raises(InputError, match=words):
        validate(b.build(), str(tmp_path))

"""Pipelines as other libraries make them, by what they do: batches or samples, pairs or named columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import InputError, zoo

X, Y = zoo.samples("digits")
REAL = ((X.astype(np.float32) + 128) / 255).astype(np.float32)
ACCURACY = 352 / 360


def accuracy(data: Any, **options: Any) -> float | None:
    found = microinfer.validate("digits", data=data, layers=0, **options)
    assert found.samples == options.get("limit", 360)
    assert found.complete
    assert found.total in (None, found.samples)
    return found.accuracy


class Held:
    """A tensor of another library: numpy can have its numbers."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)
        self.shape = self.values.shape

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values if dtype is None else self.values.astype(dtype)


class Streamed:
    """As a tf.data.Dataset: batches of tensors, each time anew, the last one shorter."""

    def __init__(self, batch: int) -> None:
        self.batch = batch

    def __iter__(self) -> Iterator[Any]:
        for at in range(0, 360, self.batch):
            yield Held(REAL[at : at + self.batch]), Held(Y[at : at + self.batch])


class Positions:
    """As a PyDataset: batches by position, with weights, never an IndexError."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, number: int) -> Any:
        part = slice(60 * number, 60 * number + 60)
        return REAL[part], Y[part], np.ones(60)


class Rows:
    """As a Hugging Face Dataset: rows of named columns in plain lists, and names of the classes."""

    features = {"pixels": None, "label": SimpleNamespace(names=list("0123456789"))}  # noqa: RUF012

    def __len__(self) -> int:
        return 360

    def __iter__(self) -> Iterator[Any]:
        for x, y in zip(REAL, Y, strict=True):
            yield {"pixels": x[:, :, 0].tolist(), "label": int(y)}


@pytest.mark.parametrize("batch", [1, 7, 32, 359, 360])
def test_batches_of_any_size(batch: int) -> None:
    assert accuracy(Streamed(batch)) == ACCURACY


def test_batches_by_position() -> None:
    assert accuracy(Positions()) == ACCURACY


def test_rows_of_named_columns() -> None:
    assert accuracy(Rows()) == ACCURACY
    assert microinfer.validate("digits", data=Rows(), layers=0).labels == tuple("0123456789")


def test_whole_columns_and_named_ones() -> None:
    assert accuracy({"image": REAL, "label": Y}) == ACCURACY
    assert accuracy({"a": REAL, "b": Y, "c": Y * 0}, x="a", y="b") == ACCURACY


def test_samples_in_a_list_or_from_a_generator() -> None:
    pairs = list(zip(REAL, Y, strict=True))
    assert accuracy(pairs) == ACCURACY
    assert accuracy(pair for pair in pairs) == ACCURACY
    assert accuracy(list(REAL)) is None


def test_a_function_returns_a_pipeline(tmp_path: Path) -> None:
    np.savez(tmp_path / "kept.npz", x=REAL, y=Y)
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        f"with np.load({str(tmp_path / 'kept.npz')!r}) as kept:\n"
        "    x, y = kept['x'], kept['y']\n"
        "def batches():\n"
        "    return [(x[at : at + 50], y[at : at + 50]) for at in range(0, 360, 50)]\n"
        "def columns():\n"
        "    return {'image': x, 'label': y}\n"
    )
    assert accuracy(f"{file}:batches") == accuracy(f"{file}:columns") == ACCURACY


def test_a_stream_without_end_takes_a_limit() -> None:
    def forever() -> Iterator[Any]:
        while True:
            yield from Streamed(32)

    assert accuracy(forever(), limit=100) == accuracy((REAL, Y), limit=100)


class Picture(Held):
    """As an image of Pillow."""

    def getbands(self) -> tuple[str]:
        return ("L",)


def test_pictures_are_bytes_of_pixels() -> None:
    pictures = (X.astype(np.int16) + 128).astype(np.uint8)[..., 0]
    rows = [{"image": Picture(x), "label": y} for x, y in zip(pictures, Y, strict=True)]
    assert accuracy(rows) == ACCURACY


def test_several_inputs_in_batches_and_one_by_one() -> None:
    b = microinfer.ModelBuilder("sum")
    named = b.input((1, 3), "float32", name="a"), b.input((1, 3), "float32", name="b")
    b.output(b.add(*named))
    a, c = np.ones((5, 3), np.float32), np.full((5, 3), 2, np.float32)
    whole = [((a, c), a + c), ({"a": a, "b": c}, a + c)]
    single = [((x, y), x + y) for x, y in zip(a, c, strict=True)]
    for data in (*([pair] for pair in whole), single, [{"a": a, "b": c, "y": a + c}]):
        found = microinfer.validate(b.build(), data=data, task="regression", layers=0)
        assert found.samples == 5
        assert found.to_dict()["metrics"]["rmse"] == 0


def test_what_is_no_use_is_said() -> None:
    with pytest.raises(InputError, match=r"a list: yields no samples"):
        accuracy([])
    with pytest.raises(InputError, match=r"item 0: has columns a, b, c; name what the model"):
        accuracy([{"a": 1, "b": 2, "c": 3}])
    with pytest.raises(InputError, match="raised ZeroDivisionError"):
        accuracy(1 / zero for zero in [0])

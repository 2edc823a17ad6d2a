"""Arrays out of files: what a header claims is held against the file, and nothing is unpickled."""

from __future__ import annotations

import io
import pickle
import resource
import zipfile
from pathlib import Path

import numpy as np
import pytest

import microinfer
from microinfer import InputError, zoo
from microinfer.files.arrays import read_arrays

from support.commands import error_of


def header(shape: tuple[int, ...], dtype: str = "|i1", version: tuple[int, int] = (1, 0)) -> bytes:
    file = io.BytesIO()
    write = (
        np.lib.format.write_array_header_1_0 if version == (1, 0) else np.lib.format.write_array_header_2_0
    )
    write(file, {"shape": shape, "fortran_order": False, "descr": dtype})
    return file.getvalue()


def npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


class TestGood:
    def test_a_large_member_is_unpacked_piece_by_piece(self, tmp_path: Path) -> None:
        array = np.arange(3 << 20, dtype=np.int32)
        np.savez_compressed(tmp_path / "x.npz", x=array)
        asked: list[int] = []
        read = zipfile.ZipExtFile.read
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(zipfile.ZipExtFile, "read", lambda f, n=-1: asked.append(n) or read(f, n))
            found = read_arrays(tmp_path / "x.npz", "x")
        assert np.array_equal(dict(found)["x"], array)
        assert max(asked) <= 1 << 20

    @pytest.mark.parametrize(
        "array",
        [
            np.arange(12, dtype=np.int8).reshape(3, 4),
            np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
            np.array(3, ">i4"),
            np.zeros((0, 3)),
            np.array([True, False]),
        ],
        ids=["rows", "columns", "scalar", "empty", "bool"],
    )
    def test_arrays_arrive(self, tmp_path: Path, array: np.ndarray) -> None:
        np.save(tmp_path / "x.npy", array)
        np.savez_compressed(tmp_path / "x.npz", a=array, b=array)
        found = read_arrays(tmp_path / "x.npy", "x")
        assert isinstance(found, np.ndarray)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
        several = read_arrays(tmp_path / "x.npz", "x")
        assert not isinstance(several, np.ndarray)
        assert list(several) == ["a", "b"]
        np.testing.assert_array_equal(several["b"], array)

    def test_every_version_of_the_header(self, tmp_path: Path) -> None:
        for version in ((1, 0), (2, 0), (3, 0)):
            with (tmp_path / "x.npy").open("wb") as file:
                np.lib.format.write_array(file, np.arange(3), version)
            np.testing.assert_array_equal(read_arrays(tmp_path / "x.npy", "x"), np.arange(3))


class TestRefused:
    @pytest.mark.parametrize("shape", [(1 << 40,), (1 << 20, 1 << 20), (1 << 62,), (1 << 62, 1 << 62)])
    @pytest.mark.parametrize("suffix", ["npy", "npz"])
    def test_a_header_that_claims_a_terabyte(
        self, tmp_path: Path, shape: tuple[int, ...], suffix: str
    ) -> None:
        path = tmp_path / f"x.{suffix}"
        if suffix == "npy":
            path.write_bytes(header(shape) + b"1234")
        else:
            npz(path, x=header(shape) + b"1234")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        line = error_of("run", "digits", "--input", path)
        assert "its header claims" in line
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10
        error_of("validate", "digits", "--data", path)
        if suffix == "npz":
            error_of("diff", "digits", "--device", path)

    def test_a_file_that_is_shorter_or_longer_than_it_says(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npy"
        for content, said in ((b"12", "it holds 2"), (b"12345", "it holds more")):
            path.write_bytes(header((4,)) + content)
            with pytest.raises(InputError, match=said):
                read_arrays(path, "x")

    def test_objects_and_pickles(self, tmp_path: Path) -> None:
        marker = tmp_path / "ran"

        class Planted:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return open, (str(marker), "w")  # type: ignore[return-value]

        planted = np.empty(1, object)
        planted[0] = Planted()
        np.save(tmp_path / "x.npy", planted, allow_pickle=True)
        np.savez(tmp_path / "x.npz", x=planted)
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(Planted()))
        for name in ("x.npy", "x.npz", "x.pkl"):
            error_of("run", "digits", "--input", tmp_path / name)
            with pytest.raises(InputError):
                read_arrays(tmp_path / name, "x")
        assert not marker.exists()

    def test_an_archive_that_unpacks_to_far_too_much(self, tmp_path: Path) -> None:
        with (
            zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("x.npy", "w", force_zip64=True) as file,
        ):
            for _ in range(65):
                file.write(bytes(1 << 24))
        assert (tmp_path / "x.npz").stat().st_size < 4 << 20
        assert "at most" in error_of("run", "digits", "--input", tmp_path / "x.npz")

    def test_a_run_unpacks_no_more_than_an_input_can_be(self, tmp_path: Path) -> None:
        with (
            zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("x.npy", "w") as file,
        ):
            file.write(header((65 << 20,)))
            for _ in range(65):
                file.write(bytes(1 << 20))
        said = error_of("run", "digits", "--input", tmp_path / "x.npz")
        assert "unpacks to" in said
        assert f"at most {64 << 20:,} are read" in said

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x93NUM",
            b"\x93NUMPY",
            b"\x93NUMPY\x09\x00\x00\x00",
            b"\x93NUMPY\x01\x00\xff\xff{",
            b"PK",
            b"PK\x05\x06" + bytes(18),
            header((4,)).replace(b"|i1", b"|q9"),
            header((4,)).replace(b"(4,)", b"(-4)"),
            header((4,)).replace(b"(4,)", b"[[[["),
            header((4,)).replace(b"False", b"Falsy"),
        ],
    )
    def test_rubbish_is_one_line(self, tmp_path: Path, content: bytes) -> None:
        for suffix in ("npy", "npz"):
            (tmp_path / f"x.{suffix}").write_bytes(content)
            error_of("run", "digits", "--input", tmp_path / f"x.{suffix}")
            error_of("validate", "digits", "--data", tmp_path / f"x.{suffix}")

    def test_no_file_and_a_folder(self, tmp_path: Path) -> None:
        assert "No such file" in error_of("run", "digits", "--input", tmp_path / "none.npy")
        error_of("run", "digits", "--input", tmp_path)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_what_is_beyond_float32_is_not_finite(tmp_path: Path) -> None:
    interpreter = microinfer.Interpreter(zoo.load("sine"))
    shape = interpreter.get_input_details()[0]["shape"]
    np.save(tmp_path / "far.npy", np.full(shape, 1e300))
    assert "not finite, which cannot be quantised" in error_of("run", "sine", "--input", tmp_path / "far.npy")
    with pytest.raises(InputError, match="not finite, which cannot be quantised"):
        interpreter.run_batch(np.full(shape, 1e300))

"""The folder for machine code: nobody else's files are ever run, and none of the user's are left readable."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from microinfer.kernels import _cache, _jit

pytestmark = pytest.mark.skipif(os.name != "posix", reason="folders have no owners and modes here")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can make files of other users"
)
OTHER = 12_345
NAME = "kernels-0123456789abcdef"


@pytest.fixture
def shared_place() -> Iterator[Path]:
    """A folder that every user can reach, below /tmp."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def refused(folder: Path, words: str) -> None:
    with pytest.raises(_cache.UnsafeError, match=words):
        _cache.make_folder(folder)


class TestWhere:
    @pytest.mark.parametrize("given", ["", ".", "cache", "./cache", "../cache"])
    def test_empty_and_relative_folders_are_not_set(
        self, monkeypatch: pytest.MonkeyPatch, given: str, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MICROINFER_CACHE_DIR", given)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "linux")
        assert _cache.user_cache() == tmp_path / "microinfer"
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert _cache.user_cache() == tmp_path / "home" / ".cache" / "microinfer"

    def test_a_relative_home_is_no_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MICROINFER_CACHE_DIR", raising=False)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setenv("HOME", "here")
        with pytest.raises(RuntimeError, match="relative"):
            _cache.user_cache()

    def test_an_absolute_one_is_used(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("MICROINFER_CACHE_DIR", str(tmp_path / "own"))
        assert _cache.user_cache() == tmp_path / "own"


class TestFolder:
    def test_what_is_made_is_for_the_user_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "a" / "b" / NAME
        _cache.make_folder(folder)
        _cache.write(folder, "k.o", b"code")
        for made in (folder, folder.parent, folder.parent.parent):
            assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "k.o").stat().st_mode) == 0o600
        assert [file.name for file in folder.iterdir()] == ["k.o"]
        _cache.make_folder(folder)
        assert _cache.read(folder, "k.o") == b"code"

    @pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777, 0o770])
    @pytest.mark.parametrize("which", ["folder", "above"])
    def test_others_may_not_write_it(self, tmp_path: Path, mode: int, which: str) -> None:
        folder = tmp_path / "cache" / NAME
        _cache.make_folder(folder)
        _cache.write(folder, "k.o", b"code")
        (folder if which == "folder" else folder.parent).chmod(mode)
        refused(folder, "can be written by others")
        assert _cache.read(folder, "k.o") is None
        with pytest.raises(_cache.UnsafeError):
            _cache.write(folder, "k.o", b"other")

    def test_nor_a_folder_far_above(self, tmp_path: Path) -> None:
        (tmp_path / "open").mkdir()
        (tmp_path / "open").chmod(0o777)
        refused(tmp_path / "open" / "x" / "cache" / NAME, "open can be written by others")
        (tmp_path / "open").chmod(0o1777)
        _cache.make_folder(tmp_path / "open" / "x" / "cache" / NAME)

    @as_root
    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_nor_own_it(self, tmp_path: Path, which: int) -> None:
        folder = tmp_path / "x" / "cache" / NAME
        _cache.make_folder(folder)
        owned = (folder, folder.parent, folder.parent.parent)[which]
        os.chown(owned, OTHER, OTHER)
        refused(folder, f"{owned.name} belongs to user {OTHER}")

    @as_root
    def test_what_only_another_users_group_can_write_is_not_trusted(self, tmp_path: Path) -> None:
        (tmp_path / "x").mkdir()
        (tmp_path / "x").chmod(0o775)
        os.chown(tmp_path / "x", 0, OTHER)
        refused(tmp_path / "x" / "cache" / NAME, "can be written by others")

    @pytest.mark.parametrize("which", ["folder", "above"])
    def test_it_is_no_link(self, tmp_path: Path, which: str) -> None:
        real = tmp_path / "real" / NAME
        _cache.make_folder(real)
        if which == "folder":
            (tmp_path / "cache").mkdir(0o700)
            (tmp_path / "cache" / NAME).symlink_to(real)
        else:
            (tmp_path / "cache").symlink_to(real.parent)
        refused(tmp_path / "cache" / NAME, "is a link")
        assert _cache.read(tmp_path / "cache" / NAME, "k.o") is None

    def test_links_of_the_users_own_may_lead_to_it(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "home").symlink_to("x/../disk")
        (tmp_path / "x").mkdir()
        _cache.make_folder(tmp_path / "home" / "cache" / NAME)
        assert (tmp_path / "disk" / "cache" / NAME).is_dir()
        (tmp_path / "disk").chmod(0o777)
        refused(tmp_path / "home" / "cache" / NAME, "disk can be written by others")

    @as_root
    def test_links_of_others_may_not(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "home").symlink_to("disk")
        os.chown(tmp_path / "home", OTHER, OTHER, follow_symlinks=False)
        refused(tmp_path / "home" / "cache" / NAME, "belongs to user")

    def test_links_in_a_circle_end(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        refused(tmp_path / "a" / "cache" / NAME, "too many links")

    @pytest.mark.parametrize("which", ["folder", "above"])
    def test_a_file_or_a_fifo_in_its_place_is_no_folder(self, tmp_path: Path, which: str) -> None:
        folder = tmp_path / "cache" / NAME
        if which == "folder":
            folder.parent.mkdir(0o700)
        os.mkfifo(folder if which == "folder" else folder.parent)
        with pytest.raises(OSError, match="Not a directory"):
            _cache.make_folder(folder)


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        _cache.make_folder(tmp_path / "cache" / NAME)
        return tmp_path / "cache" / NAME

    @pytest.mark.parametrize("kind", ["link", "fifo", "folder", "shared", "everybody", "device"])
    def test_only_plain_files_are_read_and_others_replaced(self, folder: Path, kind: str) -> None:
        place = folder / "k.o"
        other = folder.parent / "other"
        other.write_bytes(b"planted")
        other.chmod(0o600)
        if kind == "link":
            place.symlink_to(other)
        elif kind == "device":
            place.symlink_to("/dev/zero")
        elif kind == "fifo":
            os.mkfifo(place)
        elif kind == "folder":
            place.mkdir()
        else:
            place.write_bytes(b"planted")
            place.chmod(0o660 if kind == "shared" else 0o602)
        assert _cache.read(folder, "k.o") is None
        if kind == "folder":
            with pytest.raises(OSError, match="directory"):
                _cache.write(folder, "k.o", b"code")
            assert [file.name for file in folder.iterdir()] == ["k.o"]
        else:
            _cache.write(folder, "k.o", b"code")
            assert _cache.read(folder, "k.o") == b"code"
        assert other.read_bytes() == b"planted"

    @as_root
    def test_nor_is_what_belongs_to_somebody_else(self, folder: Path) -> None:
        _cache.write(folder, "k.o", b"planted")
        os.chown(folder / "k.o", OTHER, OTHER)
        assert _cache.read(folder, "k.o") is None


def made_by(user: int, folder: Path) -> str:
    """What a process of another user says that makes a folder; nothing if it is good."""
    program = """
import os, sys
from pathlib import Path
from microinfer.kernels import _cache
import grp, pwd
user = int(sys.argv[1])
os.setgid(user); os.setuid(user)
try:
    _cache.make_folder(Path(sys.argv[2]))
except _cache.UnsafeError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(user), str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@as_root
class TestUsers:
    def test_another_user_takes_nothing_of_roots(self, shared_place: Path) -> None:
        folder = shared_place / "cache" / NAME
        assert made_by(0, folder) == ""
        folder.parent.chmod(0o755)
        assert made_by(OTHER, folder).endswith("belongs to user 0, not to user 12345")

    def test_root_takes_nothing_of_another_users(self, shared_place: Path) -> None:
        (shared_place / "home").mkdir()
        os.chown(shared_place / "home", OTHER, OTHER)
        folder = shared_place / "home" / "cache" / NAME
        assert made_by(OTHER, folder) == ""
        assert made_by(0, folder).endswith("home belongs to user 12345, not to user 0")


class TestSaid:
    def test_that_there_is_no_cache_is_said_once(self, tmp_path: Path) -> None:
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache").chmod(0o777)
        program = """
from microinfer.kernels import _jit, pad
assert _jit.cache_folder() is None is _jit.cache_folder()
"""
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "MICROINFER_CACHE_DIR": str(tmp_path / "cache")},
        )
        (line,) = done.stderr.splitlines()
        assert line.startswith("microinfer: machine code is not kept: ")
        assert "can be written by others (mode 0777)" in line

    def test_a_folder_that_cannot_be_made_is_no_cache(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("MICROINFER_CACHE_DIR", str(tmp_path / "file" / "cache"))
        assert _jit.cache_folder.__wrapped__() is None

"""Files are written whole or not at all, and over nothing of the user's unasked."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from microinfer import InputError, Interpreter, zoo
from microinfer.exports import bare_c, npz, tflm
from microinfer.files.folder import write_all
from microinfer.files.output import expect_free, replacing, write_file

from support.commands import call, error_of

posix = pytest.mark.skipif(os.name != "posix", reason="devices and pipes have other names here")
WRITERS = {
    "plan -o": ("plan", "mobilenet_v1", "-o"),
    "plan --svg": ("plan", "digits", "--svg"),
    "check -o": ("check", "digits", "--json", "-o"),
    "report -o": ("report", "sine", "-o"),
    "trace -o": ("trace", "sine", "-o"),
    "battery --svg": ("battery", "digits", "-p", "nucleo-l4r5zi", "--svg"),
    "compare --svg": ("compare", "sine", "-p", "cortex-m4", "--svg"),
    "bench --csv": ("bench", "--modelled-only", "--quick", "-p", "cortex-m4", "--kernel", "softmax", "--csv"),
    "bench --svg": ("bench", "--modelled-only", "--quick", "-p", "cortex-m4", "--kernel", "fully", "--svg"),
    "zoo export -o": ("zoo", "export", "sine", "-o"),
}
EVERY_WRITER = pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
EXPORTS = {"bare-c": bare_c.export, "tflm": tflm.export, "npz": npz.export}


class TestOneFile:
    def test_text_and_bytes(self, tmp_path: Path) -> None:
        assert write_file(tmp_path / "a", "ü\n") == tmp_path / "a"
        assert (tmp_path / "a").read_bytes() == b"\xc3\xbc\n"
        write_file(tmp_path / "b", b"\r\n")
        assert (tmp_path / "b").read_bytes() == b"\r\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]

    def test_what_is_there_stays_unless_it_is_to_be_replaced(self, tmp_path: Path) -> None:
        place = tmp_path / "a"
        place.write_text("mine")
        place.chmod(0o600)
        with pytest.raises(InputError, match="is there already; --force replaces it"):
            write_file(place, "new")
        assert place.read_text() == "mine"
        write_file(place, "new", force=True)
        assert place.read_text() == "new"
        assert stat.S_IMODE(place.stat().st_mode) == 0o600 or os.name != "posix"
        assert list(tmp_path.iterdir()) == [place]

    def test_nor_is_what_came_meanwhile_lost(self, tmp_path: Path) -> None:
        stack = ExitStack()
        place = tmp_path / "a"
        file = stack.enter_context(replacing(place))
        file.write(b"new")
        place.write_text("mine")
        with pytest.raises(InputError, match="is there already"):
            stack.close()
        assert place.read_text() == "mine"
        assert list(tmp_path.iterdir()) == [place]

    @pytest.mark.parametrize("before", [None, "old"])
    def test_a_block_that_fails_leaves_the_old_file_or_none(self, tmp_path: Path, before: str | None) -> None:
        place = tmp_path / "a"
        if before is not None:
            place.write_text(before)
        with suppress(ZeroDivisionError), replacing(place, force=True) as file:
            file.write(b"half")
            file.flush()
            raise ZeroDivisionError
        assert [path.read_text() for path in tmp_path.iterdir()] == ([] if before is None else [before])

    def test_places_where_no_file_can_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for place in (tmp_path, tmp_path / "none" / "a", tmp_path / "file" / "a", tmp_path / ("n" * 400)):
            with pytest.raises(InputError, match="cannot write"):
                write_file(place, "new", force=True)
            with pytest.raises(InputError, match="cannot write"):
                expect_free(place, force=True)
        with pytest.raises(InputError, match="named twice"):
            expect_free(tmp_path / "a", None, tmp_path / "a")
        expect_free(tmp_path / "a", None, tmp_path / "b")

    @posix
    def test_a_link_stays_and_what_it_leads_to_is_written(self, tmp_path: Path) -> None:
        (tmp_path / "real").write_text("old")
        (tmp_path / "link").symlink_to("real")
        (tmp_path / "dangling").symlink_to("made")
        with pytest.raises(InputError, match="is there already"):
            write_file(tmp_path / "link", "new")
        write_file(tmp_path / "link", "new", force=True)
        write_file(tmp_path / "dangling", "made")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_text() == "new"
        assert (tmp_path / "made").read_text() == "made"

    @posix
    def test_devices_are_written_as_they_stand(self) -> None:
        write_file("/dev/null", "gone")
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
        with pytest.raises(InputError, match="cannot write /dev/full: No space left"):
            write_file("/dev/full", "no room")

    def test_standard_output(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        print("before")
        write_file("-", "text\n")
        assert capsysbinary.readouterr().out.replace(b"\r", b"") == b"before\ntext\n"


class TestFolder:
    def test_all_or_nothing(self, tmp_path: Path) -> None:
        contents = {"a": "1", "src/b": b"2"}
        write_all(tmp_path / "x" / "y", contents)
        assert (tmp_path / "x" / "y" / "src" / "b").read_text() == "2"
        (tmp_path / "x" / "y" / "a").unlink()
        with pytest.raises(InputError, match="b is there already"):
            write_all(tmp_path / "x" / "y", contents)
        assert not (tmp_path / "x" / "y" / "a").exists()
        write_all(tmp_path / "x" / "y", contents, force=True)
        assert (tmp_path / "x" / "y" / "a").read_text() == "1"

    def test_what_cannot_be_written_leaves_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot write"):
            write_all(tmp_path / "x", {"a": "1", "b" * 400: "2"})
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="cannot write"):
            write_all(tmp_path, {"a": "1", "file/b": "2"})
        (tmp_path / "file").unlink()
        assert not list(tmp_path.iterdir())

    def test_a_new_folder_appears_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[bool] = []
        write = Path.write_bytes

        def watched(path: Path, data: bytes) -> int:
            seen.append((tmp_path / "x").exists())
            return write(path, data)

        monkeypatch.setattr(Path, "write_bytes", watched)
        write_all(tmp_path / "x", {"a": "1", "src/b": "2"})
        assert seen == [False, False]
        assert [path.name for path in tmp_path.iterdir()] == ["x"]

    @pytest.mark.parametrize("fails", [0, 1, 2])
    def test_a_move_that_fails_keeps_the_old(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
    ) -> None:
        folder = tmp_path / "x"
        write_all(folder, {"a": "old a", "b": "old b"})
        moved = 0

        def failing(beside: Path, place: Path, force: bool) -> None:
            nonlocal moved
            moved += 1
            if moved > fails:
                raise OSError(5, "Input/output error")
            beside.replace(place)

        monkeypatch.setattr("microinfer.files.folder.move", failing)
        with pytest.raises(InputError, match="Input/output error"):
            write_all(folder, {"a": "new a", "src/new": "2", "b": "new b"}, force=True)
        assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "old a", "b": "old b"}

    @pytest.mark.parametrize("form", EXPORTS)
    def test_exports(self, tmp_path: Path, form: str) -> None:
        folder = tmp_path / "net"
        EXPORTS[form](zoo.load("sine"), folder)
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        first = next(iter(before))
        first.write_text("mine")
        with pytest.raises(InputError, match="is there already"):
            EXPORTS[form](zoo.load("sine"), folder)
        assert "--force" in error_of("export", "sine", "--format", form, "-o", folder)
        assert first.read_text() == "mine"
        EXPORTS[form](zoo.load("sine"), folder, force=True)
        assert call("export", "sine", "--format", form, "-o", folder, "--force").exit_code == 0
        assert set(before) == {path for path in folder.rglob("*") if path.is_file()}
        assert first.read_text(encoding="latin-1") != "mine"


class TestCommands:
    @EVERY_WRITER
    def test_nothing_is_overwritten_unasked(self, tmp_path: Path, command: tuple[str, ...]) -> None:
        place = tmp_path / "file"
        place.write_text("mine")
        assert error_of(*command, place).endswith(f"{place} is there already; --force replaces it")
        assert place.read_text() == "mine"
        assert call(*command, place, "--force").exit_code == 0
        written = place.read_bytes()
        assert written != b"mine"
        assert call(*command, tmp_path / "other").exit_code == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "other"]

    @EVERY_WRITER
    def test_a_dash_is_standard_output_and_nothing_else_is_on_it(
        self, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        assert call(*command, tmp_path / "file").exit_code == 0
        result = call(*command, "-")
        assert result.exit_code == 0
        assert result.stdout_bytes == (tmp_path / "file").read_bytes()
        if command[0] != "check":
            assert "standard output" in error_of(*command, "-", "--json")

    def test_a_profile_of_ones_own_too(self, tmp_path: Path) -> None:
        log = tmp_path / "log.txt"
        log.write_text("\n".join(f"{name} took 1000 ticks (1 ms)." for name in names("digits")))
        result = call("calibrate", "digits", "--log", log, "-o", "-", "--title", "Mine")
        assert result.exit_code == 0, result.output
        assert 'title = "Mine"' in result.stdout
        assert "written" not in result.stdout

    def test_a_folder_does_not_go_to_standard_output(self) -> None:
        assert "a folder" in error_of("export", "sine", "-o", "-")

    def test_two_files_do_not_go_to_standard_output(self) -> None:
        assert "cannot both" in error_of("plan", "sine", "-o", "-", "--svg", "-")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
    @EVERY_WRITER
    def test_a_full_device_is_one_line(self, command: tuple[str, ...]) -> None:
        assert "cannot write /dev/full: No space left on device" in error_of(*command, "/dev/full")
        assert call(*command, "/dev/null").exit_code == 0


def names(model: str) -> tuple[str, ...]:
    return Interpreter(zoo.load(model)).operators


@posix
@pytest.mark.skipif(shutil.which("mount") is None, reason="no disk can be mounted here")
def test_a_full_disk_leaves_the_old_file_or_none(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (disk / "old").write_text("mine")
        for command in (
            ("report", "sine", "--force", "-o", disk / "old"),
            ("report", "sine", "-o", disk / "new"),
            ("zoo", "export", "ds_cnn", "-o", disk / "new"),
            ("export", "ds_cnn", "--format", "tflm", "-o", disk / "sub" / "folder"),
        ):
            assert "No space left on device" in error_of(*command)
            assert [path.name for path in disk.iterdir()] == ["old"]
            assert (disk / "old").read_text() == "mine"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@posix
class TestStreams:
    def shell(self, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        line = line.replace("microinfer", f"'{sys.executable}' -m microinfer")
        return subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, cwd=folder, check=False, timeout=120
        )

    @pytest.mark.parametrize(
        "command",
        ["ops", "ops --json", "--help", "plan --help", "plan digits --svg -", "run sine --json", "nonsense"],
    )
    def test_a_reader_that_has_gone_is_neither_a_no_nor_a_mistake(self, tmp_path: Path, command: str) -> None:
        done = self.shell(f"(sleep 0.2; microinfer {command}; echo code $? >&3) 3>code 2>&1 | true", tmp_path)
        assert done.stderr == ""
        assert (tmp_path / "code").read_text() == "code 141\n"

    def test_a_stream_that_is_full_is_one_line(self, tmp_path: Path) -> None:
        if Path("/dev/full").exists():
            done = self.shell("microinfer ops > /dev/full", tmp_path)
            assert done.returncode == 2
            assert done.stderr == "microinfer: standard output: No space left on device\n"

    @pytest.mark.parametrize("place", ["/dev/stdout", "/dev/fd/1", "-"])
    def test_open_streams_go_on_where_they_were(self, tmp_path: Path, place: str) -> None:
        done = self.shell(f"(echo first; microinfer zoo export sine -o {place}; echo last) > all", tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "all").read_bytes() == b"first\n" + zoo.load("sine") + b"last\n"

    def test_a_stream_of_another_number(self, tmp_path: Path) -> None:
        done = self.shell("microinfer zoo export sine -o /dev/fd/7 7> file", tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "file").read_bytes() == zoo.load("sine")

"""The server without a browser: who may ask, what it answers, and how it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from microinfer import zoo
from microinfer.cli import main
from microinfer.exports.formats import write_export
from microinfer.model.read import load
from microinfer.parts.profile import load_profile, profile_names
from microinfer.run.inputs import set_inputs
from microinfer.server.choices import MOST_BYTES
from microinfer.server.workers import Workers
from microinfer.view.html.report_page import make_page

from support.page_server import PageServer, serving

pytest.importorskip("uvicorn", reason="starlette and uvicorn, the extra 'serve', are not installed")
DIGITS = dataclasses.replace(load(zoo.load("digits")), name="digits")


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with serving() as running:
        yield running


def error_of(answer: bytes) -> str:
    said = json.loads(answer)
    assert said.keys() == {"error"}
    assert "\n" not in said["error"]
    return str(said["error"])


def test_whoever_lacks_the_key_is_refused(server: PageServer) -> None:
    for wrong in (None, "", "Bearer", "Bearer x", server.key, f"Bearer {server.key}x"):
        status, body, _ = server.request("/ask/catalogue", authorization=wrong)
        assert status == 401
        assert "key" in error_of(body)
    assert server.key not in server.request("/", method="GET")[1].decode()


def test_a_name_that_was_turned_to_this_computer_is_refused(server: PageServer) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1", "127.0.0.1:1", None):
        for path, method in (("/ask/catalogue", "POST"), ("/", "GET"), ("/serve.js", "GET")):
            status, body, _ = server.request(path, method=method, host=host)
            assert status in (400, 421)
            assert b"catalogue" not in body
    assert server.request("/ask/catalogue", host=f"localhost:{server.port}")[0] == 200


def test_another_site_is_refused(server: PageServer) -> None:
    own = f"http://127.0.0.1:{server.port}"
    for origin in ("http://evil.example", "null", own.replace("http:", "https:"), "http://127.0.0.1:1", ""):
        assert server.request("/ask/catalogue", origin=origin)[0] == 403
    assert server.request("/ask/catalogue", origin=own)[0] == 200
    for site in ("cross-site", "same-site"):
        assert server.request("/ask/catalogue", sec_fetch_site=site)[0] == 403
        assert server.request("/serve.js", method="GET", sec_fetch_site=site)[0] == 403
        assert server.request("/", method="GET", sec_fetch_site=site)[0] == 200, (
            "a link from elsewhere opens it"
        )
    assert server.request("/ask/catalogue", method="OPTIONS", origin="http://evil.example")[0] == 403


def test_every_answer_is_fenced_in(server: PageServer) -> None:
    answers = [
        server.request("/", method="GET"),
        server.request("/nowhere"),
        server.request("/ask/catalogue"),
    ]
    answers.append(server.request("/", method="GET", host="evil.example"))
    for _, _, headers in answers:
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert not re.search(r"script-src[^;]*unsafe-inline", policy)
        assert headers["cache-control"] == "no-store"
        assert not any(name.lower().startswith("access-control") for name in headers)


def test_it_listens_to_this_computer_alone(server: PageServer) -> None:
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", server.port)) != 0


def test_the_page_is_the_report(server: PageServer) -> None:
    made = make_page(
        DIGITS,
        load_profile("nucleo-l4r5zi").built("Os"),
        None,
        None,
        lambda interpreter: set_inputs(interpreter, None),
        others=[load_profile("arduino-uno")],
    )
    query = "name=digits.tflite&part=nucleo-l4r5zi&build=Os&run=1&whole=1&beside=arduino-uno"
    status, body, headers = server.request(f"/ask/page?{query}", zoo.load("digits"))
    assert status == 200
    assert headers["content-disposition"].endswith("''digits.html")
    assert body.decode() == made.html


def test_an_arena_of_one_s_own_is_judged(server: PageServer) -> None:
    for run in ("", "&run=1"):
        for arena, verdict in (
            ("2375", "Does not fit"),
            ("2376", "Fits"),
            ("4k", "Fits"),
            ("1M", "Does not fit"),
        ):
            query = f"zoo=digits&part=cortex-m4&beside=&arena={arena}{run}"
            assert f">{verdict}<" in server.request(f"/ask/page?{query}")[1].decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("part=../../etc/passwd", "part '../../etc/passwd'"),
        ("part=nosuch", "part 'nosuch'"),
        ("library=nosuch", "nosuch"),
        ("library=cmsis-nn&part=esp32-c3", "cmsis-nn"),
        ("build=O9", "O9"),
        ("arena=-3", "arena"),
        ("arena=few", "few"),
        ("zoo=nosuch", "nosuch"),
        ("colour=red", "colour"),
        ("part=pico&part=pico", "twice"),
        ("&".join(["beside=pico"] * 101), "101"),
    ],
)
def test_a_choice_that_cannot_be_is_a_sentence(server: PageServer, query: str, said: str) -> None:
    zoo_model = "" if query.startswith("zoo") else "zoo=digits&"
    status, body, _ = server.request(f"/ask/page?{zoo_model}{query}")
    assert status == 400
    assert said in error_of(body)


def test_a_file_that_is_none_is_a_sentence(server: PageServer) -> None:
    whole = zoo.load("digits")
    broken = b"\xff" * 4 + whole[4:]
    for data in (b"", b"\x00", b"<html>", whole[:100], whole[: len(whole) // 2], broken):
        status, body, _ = server.request("/ask/page?name=%1B%5Bx.tflite", data)
        assert status == 400
        assert "\x1b" not in error_of(body)
    assert server.request("/ask/page?zoo=digits&beside=")[2]["content-type"].startswith("text/html")


def test_what_nobody_answers_is_not_found(server: PageServer) -> None:
    for what in ("nosuch", "Page", "page%20"):
        status, body, _ = server.request(f"/ask/{what}?zoo=digits")
        assert (status, "there is catalogue, page, export" in error_of(body)) == (404, True)


def test_a_file_that_is_too_large_is_not_taken(server: PageServer) -> None:
    status, body, _ = server.request("/ask/page", b"\x00" * (MOST_BYTES + 1))
    assert status == 413
    assert "64 MB" in error_of(body)


def test_the_export_is_an_archive(server: PageServer, tmp_path: Path) -> None:
    part = load_profile("arduino-uno")
    give = lambda interpreter: set_inputs(interpreter, None)  # noqa: E731
    made = write_export(DIGITS, part, None, None, "bare-c", tmp_path / "digits", give)
    query = "name=some/where/digits.tflite&part=arduino-uno"
    _, body, headers = server.request(f"/ask/export?{query}", zoo.load("digits"))
    assert headers["content-disposition"].endswith("''digits-bare-c.zip")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert set(archive.namelist()) == {f"digits/{name}" for name in made.files}
        for name in made.files:
            assert archive.read(f"digits/{name}") == (tmp_path / "digits" / name).read_bytes(), name
    hostile = server.request("/ask/export?name=..%2F..%2F..&part=arduino-uno", zoo.load("digits"))[1]
    with zipfile.ZipFile(io.BytesIO(hostile)) as archive:
        assert all(name.startswith("model/") for name in archive.namelist())


def test_the_catalogue_is_all_there_is(server: PageServer) -> None:
    offered = json.loads(server.request("/ask/catalogue")[1])
    assert [part["name"] for part in offered["parts"]] == list(profile_names())
    assert offered["zoo"] == list(zoo.names())
    for build in offered["builds"]:
        load_profile(offered["part"]).built(build)


def test_it_answers_while_it_works(server: PageServer) -> None:
    """More questions than there are workers, and the page's own files meanwhile."""
    found: list[int] = []
    ask = lambda: found.append(server.request("/ask/page?zoo=mobilenet_v1")[0])  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert server.request("/", method="GET")[0] == 200
    for thread in threads:
        thread.join()
    assert found == [200] * 5


def test_who_leaves_stops_the_work(server: PageServer) -> None:
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            head = f"POST /ask/page?zoo=mobilenet_v1 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            leaving.sendall(f"{head}Authorization: Bearer {server.key}\r\nContent-Length: 0\r\n\r\n".encode())
    assert server.request("/ask/page?zoo=digits&beside=")[0] == 200


def workers_of(server: PageServer) -> list[int]:
    listed = ["ps", "-o", "pid=", "--ppid", str(server.process.pid)]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    return [int(number) for number in done.stdout.split()]


def alive(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


def test_a_worker_that_is_lost_ends_nothing_else() -> None:
    with serving() as running:
        assert running.request("/ask/page?zoo=digits&beside=")[0] == 200
        for number in workers_of(running):
            os.kill(number, signal.SIGSTOP)
        killer = threading.Timer(0.3, lambda: [os.kill(one, signal.SIGKILL) for one in workers_of(running)])
        killer.start()
        status, body, _ = running.request("/ask/page?zoo=digits&beside=")
        killer.join()
        assert status == 500
        assert "signal 9" in error_of(body)
        assert running.request("/ask/page?zoo=digits&beside=")[0] == 200


def test_a_question_that_takes_too_long_is_ended() -> None:
    async def ask() -> tuple[int, bytes, int]:
        workers = Workers(1, seconds=0.001)
        slow = await workers.ask("page", [("zoo", "mobilenet_v1")], b"")
        await workers.close()
        return slow.status, slow.content, len(workers.running)

    status, content, left = asyncio.run(ask())
    assert status == 503
    assert "0.001 seconds" in error_of(content)
    assert left == 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_at_once(name: str) -> None:
    """With a connection open and a worker at work; no worker stays behind."""
    with serving() as running:
        status, _, _ = running.request("/ask/page?zoo=digits&beside=")
        assert status == 200
        children = workers_of(running)
        assert children
        with socket.create_connection(("127.0.0.1", running.port)) as idle:
            head = f"POST /ask/page?zoo=mobilenet_v1 HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
            idle.sendall(f"{head}Authorization: Bearer {running.key}\r\nContent-Length: 0\r\n\r\n".encode())
            code, seconds = running.end(getattr(signal, name))
        assert code == 130
        assert seconds < 1
        assert running.process.stderr is not None
        assert running.process.stderr.read().strip() == "microinfer: interrupted"
        assert not [one for one in children if alive(one)]


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["serve", "--no-browser", "--port", str(port)])
    assert done.exit_code == 2
    assert f"--port {port}: cannot listen" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from microinfer.cli import main\nmain(['serve', '--no-browser'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "microinfer: the page in the browser needs starlette and uvicorn: pip install 'microinfer[serve]'\n"
    )

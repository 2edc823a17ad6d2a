"""Processes that do the work, so that the server answers meanwhile and a file ends none but its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from .frames import LENGTHS, pack
from .replies import Answer, refusal

__all__ = ["SECONDS", "Workers"]

SECONDS = 120.0
"""That one question may take, with kernels compiled for the first time."""


class Workers:
    """At most `most` at once; a question more waits. One that has answered is used again.

    `running` are those that have not been ended.
    """

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        self._room = asyncio.Semaphore(most)
        self._idle: list[Process] = []
        self.running: set[Process] = set()
        self._ended: set[Process] = set()
        self._seconds = seconds

    async def warm(self) -> None:
        """Have one ready before it is asked for."""
        self._idle.append(await self._start())

    async def ask(self, what: str, pairs: list[tuple[str, str]], data: bytes) -> Answer:
        """An answer, whatever becomes of the worker. Cancelled, it ends the worker that was at it."""
        async with self._room:
            process = await self._one()
            whole = False
            try:
                made = await asyncio.wait_for(_exchange(process, pack([what, pairs], data)), self._seconds)
                whole = True
                return made
            except TimeoutError:
                return refusal(
                    503, f"no answer in {self._seconds:g} seconds; the work on this file was ended"
                )
            except (asyncio.IncompleteReadError, ConnectionError):
                code = await process.wait()
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                return refusal(
                    500, f"this file ended the process that looked at it ({how}): please report it"
                )
            finally:
                if whole:
                    self._idle.append(process)
                else:
                    self._end(process)

    async def close(self) -> None:
        """End all of them now."""
        for process in list(self.running):
            self._end(process)
        self._idle.clear()
        await asyncio.gather(*(_gone(process) for process in self._ended))
        self._ended.clear()

    async def _one(self) -> Process:
        """One that waits, if it has not ended meanwhile, else a new one."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
            self.running.discard(process)
        return await self._start()

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{__package__}.worker",
            stdin=PIPE,
            stdout=PIPE,
            stderr=None if os.environ.get("MICROINFER_TRACEBACK") else DEVNULL,
        )
        self.running.add(process)
        return process

    def _end(self, process: Process) -> None:
        self.running.discard(process)
        self._ended = {one for one in self._ended if one.returncode is None} | {process}
        with suppress(ProcessLookupError):
            process.kill()


async def _gone(process: Process) -> None:
    """Until it has ended and its pipes are closed."""
    if process.stdin is not None:
        process.stdin.close()
    await process.communicate()


async def _exchange(process: Process, question: bytes) -> Answer:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(question)
    await process.stdin.drain()
    head, content = LENGTHS.unpack(await process.stdout.readexactly(LENGTHS.size))
    status, kind, name = json.loads(await process.stdout.readexactly(head))
    return Answer(status, kind, await process.stdout.readexactly(content), name)

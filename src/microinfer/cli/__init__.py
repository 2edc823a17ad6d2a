"""The command line. One module a command, imported when the command is called.

Exit codes are in `exit_codes`. Errors are one line on stderr.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from ..errors import ArenaError, MicroinferError
from ..words.version import __version__
from .commands import Commands, worded
from .exit_codes import BAD_INPUT, BROKEN_PIPE, DOES_NOT_FIT, INTERRUPTED, OWN_MISTAKE

__all__ = ["main"]

COMMANDS = {
    "run": "Run a model as the device would: bits, bytes, cycles, energy.",
    "validate": "Run a whole dataset: accuracy, and the layer that loses it.",
    "diff": "Show how much the answers depend on who computes them.",
    "check": "Say whether a model will run on a part, and all that is in its way.",
    "plan": "Draw the tensor arena: who lives where and when.",
    "profiles": "List the parts and boards, or show one with its sources.",
    "battery": "Say how long a battery lasts at a rate of inferences, and draw it.",
    "compare": "Compare parts, boards and kernel libraries; is CMSIS-NN on?",
    "sweep": "Hold many models against many parts, and choose.",
    "search": "Look for the best network of a space, under budgets.",
    "faults": "Flip bits in flash and arena: what is lost, and what protects?",
    "calibrate": "Learn a board from its profiler log, as a profile of your own.",
    "ops": "List the operators, by type and kernel library.",
    "export": "Write a model as C, as files for a TFLM project, or as arrays.",
    "report": "Write one page of HTML about a model on a part.",
    "serve": "Open a page in the browser: drop a model, change part and kernels, see.",
    "trace": "Write the modelled run as a trace for Perfetto.",
    "zoo": "List the models that ship with microinfer, or export one.",
    "bench": "Time kernels over a grid of shapes, here and as modelled on parts.",
    "warmup": "Compile every kernel now, for images and CI.",
}
"""Command to its line in the help; the module of the same name has its `command`."""

MULTIPLYING = ("diff", "report", "validate")
"""Those that multiply matrices of real numbers. The others do without numpy's threads for that: to start them
takes longer than a check of the model."""

LONGEST_LINE = 1000
_FULL = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)
"""Faults of what is written to; files that a command writes are named already."""
COLLECTED_AFTER = 100_000
"""Objects made before cycles among them are looked for: most commands end before that, a tenth sooner."""


class ReaderGoneError(Exception):
    """A broken pipe, by another name: of the usual one click makes an end with code 1."""


@contextmanager
def _pipes() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


class Application(Commands):
    """The group of all commands, which knows them without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in MULTIPLYING and "numpy" not in sys.modules:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        command: click.Command = import_module(f".{cmd_name}", __name__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Runs a command and exits with what it returns."""
        extra["standalone_mode"] = False
        gc.set_threshold(COLLECTED_AFTER)
        atexit.unregister(gc.freeze)
        atexit.register(gc.freeze)  # what is left at the end goes with the process, uncollected
        _survive_odd_streams()
        try:
            code = self._code(args, prog_name or "microinfer", extra)
        except (BrokenPipeError, ReaderGoneError):
            code = BROKEN_PIPE
        sys.exit(_flushed(code))

    def make_context(self, *given: Any, **extra: Any) -> click.Context:
        with _pipes():
            return super().make_context(*given, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _pipes():
            return super().invoke(ctx)

    def _code(self, args: Sequence[str] | None, prog_name: str, extra: dict[str, Any]) -> int:
        """What a command returns; a mistake is said on stderr.

        Raises:
            BrokenPipeError, ReaderGoneError: whoever read what is printed has gone.
        """
        code: Any
        try:
            code = super().main(args, prog_name, **extra)
            sys.stdout.flush()
        except click.UsageError as error:
            first = next(iter(sys.argv[1:] if args is None else args), "")
            named = f"microinfer {first}" if first in COMMANDS else "microinfer"
            where = error.ctx.command_path if error.ctx is not None else named
            code = _complain(f"{worded(error)} (see '{where} --help')", BAD_INPUT)
        except click.ClickException as error:
            code = _complain(error.format_message(), BAD_INPUT)
        except (click.Abort, KeyboardInterrupt):
            click.echo("microinfer: interrupted", err=True)
            code = INTERRUPTED
        except ArenaError as error:
            code = _complain(str(error), DOES_NOT_FIT)
        except MicroinferError as error:
            code = _complain(str(error), BAD_INPUT, getattr(error, "__notes__", ()))
        except (BrokenPipeError, ReaderGoneError):
            raise
        except OSError as error:
            where = error.filename or ("standard output" if error.errno in _FULL else "")
            code = _complain(f"{where}: {error.strerror or error}".lstrip(": "), BAD_INPUT)
        except Exception as error:
            if os.environ.get("MICROINFER_TRACEBACK"):
                raise
            code = _complain(
                f"mistake in microinfer itself, please report it: {type(error).__name__}: {error} "
                "(MICROINFER_TRACEBACK=1 shows where)",
                OWN_MISTAKE,
            )
        return code if isinstance(code, int) else 0


def _flushed(code: int) -> int:
    """The exit code once all is printed; a stream that takes nothing more is left, or Python would complain
    of it, with a code of its own, when it flushes at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = BROKEN_PIPE
            _leave(stream)
        except OSError:
            code = code or BAD_INPUT
            _leave(stream)
    if code == 0 and _lost(sys.stdout):
        return _complain("standard output is closed, and what was printed is lost", BAD_INPUT)
    return code


class _Lost(FileIO):
    """In the place of a standard output that was closed: takes everything, and counts it."""

    bytes = 0

    def write(self, content: Any) -> int:
        self.bytes += len(content)
        return len(content)


def _lost(stream: Any) -> bool:
    """Whether something was printed that nobody can have read."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return isinstance(raw, _Lost) and raw.bytes > 0


def _leave(stream: Any) -> None:
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _survive_odd_streams() -> None:
    """A character that a terminal cannot show becomes a question mark; what a closed stream gets is lost."""
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or TextIOWrapper(BufferedWriter(_Lost(nowhere, "w")), encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _complain(message: str, code: int, notes: Iterable[str] = ()) -> int:
    """One line, and under it what may be pasted as it stands."""
    from .console import printable

    line = printable(" ".join(message.split()))
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    click.echo(_wrapped(f"microinfer: {line}"), err=True)
    for note in notes:
        click.echo("\n".join(["", *map(printable, note.splitlines())]), err=True)
    return code


def _wrapped(line: str) -> str:
    """Between words on a terminal; one line for programs."""
    if not sys.stderr.isatty():
        return line
    import shutil
    import textwrap

    columns = max(40, shutil.get_terminal_size().columns - 1)
    return textwrap.fill(line, columns, subsequent_indent="  ", break_on_hyphens=False)


@click.group(
    cls=Application,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 good, 1 the model does not fit, 2 usage or bad input, 3 cannot tell.",
)
@click.version_option(__version__, "-V", "--version", message="microinfer %(version)s")
@click.pass_context
def main(context: click.Context) -> int | None:
    """Runs a quantised .tflite model on your computer exactly as a microcontroller would."""
    if context.invoked_subcommand is not None:
        return None
    click.echo(context.get_help(), err=True)
    return BAD_INPUT

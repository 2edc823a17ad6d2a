"""What is computed for the page, in a worker: the report, and exports as an archive."""

from __future__ import annotations

import dataclasses
import io
import json
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath

from .. import zoo
from ..errors import ArenaError, InputError, MicroinferError, ModelError
from ..exports.formats import format_of, write_export
from ..model.read import load
from ..model.tables import Model
from ..run.inputs import set_inputs
from ..view.html.report_page import make_page, make_unrun_page
from ..words.printing import printable
from .choices import Choices, catalogue, read_choices

__all__ = ["LONGEST", "Answer", "answer"]

QUESTIONS = ("catalogue", "page", "export")
LONGEST = 600
"""Characters of a sentence about an error; a file can make names of any length."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """`status` as HTTP has it, `kind` the media type, `name` a file's that is offered, "" for none."""

    status: int
    kind: str
    content: bytes
    name: str = ""


def answer(what: str, pairs: list[tuple[str, str]], data: bytes) -> Answer:
    """Answer a question of the page; what is wrong with a file or a choice is one sentence, with the status
    that says whose mistake it is.

    Args:
        what: "catalogue", "page" or "export"; of anything else there is nothing here.
        data: the model's file.
    """
    try:
        if what not in QUESTIONS:
            return refusal(404, f"no question {what!r}; there is {', '.join(QUESTIONS)}")
        if what == "catalogue":
            return Answer(200, "application/json", json.dumps(catalogue()).encode())
        choices = read_choices(pairs)
        model = _model(choices, data)
        return _export(choices, model) if what == "export" else _page(choices, model)
    except MicroinferError as error:
        return refusal(400, str(error))
    except MemoryError:
        return refusal(507, "this model asks for more memory than this computer gives")
    except Exception as error:
        return refusal(
            500, f"mistake in microinfer itself, please report it: {type(error).__name__}: {error}"
        )


def refusal(status: int, sentence: str) -> Answer:
    """One line, without control characters, of no length that a file chose."""
    line = printable(" ".join(sentence.split()))
    if len(line) > LONGEST:
        line = f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"
    return Answer(status, "application/json", json.dumps({"error": line}).encode())


def _model(choices: Choices, data: bytes) -> Model:
    if choices.zoo:
        return dataclasses.replace(load(zoo.load(choices.zoo)), name=choices.zoo)
    if not data:
        raise InputError("an empty file; expected a .tflite model")
    path = PureWindowsPath(PurePosixPath(choices.name).name)
    try:
        return dataclasses.replace(load(data), name=path.stem or "model")
    except ModelError as error:
        raise type(error)(f"{path.name or 'model'}: {error}") from error


def _page(choices: Choices, model: Model) -> Answer:
    """The report. An arena that is too small is shown as such, without a run."""
    untrained = bool(choices.zoo) and not zoo.describe(choices.zoo).trained
    page = None
    if choices.runs:
        with suppress(ArenaError):
            page = make_page(
                model,
                choices.part,
                choices.library,
                None,
                lambda interpreter: set_inputs(interpreter, None),
                untrained=untrained,
                arena_size=choices.arena,
                others=choices.beside,
                whole=choices.whole,
            )
    if page is None:
        page = make_unrun_page(
            model,
            choices.part,
            choices.library,
            untrained=untrained,
            arena_size=choices.arena,
            others=choices.beside,
            whole=choices.whole,
        )
    return Answer(200, "text/html", page.html.encode(), f"{_folder_name(model.name)}.html")


def _export(choices: Choices, model: Model) -> Answer:
    """Files of the part's own format, in one folder of an archive that is the same each time."""
    form = format_of(choices.part, choices.library)
    with tempfile.TemporaryDirectory(prefix="microinfer-") as above:
        folder = Path(above) / _folder_name(model.name)
        write_export(
            model,
            choices.part,
            choices.library,
            None,
            form,
            folder,
            lambda interpreter: set_inputs(interpreter, None),
        )
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), _EPOCH)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, path.read_bytes())
    return Answer(200, "application/zip", made.getvalue(), f"{folder.name}-{form}.zip")


def _folder_name(name: str) -> str:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:60]
    return plain.strip("_") or "model"

"""`microinfer compare A B C`: several models, each on each part."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..words.printing import counted
from .arguments import open_model
from .comparison_view import cells_of, common_notes, is_narrow, notes_of, parts_table
from .console import emit, printable, show
from .exit_codes import BAD_INPUT, CANNOT_TELL, DOES_NOT_FIT
from .model_names import told_apart

if TYPE_CHECKING:
    from ..comparison.several import ModelsComparison
    from ..parts.profile import Profile

__all__ = ["compare_models_on"]

_EXIT = {"yes": 0, "perhaps": 0, "cannot-tell": CANNOT_TELL, "no": DOES_NOT_FIT, "unreadable": BAD_INPUT}


def compare_models_on(
    names: Sequence[str],
    parts: Sequence[Profile],
    libraries: Sequence[str],
    release: str | None,
    as_json: bool,
) -> int:
    """Print a row a model, part and library; the exit code is of the worst model, each of which should fit
    one of the parts."""
    from ..comparison.several import compare_each

    found = compare_each(names, open_model, parts, libraries, release=release)
    called = told_apart([model.name for model in found.models], [model.path for model in found.models])
    models = [
        dataclasses.replace(model, name=printable(name) or "model")
        for model, name in zip(found.models, called, strict=True)
    ]
    found = dataclasses.replace(found, models=tuple(models))
    if as_json:
        content = found.to_dict()
        emit(content.pop("schema"), content)
    else:
        _show(found)
    return _EXIT[found.verdict]


def _show(found: ModelsComparison) -> None:
    from rich.text import Text

    narrow = is_narrow()
    made = parts_table(*(() if narrow else ("model",)))
    blank = [""] * (len(made.columns) - 2)
    notes = []
    for model in found.models:
        if model.error:
            made.add_row(model.name, *blank, Text("unreadable", "bold red"))
            notes.append(f"{model.name}: {printable(model.error)}")
        elif narrow:
            made.add_row(Text(model.name, "bold"), *blank, "")
        for number, row in enumerate(model.rows):
            made.add_row(*cells_of(row, *(() if narrow else ("" if number else model.name,))))
        notes += [f"{model.name} on {note}" for note in notes_of(model.rows)]
    notes += common_notes([row for model in found.models for row in model.rows])
    verdicts = [model.verdict for model in found.models]
    parts = {row.profile for model in found.models for row in model.rows}
    whose = f"{parts.pop()} holds" if len(parts) == 1 else "one or another of these parts holds"
    head = f"{counted(len(verdicts), 'model')}; {whose} {verdicts.count('yes')}"
    show(Text(head, style="bold"), "", made, "", *notes)

"""Several models on several parts: a row a model, part and library, and one where a file cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, TypeAlias

from ..errors import InputError, ModelError
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from ..words.result import Result, Summary
from .side_by_side import Comparison, ComparisonRow, compare

__all__ = ["ModelRows", "ModelVerdict", "ModelsComparison", "compare_each"]

ModelVerdict: TypeAlias = Literal["yes", "perhaps", "cannot-tell", "no", "unreadable"]
WORST: tuple[ModelVerdict, ...] = ("unreadable", "no", "cannot-tell", "perhaps", "yes")


@dataclass(frozen=True, slots=True)
class ModelRows:
    """One of several models: its rows, or why there are none, "" where there are. `path` is what the user
    named."""

    name: str
    path: str
    error: str
    rows: tuple[ComparisonRow, ...]

    @property
    def verdict(self) -> ModelVerdict:
        """Whether it fits one of the parts."""
        if self.error:
            return "unreadable"
        return max((row.verdict for row in self.rows), key=WORST.index, default="no")


@dataclass(frozen=True, slots=True, repr=False)
class ModelsComparison(Result):
    """Models in the order asked for."""

    schema: ClassVar[str] = "microinfer.compare-models/1"

    models: tuple[ModelRows, ...]

    @property
    def verdict(self) -> ModelVerdict:
        """That of the worst model."""
        return min((model.verdict for model in self.models), key=WORST.index)

    def to_dict(self) -> dict[str, Any]:
        """Each model with its verdict."""
        content = Result.to_dict(self)
        for made, model in zip(content["models"], self.models, strict=True):
            made["verdict"] = model.verdict
        return content

    def summary(self) -> Summary:
        """A row a model, part and library."""
        rows: list[tuple[str, ...]] = []
        for model in self.models:
            rows += [(model.name, "", "", "", "", "", model.error)] * bool(model.error)
            rows += [(model.name, *row) for row in Comparison(model.name, model.rows).summary().rows]
        columns = ("model", "on", "kernels", "one inference", "energy", "arena", "fits")
        return Summary(f"{len(self.models)} models: one inference", tuple(rows), columns)


def compare_each(
    names: Sequence[str],
    open_model: Callable[[str], Model],
    profiles: Sequence[Profile],
    libraries: Sequence[str] = (),
    *,
    release: str | Release | None = None,
) -> ModelsComparison:
    """Each of several models on several parts, as `side_by_side.compare` does one.

    Args:
        open_model: what opens one by its name; what it cannot open has its error in place of rows.

    Raises:
        InputError: no such release, or none of the libraries runs on any of the parts.
    """
    made = []
    for name in names:
        try:
            model = open_model(name)
        except (InputError, ModelError) as error:
            made.append(ModelRows(name, name, str(error).removeprefix(f"{name}: "), ()))
        else:
            rows = compare(model, profiles, libraries, release=release).rows
            made.append(ModelRows(model.name or "model", name, "", rows))
    return ModelsComparison(tuple(made))

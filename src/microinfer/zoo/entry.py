"""What is known of a model of the zoo before it is loaded."""

from __future__ import annotations

from ..words.dataclass import dataclass

__all__ = ["Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model's name, what it is for, and where its weights come from.

    `labels` name the output's classes; `sample` is the position of the sample that stands for all.
    `designed`: its numbers follow from formulas; what is neither trained nor designed is random.
    `folder`: of the repository's examples/gallery, where the samples of a model are that has none here.
    """

    name: str
    title: str
    trained: bool
    labels: tuple[str, ...] = ()
    sample: int = 0
    designed: bool = False
    folder: str = ""

    @property
    def weights(self) -> str:
        """Where they come from: "trained", "designed" or "random"."""
        return "trained" if self.trained else "designed" if self.designed else "random"

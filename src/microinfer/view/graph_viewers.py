"""What a report writes for viewers of graphs: figures for Model Explorer, metadata for Netron."""

from __future__ import annotations

from collections.abc import Callable
from warnings import catch_warnings, simplefilter

from ..deploy.unrun import Unrun
from ..deploy.verdict import MemoryReport
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..reports.run_figures import make_report
from ..run.interpreter import Interpreter
from ..validation.layers import LayerReport, Layers
from ..words.dataclass import dataclass
from .annotated_file import annotate
from .html.report_page import run_once
from .node_data import node_data

__all__ = ["Annotated", "annotated"]


@dataclass(frozen=True, slots=True)
class Annotated:
    """`files` by name for Model Explorer, `copy` for Netron. `not_run`: why nothing was run, "" where it
    was."""

    files: dict[str, str]
    copy: bytes
    memory: MemoryReport
    not_run: str


def annotated(
    model: Model,
    part: Profile,
    library: str | None,
    release: str | Release | None,
    give: Callable[[Interpreter], str],
    *,
    max_turns: int | None = None,
) -> Annotated:
    """Run a model once and tell its figures by operator; the noise of quantisation is that of this one input.

    Args and errors as for `html.report_page.make_page`.
    """
    shown, source, not_run = run_once(model, part, library, release, give, max_turns)
    report = make_report(shown, input_source=source)
    layers: tuple[LayerReport, ...] = ()
    if not isinstance(shown, Unrun) and shown.recorded_inputs is not None:
        looked_at = Layers(shown)
        with catch_warnings():
            simplefilter("ignore")  # the report has them
            looked_at.add(shown.recorded_inputs)
        layers = looked_at.reports()
    files = node_data(report, shown.deployment, layers)
    return Annotated(files, annotate(model, report), report.memory, not_run)

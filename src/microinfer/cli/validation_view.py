"""What `microinfer validate` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..validation.metrics import Classification, Regression
from ..validation.results import Reconstruction
from ..words.printing import counted
from .advice_view import advice_parts
from .arguments import kernels
from .console import printable, quantity, show, table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from ..validation import Validation
    from ..validation.float_twin import FloatComparison
    from ..validation.layers import LayerReport

__all__ = ["show_validation"]

MOST_CLASSES, MOST_CONFUSIONS, LONGEST_NAME = 12, 8, 20


def show_validation(
    result: Validation, min_accuracy: float | None, build: str, *, default_profile: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    head = Text(printable(result.model), style="bold")
    chosen = " (the default; -p chooses another)" if default_profile else ""
    head.append(
        f" on {result.profile} with {kernels(result.library, result.release, build)}{chosen}",
        style="not bold",
    )
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    _run_facts(result, facts)
    _metrics(result, min_accuracy, facts)
    if result.float_model is not None:
        _float(result, result.float_model, facts)
    parts: list[RenderableType] = [head, "", facts]
    parts += _classes(result)
    if result.layers:
        parts += ["", *_layers(result)]
    if result.advice is not None:
        parts += ["", *advice_parts(result.advice)]
    parts += [Text.assemble(("warning  ", "yellow"), printable(warning)) for warning in result.warnings]
    show(*parts)


def _run_facts(result: Validation, facts: Table) -> None:
    from rich.text import Text

    facts.add_row("Data", printable(result.data))
    for words in dict.fromkeys(result.inputs):
        facts.add_row("Input", words)
    of = f" of {result.total:,}" if result.total is not None and result.total != result.samples else ""
    rate = (result.samples - result.resumed) / result.seconds if result.seconds > 0 else 0.0
    resumed = f", {result.resumed:,} from the run before" if result.resumed else ""
    cost = f", {quantity(1 / rate, 's')} each on this computer" if rate else ""
    facts.add_row("Samples", f"{result.samples:,}{of}{resumed}{cost}")
    if not result.complete:
        facts.add_row(Text("Incomplete", style="bold yellow"), "what follows is of the samples that were run")


def _metrics(result: Validation, min_accuracy: float | None, facts: Table) -> None:
    metrics = result.metrics
    if metrics is None:
        facts.add_row("Answers", result.task.reason)
    elif isinstance(metrics, Classification):
        _accuracy(metrics, min_accuracy, facts)
    elif isinstance(metrics, Regression):
        facts.add_row("RMSE", f"{metrics.rmse:.6g}")
        facts.add_row("MAE", f"{metrics.mae:.6g}, at most {metrics.largest:.6g}")
        _optional(facts, "Cosine", metrics.cosine)
        _optional(facts, "R2", metrics.r2)
    else:
        _errors(metrics, facts)


def _accuracy(metrics: Classification, min_accuracy: float | None, facts: Table) -> None:
    from rich.text import Text

    right = round(metrics.accuracy * metrics.samples)
    words = Text(f"{metrics.accuracy:.2%}, {right:,} of {metrics.samples:,}")
    if min_accuracy is not None:
        short = metrics.accuracy < min_accuracy
        words.append(
            f"; {'less than' if short else 'at least'} the {min_accuracy:.2%} that were asked for",
            style="bold red" if short else "green",
        )
    facts.add_row(Text("Accuracy", style="bold"), words)
    for k, share in metrics.top_k.items():
        facts.add_row(f"Top {k}", f"{share:.2%}")
    if metrics.auc is not None:
        many = ", mean of each class against the rest" if len(metrics.support) > 2 else ""
        facts.add_row("AUC", f"{metrics.auc:.4f}{many}")


def _errors(metrics: Reconstruction, facts: Table) -> None:
    facts.add_row("RMSE", f"{metrics.rmse:.6g} between input and output")
    facts.add_row("MAE", f"{metrics.mae:.6g}")
    facts.add_row("Cosine", f"{metrics.cosine:.4f}")
    if metrics.auc is not None:
        facts.add_row("AUC", f"{metrics.auc:.4f}, anomalies by their error")
    for name, rmse in zip(("normal", "anomalies"), metrics.rmse_by_class, strict=False):
        if rmse is not None:
            facts.add_row("", f"RMSE of {name} {rmse:.6g}")


def _optional(facts: Table, name: str, value: float | None) -> None:
    if value is not None:
        facts.add_row(name, f"{value:.4f}")


def _float(result: Validation, found: FloatComparison, facts: Table) -> None:
    facts.add_row("Float model", printable(found.source))
    before = found.metrics
    if isinstance(before, Classification) and isinstance(result.metrics, Classification):
        change = result.metrics.accuracy - before.accuracy
        facts.add_row(
            "", f"accuracy {before.accuracy:.2%}; quantisation changed it by {100 * change:+.2f} points"
        )
    elif isinstance(before, Regression):
        facts.add_row("", f"RMSE {before.rmse:.6g}, MAE {before.mae:.6g}")
    if found.agreement is not None:
        facts.add_row("", f"same answer for {found.agreement:.2%} of the samples")
    noise = f", {found.sqnr_db:.1f} dB below the signal" if found.sqnr_db is not None else ""
    facts.add_row("", f"outputs differ by {found.rmse:.6g} (RMS){noise}")


def _name(labels: Sequence[str], kind: int) -> str:
    name = printable(labels[kind]) if kind < len(labels) else str(kind)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _classes(result: Validation) -> list[RenderableType]:
    metrics = result.metrics
    parts: list[RenderableType] = []
    if isinstance(metrics, Classification):
        whole = len(metrics.support) <= MOST_CLASSES
        parts += ["", _confusion(result, metrics) if whole else _confusions(result, metrics)]
    if result.float_model is not None and any(c.lost or c.gained for c in result.float_model.classes):
        parts += ["", _costs(result.float_model)]
    return parts


def _confusion(result: Validation, metrics: Classification) -> Table:
    names = [_name(result.labels, kind) for kind in range(len(metrics.support))]
    made = table("true \\ answer", *names, "recall", "precision", right=(*names, "recall", "precision"))
    for kind, row in enumerate(metrics.confusion):
        cells = [str(count) if count else "·" for count in row]
        made.add_row(names[kind], *cells, _share(metrics.recall[kind]), _share(metrics.precision[kind]))
    return made


def _confusions(result: Validation, metrics: Classification) -> Table:
    """Of many classes only what is confused most often."""
    pairs = [
        (count, i, j)
        for i, row in enumerate(metrics.confusion)
        for j, count in enumerate(row)
        if i != j and count
    ]
    made = table("most confused", "taken for", "samples", "of", right=("samples", "of"))
    for count, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:MOST_CONFUSIONS]:
        made.add_row(_name(result.labels, i), _name(result.labels, j), str(count), str(metrics.support[i]))
    return made


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _costs(found: FloatComparison) -> Table:
    """The classes that quantisation changed most."""
    made = table(
        "class",
        "samples",
        "float",
        "device",
        "lost",
        "gained",
        right=("samples", "float", "device", "lost", "gained"),
    )
    changed = [cost for cost in found.classes if cost.lost or cost.gained]
    order = sorted(changed, key=lambda cost: (cost.recall - cost.float_recall, -cost.lost))
    for cost in order[:MOST_CLASSES]:
        made.add_row(
            printable(cost.name),
            str(cost.support),
            f"{cost.float_recall:.1%}",
            f"{cost.recall:.1%}",
            str(cost.lost or "·"),
            str(cost.gained or "·"),
        )
    return made


def _layers(result: Validation) -> list[RenderableType]:
    numbers = ("", "noise so far", "of its own", "saturated", "unused")
    made = table("", "operator", "output", *numbers[1:], "", right=numbers)
    for layer in result.layers:
        made.add_row(
            str(layer.index),
            printable(layer.operator),
            "x".join(map(str, layer.shape)) or "scalar",
            _decibels(layer.sqnr_db),
            _decibels(layer.own_sqnr_db),
            _share(layer.saturated or None),
            _share(layer.unused),
            _remark(layer),
        )
    explained = (
        f"Signal to quantisation noise in dB over {counted(result.layer_samples, 'sample')}, against the "
        "same graph in "
        "real numbers: gathered so far, and each layer's own. 6 dB are one bit."
    )
    return [made, explained]


def _decibels(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} dB"


def _remark(layer: LayerReport) -> str:
    return "<- precision is lost here" if layer.stands_out else ""

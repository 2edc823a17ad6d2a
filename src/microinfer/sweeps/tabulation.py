"""All rows of a sweep as a file: CSV, or Parquet where pyarrow is there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.output import replacing
from .campaign import Campaign
from .row_budgets import Budgets
from .summary import NamedRow
from .sweep_row import COLUMNS, SweepRow

__all__ = ["expect_pyarrow", "write_csv", "write_parquet"]

ROWS_AT_ONCE = 4096
HEAD = ("model", "answer", *(one.name for one in fields(SweepRow)))


def _judged(campaign: Campaign, budgets: Budgets) -> Iterator[dict[str, Any]]:
    for name, row in campaign.rows():
        yield NamedRow(name, budgets.judge(row), row).to_dict()


def write_csv(path: Path, campaign: Campaign, *, force: bool = False) -> None:
    """A line a row; what is not known is empty.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    with replacing(path, force=force) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.DictWriter(text, HEAD)
        writer.writeheader()
        writer.writerows(_judged(campaign, campaign.what.budgets))
        text.flush()
        text.detach()


def expect_pyarrow() -> Any:
    """The library that writes Parquet.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow: pip install 'microinfer[scale]'") from error
    return pyarrow


def write_parquet(path: Path, campaign: Campaign, *, force: bool = False) -> None:
    """As `write_csv`, in columns with types.

    Raises:
        InputError: pyarrow is not installed, or the file cannot be written.
    """
    arrow = expect_pyarrow()
    kinds = {"TEXT": arrow.string(), "REAL": arrow.float64(), "INTEGER": arrow.int64()}
    columns = {"model": "TEXT", "answer": "TEXT", **COLUMNS}
    types = [
        (name, arrow.bool_() if name == "provisional" else kinds[kind]) for name, kind in columns.items()
    ]
    schema = arrow.schema(types)
    rows = _judged(campaign, campaign.what.budgets)
    with replacing(path, force=force) as file, arrow.parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            writer.write_table(arrow.Table.from_pylist(some, schema=schema))

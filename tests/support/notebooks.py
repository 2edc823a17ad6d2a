"""The notebooks of examples/, run anew. `python tests/support/notebooks.py` writes what they show now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "executed", "read", "shown"]

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "notebooks"
SECONDS = 120
"""That one cell may take on a loaded computer."""


def read(name: str) -> Any:
    import nbformat

    return nbformat.read(FOLDER / name, as_version=4)


def executed(name: str, folder: Path) -> Any:
    """The notebook with what its cells show now; it runs in `folder`, in a kernel of this interpreter.

    Raises:
        CellExecutionError: with the traceback of the cell that fails.
    """
    from nbclient import NotebookClient

    made = read(name)
    client = NotebookClient(
        made,
        timeout=SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return made


def shown(notebook: Any) -> list[list[dict[str, Any]]]:
    """Every code cell's outputs: text that it printed, and what its last line is as text and as HTML."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return json.loads(json.dumps([cell.outputs for cell in cells]))  # type: ignore[no-any-return]


def _write(folder: Path) -> None:
    import nbformat

    for path in sorted(FOLDER.glob("*.ipynb")):
        made = executed(path.name, folder)
        made.metadata.language_info = {"name": "python"}
        nbformat.write(made, path)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as temporary:
        _write(Path(temporary))

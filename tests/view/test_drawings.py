"""What a notebook shows of a result: its table, and its drawing below, whole and no wider than a phone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import microinfer
from microinfer import load, load_profile, zoo
from microinfer.difference.model_change import compare_models
from microinfer.learning import training_memory
from microinfer.view.drawings import DRAWERS, drawing
from microinfer.words.result import Result

from support.browser import chromium, open_browser
from support.import_graph import modules

PHONE = 360
PAGES = ("Page", "SeveralModels")


def ran() -> Result:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    interpreter.run_batch(zoo.samples("digits")[0][:1])
    interpreter.invoke(record=True)
    return interpreter.report()


def changed() -> Result:
    models = [load(zoo.load(name)) for name in ("digits", "ds_cnn")]
    return compare_models(*models, load_profile("cortex-m4"))


def learnt() -> Result:
    x, y = zoo.samples("digits")
    return microinfer.learn("digits", "nucleo-l4r5zi", data=(x[:40], y[:40]), known=(x[40:60], y[40:60]))


def exported(folder: Path) -> Result:
    return microinfer.export("digits", output=folder / "firmware")


MADE: dict[str, Callable[[Path], Any]] = {
    "BatteryReport": lambda _: microinfer.battery("digits", "nucleo-l4r5zi", rate="1/min"),
    "CheckReport": lambda _: microinfer.check("digits", "arduino-uno", max_latency="1ms"),
    "Comparison": lambda _: microinfer.compare("digits", ["arduino-uno", "cortex-m4"]),
    "Difference": lambda _: microinfer.diff("digits", samples=4),
    "ExportReport": exported,
    "LearningReport": lambda _: learnt(),
    "ModelChange": lambda _: compare_models(
        load(zoo.load("digits")), load(zoo.load("ds_cnn")), load_profile("cortex-m4")
    ),
    "ModelsComparison": lambda _: microinfer.compare(
        ["digits", zoo.load("sine"), "none.tflite"], "cortex-m4"
    ),
    "Page": lambda _: microinfer.report("digits"),
    "PlanReport": lambda _: microinfer.plan("ds_cnn"),
    "RunReport": lambda _: ran(),
    "SeveralModels": lambda _: microinfer.report(["digits", "sine"]),
    "SharedPlan": lambda _: microinfer.plan(["digits", "sine"]),
    "TrainingMemory": lambda _: training_memory(load(zoo.load("ds_cnn"))),
    "Validation": lambda _: microinfer.validate("digits", advise=True),
}


def test_every_kind_of_result_has_its_drawing() -> None:
    kinds = {
        value
        for module in modules()
        if module.partition(".")[0] not in ("kernels", "profiles", "__main__")
        for value in vars(import_module(f"microinfer.{module}" if module else "microinfer")).values()
        if inspect.isclass(value) and issubclass(value, Result) and value is not Result
    }
    assert set(DRAWERS) == kinds


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_notebook_shows_table_and_drawing(name: str, tmp_path: Path) -> None:
    result = MADE[name](tmp_path)
    assert type(result).__name__ == name
    shown = result._repr_html_()
    assert shown.startswith("<table>")
    drawn = shown.partition("</table>")[2]
    assert ("<iframe srcdoc=" if name in PAGES else "<svg ") in drawn
    if name not in PAGES:
        ElementTree.fromstring(drawn)


def test_what_has_nothing_to_draw_has_its_table_alone() -> None:
    b = microinfer.ModelBuilder("moves")
    b.output(b.reshape(b.input((1, 4), scale=0.1), (4, 1)))
    found = microinfer.validate(b.build(), data=(np.ones((3, 4)), None), layers=0)
    assert drawing(found) == ""
    assert found._repr_html_().endswith("</table>")


def test_drawings_are_whole_on_a_phone(tmp_path: Path) -> None:
    """In a real browser: no page wider than its window, no word beyond the picture's edge."""
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    long = "a_model_with_a_name_that_is_as_long_as_those_of_files_which_trainers_write_in_the_night"
    model = tmp_path / f"{long}.tflite"
    model.write_bytes(zoo.load("digits"))
    shown = [MADE[name](tmp_path)._repr_html_() for name in sorted(MADE) if name not in PAGES]
    shown += [microinfer.plan(model)._repr_html_(), microinfer.plan([model, "sine"])._repr_html_()]
    page = tmp_path / "shown.html"
    head = "<!DOCTYPE html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    page.write_text(f"{head}<style>table{{display:block;overflow-x:auto}}</style>{''.join(shown)}", "utf-8")
    with open_browser(tmp_path / "profile") as browser:
        browser.emulate(PHONE, 800)
        browser.open(page)
        assert browser.execute("return document.documentElement.scrollWidth") <= PHONE
        beyond = browser.execute(
            "return [...document.querySelectorAll('svg text')].filter(t => {"
            "  const b = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect();"
            "  return b.left < s.left - 0.5 || b.right > s.right + 0.5 || b.top < s.top - 0.5 ||"
            "    b.bottom > s.bottom + 0.5; }).map(t => t.textContent);"
        )
        assert beyond == []


def test_models_side_by_side_from_python() -> None:
    found = microinfer.compare(("digits", zoo.load("sine"), "none.tflite"), ["arduino-uno", "cortex-m4"])
    assert [model.path for model in found.models] == ["digits", "model[1]", "none.tflite"]
    assert "no file" in found.models[2].error
    assert found.verdict == "unreadable"
    alone = microinfer.compare("digits", ["arduino-uno", "cortex-m4"])
    assert found.models[0].rows == alone.rows
    with pytest.raises(microinfer.InputError, match="empty list"):
        microinfer.compare([])

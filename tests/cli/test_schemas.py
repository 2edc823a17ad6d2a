"""Every kind of JSON that a command prints, held against its committed schema, which is made of its type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import microinfer
from microinfer import Interpreter, ModelBuilder, zoo
from microinfer.cli.schemas import FORMS, schemas
from microinfer.learning import training_memory
from microinfer.words.json_schema import json_schema

from support.commands import call

FOLDER = Path(__file__).parents[2] / "docs/schemas"
BOARD = ("-p", "nucleo-l4r5zi")


def read(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def expect_valid(kind: str, content: dict[str, Any]) -> None:
    assert content["schema"] == f"microinfer.{kind}/1"
    jsonschema.Draft202012Validator(read(kind)).validate(content)


def test_the_committed_schemas_are_made_of_the_types() -> None:
    """Changed on purpose? `python -m microinfer.cli.schemas docs/schemas`."""
    assert {path.stem: read(path.stem) for path in FOLDER.glob("*.json")} == schemas()


def test_every_kind_that_the_source_names_has_a_schema() -> None:
    source = Path(microinfer.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    named = set(re.findall(r'"microinfer\.([a-z-]+)/1"', text))
    assert named == set(FORMS)


def write_total(folder: Path) -> Path:
    (folder / "total.txt").write_text("Inference took 1.6 ms in all\n")
    return folder / "total.txt"


def write_log(folder: Path) -> Path:
    """What TFLM's profiler prints where each operator takes what the reference kernels take."""
    report = Interpreter(zoo.load("digits"), "nucleo-l4r5zi", library="tflm-reference").report()
    lines = [f"{one.index},{one.operator},{one.cycles}" for one in report.operators]
    path = folder / "log.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def unmodelled(folder: Path) -> Path:
    b = ModelBuilder("unmodelled")
    x = b.input((1, 4), "float32")
    y = b.tensor((1, 4), "float32")
    b.operator("CUSTOM", [x], [y], custom_code="MyOwn")
    b.output(y)
    path = folder / "unmodelled.tflite"
    path.write_bytes(b.build())
    return path


def broken(folder: Path) -> Path:
    path = folder / "broken.tflite"
    path.write_bytes(b"no model")
    return path


def spec_of(folder: Path) -> Path:
    path = folder / "spec.toml"
    path.write_text(
        f"models = [{{zoo = 'digits'}}, {{files = {str(broken(folder))!r}}}]\nparts = ['cortex-m4']\n"
    )
    return path


def search_of(folder: Path) -> Path:
    path = folder / "search.toml"
    (folder / "networks.py").write_text(
        "from microinfer import zoo\ndef build(c): return zoo.load('ds_cnn', depth=c['depth'], width=0.1)\n"
    )
    path.write_text(
        "build = 'networks.py:build'\nscore = 'macs'\ntrials = 2\n[space]\ndepth = [1, 2]\n[budgets]\n"
        "power = '1mW'\nrate = '1/s'\n"
    )
    return path


def dump(folder: Path) -> Path:
    interpreter = Interpreter(zoo.load("digits"), preserve_all_tensors=True)
    interpreter.set_tensor(interpreter.subgraph.inputs[0], zoo.sample("digits"))
    interpreter.invoke()
    arrays = {str(t.index): interpreter.get_tensor(t.index) for t in interpreter.subgraph.tensors}
    np.savez(folder / "dump.npz", **arrays)
    return folder / "dump.npz"


Arguments = Callable[[Path], tuple[object, ...]]
COMMANDS: list[tuple[str, Arguments]] = [
    ("battery", lambda _: ("battery", "digits", *BOARD, "--min-life", "1y", "--cell", "cr2032")),
    ("battery", lambda _: ("battery", "ds_cnn", *BOARD, "--rate", "100000/s")),
    ("bench", lambda _: ("bench", "--quick", "--kernel", "softmax", "--modelled-only", *BOARD)),
    ("bench", lambda _: ("bench", "--quick", "--kernel", "softmax", *BOARD)),
    ("calibrate", lambda f: ("calibrate", "digits", "--log", write_log(f), *BOARD, "-o", f / "mine.toml")),
    ("change", lambda _: ("compare", "digits", "digits", *BOARD)),
    ("change", lambda f: ("compare", "digits", unmodelled(f), *BOARD)),
    ("check", lambda f: ("check", "digits", unmodelled(f), broken(f), "ds_cnn", "-p", "arduino-uno", *BOARD)),
    ("check", lambda _: ("check", "ds_cnn", *BOARD, "--max-latency", "1us", "--max-arena", "1k", "--strict")),
    ("rules", lambda _: ("check", "--explain", "all")),
    ("compare", lambda _: ("compare", "digits", "--library", "all")),
    ("compare", lambda f: ("compare", unmodelled(f), *BOARD)),
    ("compare-models", lambda f: ("compare", "digits", unmodelled(f), broken(f), "ds_cnn", *BOARD)),
    ("compare-log", lambda f: ("compare", "digits", "--log", write_log(f), *BOARD)),
    ("compare-total", lambda f: ("compare", "digits", "--log", write_total(f), *BOARD)),
    ("diff", lambda _: ("diff", "digits", "--samples", "3")),
    ("diff", lambda f: ("diff", "digits", "--device", dump(f))),
    ("export", lambda f: ("export", "digits", "-o", f / "bare")),
    ("export", lambda f: ("export", "digits", "--format", "tflm", "-o", f / "tflm")),
    ("export", lambda f: ("export", "digits", "--format", "npz", "-o", f / "npz")),
    ("faults", lambda _: ("faults", "digits", "--runs", "60", "--rate", "1FIT/Mbit")),
    ("faults", lambda _: ("faults", "sine", "--runs", "20", "--in", "arena")),
    ("ops", lambda _: ("ops",)),
    ("plan", lambda _: ("plan", "digits", *BOARD)),
    ("plan", lambda f: ("plan", unmodelled(f))),
    ("plan", lambda _: ("plan", "digits", *BOARD, "--fold", "--optimise", "--arena-size", "1k")),
    ("plan-shared", lambda _: ("plan", "digits", "sine", *BOARD)),
    ("plan-shared", lambda f: ("plan", unmodelled(f), "sine", *BOARD, "--arena-size", "1k")),
    ("profile", lambda _: ("profiles", "show", "nucleo-l4r5zi")),
    ("profile", lambda _: ("profiles", "show", "cortex-m4")),
    ("profiles", lambda _: ("profiles",)),
    ("report", lambda f: ("report", "digits", *BOARD, "-o", f / "page.html")),
    ("report-models", lambda f: ("report", "digits", "sine", *BOARD, "-o", f / "pages.html")),
    ("run", lambda _: ("run", "digits", *BOARD)),
    ("run", lambda _: ("run", "digits", "--arena-size", "1k")),
    ("search", lambda f: ("search", search_of(f))),
    ("sweep", lambda f: ("sweep", spec_of(f))),
    ("trace", lambda f: ("trace", "digits", *BOARD, "-o", f / "trace.json")),
    ("validate", lambda _: ("validate", "digits", "--limit", "30", "--layers", "2")),
    ("validate", lambda _: ("validate", "sine", "--limit", "30", "--layers", "0")),
    ("warmup", lambda _: ("warmup",)),
    ("zoo", lambda _: ("zoo",)),
    ("zoo-export", lambda f: ("zoo", "export", "sine", "-o", f / "sine.tflite")),
]


@pytest.mark.parametrize(("kind", "arguments"), COMMANDS, ids=[f"{n}-{c[0]}" for n, c in enumerate(COMMANDS)])
def test_what_a_command_prints_is_of_its_schema(kind: str, arguments: Arguments, tmp_path: Path) -> None:
    result = call(*map(str, arguments(tmp_path)), "--json")
    assert result.exit_code in (0, 1, 2, 3), result.output
    assert result.stdout, result.output
    expect_valid(kind, json.loads(result.stdout))
    if kind == "export" and (tmp_path / "npz").exists():
        expect_valid("tensors", json.loads((tmp_path / "npz/tensors.json").read_text()))


def test_every_kind_is_held() -> None:
    of_verbs = {"learning", "training-memory"}
    assert {kind for kind, _ in COMMANDS} | {"tensors"} | of_verbs == set(FORMS)


def test_what_the_verbs_return_is_of_its_schema(tmp_path: Path) -> None:
    made = [
        microinfer.battery("digits", "nucleo-l4r5zi"),
        microinfer.check("digits", max_flash="1k"),
        microinfer.compare("digits", ["cortex-m4", "arduino-uno"]),
        microinfer.diff("digits", samples=2, runtime=["single-rounding"]),
        microinfer.export("digits", output=tmp_path / "out"),
        microinfer.faults("digits", runs=30, samples=8),
        microinfer.learn("digits", data=zoo.samples("digits"), known=zoo.samples("digits")),
        microinfer.learn("digits", "arduino-uno", data=zoo.samples("digits")),
        training_memory(microinfer.load(zoo.load("digits"))),
        microinfer.plan("digits"),
        microinfer.report("digits"),
        microinfer.report(["digits", "sine"]),
        microinfer.search(search_of(tmp_path)),
        microinfer.sweep({"models": [{"zoo": "sine"}]}, store=tmp_path / "rows.sqlite"),
        microinfer.validate("digits", limit=4, layers=0),
        microinfer.Interpreter(zoo.load("digits")).report(),
    ]
    for result in made:
        kind = type(result).schema.removeprefix("microinfer.").removesuffix("/1")
        expect_valid(kind, result.to_dict())


def test_schemas_are_closed_and_ask_for_every_key() -> None:
    schema = schemas()["run"]
    content = microinfer.Interpreter(zoo.load("sine")).report().to_dict()
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(content)
    assert not validator.is_valid({**content, "more": 1})
    assert not validator.is_valid({key: value for key, value in content.items() if key != "time"})
    assert not validator.is_valid({**content, "schema": "microinfer.run/2"})
    assert not validator.is_valid({**content, "memory": {**content["memory"], "arena_bytes": 1.5}})
    with pytest.raises(TypeError, match="no schema of"):
        json_schema("x", zoo.Entry | complex)

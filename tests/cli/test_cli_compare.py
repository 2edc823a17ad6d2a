"""Parts, boards and libraries side by side, and a board's log, as a user asks for them."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from microinfer import ModelBuilder, zoo
from microinfer.cli.comparison_view import _kilobytes, span
from microinfer.comparison.side_by_side import compare
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile, profile_names
from microinfer.timing.energy import Span
from microinfer.timing.prices import estimate
from microinfer.words.toml_tables import LIBRARIES

from support.commands import call, error_of, json_of

NUCLEO = ("-p", "nucleo-l4r5zi")
BOTH = ("tflm-cmsis-nn", "tflm-reference")


def ticks_on(name: str, library: str, board: str = "nucleo-l4r5zi") -> list[tuple[str, int]]:
    steps = prepare(load(zoo.load(name)))
    costs = estimate(steps, load_profile(board), library)
    return [(step.name, cost.cycles or 0) for step, cost in zip(steps, costs, strict=True)]


def printed(ticks: list[tuple[str, int]], form: str) -> str:
    """What MicroProfiler prints, in each of its forms, behind what a serial terminal adds."""
    if form == "Log":
        lines = [f"{name} took {n} ticks ({n // 120_000} ms)." for name, n in ticks]
    elif form == "LogCsv":
        lines = ['"Event","Tag","Ticks"', *(f"{i},{name},{n}" for i, (name, n) in enumerate(ticks))]
    else:
        sums: dict[str, int] = {}
        for name, n in ticks:
            sums[name] = sums.get(name, 0) + n
        lines = ['"Unique Tag","Total ticks across all events with that tag."']
        lines += [f"{name}, {n}" for name, n in sums.items()]
        lines += [f'"total number of ticks", {sum(sums.values())}']
    return "\r\n".join(["boot", *lines, "Heap: 12, 40", ""])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "profiler.txt"
    path.write_text(printed(ticks_on("ds_cnn", "tflm-cmsis-nn"), "Log"))
    return path


def test_every_board_by_default() -> None:
    rows = json_of("compare", "digits")["rows"]
    boards = [name for name in profile_names() if load_profile(name).kind == "board"]
    assert [row["profile"] for row in rows] == boards
    for row in rows:
        assert row["ms"]["low"] <= row["ms"]["typical"] <= row["ms"]["high"]
        assert row["fits"]
        assert row["stored_bytes"] > 0
    shown = call("compare", "digits").stdout
    assert all(name in shown for name in boards)
    assert max(map(len, shown.splitlines())) <= 110


def test_every_library_of_one_part() -> None:
    content = json_of("compare", "digits", *NUCLEO)
    assert content["schema"] == "microinfer.compare/1"
    rows = {row["library"]: row for row in content["rows"]}
    assert set(rows) == {*BOTH, "tflm-2020", "tflm-2021", "bare-c"}
    assert rows["tflm-reference"]["ms"]["typical"] > 2 * rows["tflm-cmsis-nn"]["ms"]["typical"]
    assert rows["tflm-cmsis-nn"]["arena_bytes"] >= rows["tflm-reference"]["arena_bytes"]
    assert [
        row["library"] for row in json_of("compare", "digits", *NUCLEO, "--library", "bare-c")["rows"]
    ] == ["bare-c"]
    two = json_of("compare", "digits", *NUCLEO, "-p", "arduino-uno", "--library", "all")["rows"]
    assert [(row["profile"], row["library"]) for row in two][-1] == ("arduino-uno", "bare-c")


def test_what_fits_nowhere_is_exit_code_1(tmp_path: Path) -> None:
    content = json_of("compare", "resnet_8", "-p", "arduino-uno", code=1)
    assert content["rows"][0]["shortfalls"]
    assert "no" in call("compare", "resnet_8", "-p", "arduino-uno").stdout
    assert call("compare", "resnet_8", "-p", "arduino-uno", *NUCLEO).exit_code == 0


def test_what_bare_c_has_no_kernel_for(tmp_path: Path) -> None:
    builder = ModelBuilder("quotient")
    x, y = (builder.input((1, 8), "float32") for _ in range(2))
    builder.output(builder.floor_div(x, y))
    path = tmp_path / "quotient.tflite"
    path.write_bytes(builder.build())
    for command in ("run", "plan", "check"):
        result = call(command, path, "-p", "atmega328p")
        assert result.exit_code == 1
        assert "no kernel in bare-c" in result.stdout
    found = compare(load(path), [load_profile("cortex-m4")], LIBRARIES)
    rows = {row.library: row for row in found.rows}
    assert not rows["bare-c"].fits
    assert "no kernel in bare-c" in rows["bare-c"].shortfalls[0]
    assert rows["tflm-reference"].fits


def test_bars(tmp_path: Path) -> None:
    path = tmp_path / "bars.svg"
    assert (
        call("compare", "digits", *NUCLEO, "-p", "arduino-uno", "-p", "openmv-h7", "--svg", path).exit_code
        == 0
    )
    drawing = path.read_text()
    fromstring(drawing)
    for said in (
        "nucleo-l4r5zi, cmsis-nn",
        "arduino-uno, bare-c",
        "milliseconds, logarithmic",
        "microjoules",
    ):
        assert said in drawing


@pytest.mark.parametrize("form", ["Log", "LogCsv", "LogTicksPerTagCsv"])
@pytest.mark.parametrize("library", BOTH)
def test_is_cmsis_nn_on(library: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / "profiler.txt"
    path.write_text(printed(ticks_on("ds_cnn", library), form))
    content = json_of("compare", "ds_cnn", *NUCLEO, "--log", path, code=int(library != "tflm-cmsis-nn"))
    assert content["schema"] == "microinfer.compare-log/1"
    assert content["linked"] == library
    assert content["expected"] == "tflm-cmsis-nn"
    assert content["good"] == (library == "tflm-cmsis-nn")
    assert len(content["operators"]) == (5 if form == "LogTicksPerTagCsv" else 13) + (
        form == "LogTicksPerTagCsv"
    )
    for operator in content["operators"]:
        assert library in operator["inside"]
    result = call("compare", "ds_cnn", *NUCLEO, "--log", path)
    assert ("CMSIS-NN is on" if library == "tflm-cmsis-nn" else "CMSIS-NN is off") in result.stdout
    assert ("OPTIMIZED_KERNEL_DIR=cmsis_nn" in result.stdout) == (library == "tflm-reference")
    wanted = call("compare", "ds_cnn", *NUCLEO, "--log", path, "--library", library)
    assert wanted.exit_code == 0


def test_an_operator_in_neither_interval(tmp_path: Path) -> None:
    ticks = ticks_on("ds_cnn", "tflm-cmsis-nn")
    ticks[2] = ticks[2][0], 2 * ticks[2][1]
    path = tmp_path / "profiler.txt"
    path.write_text(printed(ticks, "Log"))
    content = json_of("compare", "ds_cnn", *NUCLEO, "--log", path)
    assert [bool(operator["inside"]) for operator in content["operators"]].count(False) == 1
    assert not content["operators"][2]["inside"]
    assert "neither; 2 x cmsis-nn" in call("compare", "ds_cnn", *NUCLEO, "--log", path).stdout


def test_asserts_left_on_and_a_forgotten_clock(tmp_path: Path) -> None:
    path = tmp_path / "profiler.txt"
    path.write_text(printed([(n, 6 * t) for n, t in ticks_on("ds_cnn", "tflm-reference")], "LogCsv"))
    result = call("compare", "ds_cnn", *NUCLEO, "--log", path)
    assert result.exit_code == 1
    assert "-DNDEBUG" in result.stdout
    path.write_text(printed([(n, t // 120) for n, t in ticks_on("ds_cnn", "tflm-reference")], "LogCsv"))
    assert "--ticks-per-second" in call("compare", "ds_cnn", *NUCLEO, "--log", path).stdout
    microseconds = call("compare", "ds_cnn", *NUCLEO, "--log", path, "--ticks-per-second", "1e6")
    assert "CMSIS-NN is off" in microseconds.stdout


def test_logs_as_terminals_store_them(log: Path, tmp_path: Path) -> None:
    text = log.read_text()
    assert call("compare", "ds_cnn", *NUCLEO, "--log", "-", stdin=text).exit_code == 0
    windows = tmp_path / "powershell.txt"
    windows.write_bytes(text.encode("utf-16"))
    assert call("compare", "ds_cnn", *NUCLEO, "--log", windows).exit_code == 0
    garbled = tmp_path / "garbled.txt"
    garbled.write_bytes(b"\xff\x00\x80boot\n" + text.encode())
    assert call("compare", "ds_cnn", *NUCLEO, "--log", garbled).exit_code == 0
    drawing = tmp_path / "log.svg"
    assert call("compare", "ds_cnn", *NUCLEO, "--log", log, "--svg", drawing).exit_code == 0
    fromstring(drawing.read_text())


def test_mistakes_are_one_line(log: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("hello")
    assert "no line of a MicroProfiler" in error_of("compare", "ds_cnn", *NUCLEO, "--log", empty)
    assert "another model" in error_of("compare", "digits", *NUCLEO, "--log", log)
    assert "No such file" in error_of("compare", "digits", *NUCLEO, "--log", tmp_path / "absent.txt")
    assert "one board" in error_of("compare", "ds_cnn", *NUCLEO, "-p", "arduino-uno", "--log", log)
    assert "one board" in error_of("compare", "ds_cnn", *NUCLEO, "--library", "all", "--log", log)
    assert "of a --log" in error_of("compare", "ds_cnn", *NUCLEO, "--inferences", "3")
    assert "no kernel library 'cmsis'" in error_of("compare", "ds_cnn", "--library", "cmsis")
    assert "arduino-uno has tflm-reference" in error_of(
        "compare", "digits", "-p", "arduino-uno", "--library", "tflm-reference"
    )
    assert "cannot write" in error_of("compare", "digits", *NUCLEO, "--svg", tmp_path / "nowhere" / "a.svg")


def test_one_unit_an_interval() -> None:
    assert span(Span(1.3, 0.9, 1.5), 1e-3, "s") == "1.30 ms (0.900-1.50)"
    assert span(Span(53.4, 25.6, 112), 1e-3, "s") == "53.4 ms (25.6-112)"
    assert span(Span(2, 2, 2), 1, "J") == "2.00 J"


def test_needs_no_numba() -> None:
    program = (
        "import sys\nfrom microinfer.cli import main\n"
        "try:\n    main(['compare', 'digits'])\nexcept SystemExit:\n    pass\n"
        "assert 'numba' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("library", BOTH)
def test_logs_of_real_networks(shared: Path, library: str, tmp_path: Path) -> None:
    """Cycles that were counted, not predicted, as a log: each names its library, and most lie inside."""
    column = {"tflm-reference": "ref_est_cycles", "tflm-cmsis-nn": "cmsis_est_cycles"}[library]
    networks: dict[str, list[tuple[str, int]]] = {}
    with (shared / "truth" / "cortex_m4_models.csv").open() as file:
        for row in csv.DictReader(file):
            networks.setdefault(row["model"], []).append((row["op"], int(row[column])))
    inside = every = 0
    for name, ticks in networks.items():
        path = tmp_path / f"{name}.txt"
        path.write_text(printed(ticks, "LogCsv"))
        model = shared / "models" / f"{name}.tflite"
        if not model.exists():
            continue
        content = json_of("compare", model, "-p", "cortex-m4", "--log", path, "--library", library)
        assert content["linked"] == library, name
        assert content["others"] == [], name
        assert 0.95 < content["ratio"] < 1.05
        path.write_text(printed([(operator, 27 * count // 20) for operator, count in ticks], "LogCsv"))
        slower = json_of("compare", model, "-p", "cortex-m4", "--log", path, "--library", library)
        assert slower["linked"] == library, f"{name} with wait states"
        every += len(ticks)
        inside += sum(library in operator["inside"] for operator in content["operators"])
    assert every > 100
    assert inside / every > 0.8


@pytest.mark.parametrize(("factor", "code", "said"), [(1, 0, "fits the only library"), (3, 1, "fit")])
def test_a_log_beside_the_only_library(factor: int, code: int, said: str, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    ticks = [(name, count // factor) for name, count in ticks_on("digits", "bare-c", "arduino-uno")]
    log.write_text("".join(f"{name} took {count} ticks (0 ms).\n" for name, count in ticks))
    clock = str(load_profile("arduino-uno").clock_hz)
    result = call("compare", "digits", "-p", "arduino-uno", "--log", log, "--ticks-per-second", clock)
    assert result.exit_code == code, result.output
    assert said in result.output
    assert "cannot tell which" not in result.output


@pytest.mark.parametrize(
    ("size", "text"), [(47, "0.0459"), (91_000, "88.9"), (1_023_000, "999"), (1_090_240, "1,065")]
)
def test_flash_of_a_megabyte_has_no_exponent(size: int, text: str) -> None:
    assert _kilobytes(size) == text

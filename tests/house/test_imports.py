"""The import graph: one way only, and numba only where kernels are bound."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from microinfer import zoo

from support.import_graph import ROOMS, circles, imports, modules, room_of

STARTS_LATER: dict[tuple[str, str], str] = {
    ("checks", "checks.suggestions"): "planned anew many times, where asked",
    ("checks.assertions", "run.interpreter"): "pytest loads the fixture in every run",
    ("checks.assertions", "zoo"): "pytest loads the fixture in every run",
    ("checks.budgets", "zoo"): "few settings name a model that is not checked",
    ("checks.settings", "reports.battery_settings"): "few settings say of a battery",
    ("kernels._direct", "kernels._machine_code"): "llvmlite",
    ("kernels._host", "kernels._machine_code"): "llvmlite",
    ("kernels._jit", "kernels._compiler"): "numba",
    ("kernels._jit", "kernels._njit"): "numba",
    ("kernels._loading", "kernels._machine_code"): "llvmlite",
    ("kernels.resize", "kernels.resize_bilinear"): "other kernels of the file need it not",
    ("libraries.bare_c.activations", "kernels.exponential"): "tables are made where one is exported",
    ("libraries.bare_c.activations", "kernels.softmax"): "tables are made where one is exported",
    ("pytest_plugin", "checks.assertions"): "every pytest run of the user loads the plugin",
    ("pytest_plugin", "checks.settings"): "every pytest run of the user loads the plugin",
    ("run.interpreter", "reports.run_figures"): "bits alone need no prices",
    ("validation.float_twin", "runtimes.litert"): "LiteRT",
    ("zoo", "files.arrays"): "samples are asked for less often than models",
}
"""Imports inside functions, each with what it saves at the start. Beside these a command of `cli` imports
what it needs when it is called, and an operator its kernels when they are bound."""

COMPILING = {
    "_compiler.py",
    "_linking.py",
    "_njit.py",
    "_machine_code.py",
    "_vectors.py",
    "_bytes.py",
    "_multiply_add.py",
    "_sums.py",
    "_tiles.py",
    "_depthwise_tiles.py",
    "_channel_rows.py",
    "_copies.py",
    "_entries.py",
    "_peak.py",
    "_strides.py",
    "_tables.py",
    "_real_tiles.py",
    "_lanes_of_reals.py",
    "_quantizing.py",
    "_real_loops.py",
    "_row_places.py",
    "_riffles.py",
    "_blend.py",
    "_choices.py",
    "_short_tiles.py",
    "_interleave.py",
    "_fold.py",
}
"""The files of the kernels that turn Python into machine code and load it."""


def rank(module: str) -> int:
    """How far up a module lies: kernels and profiles at the ground, the package itself above all."""
    room = room_of(module)
    if room in ("kernels", "profiles"):
        return -1
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def test_every_module_lies_in_a_room() -> None:
    rooms = {room_of(module) for module in modules()}
    assert rooms <= {*ROOMS, "kernels", "profiles", "__main__", ""}


def test_imports_run_one_way() -> None:
    """Deferred imports count, and those for types alone."""
    wrong = [str(one) for one in imports() if rank(one.imported) > rank(one.importer)]
    assert not wrong


def test_only_operators_reach_kernels() -> None:
    """And they do inside functions: what a model needs can be told without compiling anything."""
    allowed = {"kernels", "operators"}
    reached = [one for one in imports() if room_of(one.imported) == "kernels"]
    wrong = [
        str(one)
        for one in reached
        if room_of(one.importer) not in allowed
        and (one.importer, one.imported) not in STARTS_LATER
        and one.importer not in ("cli.console", "cli.warmup")
    ]
    assert not wrong
    early = [one for one in reached if room_of(one.importer) == "operators" and one.kind == "head"]
    assert not [str(one) for one in early]


def test_no_circle_of_modules() -> None:
    edges: dict[str, set[str]] = {}
    for one in imports():
        if one.importer:  # the package itself is every module's parent, and only lists what it offers
            edges.setdefault(one.importer, set()).add(one.imported)
    assert circles(edges) == []


def test_deferred_imports_save_something() -> None:
    deferred = [one for one in imports() if one.kind == "deferred"]
    asked = [
        one
        for one in deferred
        if room_of(one.importer) != "cli"
        and not (room_of(one.importer) == "operators" and room_of(one.imported) == "kernels")
    ]
    unlisted = [str(one) for one in asked if (one.importer, one.imported) not in STARTS_LATER]
    assert not unlisted
    assert STARTS_LATER.keys() <= {(one.importer, one.imported) for one in asked}, "listed, and not there"


def test_the_graph_program_sees_every_kind_of_import() -> None:
    found = {(one.importer, one.imported, one.kind) for one in imports()}
    assert ("run.interpreter", "memory.plan", "head") in found
    assert ("run.interpreter", "reports.run_figures", "deferred") in found
    assert ("run.interpreter", "reports.run_report", "types") in found
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [("a", "b", "c")]


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_planning_needs_no_numba() -> None:
    loaded = loaded_after(
        "import microinfer, microinfer.cli\n"
        "from microinfer import zoo\n"
        "from microinfer.model import read\n"
        "from microinfer.operators.prepare import prepare\n"
        "from microinfer.memory.planning import plan_memory\n"
        "from microinfer.parts.profile import load_profile\n"
        "from microinfer.timing.prices import estimate\n"
        "model = read.load(zoo.load('digits'))\n"
        "steps = prepare(model)\n"
        "part = load_profile('arduino-uno')\n"
        "plan_memory(model, steps, part.library, part.target)\n"
        "estimate(steps, part, part.library)\n"
    )
    assert "numba" not in loaded
    assert "rich" not in loaded_after("import microinfer")
    assert not {"numba", "jinja2", "flatbuffers"} & loaded_after("import microinfer; microinfer.Interpreter")


def test_a_check_loads_little(tmp_path: Path) -> None:
    """And starts no threads for matrices of real numbers."""
    (tmp_path / "digits.tflite").write_bytes(zoo.load("digits"))
    loaded = loaded_after(
        "import contextlib, io, os\n"
        "os.environ.pop('OPENBLAS_NUM_THREADS', None)\n"
        "from microinfer.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main(['check', {str(tmp_path / 'digits.tflite')!r}, '-p', 'cortex-m4'])\n"
        "print('threads', os.environ['OPENBLAS_NUM_THREADS'])"
    )
    assert {"threads", "1", "microinfer.checks.rule"} <= loaded
    slow = {"numba", "llvmlite", "rich", "jinja2", "flatbuffers", "importlib.resources", "pkgutil", "json"}
    assert not slow & loaded


def test_kernels_import_only_numpy_and_each_other() -> None:
    for module, path in modules().items():
        if room_of(module) != "kernels":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not node.level:
                top = (node.module or "").split(".")[0]
            elif isinstance(node, ast.Import):
                top = node.names[0].name.split(".")[0]
            else:
                continue
            allowed = top in sys.stdlib_module_names or top == "numpy"
            if path.name in COMPILING:
                allowed = allowed or top in ("numba", "llvmlite")
            assert allowed, f"{path.name} imports {top}"

"""The import graph: one way only, and numba only where kernels are bound."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import microinfer

PACKAGE = Path(microinfer.__file__).parent

FORBIDDEN = {
    "kernels": {
        "ops",
        "interpreter",
        "report",
        "cli",
        "firmware",
        "planner",
        "arena",
        "profile",
        "cost",
        "model",
    },
    "ops": {"interpreter", "report", "cli", "firmware", "planner", "arena", "profile", "cost"},
    "firmware": {"interpreter", "report", "cli", "kernels", "profile", "cost"},
    "planner": {"interpreter", "report", "cli", "kernels", "ops", "profile", "cost"},
    "profile": {"interpreter", "report", "cli", "kernels", "ops", "firmware", "planner", "arena"},
    "model": {"interpreter", "report", "cli", "kernels", "ops", "firmware", "planner", "arena", "cost"},
    "interpreter": {"cli"},
}
"""Room to the rooms that it must not import at the head of a file."""


COMPILING = {"_compiler.py", "_machine_code.py", "_vectors.py", "_bytes.py", "_sums.py", "_tiles.py"}
"""The files of the kernels that turn Python into machine code and load it."""


def module_imports(path: Path, package: tuple[str, ...]) -> set[str]:
    """First-level names inside microinfer that a file imports when it is imported."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                module = (*base, *(node.module.split(".") if node.module else ()))
                names = [module] if node.module else [(*module, alias.name) for alias in node.names]
            else:
                names = [tuple((node.module or "").split("."))]
        elif isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        else:
            continue
        found |= {name[1] for name in names if name[0] == "microinfer" and len(name) > 1}
    return found


def files() -> list[tuple[Path, tuple[str, ...]]]:
    """Every source file with its package. An editable install has the kernels in a folder of their own."""
    import microinfer.kernels

    kernels = Path(next(iter(microinfer.kernels.__path__)))
    found = {
        path.resolve(): (*package, *path.relative_to(root).parts[:-1])
        for root, package in ((PACKAGE, ("microinfer",)), (kernels, ("microinfer", "kernels")))
        for path in root.rglob("*.py")
    }
    return list(found.items())


def test_imports_run_one_way() -> None:
    wrong = []
    for path, package in files():
        room = package[1] if len(package) > 1 else path.stem
        for name in module_imports(path, package) & FORBIDDEN.get(room, set()):
            wrong.append(f"{path.name} ({room}) imports {name}")
    assert not wrong


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
        "from microinfer.memory.plan import plan_memory\n"
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


def test_kernels_import_only_numpy_and_each_other() -> None:
    for path, package in files():
        if package[:2] != ("microinfer", "kernels"):
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

"""Every example of the gallery runs, prints what its page says, keeps to its budget and is made again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.errors import InputError

from support import oracle
from support.commands import call
from support.documents import blocks, stale
from support.gallery import FOLDER, NAMES, anew

EVERY = pytest.mark.parametrize("name", NAMES)
MODELS = sorted(FOLDER.glob("*/*.tflite"))
OF_THE_ZOO = pytest.mark.parametrize(
    "path", [path for path in MODELS if path.with_suffix(".npz").is_symlink()], ids=lambda at: at.stem
)
OF_EACH = pytest.mark.parametrize("path", MODELS, ids=[path.stem for path in MODELS])
SPOKEN = {"hearing", "transducer", "wake"}
"""Whose data a synthesiser of speech makes, which is no dependency."""
QUICK = {name for name in NAMES if "short=" in (FOLDER / name / "make.py").read_text(encoding="utf-8")}
"""Whose `make.py` can train for a moment only; MICROINFER_TRAIN=1 trains all of it here, too."""
PARTED = {name for name in NAMES if "ProcessPool" in (FOLDER / name / "make.py").read_text(encoding="utf-8")}
"""Whose `make.py` trains on two processors at once."""
LARGEST, LINES, SECONDS = 100_000, 75, 120
"""Bytes of a file, lines of a page, seconds that a program takes of each processor that it works on."""


def page_of(name: str) -> str:
    return (FOLDER / name / "README.md").read_text(encoding="utf-8")


def program(name: str, *words: str) -> None:
    command = [sys.executable, str(FOLDER / name / words[0]), *words[1:]]
    before = os.times()
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # threads that wait for one another burn a processor
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    after = os.times()
    took = after.children_user - before.children_user + after.children_system - before.children_system
    assert took < SECONDS * (2 if name in PARTED and words[0] == "make.py" else 1)


@EVERY
def test_it_runs_and_the_page_says_so(name: str) -> None:
    program(name, "run.py", "--check")


@EVERY
def test_its_commands_print_what_the_page_shows(name: str, tmp_path: Path) -> None:
    assert "microinfer check" in page_of(name)
    found = stale(page_of(name), anew(name, tmp_path))
    assert not found, "\n".join([*found, f"run python benchmarks/refresh_docs.py {FOLDER / name}/README.md"])


@EVERY
def test_it_is_whole_and_small(name: str) -> None:
    """A page of one screen with a picture, sources and licences; every file in its size."""
    text = page_of(name)
    assert len(text.splitlines()) <= LINES
    assert "![" in text
    assert "licence" in text
    assert "https://" in text
    assert (FOLDER / name / "make.py").is_file()
    assert (FOLDER / name / "microinfer.toml").is_file()
    for path in (FOLDER / name).iterdir():
        assert path.is_dir() or path.stat().st_size < LARGEST, path.name
    for picture in (FOLDER / name).glob("*.svg"):
        assert ElementTree.parse(picture).getroot().tag.endswith("svg")
        assert picture.name in text
    assert f"({name}/README.md)" in (FOLDER / "README.md").read_text(encoding="utf-8")


@EVERY
def test_links_lead_somewhere(name: str) -> None:
    text = "".join(re.split(r"^```.*?^```$", page_of(name), flags=re.MULTILINE | re.DOTALL))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        assert "://" in link or (FOLDER / name / link.partition("#")[0]).exists(), link


@EVERY
def test_running_trains_nothing(name: str) -> None:
    """`run.py` imports no layer, no trainer, and nothing of the extra `train`."""
    trained = re.compile(r"sklearn|tensorflow|torch|workshop\.(layers|network)|import make")
    assert not trained.search((FOLDER / name / "run.py").read_text(encoding="utf-8"))


@OF_THE_ZOO
def test_the_zoo_has_it(path: Path) -> None:
    assert zoo.describe(path.stem).trained
    assert path.read_bytes() == zoo.load(path.stem)
    with np.load(path.with_suffix(".npz")) as held:
        np.testing.assert_array_equal(held["x"], zoo.samples(path.stem)[0])


def test_the_zoo_has_the_others_without_samples() -> None:
    """Each trained network is in the zoo; where samples are not, `microinfer zoo` says who has them."""
    paths = [name if "/" in name else f"{name}/{name}" for name in zoo.GALLERY]
    own = [path for path in MODELS if not path.with_suffix(".npz").is_symlink()]
    assert sorted(paths) == sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in own)
    listed = "".join(call("zoo").stdout.split())
    for path in own:
        found = zoo.describe(path.stem)
        assert path.read_bytes() == zoo.load(path.stem)
        assert found.trained
        assert found.folder == path.parent.name
        assert f"{path.stem}pythonexamples/gallery/{path.parent.name}/make.py" in listed
        with pytest.raises(InputError, match=f"examples/gallery/{path.parent.name} has them"):
            zoo.samples(path.stem)


@OF_EACH
def test_the_bits_are_tflms(path: Path) -> None:
    own = path.with_suffix(".npz")
    (data,) = [own] if own.exists() else path.parent.glob(f"{path.stem.partition('_')[0]}.npz")
    with np.load(data) as held:
        x = held.get(f"x_{path.stem}", held["x"])
    interpreter = microinfer.Interpreter(path)
    shapes = [one["shape"] for one in interpreter.get_input_details()]
    inputs = [x] if len(shapes) == 1 else list(x)
    inputs = [one[:: max(1, len(one) // 40)] for one in inputs]
    found = interpreter.run_batch(inputs[0] if len(inputs) == 1 else inputs)
    for *given, ours in zip(*inputs, found, strict=True):
        shaped = [one.reshape(shape) for one, shape in zip(given, shapes, strict=True)]
        (wanted,) = oracle.tflm(path.read_bytes(), shaped)
        np.testing.assert_array_equal(wanted.ravel(), ours.ravel())


def layers(path: Path) -> list[Any]:
    """What of a trained model hangs on no weight."""
    graph = microinfer.load(path).subgraphs[0]
    return [
        (one.name, *[(graph.tensors[at].shape, graph.tensors[at].dtype) for at in one.outputs])
        for one in graph.operators
    ]


@EVERY
def test_it_is_made_again(name: str, tmp_path: Path) -> None:
    """The same layers, and the same held-out samples but for what rounding in training changes.

    What is shipped is what the whole training wrote: `test_what_is_shipped_is_what_was_trained` holds it.
    """
    if name in SPOKEN and shutil.which("espeak-ng") is None:
        return  # the test below holds what it says then
    whole = name not in QUICK or "MICROINFER_TRAIN" in os.environ
    program(name, "make.py", str(tmp_path), *([] if whole else ["--quick"]))
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(
        path.name for path in (FOLDER / name).iterdir() if path.suffix in {".tflite", ".npz"}
    )
    for file in made:
        if file.endswith(".tflite"):
            assert layers(tmp_path / file) == layers(FOLDER / name / file)
            continue
        with np.load(tmp_path / file) as new, np.load(FOLDER / name / file) as old:
            assert {key: (new[key].shape, new[key].dtype) for key in new} == {
                key: (old[key].shape, old[key].dtype) for key in old
            }
            np.testing.assert_array_equal(new["y"], old["y"])


def test_what_is_shipped_is_what_was_trained() -> None:
    """The digests are those that the whole training noted; of the zoo's they are beside its data."""
    sys.path.insert(0, str(FOLDER))
    from workshop import page

    assert (FOLDER / page.DIGESTS).read_text(encoding="utf-8") == page.digests(FOLDER)
    told = (Path(zoo.__file__).parent / "data" / "README.md").read_text(encoding="utf-8")
    for path in MODELS:
        for one in (path, path.with_suffix(".npz")):
            if one.is_symlink():
                assert f"`{sha256(one.read_bytes()).hexdigest()}`" in told, one.name


@pytest.mark.parametrize("name", ["masks", "vibration"])
def test_a_quick_network_replaces_no_shipped_one(name: str) -> None:
    command = [sys.executable, str(FOLDER / name / "make.py"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--quick" in done.stderr


def test_a_page_without_its_marks_or_results_is_told(tmp_path: Path) -> None:
    assert [block.language for block in blocks(page_of("vibration"))] == ["console"]
    copied = tmp_path / "gallery"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("__pycache__"))
    page = copied / "vibration" / "README.md"
    page.write_text(page.read_text(encoding="utf-8").replace("| healthy |", "| well |"), encoding="utf-8")
    command = [sys.executable, str(copied / "vibration" / "run.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "stale: README.md" in done.stderr


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_without_a_synthesiser_it_says_what_to_install(name: str, tmp_path: Path) -> None:
    """And nothing is written."""
    environment = {**os.environ, "PATH": str(tmp_path)}
    command = [sys.executable, str(FOLDER / name / "make.py"), str(tmp_path / "made")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "espeak-ng: not found" in done.stderr
    assert "apt install espeak-ng" in done.stderr
    assert not (tmp_path / "made").exists()


def test_without_a_package_of_digits_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text(
        "raise ModuleNotFoundError('none', name='sklearn')\n", encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(FOLDER / "uno" / "make.py"), str(tmp_path / "made")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("sklearn: not found")
    assert "`pip install scikit-learn`" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "made").exists()

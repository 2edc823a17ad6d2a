"""Architectures of the zoo in other sizes."""

from __future__ import annotations

import pytest

import microinfer
from microinfer import zoo
from microinfer.errors import InputError


@pytest.mark.parametrize("name", zoo.builders())
def test_every_architecture_is_built_in_other_sizes(name: str) -> None:
    usual = microinfer.prepare(microinfer.load(zoo.load(name)))
    wide = microinfer.load(zoo.load(name, width=1.5))
    assert len(microinfer.prepare(wide)) == len(usual)
    assert len(zoo.load(name, width=1.5)) > len(zoo.load(name))
    flat = microinfer.prepare(microinfer.load(zoo.load(name, width=0.01, depth=1)))
    assert len(flat) <= len(usual)
    small = microinfer.load(zoo.load(name, size=30))
    assert 30 in small.subgraphs[0].tensors[small.subgraphs[0].inputs[0]].shape
    assert zoo.load(name, seed=0) == zoo.load(name)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"width": 0}, "width 0: expected a factor above 0"),
        ({"width": "1"}, "width '1'"),
        ({"depth": 0}, "depth 0: expected a whole number from 1"),
        ({"size": 2.5}, "size 2.5"),
        ({"with": 1}, "with"),
    ],
)
def test_sizes_that_no_network_has(sizes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        zoo.load("ds_cnn", **sizes)
    with pytest.raises(InputError, match="is of one size"):
        zoo.load("digits", **sizes)

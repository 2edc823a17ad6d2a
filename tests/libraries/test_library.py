"""A kernel library as a value: found by name or short name, and each knows what it is."""

from __future__ import annotations

import pytest

from microinfer.errors import InputError
from microinfer.libraries.library import kernel_libraries, kernel_library


def test_found_by_name_and_short_name():
    for library in kernel_libraries():
        assert kernel_library(library.name) is library
        assert kernel_library(library.short) is library
    assert kernel_library("cmsis-nn").name == "tflm-cmsis-nn"
    with pytest.raises(InputError, match="no kernel library 'cmsis'"):
        kernel_library("cmsis")


def test_short_names_mean_one_library():
    names = [name for library in kernel_libraries() for name in {library.name, library.short}]
    assert len(set(names)) == len(names)


def test_a_base_comes_first():
    known = kernel_libraries()
    for library in known:
        assert library.base is None or known.index(library.base) < known.index(library)

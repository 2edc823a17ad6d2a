"""`microinfer bench`: the grid, its prices, its knees, its chart, and how it is told."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from microinfer.bench import grid, instruction_sets, knees, measure, prepare_case, targets
from microinfer.bench.grid import KERNELS
from microinfer.bench.host import copy_bandwidth, describe_computer
from microinfer.errors import InputError
from microinfer.kernels import peak
from microinfer.kernels._compiler import assembly
from microinfer.kernels._processor import SWITCH, byte_products, has_dot_products
from microinfer.operators.instructions import without_vectors
from microinfer.parts.profile import load_profile
from microinfer.view.roofline import draw_roofline

from support.commands import call, json_of

M4 = targets([load_profile("cortex-m4")], ["tflm-cmsis-nn"])


class TestGrid:
    def test_every_case_is_a_model(self) -> None:
        cases = grid()
        assert len({(case.kernel, case.sweep, case.size) for case in cases}) == len(cases) > 300
        for case in cases:
            assert prepare_case(case).geometry is not None

    def test_quick_is_a_part_of_it_in_which_no_family_is_missing(self) -> None:
        quick = grid(quick=True)
        assert {case.name for case in quick} < {case.name for case in grid()}
        assert {case.kernel for case in quick} == set(KERNELS)
        assert len(quick) < len(grid()) / 2

    def test_a_size_goes_where_the_star_is(self) -> None:
        case = next(case for case in grid() if case.sweep == "12x12, 16 to * channels" and case.size == 24)
        step = prepare_case(case)
        assert case.name == "12x12, 16 to 24 channels"
        assert step.node.outputs[0].shape == (1, 12, 12, 24)
        assert step.geometry.macs == 12 * 12 * 24 * 16 * 9


class TestModel:
    def test_cycles_are_those_of_the_price_list_by_mac(self) -> None:
        case = next(case for case in grid(kernels=["fully connected"]) if case.name == "256 to 16")
        result = measure(case, M4, seconds=0)
        assert (result.operator, result.unit, result.units) == ("FULLY_CONNECTED", "MAC", 4096)
        assert result.bytes == 256 + 16 * 256 + 16 * 4 + 16
        assert result.host is None
        (modelled,) = result.modelled
        assert modelled.cycles is not None
        assert modelled.cycles_per_unit == pytest.approx(modelled.cycles / 4096)
        assert modelled.ms == pytest.approx(modelled.cycles / 100e3)
        assert modelled.variant == "vec_mat"

    def test_what_multiplies_nothing_counts_outputs(self) -> None:
        (case, *_) = grid(kernels=["softmax"])
        result = measure(case, M4, seconds=0)
        assert (result.unit, result.units) == ("output", case.size)

    def test_a_cortex_m4_likes_channels_in_fours(self) -> None:
        results = [measure(case, M4, seconds=0) for case in grid(kernels=["depthwise", "conv 1x1"])]
        found = {(knee.kernel, knee.instead_of, knee.size) for knee in knees(results)}
        assert {("depthwise", 3, 4), ("depthwise", 15, 16), ("conv 1x1", 15, 16)} <= found
        assert all(knee.saving >= 0.03 and knee.size > knee.instead_of for knee in knees(results))

    def test_libraries_that_no_part_has_are_refused(self) -> None:
        with pytest.raises(InputError, match="'tflm-cmsis-nn' does not run on atmega328p"):
            targets([load_profile("atmega328p")], ["tflm-cmsis-nn"])


class TestHost:
    def test_a_case_is_timed(self) -> None:
        case = next(case for case in grid(kernels=["fully connected"]) if case.name == "256 to 16")
        result = measure(case, (), seconds=0.001)
        assert result.host is not None
        assert 0 < result.host.seconds < 0.1
        assert result.host.giga_per_second == pytest.approx(4096 / result.host.seconds / 1e9)

    def test_the_computer_says_what_it_is(self) -> None:
        computer = describe_computer()
        assert computer.processors >= 1
        assert {"microinfer", "Python", "numpy", "numba"} <= set(computer.versions)
        assert computer.processor in computer.describe()
        assert copy_bandwidth(0.001) > 1e8


class TestInstructionSets:
    def test_the_best_of_each_family_stands_beside_the_peak_and_the_portable_kernels(self) -> None:
        families = ("conv 1x1", "fully connected", "softmax")
        cases = [case for case in grid(quick=True, kernels=families) if case.size in (16, 32, 64)]
        results = [measure(case, (), seconds=0.001) for case in cases]
        sets = instruction_sets(results, 0.005)
        names = ["portable"]
        if has_dot_products():
            way = byte_products()
            assert way is not None
            names.insert(0, way.title)
            assert way.instruction in way.title
        assert [one.name for one in sets] == names
        for one in sets:
            assert [rate.kernel for rate in one.rates] == ["conv 1x1", "fully connected"]
        if sets[0].peak is not None:
            assert all(rate.giga_macs_per_second < sets[0].peak for rate in sets[0].rates)
        assert sets[-1].peak is None

    def test_the_portable_ones_are_bound_meanwhile_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for before in (None, "on"):
            monkeypatch.delenv(SWITCH, raising=False)
            if before is not None:
                monkeypatch.setenv(SWITCH, before)
            with without_vectors():
                assert not has_dot_products()
            assert os.environ.get(SWITCH) == before

    def test_a_peak_counts_the_products_that_it_makes(self) -> None:
        if not has_dot_products():
            pytest.skip("no dot products of bytes here")
        x = np.arange(peak.PRODUCTS, dtype=peak.ELEMENT)
        y = np.zeros(peak.CHAINS * 16, np.int32)
        peak.dot_products(x, y, 3)
        sums = np.square(x.astype(np.int32)).reshape(16, -1).sum(1)
        chains = np.arange(peak.CHAINS)[:, None]
        np.testing.assert_array_equal(y.reshape(peak.CHAINS, 16), chains + 3 * sums)
        way = byte_products()
        assert way is not None
        vectors = peak.CHAINS * 512 // way.bits
        assert assembly(peak.dot_products).count(f"\t{way.instruction}\t") >= vectors

    def test_nothing_that_multiplies_has_no_rates(self) -> None:
        (case, *_) = grid(kernels=["softmax"])
        assert instruction_sets([measure(case, (), seconds=0.001)], 0.001) == ()


class TestChart:
    def test_there_is_a_point_a_shape_and_a_roof_above_them(self) -> None:
        results = [measure(case, M4, seconds=0) for case in grid(quick=True, kernels=["conv 3x3", "add"])]
        drawn = ElementTree.fromstring(draw_roofline(results, M4, None))
        name = "{http://www.w3.org/2000/svg}"
        panel = drawn.find(f"{name}g")
        assert panel is not None
        multiplying = [result for result in results if result.unit == "MAC"]
        points = panel.findall(f"{name}circle")
        assert len(points) == len(multiplying) < len(results)
        (roof,) = panel.findall(f"{name}polyline")
        top = min(float(corner.split(",")[1]) for corner in roof.attrib["points"].split())
        assert all(float(point.attrib["cy"]) > top for point in points)

    def test_nothing_to_multiply_is_nothing_to_draw(self) -> None:
        results = [measure(case, M4, seconds=0) for case in grid(kernels=["softmax"])]
        with pytest.raises(InputError, match="nothing for a roofline"):
            draw_roofline(results, M4, None)


class TestCommand:
    def test_json(self) -> None:
        content = json_of("bench", "--quick", "--kernel", "softmax", "--kernel", "1x1", "-p", "cortex-m4")
        assert content["schema"] == "microinfer.bench/1"
        assert content["computer"]["processors"] >= 1
        libraries = load_profile("cortex-m4").libraries
        assert content["targets"] == [{"profile": "cortex-m4", "library": one} for one in libraries]
        for result in content["results"]:
            assert result["kernel"] in ("conv 1x1", "softmax")
            assert result["host"]["seconds"] > 0
            assert [one["library"] for one in result["modelled"]] == list(libraries)
        assert any((knee["instead_of"], knee["size"]) == (15, 16) for knee in content["knees"])

    def test_files(self, tmp_path: Path) -> None:
        table, chart = tmp_path / "bench.csv", tmp_path / "bench.svg"
        done = call(
            "bench", "--quick", "--modelled-only", "--kernel", "depthwise", "--csv", table, "--svg", chart
        )
        assert done.exit_code == 0, done.output
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert {row["kernel"] for row in rows} == {"depthwise"}
        mine = [row for row in rows if row["profile"] == "cortex-m4" and row["library"] == "tflm-cmsis-nn"]
        assert len(mine) == len(grid(quick=True, kernels=["depthwise"]))
        assert float(mine[0]["cycles_per_unit"]) > 0
        assert mine[0]["host_seconds"] == ""
        assert ElementTree.parse(chart).getroot().tag.endswith("svg")

    def test_the_table_has_a_column_a_part_and_fits(self) -> None:
        done = call("bench", "--quick", "--modelled-only", "-p", "cortex-m4", "-p", "esp32-c3")
        assert done.exit_code == 0, done.output
        lines = done.stdout.splitlines()
        assert max(map(len, lines)) <= 110
        assert "depthwise, 3x3 on 12x12, n channels" in lines
        assert any(line.split() == ["cortex-m4", "esp32-c3"] for line in lines)
        assert "3 to 4: 24%" in done.stdout
        assert (
            done.stdout.splitlines().count("provisional, for want of a measurement: esp32-c3 tflm-reference")
            == 1
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--kernel", "conv 9x9"], "no kernel 'conv 9x9'; there are conv 1x1"),
            (["-p", "cortex-m5"], "cortex-m4"),
            (["--library", "cmsis"], "kernel library 'cmsis' does not run on"),
        ],
    )
    def test_what_there_is_not_is_told(self, arguments: list[str], said: str) -> None:
        done = call("bench", "--modelled-only", *arguments)
        assert done.exit_code == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1

    def test_modelling_needs_no_numba(self) -> None:
        program = (
            "import sys\nfrom microinfer.cli import main\n"
            "try:\n    main(['bench', '--modelled-only', '--quick', '--json'])\n"
            "except SystemExit as stopped:\n    assert not stopped.code\n"
            "assert 'numba' not in sys.modules and 'llvmlite' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

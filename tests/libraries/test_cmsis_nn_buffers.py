"""CMSIS-NN's scratch on three kinds of core, against what its own functions answered there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microinfer.libraries.demand import Demand
from microinfer.libraries.target import load_core
from microinfer.operators.average_pool_2d import PoolGeometry
from microinfer.operators.batch_matmul import BatchMatmulGeometry
from microinfer.operators.conv_2d import Conv2DGeometry
from microinfer.operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from microinfer.operators.fully_connected import FullyConnectedGeometry
from microinfer.operators.spec import Geometry
from microinfer.operators.svdf import SvdfGeometry
from microinfer.operators.transpose_conv import TransposeConvGeometry

from support.kernel_rows import demand

TRUTH = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "truth" / "cmsis_nn_buffers.json.gz").read_bytes())
)
SAME_BUFFERS = {"cortex-m0plus": ("cortex-m3",), "cortex-m4": ("cortex-m7", "cortex-m33"), "cortex-m55": ()}


def measured(core: str) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Geometry and sizes of each row."""
    for geometry, sizes in zip(TRUTH["geometries"], TRUTH["cores"][core], strict=True):
        yield (
            dict(zip(TRUTH["geometry"], geometry, strict=True)),
            dict(zip(TRUTH["sizes"], sizes, strict=True)),
        )


def asked(core: str, name: str, geometry: Geometry) -> Demand:
    found = demand("tflm-cmsis-nn", name, geometry, load_core(core))
    assert found is not None
    return found


def scratch(core: str, name: str, geometry: Geometry) -> int:
    return sum(asked(core, name, geometry).scratch_bytes)


def convolution(row: dict[str, int], bits: int, dtype: str = "int8") -> Conv2DGeometry:
    made = {key: value for key, value in row.items() if key != "multiplier"}
    return Conv2DGeometry(**made, per_channel=True, bias=True, weight_bits=bits, dtype=dtype)


def depthwise(row: dict[str, int], bits: int, dtype: str = "int8") -> DepthwiseConv2DGeometry:
    made: dict[str, Any] = {key: v for key, v in row.items() if key not in ("multiplier", "filter_c")}
    made |= {"output_c": row["input_c"] * row["multiplier"], "depth_multiplier": row["multiplier"]}
    return DepthwiseConv2DGeometry(**made, per_channel=True, bias=True, weight_bits=bits, dtype=dtype)


def pool(row: dict[str, int], dtype: str = "int8") -> PoolGeometry:
    made = {key: row[key] for key in PoolGeometry.__dataclass_fields__ if key in row}
    return PoolGeometry(**made, channels=row["input_c"], dtype=dtype)


def transposed(row: dict[str, int]) -> TransposeConvGeometry:
    made: dict[str, Any] = {key: row[key] for key in TransposeConvGeometry.__dataclass_fields__ if key in row}
    made |= {"output_h": row["input_h"] * row["stride_h"], "output_w": row["input_w"] * row["stride_w"]}
    return TransposeConvGeometry(**made, per_channel=True, bias=True)


@pytest.mark.parametrize("core", TRUTH["cores"])
def test_every_buffer(core: str) -> None:
    kinds = set()
    for row, sizes in measured(core):
        if row["output_c"] % (row["input_c"] // row["filter_c"]) == 0:
            assert scratch(core, "CONV_2D", convolution(row, 8)) == sizes["conv_s8"], row
            assert scratch(core, "CONV_2D", convolution(row, 4)) == sizes["conv_s4"], row
        assert scratch(core, "DEPTHWISE_CONV_2D", depthwise(row, 8)) == sizes["depthwise_s8"], row
        assert scratch(core, "DEPTHWISE_CONV_2D", depthwise(row, 4)) == sizes["depthwise_s4"], row
        assert scratch(core, "AVERAGE_POOL_2D", pool(row)) == sizes["average_pool_s8"], row
        assert scratch(core, "CONV_2D", convolution(row, 8, "int16")) == sizes["conv_s16"], row
        assert scratch(core, "DEPTHWISE_CONV_2D", depthwise(row, 8, "int16")) == 0, "it needs none"
        assert scratch(core, "AVERAGE_POOL_2D", pool(row, "int16")) == sizes["average_pool_s16"], row
        assert scratch(core, "AVERAGE_POOL_2D", pool(row, "float32")) == 0
        assert scratch(core, "CONV_2D", convolution(row, 8, "float32")) == 0
        turned = asked(core, "TRANSPOSE_CONV", transposed(row)).scratch_bytes
        assert turned == (sizes["transpose_conv_s8"], sizes["transpose_conv_turned_s8"]), row
        kinds.add(asked(core, "CONV_2D", convolution(row, 8)).variant)
        kinds.add(asked(core, "DEPTHWISE_CONV_2D", depthwise(row, 8)).variant)
    wanted = {"1x1_fast", "1x1_strided", "1_x_n", "convolve_s8", "dw_mult4", "dw_generic_dil"}
    assert wanted <= kinds, "the rows reach every kind of kernel"


@pytest.mark.parametrize("core", TRUTH["cores"])
def test_sums_of_weights(core: str) -> None:
    """With MVE alone; of constants they are kept, of others they are scratch."""
    for row, sizes in measured(core):
        for bits, rank, constant in ((8, 2, True), (8, 2, False), (4, 2, True), (8, 3, True), (4, 3, False)):
            geometry = FullyConnectedGeometry(
                row["batch"], row["input_c"], row["output_c"], rank, False, True, bits, constant
            )
            found = asked(core, "FULLY_CONNECTED", geometry)
            one = bits == 8 and rank == 3 and row["input_c"] % 4 == 0
            sums = sizes["fully_connected_s8"] if bits == 8 and not one else 0
            assert sum(found.prepare_bytes) == sums * constant, geometry
            spread = 8 * row["output_c"] * one
            assert sum(found.scratch_bytes) == sums * (not constant) + spread + sizes["conv_1x1_fast_s8"]
        units = row["output_c"]
        for dtype in ("int8", "int16"):
            svdf = SvdfGeometry(row["batch"], row["input_c"], units, units, 1, 3, dtype)
            assert sum(asked(core, "SVDF", svdf).prepare_bytes) == sizes["svdf_s8"]
        product = BatchMatmulGeometry((3, row["input_c"]), (row["output_c"], row["input_c"]),
                                      (3, row["output_c"]), False, True, "int8")  # fmt: skip
        assert sum(asked(core, "BATCH_MATMUL", product).scratch_bytes) == sizes["fully_connected_s8"]


@pytest.mark.parametrize("core", TRUTH["cores"])
def test_cores_of_a_kind_ask_for_the_same(core: str) -> None:
    for row, _ in measured(core):
        for other in SAME_BUFFERS[core]:
            for name, geometry in (
                ("CONV_2D", convolution(row, 8)),
                ("DEPTHWISE_CONV_2D", depthwise(row, 8)),
                ("AVERAGE_POOL_2D", pool(row)),
            ):
                assert asked(other, name, geometry) == asked(core, name, geometry)


def test_without_the_extension_the_generic_kernel_runs() -> None:
    row = next(row for row, sizes in measured("cortex-m4") if sizes["depthwise_s8"])
    assert asked("cortex-m4", "DEPTHWISE_CONV_2D", depthwise(row, 8)).variant == "dw_opt"
    found = asked("cortex-m0plus", "DEPTHWISE_CONV_2D", depthwise(row, 8))
    assert (found.variant, found.scratch_bytes) == ("dw_generic", ())

"""The geometry that each builtin operator has, by class.

A user may register an operator of his own under a builtin's name. Its geometry is of another class, and
nothing here is known about it: that is asked for, never found out by a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from ..operators.spec import Geometry

__all__ = ["GEOMETRIES", "geometry_class", "is_modelled"]

GEOMETRIES: Mapping[str, str] = MappingProxyType(
    {
        "ABS": "relu.ElementwiseGeometry",
        "ADD": "add.BinaryGeometry",
        "ARG_MAX": "arg_max.ArgMaxGeometry",
        "ARG_MIN": "arg_max.ArgMaxGeometry",
        "AVERAGE_POOL_2D": "average_pool_2d.PoolGeometry",
        "BATCH_MATMUL": "batch_matmul.BatchMatmulGeometry",
        "BATCH_TO_SPACE_ND": "space_to_batch_nd.BatchSpaceGeometry",
        "BROADCAST_TO": "broadcast_to.BroadcastGeometry",
        "CAST": "cast.CastGeometry",
        "CONCATENATION": "concatenation.ConcatenationGeometry",
        "CONV_2D": "conv_2d.Conv2DGeometry",
        "DEPTHWISE_CONV_2D": "depthwise_conv_2d.DepthwiseConv2DGeometry",
        "DEPTH_TO_SPACE": "depth_to_space.BlockGeometry",
        "DEQUANTIZE": "relu.ElementwiseGeometry",
        "ELU": "relu.ElementwiseGeometry",
        "EQUAL": "add.BinaryGeometry",
        "EXPAND_DIMS": "reshape.ReshapeGeometry",
        "FILL": "fill.FillGeometry",
        "FULLY_CONNECTED": "fully_connected.FullyConnectedGeometry",
        "GATHER": "gather.GatherGeometry",
        "GREATER": "add.BinaryGeometry",
        "GREATER_EQUAL": "add.BinaryGeometry",
        "HARD_SWISH": "relu.ElementwiseGeometry",
        "LEAKY_RELU": "relu.ElementwiseGeometry",
        "LESS": "add.BinaryGeometry",
        "LESS_EQUAL": "add.BinaryGeometry",
        "LOGISTIC": "logistic.ActivationGeometry",
        "MAXIMUM": "add.BinaryGeometry",
        "MAX_POOL_2D": "average_pool_2d.PoolGeometry",
        "MEAN": "mean.ReduceGeometry",
        "MINIMUM": "add.BinaryGeometry",
        "MUL": "add.BinaryGeometry",
        "NOT_EQUAL": "add.BinaryGeometry",
        "PACK": "pack.PackGeometry",
        "PAD": "pad.PadGeometry",
        "PADV2": "pad.PadGeometry",
        "PRELU": "add.BinaryGeometry",
        "QUANTIZE": "relu.ElementwiseGeometry",
        "REDUCE_MAX": "mean.ReduceGeometry",
        "RELU": "relu.ElementwiseGeometry",
        "RELU6": "relu.ElementwiseGeometry",
        "RESHAPE": "reshape.ReshapeGeometry",
        "RESIZE_BILINEAR": "resize_nearest_neighbor.ResizeGeometry",
        "RESIZE_NEAREST_NEIGHBOR": "resize_nearest_neighbor.ResizeGeometry",
        "SELECT_V2": "select_v2.SelectGeometry",
        "SHAPE": "shape.ShapeGeometry",
        "SLICE": "strided_slice.StridedSliceGeometry",
        "SOFTMAX": "softmax.SoftmaxGeometry",
        "SPACE_TO_BATCH_ND": "space_to_batch_nd.BatchSpaceGeometry",
        "SPACE_TO_DEPTH": "depth_to_space.BlockGeometry",
        "SPLIT": "split.SplitGeometry",
        "SPLIT_V": "split.SplitGeometry",
        "SQUEEZE": "reshape.ReshapeGeometry",
        "STRIDED_SLICE": "strided_slice.StridedSliceGeometry",
        "SUB": "add.BinaryGeometry",
        "SUM": "mean.ReduceGeometry",
        "SVDF": "svdf.SvdfGeometry",
        "TANH": "logistic.ActivationGeometry",
        "TRANSPOSE": "transpose.TransposeGeometry",
        "TRANSPOSE_CONV": "transpose_conv.TransposeConvGeometry",
        "UNIDIRECTIONAL_SEQUENCE_LSTM": "unidirectional_sequence_lstm.LstmGeometry",
        "UNPACK": "pack.PackGeometry",
        "ZEROS_LIKE": "fill.FillGeometry",
    }
)
"""Operator to module of `ops` and class."""


@cache
def geometry_class(name: str) -> type[Geometry] | None:
    """The class of a builtin operator's geometry; None where there is no such operator."""
    if name not in GEOMETRIES:
        return None
    module, _, found = GEOMETRIES[name].partition(".")
    made: type[Geometry] = getattr(import_module(f"..operators.{module}", __package__), found)
    return made


def is_modelled(name: str, geometry: Geometry) -> bool:
    """Whether this is the builtin operator's own geometry, which the tables of this package take."""
    wanted = geometry_class(name)
    return wanted is not None and isinstance(geometry, wanted)

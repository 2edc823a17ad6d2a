"""A model for every rule of `microinfer check` that triggers it, and a sound one that triggers none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from struct import pack, pack_into, unpack_from
from typing import Any
from unittest import mock

import numpy as np
from flatbuffers import Builder

from microinfer.build import Handle, ModelBuilder
from microinfer.builder import encoder
from microinfer.check import Limits, Resolver

RANDOM = np.random.default_rng(7)
FRAGMENTING = (4, 48, 24, 16, 48, 8)
"""Channels of tensors in a row."""


@dataclass(frozen=True)
class Trigger:
    """A model, where it is checked, and what else the check is told. `bytes_of` builds the file."""

    bytes_of: Callable[[], bytes]
    profile: str = "cortex-m4"
    library: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    extra_memory: bool = False


TRIGGERS: dict[str, Trigger] = {}


def trigger(name: str, profile: str = "cortex-m4", library: str | None = None, **options: Any) -> Any:
    """Register the function below as the builder of the model that triggers a rule."""
    extra = options.pop("extra_memory", False)

    def register(bytes_of: Callable[[], bytes]) -> Callable[[], bytes]:
        assert name not in TRIGGERS
        TRIGGERS[name] = Trigger(bytes_of, profile, library, options, extra)
        return bytes_of

    return register


def finish(b: ModelBuilder, *outputs: Handle) -> bytes:
    b.output(*outputs)
    return b.build()


def image(b: ModelBuilder, size: int = 8, channels: int = 4) -> Handle:
    return b.input((1, size, size, channels), scale=0.05, zero_point=0)


def weights(*shape: int) -> np.ndarray[Any, Any]:
    return RANDOM.normal(size=shape)


def convolution(b: ModelBuilder, x: Handle, channels: int = 4, **options: Any) -> Handle:
    """3 x 3, with a scale that suits random weights."""
    options = {"scale": 0.5, "zero_point": 0, **options}
    return b.conv_2d(x, weights(channels, 3, 3, x.shape[3]), np.zeros(channels), **options)


def dense(b: ModelBuilder, x: Handle, units: int = 4, **options: Any) -> Handle:
    options = {"scale": 0.5, "zero_point": 0, **options}
    depth = int(np.prod(x.shape[1:]))
    w = b.constant(RANDOM.integers(-127, 128, (units, depth)).astype(np.int8), 0.01, 0)
    return b.fully_connected(x, w, np.zeros(units), **options)


def sound(size: int = 8, channels: int = 8, hidden: int = 8) -> bytes:
    """A small classifier in which nothing is to be mended."""
    b = ModelBuilder("sound")
    x = convolution(b, image(b, size), channels)
    x = convolution(b, x, hidden)
    x = b.average_pool_2d(x, x.shape[1:3])
    x = b.reshape(x, (1, hidden))
    x = dense(b, x, 10)
    return finish(b, b.softmax(x))


def one(operator: str, dtype: str = "int8", **options: Any) -> bytes:
    """A model of one operator of any name, from a tensor to one like it."""
    b = ModelBuilder("one")
    quantization = {"scale": 0.1, "zero_point": 0} if dtype == "int8" else {}
    x = b.input((1, 4), dtype, **quantization)
    y = b.tensor((1, 4), dtype, **quantization)
    b.operator(operator, [x], [y], **options)
    return finish(b, y)


@trigger("unsupported-operator")
def _() -> bytes:
    return one("GELU")


@trigger("custom-operator")
def _() -> bytes:
    return one("CUSTOM", custom_code="FlexErf")


@trigger("operator-not-emulated")
def _() -> bytes:
    return one("ELU")


@trigger("operator-refused")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b)
    y = b.tensor((1, 8, 8, 3), scale=0.1)
    b.operator("MAX_POOL_2D", [x], [y], {"stride_w": 1, "stride_h": 1, "filter_width": 1, "filter_height": 1})
    return finish(b, y)


@trigger("library-lacks-operator", library="bare-c")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, b.transpose_conv(image(b), weights(4, 2, 2, 4), strides=(2, 2), scale=0.5, zero_point=0))


@trigger("operator-version")
def _() -> bytes:
    return one("RELU", version=99)


@trigger("resolver-too-small", resolver=Resolver(2))
def _() -> bytes:
    return sound()


@trigger("resolver-lacks-operator", resolver=Resolver(2, ("CONV_2D", "SOFTMAX")))
def _() -> bytes:
    return sound()


@trigger("hybrid-operator")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    w = b.constant(np.ones((3, 4), np.int8), 0.1, 0)
    y = b.tensor((1, 3), "float32")
    b.operator("FULLY_CONNECTED", [x, w], [y])
    return finish(b, y)


@trigger("float16-tensor")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    half = b.constant(np.ones((3, 4), np.float16))
    w = b.tensor((3, 4), "float32")
    b.operator("DEQUANTIZE", [half], [w])
    y = b.tensor((1, 3), "float32")
    b.operator("FULLY_CONNECTED", [x, w], [y])
    return finish(b, y)


@trigger("float-tensor")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    return finish(b, b.fully_connected(x, weights(3, 4)))


@trigger("int16-tensor")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "int16", scale=0.001)
    return finish(b, b.fully_connected(x, weights(3, 4), scale=0.001))


@trigger("uint8-tensor")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "uint8", 0.1, 128)
    y = b.tensor((1, 4), "uint8", 0.1, 128)
    b.operator("RELU", [x], [y])
    return finish(b, y)


@trigger("float-interface")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    x = b.quantize(x, scale=0.1, zero_point=0)
    return finish(b, b.dequantize(dense(b, x)))


@trigger("malformed-model")
def _() -> bytes:
    return sound()[:300]


@trigger("data-outside-file")
def _() -> bytes:
    """A buffer whose data lies behind the flatbuffer."""
    b = Builder()
    b.StartObject(3)
    b.PrependUint64Slot(1, 4096, 0)
    b.PrependUint64Slot(2, 16, 0)
    buffer = b.EndObject()
    b.StartVector(4, 1, 4)
    b.PrependUOffsetTRelative(buffer)
    buffers = b.EndVector()
    b.StartObject(8)
    b.PrependUint32Slot(0, 3, 0)
    b.PrependUOffsetTRelativeSlot(4, buffers, 0)
    b.Finish(b.EndObject(), b"TFL3")
    return bytes(b.Output())


@trigger("file-oddity")
def _() -> bytes:
    return moved_buffer(sound(), 4)


@trigger("misaligned-data")
def _() -> bytes:
    return moved_buffer(sound(), 2)


def moved_buffer(data: bytes, remainder: int) -> bytes:
    """The file with the largest constant copied behind its end, `remainder` bytes past a multiple of 16."""

    def field_of(table: int, slot: int) -> int:
        vtable = table - unpack_from("<i", data, table)[0]
        if 4 + 2 * slot >= unpack_from("<H", data, vtable)[0]:
            return 0
        offset = int(unpack_from("<H", data, vtable + 4 + 2 * slot)[0])
        return table + offset if offset else 0

    def follow(at: int) -> int:
        return at + int(unpack_from("<I", data, at)[0])

    vector = follow(field_of(follow(0), 4))
    buffers = [follow(vector + 4 + 4 * i) for i in range(unpack_from("<I", data, vector)[0])]
    fields = [at for buffer in buffers if (at := field_of(buffer, 0))]
    chosen = max(fields, key=lambda at: unpack_from("<I", data, follow(at))[0])
    length = unpack_from("<I", data, follow(chosen))[0]
    content = data[follow(chosen) + 4 : follow(chosen) + 4 + length]
    made = bytearray(data) + bytes(-len(data) % 16 + 12 + remainder)
    pack_into("<I", made, chosen, len(made) - chosen)
    return bytes(made + pack("<I", length) + content + bytes(16))


@trigger("dynamic-shape")
def _() -> bytes:
    b = ModelBuilder()
    x = b.tensor((1, 1, 4), "int8", 0.1, 0, shape_signature=(-1, -1, 4))
    b._inputs.append(x.index)
    return finish(b, b.relu(x))


@trigger("dynamic-batch")
def _() -> bytes:
    b = ModelBuilder()
    x = b.tensor((1, 4), "int8", 0.1, 0, shape_signature=(-1, 4))
    b._inputs.append(x.index)
    return finish(b, b.relu(x))


@trigger("shape-operator")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b)
    y = b.tensor((4,), "int32")
    b.operator("SHAPE", [x], [y])
    return finish(b, y)


@trigger("control-flow")
def _() -> bytes:
    return one("WHILE")


@trigger("unrolled-recurrence")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    w = b.constant(np.eye(4, dtype=np.int8) * 127, 0.01, 0)
    for _ in range(6):
        x = b.fully_connected(x, w, scale=0.1, zero_point=0)
    return finish(b, x)


@trigger("computed-parameter")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    paddings = b.input((2, 2), "int32")
    y = b.tensor((1, 6), "int8", 0.1, 0)
    b.operator("PAD", [x, paddings], [y])
    return finish(b, y)


@trigger("dead-operator")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    b.relu(x)
    return finish(b, dense(b, x))


@trigger("per-channel-refused")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    w = b.constant(np.ones((3, 4), np.int8), [0.1, 0.2, 0.3], dtype="int4")
    return finish(b, b.fully_connected(x, w, scale=0.1, zero_point=0))


@trigger("per-channel-ignored")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    other = b.constant(np.arange(4, dtype=np.int8).reshape(1, 4), [0.1, 0.2, 0.3, 0.4], quantized_dimension=1)
    return finish(b, b.add(x, other, scale=0.2, zero_point=0))


@trigger("per-channel-dense")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    return finish(b, b.fully_connected(x, weights(3, 4), scale=0.05, zero_point=0))


@trigger("asymmetric-weights")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 5)
    return finish(b, b.conv_2d(image(b), w, scale=0.5, zero_point=0))


@trigger("bias-scale")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 0)
    bias = b.constant(np.arange(4, dtype=np.int32), 0.001, 0)
    return finish(b, b.conv_2d(image(b), w, bias, scale=0.5, zero_point=0))


@trigger("scale-mismatch")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b)
    y = b.tensor((1, 256), "int8", 0.1, 0)
    b.operator("RESHAPE", [x], [y], {"new_shape": (1, 256)})
    return finish(b, y)


@trigger("fixed-output-scale")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    return finish(b, b.softmax(x, scale=0.1, zero_point=0))


@trigger("multiplier-out-of-range")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=1e30, zero_point=0)
    w = b.constant(np.ones((3, 4), np.int8), 1e-3, 0)
    return finish(b, b.fully_connected(x, w, scale=1e-3, zero_point=0))


@trigger("accumulator-overflow")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 0)
    bias = b.constant(np.array([0, 2_147_483_000, 0, 0], np.int32), 0.0005, 0)
    return finish(b, b.conv_2d(image(b), w, bias, scale=0.5, zero_point=0))


@trigger("requantisation-overflow")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 1.0, 0)
    return finish(b, b.conv_2d(image(b), w, scale=1e-5, zero_point=0))


@trigger("wasted-weight-range")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-20, 21, (4, 3, 3, 4)).astype(np.int8), 0.1, 0)
    return finish(b, b.conv_2d(image(b), w, scale=0.5, zero_point=0))


@trigger("wasted-output-range")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, convolution(b, image(b), scale=50.0))


@trigger("constant-output")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, convolution(b, image(b), scale=1e6))


@trigger("dead-channels")
def _() -> bytes:
    b = ModelBuilder()
    stored = RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8)
    stored[2] = 0
    return finish(b, b.conv_2d(image(b), b.constant(stored, 0.01, 0), scale=0.5, zero_point=0))


@trigger("saturating-scale")
def _() -> bytes:
    b = ModelBuilder()
    x, y = b.input((1, 4), scale=0.5, zero_point=0), b.input((1, 4), scale=0.5, zero_point=0)
    return finish(b, b.add(x, y, scale=0.01, zero_point=0))


@trigger("arena-exceeds-ram", profile="arduino-uno")
def _() -> bytes:
    return sound(size=16, channels=16)


@trigger("ram-exceeded", extra_memory=True)
def _() -> bytes:
    return sound(size=20, channels=8)


@trigger("arena-exceeds-budget", limits=Limits(arena_bytes=1000))
def _() -> bytes:
    return sound()


@trigger("arena-unknown", limits=Limits(arena_bytes=1000))
def _() -> bytes:
    return one("GELU")


@trigger("stack-exceeded", limits=Limits(stack_bytes=100))
def _() -> bytes:
    return sound()


@trigger("external-memory", extra_memory=True)
def _() -> bytes:
    return sound(size=40, channels=16)


@trigger("offline-plan")
def _() -> bytes:
    b = ModelBuilder()
    x = dense(b, b.input((1, 4), scale=0.1, zero_point=0))
    b.metadata("OfflineMemoryAllocation", np.array([1, 0, 99], np.int32).tobytes())
    return finish(b, x)


@trigger("arena-used-misleads")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    for _ in range(6):
        x = dense(b, x)
    return finish(b, x)


@trigger("fragmented-arena")
def _() -> bytes:
    """Tensors of such sizes that the greedy planner leaves gaps between them."""
    b = ModelBuilder()
    x = image(b, 8, FRAGMENTING[0])
    for channels in FRAGMENTING[1:]:
        x = b.conv_2d(x, weights(channels, 1, 1, x.shape[3]), scale=0.5, zero_point=0)
    return finish(b, x)


@trigger("model-exceeds-flash", profile="arduino-uno")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 200), scale=0.05, zero_point=0)
    return finish(b, dense(b, x, 200, scale=2.0))


@trigger("flash-exceeded", extra_memory=True)
def _() -> bytes:
    return sound()


@trigger("flash-exceeds-budget", limits=Limits(flash_bytes=1000))
def _() -> bytes:
    return sound()


@trigger("latency-exceeded", limits=Limits(latency_s=1e-5))
def _() -> bytes:
    return sound()


@trigger("energy-exceeded", profile="nucleo-l4r5zi", limits=Limits(energy_j=1e-9))
def _() -> bytes:
    return sound()


@trigger("cost-unknown", limits=Limits(energy_j=1e-3))
def _() -> bytes:
    return sound()


@trigger("scalar-kernel")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b, 16, 8)
    w = weights(1, 3, 3, 8)
    return finish(b, b.depthwise_conv_2d(x, w, dilation=(2, 2), scale=0.5, zero_point=0))


@trigger("reference-kernels", library="tflm-reference")
def _() -> bytes:
    return sound()


@trigger("tflm-fault")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 2, 2, 2, 2), scale=0.1, zero_point=0)
    return finish(b, b.transpose(x, (4, 3, 2, 1, 0)))


@trigger("demand-unknown")
def _() -> bytes:
    """A second signature's subgraph, which is not planned."""

    class Twice(encoder._Writer):
        subgraph = 0

        def table(self, slots: int, *fields: tuple[int, str, Any, Any]) -> int:
            made = super().table(slots, *fields)
            self.subgraph = made if slots == 5 else self.subgraph
            return made

        def offsets(self, values: Sequence[int]) -> int:
            return super().offsets([*values, *values] if values == [self.subgraph] else values)

    with mock.patch.object(encoder, "_Writer", Twice):
        return sound()

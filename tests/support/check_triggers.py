"""A model for every rule of `microinfer check`: here those about files, operators, types and graphs."""

from __future__ import annotations

from struct import pack, pack_into, unpack_from

import numpy as np
from flatbuffers import Builder

from microinfer.builder import ModelBuilder
from microinfer.checks import Resolver

from support import check_limit_triggers  # noqa: F401  # registers the rest
from support.check_models import TRIGGERS, dense, finish, image, one, sound, trigger
from support.flatbuffer_fields import field_of, follow, sparse_layer, tables_of, with_unread_tensor

__all__ = ["TRIGGERS"]


@trigger("unsupported-operator")
def _() -> bytes:
    return one("GELU")


@trigger("custom-operator")
def _() -> bytes:
    return one("CUSTOM", custom_code="FlexErf")


@trigger("accelerator-operator")
def _() -> bytes:
    return one("CUSTOM", custom_code="ethos-u")


@trigger("unsupported-type")
def _() -> bytes:
    return one("EXP")


@trigger("unsized-type")
def _() -> bytes:
    return with_unread_tensor(99)


@trigger("sparse-tensor")
def _() -> bytes:
    return sparse_layer()


@trigger("string-tensor")
def _() -> bytes:
    return one("SQUEEZE", "string")


@trigger("operator-not-emulated")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), "int16", 0.1, 0)
    return finish(b, b.compare("GREATER", x, x))


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
    return finish(b, b.embedding_lookup(b.constant(np.zeros((4, 8), np.float32)), b.input((2,), "int32")))


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


@trigger("int16-accumulator")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 1024), "int16", scale=0.001)
    w = b.constant(np.full((2, 1024), 127, np.int8), 0.01)
    bias = b.constant(np.zeros(2, np.int32), 0.00001)
    return finish(b, b.fully_connected(x, w, bias, scale=0.01))


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
    buffers = tables_of(data, field_of(data, follow(data, 0), 4))
    fields = [at for buffer in buffers if (at := field_of(data, buffer, 0))]
    chosen = max(fields, key=lambda at: unpack_from("<I", data, follow(data, at))[0])
    length = unpack_from("<I", data, follow(data, chosen))[0]
    content = data[follow(data, chosen) + 4 : follow(data, chosen) + 4 + length]
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
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    first, b_most = (b.constant(np.array(value, np.int32)) for value in (0, 3))
    condition, body = b.subgraph("condition"), b.subgraph("body")
    condition.output(condition.compare("LESS", *(condition.input((), "int32") for _ in range(2))))
    condition.input((1, 4), scale=0.1, zero_point=0)
    count, most = (body.input((), "int32") for _ in range(2))
    inner = body.input((1, 4), scale=0.1, zero_point=0)
    body.output(body.add(count, body.constant(np.array(1, np.int32))), most, body.relu(inner))
    return finish(b, b.while_loop(condition, body, [first, b_most, x])[2])


@trigger("resource-variables")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    held = b.variable("held")
    y = b.maximum(x, b.read_variable(held, like=x))
    b.assign_variable(held, y)
    return finish(b, y)


@trigger("float-beyond-integer", profile="esp32-s3")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, b.quantize(b.input((1, 4), "float32"), "int8", scale=0.1, zero_point=0))


@trigger("left-open", profile="esp32-s3")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, b.tanh(b.input((1, 4), "int8", scale=1e-30, zero_point=0)))


@trigger("output-left")
def _() -> bytes:
    b = ModelBuilder()
    stack, valid = b.signal_stacker(b.input((4,), "int16"), left=2, right=0, step=1)
    b.output(valid)
    return finish(b, stack)


@trigger("reset-forgets")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    start = b.subgraph("start")
    start.assign_variable(start.variable("held"), start.constant(np.full((1, 4), 9, np.int8), 0.1, 0))
    b.call_once(start)
    held = b.variable("held")
    y = b.maximum(x, b.read_variable(held, like=x))
    b.assign_variable(held, y)
    return finish(b, y)


@trigger("written-constant")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    b.operator("ADD", [x, x], [held := b.constant(np.full((1, 4), 9, np.int8), 0.1, 0)])
    return finish(b, dense(b, held))


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

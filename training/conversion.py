"""Float Keras model to full-integer int8 `.tflite`, and its answers through LiteRT's reference kernels."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its sums depend on the machine
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

warnings.filterwarnings("ignore", category=UserWarning, module="tensorflow")

DATA = Path(__file__).resolve().parent.parent / "src/microinfer/zoo/data"


def seed_everything(seed: int) -> None:
    """The same seed on the same TensorFlow gives the same file."""
    random.seed(seed)
    np.random.seed(seed)
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def to_int8(model: Any, samples: NDArray[np.float32]) -> bytes:
    """Quantise to int8 in and out, with a batch of one, calibrated on `samples`.

    Dense weights get one scale a tensor: every TFLM release runs that.
    """
    fixed = tf.keras.models.clone_model(
        model, input_tensors=tf.keras.Input(samples.shape[1:], batch_size=1, name="input")
    )
    fixed.set_weights(model.get_weights())
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)

    def representative() -> Iterable[list[NDArray[np.float32]]]:
        for sample in samples:
            yield [sample[np.newaxis]]

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    converter.exclude_conversion_metadata = True
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    with contextlib.redirect_stdout(io.StringIO()):  # the saved model's signature, which nobody asked for
        return align(converter.convert())


class _AlignedBuffer(schema.BufferT):
    """A buffer whose data starts at a multiple of 16 bytes, as the schema asks."""

    def Pack(self, builder: Any) -> Any:  # noqa: N802
        if self.data is None or not len(self.data):
            return super().Pack(builder)
        data = bytes(np.asarray(self.data, np.uint8))
        builder.StartVector(1, len(data), 16)
        builder.head -= len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        vector = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


def align(model: bytes) -> bytes:
    """Aligned again: the converter loses it when it makes inputs and outputs int8."""
    made = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    for buffer in made.buffers:
        buffer.__class__ = _AlignedBuffer
    return bytes(flatbuffer_utils.convert_object_to_bytearray(made))


def _interpreter(model: bytes) -> Any:
    interpreter = tf.lite.Interpreter(
        model_content=model,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    return interpreter


def quantize_input(model: bytes, samples: NDArray[np.float32]) -> NDArray[np.int8]:
    """Real values as the model's int8 input holds them."""
    scale, zero_point = _interpreter(model).get_input_details()[0]["quantization"]
    return np.clip(np.round(samples / scale) + zero_point, -128, 127).astype(np.int8)


def run_int8(model: bytes, samples: NDArray[np.int8]) -> NDArray[np.float32]:
    """Dequantised outputs, one row a sample."""
    interpreter = _interpreter(model)
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = result["quantization"]
    rows = []
    for sample in samples:
        interpreter.set_tensor(source["index"], sample[np.newaxis])
        interpreter.invoke()
        rows.append((interpreter.get_tensor(result["index"])[0].astype(np.float32) - zero_point) * scale)
    return np.array(rows, np.float32)


def write(folder: Path, name: str, model: bytes, **arrays: NDArray[Any]) -> None:
    """`<name>.tflite` and `<name>.npz`, with what is needed to recognise them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.tflite").write_bytes(model)
    np.savez_compressed(folder / f"{name}.npz", **arrays)  # type: ignore[arg-type]
    print(f"{name}.tflite: {len(model)} bytes, sha256 {hashlib.sha256(model).hexdigest()}")
    print(f"{name}.npz:    {(folder / f'{name}.npz').stat().st_size} bytes")
    for detail in _interpreter(model)._get_ops_details():
        print(f"  {detail['index']:2d} {detail['op_name']}")

"""Lines for the program that converts the model: what mends most of what a check finds."""

from __future__ import annotations

__all__ = ["BATCH_OF_ONE", "FULL_INTEGER", "INTEGER_INTERFACE", "PER_TENSOR_DENSE", "QUANTIZER", "RECURRENT"]

INTEGER_INTERFACE = (
    "converter.inference_input_type = tf.int8",
    "converter.inference_output_type = tf.int8",
)
FULL_INTEGER = (
    "converter.optimizations = [tf.lite.Optimize.DEFAULT]",
    "# samples() yields [a float32 array of the input's shape], 100 times or more",
    "converter.representative_dataset = samples",
    "converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]",
    *INTEGER_INTERFACE,
)
QUANTIZER = (
    "# of the float model; samples: a list of {input's name: float32 array}, 100 or more",
    "from ai_edge_quantizer import quantizer, recipe",
    'tool = quantizer.Quantizer("model.tflite", recipe.static_wi8_ai8())',
    'result = tool.quantize(tool.calibrate({"serving_default": samples}))',
    'result.export_model("int8.tflite")',
)
BATCH_OF_ONE = (
    "fixed = tf.keras.Input(batch_shape=(1, *model.input_shape[1:]))",
    "model = tf.keras.Model(fixed, model(fixed))",
    "converter = tf.lite.TFLiteConverter.from_keras_model(model)",
)
RECURRENT = (
    "# with Keras 2 (pip install tf_keras, TF_USE_LEGACY_KERAS=1); Keras 3 writes WHILE",
    "layer = tf.keras.layers.LSTM(units, unroll=False)",
    "fixed = tf.keras.Input(batch_shape=(1, steps, features))  # batch and steps fixed",
    "model = tf.keras.Model(fixed, model(fixed))",
    "converter = tf.lite.TFLiteConverter.from_keras_model(model)",
)
"""Gives UNIDIRECTIONAL_SEQUENCE_LSTM, which TFLM runs in int8."""

PER_TENSOR_DENSE = ("converter._experimental_disable_per_channel_quantization_for_dense_layers = True",)

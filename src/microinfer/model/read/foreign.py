"""Files that people hand in by mistake, and what to do with each."""

from __future__ import annotations

from pathlib import Path

__all__ = ["describe_file", "describe_folder"]

_CONVERT = "convert it with tf.lite.TFLiteConverter, with int8 quantisation, and give the .tflite file"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", f"an HDF5 file, as Keras writes for .h5; {_CONVERT}"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\0", "compressed with xz; unpack it first"),
    (b"\x7fELF", "an ELF program, expected the .tflite file that it was built from"),
    (b"\x93NUMPY", "a numpy array, expected a .tflite model"),
    (b"GGUF", "a GGUF language model, which no microcontroller runs"),
)
_ZIP = b"PK\x03\x04"


def describe_file(head: bytes, data: memoryview, suffix: str) -> str:
    """What a file without the identifier TFL3 most likely is, or "" where nothing comes to mind.

    Args:
        head: the first bytes of `data`.
        suffix: the file's extension, with its dot, or "".
    """
    suffix = suffix.lower()
    for magic, said in _MAGIC:
        if head.startswith(magic):
            return said
    if head.startswith(_ZIP):
        if suffix == ".keras" or b"model.weights.h5" in bytes(data):
            return f"a Keras archive; {_CONVERT}"
        if suffix in (".pt", ".pth") or b"data.pkl" in bytes(data):
            return f"a PyTorch archive; export it to TensorFlow Lite first, or {_CONVERT}"
        return "a zip archive; unpack the .tflite file in it"
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "a web page: the download went wrong"
    if start.startswith(b"{"):
        return f"JSON text, expected the binary .tflite file; {_CONVERT}"
    if suffix == ".onnx" or (head[:1] == b"\x08" and head[2:3] == b"\x12" and b"onnx" in head.lower()):
        return f"an ONNX model; {_CONVERT}"
    if suffix == ".pb":
        return f"a TensorFlow graph (.pb); {_CONVERT}"
    if head[:1] == b"\x80" and suffix in (".pkl", ".pt", ".pth", ".joblib"):
        return f"a Python pickle; {_CONVERT}"
    return ""


def describe_folder(path: Path) -> str:
    """What a folder most likely is."""
    if (path / "saved_model.pb").exists():
        return "a SavedModel folder; convert it with tf.lite.TFLiteConverter.from_saved_model"
    return "a folder"

"""A .tflite file as checked tables: read, written, never run."""

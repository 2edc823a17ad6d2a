"""Runs a quantised .tflite model on your computer exactly as a microcontroller would."""

__version__ = "0.1.0"

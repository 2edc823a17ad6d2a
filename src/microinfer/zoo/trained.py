"""The trained models, by name: their files and held-out samples are in `data/`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

__all__ = ["TRAINED"]

BEATS = ("normal", "atrial premature", "ventricular premature", "left bundle branch", "right bundle branch")

TRAINED: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "digits",
            "handwritten digits, 8 x 8 pixels; small convolutional network that fits an ATmega328P",
            True,
            tuple("0123456789"),
        ),
        Entry(
            "sine",
            "y = sin(x) for x from 0 to 2 pi; three fully-connected layers, the hello world",
            True,
            sample=50,
        ),
        Entry("sine_float", "the same sine in float32", True, sample=50),
        Entry(
            "digits_9x9",
            "the same digits, 9 x 9 pixels; an 81-100-60-10 network that fits an ATmega328P",
            True,
            tuple("0123456789"),
        ),
        Entry("drive", "a car's steering angle from 24 x 32 grey pixels that see a tape on the floor", True),
        Entry(
            "ecg",
            "five kinds of heartbeats, 1.5 s of one lead; an LSTM over 30 steps, in int8",
            True,
            BEATS,
        ),
        Entry("ecg_int16", "the same heartbeats and weights in int16x8", True, BEATS),
        Entry(
            "gesture",
            "five gestures of an accelerometer and none; convolutions in time that fit an ATmega328P",
            True,
            ("none", "circle", "wave", "push", "twist", "double tap"),
        ),
        Entry(
            "masks",
            "a face with a mask, without, or nobody, 96 x 96 colour pixels; a MobileNet of seven blocks",
            True,
            ("nobody", "mask", "no mask"),
        ),
        Entry("press", "anomalies in a press's strokes: an autoencoder that says which to send", True),
        Entry(
            "sounds",
            "wing beats, coughs, breath, speech and doors, in 24 x 32 mel bands; branched convolutions",
            True,
            (
                "nothing",
                "bee or hoverfly",
                "Culiseta",
                "Aedes, female",
                "Aedes, male",
                "cough",
                "breath",
                "speech",
                "door",
            ),
        ),
        Entry("vibration", "anomalies in a fan's vibration: an autoencoder of its spectrum", True),
    )
}

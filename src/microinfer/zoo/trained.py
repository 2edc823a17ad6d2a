"""The trained models, by name: their files are in `data/`, and held-out samples of most."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

__all__ = ["FURTHER", "GALLERY", "TRAINED"]

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

GALLERY: Mapping[str, str] = {
    "wake": "a wake word in a stream of sound, from 20 ms of samples to its probability",
    "hearing": "speech with less noise, 8 ms of samples at a time",
    "transducer": "digits in a stream of sound, heard by memory blocks (DFSMN): a transducer's encoder",
    "transducer/transducer_predictor": "what was written last, read: its predictor",
    "transducer/transducer_joint": "the next digit to write, or none: its joint network",
    "transducer/transducer_conv1d": "the same digits by convolutions, alone",
    "sounds/sounds_ear": "mel bands of 40 ms of sound, before sounds",
    "sounds/sounds_condensers": "the sounds by attention condensers",
    "gesture/gesture_protonn": "the gestures by ProtoNN",
    "gesture/gesture_bonsai": "the gestures by Bonsai",
    "learning": "a fan's faults in twelve features, before a layer that learns",
    "retrain": "the gestures, retrained for a board that was turned",
    "biases": "the gestures' features, by biases that followed a sensor's zero level",
}
"""Trained networks without samples here, by their folder and file in the repository's examples/gallery/:
streams, whose samples are none of their own, and other networks of the same data."""

FURTHER: Mapping[str, Entry] = {
    name: Entry(name, title, True, folder=path.partition("/")[0])
    for path, title in GALLERY.items()
    for name in (path.rpartition("/")[2],)
}
"""The same by name."""

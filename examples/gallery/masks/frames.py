"""Frames a second: which networks reach 30 on the camera, by which kernels, and what others say of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workshop.parts import figure, measures, table

import microinfer
from microinfer import zoo

__all__ = ["CAMERA", "MODEL", "a_second", "published", "reaches", "sizes"]

MODEL = Path(__file__).with_name("masks.tflite")
CAMERA = "openmv-h7"
FRAME, BUFFER = 1 / 30, 496 * 1024
"""Seconds and bytes that are published."""
WIDTHS = (0.61, 0.75, 1.0)
"""Of the MobileNetV1 0.25 of MLPerf Tiny; the first has the 138 KB that are published."""

PERSON = "https://stm32ai.st.com/use-case/people-presence-detection-visual-wake-word/"
FAULTS = "https://lightly.ai/post/embedded-covid-mask-detection-on-an-arm-m7-using-pytorch"


def a_second(seconds: Mapping[str, Any]) -> str:
    """Frames, with their interval."""
    most, least = 1 / seconds["low"], 1 / seconds["high"]
    return f"{1 / seconds['value']:.0f} ({least:.0f}-{most:.0f})"


def reaches(seconds: Mapping[str, Any]) -> str:
    """Whether it is 30 frames a second, wherever in its interval the time is."""
    return "yes" if seconds["high"] <= FRAME else "no" if seconds["low"] > FRAME else "cannot tell"


def sizes() -> list[str]:
    """How large a network may be for 30 frames a second on the camera, and how it is to be built."""
    networks: list[tuple[str, str | Path | bytes]] = [("this one", MODEL)]
    networks += [
        (f"MobileNetV1 {0.25 * width:.3g}", zoo.load("mobilenet_v1", width=width)) for width in WIDTHS
    ]
    rows = []
    for name, model in networks:
        size = len(model) if isinstance(model, bytes) else Path(model).stat().st_size
        built = [camera(model), camera(model, build="Os"), camera(model, library="tflm-reference")]
        products = microinfer.Interpreter(model).report().model.macs
        shown = [f"{a_second(one)} {reaches(one)}" for one in built]
        rows.append([name, f"{size / 1000:.0f}", f"{products / 1e6:.2f}", *shown])
    header = [f"frames a second on {CAMERA}", "KB", "million products", "CMSIS-NN, -O2", "CMSIS-NN, -Os"]
    return table([*header, "reference kernels"], rows)


def camera(model: str | Path | bytes, **how: str) -> Mapping[str, Any]:
    """The time of an inference on the camera, by another build or library."""
    found = microinfer.check(model, CAMERA, config=False, **how).to_dict()["checks"][0]["measures"]
    seconds: Mapping[str, Any] = next(one for one in found if one["name"] == "latency")
    return seconds


def published() -> list[str]:
    """Others beside this."""
    ours, same = (measures(zoo.load("mobilenet_v1", width=width), CAMERA) for width in (WIDTHS[0], 1.0))
    mine, size = measures(MODEL, CAMERA), MODEL.stat().st_size / 1000
    quick = 2 * microinfer.Interpreter(MODEL).report().model.macs / mine["latency"]["value"] / 1e6
    left = (BUFFER - ours["arena"]["value"]) // 1024
    large = f"138 KB: {a_second(ours['latency'])}, with {left} KB of the 496 left"
    taken = (
        f"{figure(same['latency'], 's')}, {a_second(same['latency'])}, {same['arena']['value'] // 1024} KB"
    )
    rows = [
        [
            "[CNN for medical masks, Cortex-M7 at 480 MHz](https://arxiv.org/abs/2011.14858)",
            "138 KB: 30 frames a second, with 496 KB of frame buffer",
            f"{large}; {size:.0f} KB: {a_second(mine['latency'])}",
        ],
        [
            f"[MobileNetV1 0.25, STM32H747 at 400 MHz, X-CUBE-AI]({PERSON})",
            "36 ms, 28 frames a second, 40 KB for activations",
            taken,
        ],
        [
            f"[ResNet-9 for faults of masks, OpenMV Cam H7]({FAULTS})",
            "64 x 64 pixels, 33.4 Mop, 90 KB, 150 ms: 223 Mop/s",
            f"96 x 96 pixels, {size:.0f} KB, {figure(mine['latency'], 's')}: {quick:.0f} Mop/s",
        ],
    ]
    return table(["published", "there", f"here, on {CAMERA}"], rows)

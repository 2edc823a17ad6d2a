"""Lets speech in noise through the device's bits, and says how much of the noise is left.

python examples/gallery/hearing/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from aid import HOP, RATE  # noqa: E402
from ratios import ratios_of  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODEL = HERE / "hearing.tflite"
BOARDS = ("sparkfun-edge", "nucleo-l4r5zi", "xg24-dk", "nucleo-u575zi", "nucleo-f767zi")
CELL, FRAMES = "zinc-air 675", RATE // HOP
NOISES = ("fan", "hum", "traffic", "clatter", "babble")
HELD = page.samples(HERE / "hearing.npz")


def results(answers: NDArray[np.int16]) -> list[str]:
    scene = int(HELD["scene"])
    before, after, *_ = ratios_of(HELD["x"], answers, HELD["clean"], 1)[0]
    kept = f"{HELD['ratio'][scene]} dB over {NOISES[HELD['y'][scene]]}"
    return [
        *heard(),
        "",
        f"Means over {len(HELD['y'])} scenes of three seconds by voices not trained with; babble is a noise "
        f"not trained with. In the {len(HELD['x']) / FRAMES:.1f} s that are kept as sound, {kept}, the ratio "
        f"goes from {before:.1f} to {after:.1f} dB; the CRC-32 of the device's answers is "
        f"`{crc32(answers.tobytes()):08x}`.",
        "",
        *parts(),
        "",
        *published(),
    ]


def heard() -> list[str]:
    """A row a noise and a ratio: the signal-to-noise ratio, and the one that loudness does not change."""
    groups = [(name, HELD["y"] == number) for number, name in enumerate(NOISES)]
    groups += [(f"all at {ratio} dB", HELD["ratio"] == ratio) for ratio in np.unique(HELD["ratio"])]
    rows = []
    for name, chosen in groups:
        (before, after, scaled, scaled_after), reals = (
            HELD[which][chosen].mean(0) for which in ("found", "in_float")
        )
        figures = (before, after, reals[1], scaled, scaled_after)
        rows.append([name, *(f"{value:.1f}" for value in figures), f"{after - before:+.1f}"])
    header = ["noise", "SNR before, dB", "after", "in float", "SI-SNR before, dB", "after", "SNR gained"]
    return table(header, rows)


def parts() -> list[str]:
    """What always hearing takes: 125 frames a second, sound to sound."""
    rows = []
    for board in BOARDS:
        cost = measures(MODEL, board)
        found = microinfer.battery(MODEL, board, rate=f"{FRAMES}/s", cell=CELL, config=False).to_dict()
        took = cost["latency"]
        share = [took[one] * FRAMES for one in ("value", "low", "high")]
        power = {name: f"{value * 1e3:.2g}" for name, value in (found["average_w"] or {}).items()}
        rows.append(
            [
                f"{board}, {cost['library']}",
                f"{cost['arena']['value']:,}",
                f"{cost['flash']['value']:,}",
                figure(took, "s"),
                f"{share[0]:.2f} ({share[1]:.2f}-{share[2]:.2f})",
                f"{power['typical']} mW ({power['low']}-{power['high']})" if power else "too slow",
                life(found["cells"][0]["hours"]) if power else "too slow",
            ]
        )
    header = ["part and kernels", "arena, bytes", "flash, bytes", "8 ms of sound", "real-time factor"]
    return table([*header, "average power", f"{CELL}, always on"], rows)


def published() -> list[str]:
    cost = measures(MODEL, BOARDS[-1])
    lost = float((HELD["in_float"] - HELD["found"])[:, 1].mean())
    here = f"{figure(cost['latency'], 's')} of 8 ms, {lost:.2f} dB SNR lost to int16x8, {BOARDS[-1]}"
    tiny = "[TinyLSTMs, hearing aids](https://arxiv.org/abs/2005.11138)"
    said = "2.39 ms, of 10 ms at most; 0.55 dB SDR lost to pruning and int8, model 11.9 times smaller"
    return table(["published", "there", "here"], [[tiny, said, here]])


def draw(answers: NDArray[np.int16]) -> str:
    late = answers.reshape(-1, HOP)[1:]
    tracks = [("speech in noise", HELD["x"][:-1]), ("what the device makes of it", late)]
    tracks.append(("the speech alone", HELD["clean"][:-1]))
    seconds, most = len(late) / FRAMES, float(np.abs(HELD["x"]).max())
    ticks = [(float(at), f"{at}") for at in range(int(seconds) + 1)]
    fields = []
    for number, (title, sound) in enumerate(tracks):
        one = Field(40, 64 + 110 * number, 480, 76, (0, seconds), (-most, most))
        halves = sound.reshape(-1, HOP // 2).astype(float)
        time = (np.arange(len(halves)) + 0.5) * HOP / 2 / RATE
        ways = [*zip(time, halves.max(1), strict=True), *reversed([*zip(time, halves.min(1), strict=True)])]
        one.line([*ways, ways[0]], COLOURS[number])
        one.frame(title, ticks if number == 2 else (), "s" if number == 2 else "")
        fields.append(one)
    bars = Field(580, 64, 160, 296, (0, 16), (0, len(NOISES)))
    for number, name in enumerate(NOISES):
        before, after = HELD["found"][HELD["y"] == number].mean(0)[:2].tolist()
        low = len(NOISES) - 1 - number
        bars.square(0, low + 0.4, before, 0.25, COLOURS[0])
        bars.square(0, low + 0.15, after, 0.25, COLOURS[1])
        bars.words(0, low + 0.72, f"{name}: {before:.1f}, then {after:.1f}")
    bars.frame("signal-to-noise ratio", [(float(one), f"{one}") for one in (0, 5, 10, 15)], "dB")
    return picture("Speech with less noise, 8 ms at a time", [*fields, bars], 760, 420)


if __name__ == "__main__":
    given = microinfer.Interpreter(MODEL, BOARDS[0]).run_batch(HELD["x"], keep_state=True)
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))

"""Compresses the strokes held out in four ways, and says what each sends, loses and costs on an Arduino Uno.

python examples/gallery/compression/run.py [--write | --check]
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from methods import LENGTH, cosines, from_cosines, from_door, swinging_door  # noqa: E402
from press import FAULTS  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import life, measures, parts_table, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer.parts.profile import load_profile  # noqa: E402
from microinfer.timing.battery_life import battery_life, load_cell  # noqa: E402
from microinfer.timing.energy import Span, inference_energy  # noqa: E402
from microinfer.timing.peripherals import parse_peripheral  # noqa: E402
from microinfer.words.printing import brief_interval, quantity  # noqa: E402
from microinfer.words.result import plain  # noqa: E402

MODEL, BOARD, CELL, RATE = HERE / "press.tflite", "arduino-uno", "4xAA", 1.0
SIMULATED = json.loads((HERE / "simulated.json").read_text(encoding="utf-8"))
OTHER = "arduino-nano-33-ble"
HERTZ = 16e6
WATTS, BITS, FRAME = 17.4e-3 * 3.0, 250e3, 17
"""A CC2420 while it sends: 17.4 mA (TI, SWRS041) at 3.0 V, 250 kbit/s; a frame of IEEE 802.15.4 with short
addresses has 6 bytes before and 11 around what it carries."""
HUES = (COLOURS[5], *COLOURS[:3])
NOTHING = Span(1e-9, 1e-9, 1e-9)


@dataclass
class Method:
    """What one way sends of each stroke in bytes, 0 where it sends none; what arrives; its seconds."""

    name: str
    sent: NDArray[np.int64]
    arrives: NDArray[np.float64]
    seconds: Span

    @property
    def airtime(self) -> float:
        """Seconds that the radio sends, on average of a stroke."""
        return float(np.where(self.sent > 0, self.sent + FRAME, 0).mean() * 8 / BITS)


def counted(name: str) -> Span:
    """Seconds on simavr: exact, on average of the strokes."""
    seconds = SIMULATED[name]["cycles"][1] / HERTZ
    return Span(seconds, seconds, seconds)


def compress() -> tuple[list[Method], NDArray[np.int8]]:
    """Every method on every stroke, and what the network gives back."""
    held = page.samples(HERE / "press.npz")
    x = held["x"]
    back = microinfer.Interpreter(MODEL, BOARD).run_batch(x)
    flagged = ((x.astype(np.int32) - back) ** 2).sum(1) > held["threshold"]
    door, waves = [swinging_door(one) for one in x], [cosines(one) for one in x]
    took, score = measures(MODEL, BOARD)["latency"], counted("score").typical
    network = Span(*(took[end] + score for end in ("value", "low", "high")))
    kept = np.where(flagged[:, np.newaxis], x, held["usual"])
    return [
        Method("all samples", np.full(len(x), LENGTH), x.astype(float), NOTHING),
        Method(
            "swinging door",
            np.array([len(one) for one in door]),
            np.array([from_door(one) for one in door]),
            counted("swinging door"),
        ),
        Method(
            "12 cosines",
            np.array([len(one) for one in waves]),
            np.array([from_cosines(one) for one in waves]),
            counted("cosines"),
        ),
        Method("strokes that the network flags", flagged * LENGTH, kept.astype(float), network),
    ], back


def computing(method: Method) -> Span:
    """Joules of a stroke's computing."""
    found = inference_energy(method.seconds, load_profile(BOARD))
    assert found is not None
    return found.microjoules.scaled(1e-6)


def shown(span: Span, unit: str) -> str:
    if span == NOTHING:
        return "none"
    if span.low == span.high:
        return str(quantity(span.typical, unit))
    return str(brief_interval(span.typical, span.low, span.high, unit))


def rows(methods: list[Method]) -> list[str]:
    held = page.samples(HERE / "press.npz")
    x, faulty = held["x"], held["kind"] > 0
    lost, cost = [], []
    for method in methods:
        gap = method.arrives - x
        both = [float(np.sqrt((gap[which] ** 2).mean())) for which in (~faulty, faulty)]
        sent = float(method.sent.mean())
        lost.append(
            [
                method.name,
                f"{sent:.1f}",
                f"{LENGTH / sent:.1f}",
                *(f"{each:.1f}" for each in both),
                f"{np.abs(gap).max():.0f}",
            ]
        )
        spent, radio = computing(method), method.airtime * WATTS
        burst = parse_peripheral("radio", f"{1e3 * WATTS:.1f}mW,{1e3 * method.airtime:.6f}ms")
        lasts = battery_life(load_profile(BOARD), method.seconds, load_cell(CELL), RATE, peripherals=[burst])
        whole = Span(*(radio + end for end in (spent.typical, spent.low, spent.high)))
        none = method.seconds == NOTHING
        cost.append(
            [
                method.name,
                shown(method.seconds, "s"),
                "none" if none else shown(spent, "J"),
                quantity(radio, "J"),
                quantity(radio, "J") if none else shown(whole, "J"),
                life(plain(lasts.hours)),
            ]
        )
    return [
        *table(
            ["a stroke", "bytes sent", "of 64, less by", "RMS, usual", "RMS, faulty", "largest error"], lost
        ),
        "",
        *table(["on an Arduino Uno", "computing", "its energy", "radio", "both", f"{CELL}, 1/s"], cost),
    ]


def results(methods: list[Method], back: NDArray[np.int8]) -> list[str]:
    held = page.samples(HERE / "press.npz")
    flagged = methods[-1].sent > 0
    told = []
    for number, fault in enumerate(FAULTS, 1):
        of = held["kind"] == number
        told.append(f"{fault} {flagged[of].sum()} of {of.sum()}")
    usual = held["kind"] == 0
    equal = SIMULATED["network"]["crc32"] == f"{crc32(back.tobytes()):08x}"
    saved = LENGTH - methods[-1].sent.mean() + FRAME * (1 - flagged.mean())
    spent = computing(methods[-1])
    pays = Span(*(end / saved for end in (spent.typical, spent.low, spent.high)))
    each = SIMULATED["network"]["cycles"][1] / HERTZ * 1e3
    return [
        *rows(methods),
        "",
        f"The network flags {flagged[usual].sum()} of {usual.sum()} usual strokes; {', '.join(told)}.",
        f"The CRC-32 of the device's {len(back)} answers is `{crc32(back.tobytes()):08x}`; on simavr they "
        f"are {'equal' if equal else 'different'}, in {each:.2f} ms each.",
        f"A byte on the air costs {quantity(WATTS * 8 / BITS, 'J')} here; against sending all, the network "
        f"pays where a byte costs more than {shown(pays, 'J')}.",
        "",
        *parts_table(MODEL, (BOARD, OTHER), rate="1/s", cell=CELL, awake="no radio"),
        "",
        *elsewhere(methods[-1]),
        "",
        *published(methods),
    ]


def published(methods: list[Method]) -> list[str]:
    """Others beside this."""
    x = page.samples(HERE / "press.npz")["x"]

    def told(method: Method) -> str:
        gap = method.arrives - x
        times, error = LENGTH / method.sent.mean(), np.sqrt((gap**2).mean()) / 256
        return f"{times:.1f} times, RMS {error:.1%} of the range, at most {np.abs(gap).max() / 256:.1%}"

    network = methods[-1]
    cycle = computing(network).typical / (network.seconds.typical * HERTZ)
    return table(
        ["published", "there", "here"],
        [
            [
                "[TAC, a voltage, as its package prints it](https://github.com/conect2ai/Conect2Py-Package)",
                "50,879 samples to 1,114: 45.7 times, normalised RMSE 0.164",
                f"the network: {told(network)}",
            ],
            [
                "[Lines by LTC, a microclimate](https://doi.org/10.1109/LCN.2004.72)",
                "up to 20 times, errors about the sensor's own",
                f"swinging door: {told(methods[1])}",
            ],
            [
                "[Sending a bit](https://doi.org/10.1177/1550147718776926)",
                "the energy of about 4,000 instructions",
                f"{WATTS / BITS / cycle:.0f} of the Uno's cycles",
            ],
        ],
    )


def elsewhere(method: Method) -> list[str]:
    """The network on a part with a Cortex-M4, as `microinfer battery` says it with its radio."""
    share = 100 * float((method.sent > 0).mean())
    bursts = {
        "all samples, whatever it says": f"{1e3 * WATTS:.1f}mW,{LENGTH + FRAME}B@250kbps",
        method.name: f"{1e3 * WATTS:.1f}mW,{LENGTH + FRAME}B@250kbps,{share:.3f}%",
    }
    rows = []
    for name, burst in bursts.items():
        found = microinfer.battery(MODEL, OTHER, rate=RATE, cell=CELL, radio=burst, config=False).to_dict()
        shares = {draw["kind"]: f"{draw['share']:.1%}" for draw in found["draws"]}
        each = [shares[kind] for kind in ("asleep", "inference", "radio")]
        (cell,) = found["cells"]
        drawn = cell["drawn_a"]["typical"]
        rows.append([name, *each, quantity(drawn, "A"), years(2 / drawn), life(cell["hours"])])
    for said, drawn in (("12 µA", 12e-6), ("176.4 mA", 176.4e-3)):
        rows.append([f"between: {said} all the time", "", "", "", said, years(2 / drawn), ""])
    header = [f"on an {OTHER}, network and radio", "asleep", "inference", "radio", "drawn"]
    return table([*header, "2 Ah, all of it", f"{CELL}, 1/s"], rows)


def years(hours: float) -> str:
    return f"{hours / 8766:.3g} years" if hours > 8766 else f"{hours:.3g} h"


def draw(methods: list[Method]) -> str:
    held = page.samples(HERE / "press.npz")
    x, kind, fields = held["x"], held["kind"], []
    for number, (title, chosen) in enumerate((("usual", 0), (FAULTS[0], 1), (FAULTS[3], 4))):
        which = int(np.flatnonzero(kind == chosen)[1])
        one = Field(40, 64 + 112 * number, 330, 70, (0, LENGTH - 1), (-128, 127))
        lines = x, *(method.arrives for method in methods[1:])
        for values, colour in zip(lines, HUES, strict=True):
            one.line(list(enumerate(values[which].tolist())), colour)
        said = ", ".join(f"{method.sent[which]}" for method in methods)
        one.frame(
            f"{title}: {said} bytes", [(t, f"{t}") for t in range(0, LENGTH, 16)] if number == 2 else ()
        )
        fields.append(one)
    names = ("samples", "swinging door", "cosines", "network")
    for left, name, colour in zip((0, 11, 29, 41), names, HUES, strict=True):
        fields[2].words(left, -270, name, colour=colour)
    most = max(computing(one).typical + one.airtime * WATTS for one in methods)
    for number, method in enumerate(methods):
        spent, radio = computing(method).typical, method.airtime * WATTS
        one = Field(420, 84 + 76 * number, 260, 24, (0, most), (0, 1))
        one.square(0, 0, spent, 1, COLOURS[3], 0.8)
        one.square(spent, 0, radio, 1, COLOURS[4], 0.8)
        one.words(0, 1.3, method.name)
        one.words(spent + radio + most / 60, 0.3, quantity(spent + radio, "J"), size=10)
        fields.append(one)
    fields[3].words(0, 2.4, "computing", colour=COLOURS[3])
    fields[3].words(most * 0.3, 2.4, "radio", colour=COLOURS[4])
    return picture("Strokes as they arrive, and what they cost on an Arduino Uno", fields, 760, 410)


if __name__ == "__main__":
    found, answered = compress()
    sys.exit(page.main(HERE, results(found, answered), draw(found), sys.argv[1:]))

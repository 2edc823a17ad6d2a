"""The signal library of the audio front end: the same C++ under every kernel library.

Init asks for a structure and, of a transform, a filter bank, a stacker or noise, for what lasts; Prepare for
what hangs on the shapes. A pointer's size decides a structure's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.tables import ITEM_BYTES
from ..kernel import Kernel

if TYPE_CHECKING:
    from ...operators.signal_delay import DelayGeometry
    from ...operators.signal_energy import EnergyGeometry
    from ...operators.signal_fft_auto_scale import AutoScaleGeometry
    from ...operators.signal_filter_bank import FilterBankGeometry
    from ...operators.signal_filter_bank_log import FilterBankLogGeometry
    from ...operators.signal_filter_bank_spectral_subtraction import SpectralSubtractionGeometry
    from ...operators.signal_filter_bank_square_root import SquareRootGeometry
    from ...operators.signal_fourier import FourierGeometry
    from ...operators.signal_framer import FramerGeometry
    from ...operators.signal_overlap_add import OverlapAddGeometry
    from ...operators.signal_pcan import PcanGeometry
    from ...operators.signal_stacker import StackerGeometry
    from ...operators.signal_window import WindowGeometry
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core

FFT_STATE_BYTES = 66 * 4
"""Two numbers and 32 pairs of factors."""


def window_counts(g: WindowGeometry, seen: Observed) -> Counts:
    return {"call": 1, "frames": g.frames, "samples": g.frames * g.length}


def auto_scale_counts(g: AutoScaleGeometry, seen: Observed) -> Counts:
    return {"call": 1, "samples": g.samples}


def fourier_state(g: FourierGeometry, layout: StructLayout) -> int:
    """KISS FFT's: three pointers, the complex transform's state, and room for one and a half spectrums."""
    pair, half = 2 * ITEM_BYTES[g.dtype], g.length // 2
    return 3 * layout.pointer_bytes + FFT_STATE_BYTES + pair * half + pair * (half * 3 // 2)


def rfft_initial(g: FourierGeometry, layout: StructLayout) -> tuple[int, ...]:
    return (fourier_state(g, layout),)


def irfft_initial(g: FourierGeometry, layout: StructLayout) -> tuple[int, ...]:
    """float32 keeps its length and a pointer besides."""
    return (fourier_state(g, layout) + (2 * layout.pointer_bytes if g.dtype == "float32" else 0),)


def rfft_scratch(g: FourierGeometry, core: Core) -> tuple[int, ...]:
    return (ITEM_BYTES[g.dtype] * g.length,)


def fourier_counts(g: FourierGeometry, seen: Observed) -> Counts:
    """Sums of two, three, four or five, by the factors of the half; `bins` take the halves apart."""
    half, counts = g.length // 2, {2: 0, 3: 0, 4: 0, 5: 0}
    rest, calls = half, 1
    for factor in g.factors:
        counts[factor] += half // factor
        rest //= factor
        calls += half // rest if rest > 1 else 0
    return {
        "call": 1,
        "rows": g.rows,
        "samples": g.rows * g.length,
        "calls": g.rows * calls,
        **{f"sums_of_{factor}": g.rows * count for factor, count in counts.items()},
        "bins": g.rows * (half // 2),
    }


def energy_counts(g: EnergyGeometry, seen: Observed) -> Counts:
    return {"call": 1, "bins": g.end - g.start}


def filter_bank_initial(g: FilterBankGeometry, layout: StructLayout) -> tuple[int, ...]:
    return (8 * (g.channels + 1),)


def filter_bank_counts(g: FilterBankGeometry, seen: Observed) -> Counts:
    return {"call": 1, "channels": g.channels + 1, "taps": g.taps}


def square_root_counts(g: SquareRootGeometry, seen: Observed) -> Counts:
    return {"call": 1, "channels": g.channels}


def spectral_subtraction_initial(g: SpectralSubtractionGeometry, layout: StructLayout) -> tuple[int, ...]:
    return (4 * g.channels,)


def spectral_subtraction_counts(g: SpectralSubtractionGeometry, seen: Observed) -> Counts:
    return {"call": 1, "channels": g.channels}


def pcan_counts(g: PcanGeometry, seen: Observed) -> Counts:
    return {"call": 1, "channels": g.channels}


def log_counts(g: FilterBankLogGeometry, seen: Observed) -> Counts:
    return {"call": 1, "channels": g.channels}


def circular_buffer(capacity: int, layout: StructLayout) -> int:
    """Its description, three sizes, two numbers and a pointer, and all samples twice."""
    return 4 * layout.pointer_bytes + 8 + 2 * 2 * capacity


def delay_persistent(g: DelayGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    pointers = layout.pointer_bytes * g.rows
    return (pointers, pointers, *g.rows * (circular_buffer(g.samples + g.delay, layout),))


def delay_counts(g: DelayGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "samples": g.rows * g.samples}


def framer_persistent(g: FramerGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    pointers = layout.pointer_bytes * g.rows
    return (pointers, pointers, *g.rows * (circular_buffer(g.capacity, layout),))


def framer_counts(g: FramerGeometry, seen: Observed) -> Counts:
    frames = g.rows * g.frames
    return {"call": 1, "rows": g.rows, "frames": frames, "written": frames * g.step, "read": frames * g.size}


def stacker_initial(g: StackerGeometry, layout: StructLayout) -> tuple[int, ...]:
    return (circular_buffer(g.size, layout),)


def stacker_counts(g: StackerGeometry, seen: Observed) -> Counts:
    return {"call": 1, "written": g.channels, "read": g.size}


def overlap_add_persistent(g: OverlapAddGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (layout.pointer_bytes * g.rows, *g.rows * (ITEM_BYTES[g.dtype] * g.size,))


def overlap_add_counts(g: OverlapAddGeometry, seen: Observed) -> Counts:
    frames = g.rows * g.frames
    return {"call": 1, "rows": g.rows, "frames": frames, "added": frames * g.size, "moved": frames * g.step}


SignalWindow = Kernel(temporaries="i0 i1 o0", counts=window_counts)

SignalFftAutoScale = Kernel(temporaries="i0 o0 o1", counts=auto_scale_counts)

SignalRfft = Kernel(temporaries="i0 o0", initial=rfft_initial, scratch=rfft_scratch, counts=fourier_counts)

SignalIrfft = Kernel(temporaries="i0 o0", initial=irfft_initial, counts=fourier_counts)

SignalEnergy = Kernel(temporaries="i0 o0", counts=energy_counts)

SignalFilterBank = Kernel(
    temporaries="i0 i1 i2 i3 i4 i5 o0", initial=filter_bank_initial, counts=filter_bank_counts
)

SignalFilterBankSquareRoot = Kernel(temporaries="i0 i1 o0", counts=square_root_counts)

SignalFilterBankSpectralSubtraction = Kernel(
    temporaries="i0 o0 o1", initial=spectral_subtraction_initial, counts=spectral_subtraction_counts
)

SignalPCAN = Kernel(temporaries="i0 i1 i2 o0", counts=pcan_counts)

SignalFilterBankLog = Kernel(temporaries="i0 o0", counts=log_counts)

SignalDelay = Kernel(temporaries="i0 o0", persistent=delay_persistent, counts=delay_counts)

SignalFramer = Kernel(temporaries="i0 o0 o1", persistent=framer_persistent, counts=framer_counts)

SignalStacker = Kernel(temporaries="i0 o0 o1", initial=stacker_initial, counts=stacker_counts)

SignalOverlapAdd = Kernel(temporaries="i0 o0", persistent=overlap_add_persistent, counts=overlap_add_counts)

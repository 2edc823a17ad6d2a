"""The signal library of TFLM: operators between samples of audio and the features of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from ..model.flexbuffers import write_map
from ..model.write import TYPE_CODES
from .model_writer import Graph, Handle

__all__ = ["Signals"]


class Signals(Graph):
    """Samples and features are plain numbers, without scales."""

    def custom(
        self,
        code: str,
        inputs: Sequence[Handle | None],
        outputs: Sequence[tuple[Sequence[int], str]],
        options: Mapping[str, int | float | bool] | None = None,
        name: str | None = None,
    ) -> tuple[Handle, ...]:
        """A custom operator, its outputs by shape and type, and its options as a FlexBuffer."""
        base = name or f"{code}_{len(self._operators)}"
        made = tuple(
            self.tensor(shape, dtype, name=base if place == 0 else f"{base}:{place}")
            for place, (shape, dtype) in enumerate(outputs)
        )
        self.operator("CUSTOM", inputs, made, custom_code=code, custom_options=write_map(options or {}))
        return made

    def signal_window(self, x: Handle, weights: ArrayLike, *, shift: int = 12) -> Handle:
        """SignalWindow: x, int16, times int16 weights, shifted right."""
        window = self.constant(weights, dtype="int16")
        return self.custom("SignalWindow", [x, window], [(x.shape, "int16")], {"shift": shift})[0]

    def signal_fft_auto_scale(self, x: Handle) -> tuple[Handle, Handle]:
        """SignalFftAutoScale: x, int16, as loud as can be, and the bits that it was shifted by."""
        scaled, bits = self.custom("SignalFftAutoScale", [x], [(x.shape, "int16"), ((), "int32")])
        return scaled, bits

    def signal_rfft(self, x: Handle, fft_length: int) -> Handle:
        """SignalRfft: the bins of each row of x, real and imaginary parts in turn."""
        shape = (*x.shape[:-1], fft_length + 2)
        return self.custom("SignalRfft", [x], [(shape, x.dtype)], _typed(x, fft_length=fft_length))[0]

    def signal_irfft(self, x: Handle, fft_length: int) -> Handle:
        """SignalIrfft: the samples of each row of bins."""
        shape = (*x.shape[:-1], fft_length)
        return self.custom("SignalIrfft", [x], [(shape, x.dtype)], _typed(x, fft_length=fft_length))[0]

    def signal_energy(self, x: Handle, start: int = 0, end: int | None = None) -> Handle:
        """SignalEnergy: squared magnitudes of bins `start` to `end`; the others are left as they are."""
        bins = x.shape[0] // 2
        options = {"start_index": start, "end_index": bins if end is None else end}
        return self.custom("SignalEnergy", [x], [((bins,), "uint32")], options)[0]

    def signal_filter_bank(
        self,
        x: Handle,
        weights: ArrayLike,
        unweights: ArrayLike,
        frequency_starts: ArrayLike,
        weight_starts: ArrayLike,
        widths: ArrayLike,
    ) -> Handle:
        """SignalFilterBank: one channel fewer than there are widths."""
        tables = [
            self.constant(table, dtype="int16")
            for table in (weights, unweights, frequency_starts, weight_starts, widths)
        ]
        channels = np.asarray(widths).size - 1
        made = [((channels,), "uint64")]
        return self.custom("SignalFilterBank", [x, *tables], made, {"num_channels": channels})[0]

    def signal_filter_bank_square_root(self, x: Handle, scale_bits: Handle) -> Handle:
        """SignalFilterBankSquareRoot: roots, shifted right by `scale_bits`."""
        return self.custom("SignalFilterBankSquareRoot", [x, scale_bits], [(x.shape, "uint32")])[0]

    def signal_filter_bank_spectral_subtraction(
        self,
        x: Handle,
        *,
        smoothing: int,
        alternate_smoothing: int | None = None,
        min_signal_remaining: int,
        smoothing_bits: int = 10,
        spectral_subtraction_bits: int = 14,
        clamping: bool = False,
    ) -> tuple[Handle, Handle]:
        """SignalFilterBankSpectralSubtraction: what is left of x, and the noise.

        The fractions have `spectral_subtraction_bits`; channels of odd number smooth by the alternate one.
        """
        one = 1 << spectral_subtraction_bits
        alternate = smoothing if alternate_smoothing is None else alternate_smoothing
        options = {
            "alternate_one_minus_smoothing": one - alternate,
            "alternate_smoothing": alternate,
            "clamping": bool(clamping),
            "min_signal_remaining": min_signal_remaining,
            "num_channels": x.shape[0],
            "one_minus_smoothing": one - smoothing,
            "smoothing": smoothing,
            "smoothing_bits": smoothing_bits,
            "spectral_subtraction_bits": spectral_subtraction_bits,
        }
        made = [(x.shape, "uint32")] * 2
        left, noise = self.custom("SignalFilterBankSpectralSubtraction", [x], made, options)
        return left, noise

    def signal_pcan(self, x: Handle, noise: Handle, gains: ArrayLike, *, snr_shift: int = 6) -> Handle:
        """SignalPCAN: automatic gain control per channel, by 125 gains."""
        table = self.constant(gains, dtype="int16")
        made = [(x.shape, "uint32")]
        return self.custom("SignalPCAN", [x, noise, table], made, {"snr_shift": snr_shift})[0]

    def signal_filter_bank_log(
        self,
        x: Handle,
        *,
        output_scale: int = 1600,
        input_correction_bits: int = 3,
        scale: float | None = None,
    ) -> Handle:
        """SignalFilterBankLog: ln(x shifted left) times `output_scale`.

        `scale` is the output's, 1 / `output_scale` for natural logarithms, where QUANTIZE is to take it;
        the operator itself has no use for it.
        """
        options = {"output_scale": output_scale, "input_correction_bits": input_correction_bits}
        name = f"SignalFilterBankLog_{len(self._operators)}"
        y = self.tensor(x.shape, "int16", scale, None if scale is None else 0, name=name)
        self.operator(
            "CUSTOM", [x], [y], custom_code="SignalFilterBankLog", custom_options=write_map(options)
        )
        return y

    def signal_delay(self, x: Handle, delay_length: int) -> Handle:
        """SignalDelay: rows of x, so many samples later."""
        return self.custom("SignalDelay", [x], [(x.shape, "int16")], {"delay_length": delay_length})[0]

    def signal_framer(
        self, x: Handle, frame_size: int, frame_step: int, *, prefill: bool = False
    ) -> tuple[Handle, Handle]:
        """SignalFramer: frames of the rows of x, and whether all are whole.

        Raises:
            InputError: a row that is not cut up by `frame_step`.
        """
        if frame_step < 1 or x.shape[-1] % frame_step:
            raise InputError(f"SignalFramer: rows of {x.shape[-1]} samples, frame_step {frame_step}")
        shape = (*x.shape[:-1], x.shape[-1] // frame_step, frame_size)
        options = {"frame_size": frame_size, "frame_step": frame_step, "prefill": bool(prefill)}
        frames, valid = self.custom("SignalFramer", [x], [(shape, "int16"), ((), "bool")], options)
        return frames, valid

    def signal_stacker(self, x: Handle, *, left: int, right: int, step: int = 1) -> tuple[Handle, Handle]:
        """SignalStacker: a frame with `left` before it and `right` after it, and whether it came out."""
        channels = x.shape[0]
        options = {
            "num_channels": channels,
            "stacker_left_context": left,
            "stacker_right_context": right,
            "stacker_step": step,
        }
        made = [((channels * (left + right + 1),), "int16"), ((), "bool")]
        stack, valid = self.custom("SignalStacker", [x], made, options)
        return stack, valid

    def signal_overlap_add(self, x: Handle, frame_step: int) -> Handle:
        """SignalOverlapAdd: the frames of x, `frame_step` apart, added up to samples."""
        shape = (*x.shape[:-2], x.shape[-2] * frame_step)
        return self.custom("SignalOverlapAdd", [x], [(shape, x.dtype)], _typed(x, frame_step=frame_step))[0]

    def detection_postprocess(
        self,
        encodings: Handle,
        scores: Handle,
        anchors: ArrayLike,
        *,
        num_classes: int,
        max_detections: int,
        max_classes_per_detection: int = 1,
        detections_per_class: int = 100,
        score_threshold: float,
        iou_threshold: float,
        regular: bool = False,
        scales: Sequence[float] = (10.0, 10.0, 5.0, 5.0),
    ) -> tuple[Handle, ...]:
        """TFLite_Detection_PostProcess: boxes, classes, scores and their number.

        `scales` divide the encodings: y, x, height and width. `regular` suppresses class by class.
        """
        options: dict[str, int | float | bool] = {
            "max_detections": max_detections,
            "max_classes_per_detection": max_classes_per_detection,
            "detections_per_class": detections_per_class,
            "use_regular_nms": regular,
            "nms_score_threshold": float(score_threshold),
            "nms_iou_threshold": float(iou_threshold),
            "num_classes": num_classes,
            **{f"{axis}_scale": float(scale) for axis, scale in zip("yxhw", scales, strict=True)},
        }
        inputs = [encodings, scores, self.constant(anchors, dtype="float32")]
        shapes = [(1, max_detections, 4), (1, max_detections), (1, max_detections), (1,)]
        made = [(shape, "float32") for shape in shapes]
        return self.custom("TFLite_Detection_PostProcess", inputs, made, options)


def _typed(x: Handle, **options: int) -> dict[str, int]:
    return {"T": TYPE_CODES[x.dtype], **options}

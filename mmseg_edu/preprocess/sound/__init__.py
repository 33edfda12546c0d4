"""Sounds: samples as they were stored, one channel, another rate, filters, loudness, frames and their spectra."""

from mmseg_edu.preprocess.sound.filters import bandpass, highpass, lowpass, preemphasis, remove_dc
from mmseg_edu.preprocess.sound.frames import split_frames
from mmseg_edu.preprocess.sound.loudness import mix, normalize_loudness, rms, snr, trim_silence
from mmseg_edu.preprocess.sound.resampling import RATE, resample
from mmseg_edu.preprocess.sound.responses import (
    bandpass_response,
    highpass_response,
    lowpass_response,
    preemphasis_response,
)
from mmseg_edu.preprocess.sound.samples import clipped_share, to_float, to_mono
from mmseg_edu.preprocess.sound.spectra import blackman, hamming, hann, istft, overlap_sum, stft

__all__ = [
    "RATE",
    "bandpass",
    "bandpass_response",
    "blackman",
    "clipped_share",
    "hamming",
    "hann",
    "highpass",
    "highpass_response",
    "istft",
    "lowpass",
    "lowpass_response",
    "mix",
    "normalize_loudness",
    "overlap_sum",
    "preemphasis",
    "preemphasis_response",
    "remove_dc",
    "resample",
    "rms",
    "snr",
    "split_frames",
    "stft",
    "to_float",
    "to_mono",
    "trim_silence",
]

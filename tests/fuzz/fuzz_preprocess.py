"""Rows of `preprocess`: pictures, sounds, moving pictures."""

from __future__ import annotations

import numpy as np
from fuzz_rows import arrays, flag, floats, number, row, seed, whole, wholes

_RNG = np.random.default_rng(0)
PICTURE = _RNG.random((6, 7, 3))
GRAY = _RNG.random((6, 7))
LABELS = _RNG.integers(0, 4, (6, 7))
BOXES = np.array([[0.0, 1.0, 3.0, 4.0], [2.0, 2.0, 5.0, 6.0]])
MATRIX = np.array([[1.0, 0.1, 0.5], [-0.1, 1.0, 0.2], [0.0, 0.0, 1.0]])
SOUND = np.sin(np.arange(400) * 0.3) * 0.5
NOISE = _RNG.normal(0, 0.1, 400)
SPECTRUM = _RNG.normal(size=(5, 9)) + 1j * _RNG.normal(size=(5, 9))
WINDOW = np.hanning(18)[1:-1]
FREQUENCIES = np.linspace(0.0, 4000.0, 9)
FRAMES = _RNG.random((5, 6, 7, 3))
TIMES = np.arange(5) / 10
RATE = whole(8000)

_IMAGES = [
    row("preprocess.image.adjust_colors", image=floats(PICTURE), brightness=number(0.1), contrast=number(1.1),
        saturation=number(0.9)),
    row("preprocess.image.affine_matrix", shape=whole((6, 7)), flip=flag(True), rotation=number(10.0),
        scale=number(1.1), shift=whole((0.1, 0.2))),
    row("preprocess.image.augment", image=floats(PICTURE), labels=wholes(LABELS), boxes=floats(BOXES), seed=seed(),
        flip=number(0.5), rotation=number(10.0), scale=number(0.1), shift=number(0.1), brightness=number(0.1),
        contrast=number(0.2), saturation=number(0.2), fill=whole(255)),
    row("preprocess.image.center_rectangle", image=floats(PICTURE), size=whole((4, 5))),
    row("preprocess.image.channel_statistics", images=arrays(PICTURE, PICTURE[1:])),
    row("preprocess.image.crop", image=floats(PICTURE), top=whole(1), left=whole(2), height=whole(3), width=whole(4)),
    row("preprocess.image.crop_boxes", boxes=floats(BOXES), top=whole(1), left=whole(2), height=whole(3),
        width=whole(4)),
    row("preprocess.image.denoise_gaussian", image=floats(PICTURE), sigma=number(1.0)),
    row("preprocess.image.denoise_median", image=floats(PICTURE), size=whole(3)),
    row("preprocess.image.denoise_non_local_means", image=floats(PICTURE), sigma=number(0.1)),
    row("preprocess.image.denoise_total_variation", image=floats(PICTURE), weight=number(0.1)),
    row("preprocess.image.gray_to_rgb", image=floats(GRAY)),
    row("preprocess.image.hsv_to_rgb", image=floats(PICTURE)),
    row("preprocess.image.lab_to_rgb", image=floats(PICTURE)),
    row("preprocess.image.normalize", image=floats(PICTURE), mean=floats(np.array([0.4, 0.5, 0.6])),
        std=floats(np.array([0.2, 0.3, 0.4]))),
    row("preprocess.image.psnr", image=floats(PICTURE), reference=floats(PICTURE[::-1].copy())),
    row("preprocess.image.random_rectangle", image=floats(PICTURE), size=whole((4, 5)), seed=seed()),
    row("preprocess.image.resize_image", image=floats(PICTURE), size=whole((4, 9)), antialias=flag(True)),
    row("preprocess.image.resize_labels", labels=wholes(LABELS), size=whole((4, 9))),
    row("preprocess.image.resize_labels_by_majority", labels=wholes(LABELS), size=whole((3, 4)), ignore=whole(255)),
    row("preprocess.image.rgb_to_gray", image=floats(PICTURE)),
    row("preprocess.image.rgb_to_hsv", image=floats(PICTURE)),
    row("preprocess.image.rgb_to_lab", image=floats(PICTURE)),
    row("preprocess.image.standardize", image=floats(PICTURE)),
    row("preprocess.image.to_rgb", picture=floats(PICTURE), background=number(1.0), white=number(None)),
    row("preprocess.image.warp_boxes", boxes=floats(BOXES), matrix=floats(MATRIX), shape=whole((6, 7))),
    row("preprocess.image.warp_image", image=floats(PICTURE), matrix=floats(MATRIX), fill=number(0.0)),
    row("preprocess.image.warp_labels", labels=wholes(LABELS), matrix=floats(MATRIX), fill=whole(255)),
]  # fmt: skip

_SOUNDS = [
    row("preprocess.sound.bandpass", sound=floats(SOUND), rate=RATE, low=number(100.0), high=number(2000.0),
        order=whole(2)),
    row("preprocess.sound.bandpass_response", frequencies=floats(FREQUENCIES), rate=RATE, low=number(100.0),
        high=number(2000.0), order=whole(2)),
    row("preprocess.sound.blackman", length=whole(16)),
    row("preprocess.sound.clipped_share", sound=floats(SOUND), level=number(0.99)),
    row("preprocess.sound.hamming", length=whole(16)),
    row("preprocess.sound.hann", length=whole(16)),
    row("preprocess.sound.highpass", sound=floats(SOUND), rate=RATE, cutoff=number(100.0), order=whole(2)),
    row("preprocess.sound.highpass_response", frequencies=floats(FREQUENCIES), rate=RATE, cutoff=number(100.0),
        order=whole(2)),
    row("preprocess.sound.istft", spectrum=floats(SPECTRUM), window=floats(WINDOW), hop=whole(4), count=whole(16)),
    row("preprocess.sound.lowpass", sound=floats(SOUND), rate=RATE, cutoff=number(2000.0), order=whole(2)),
    row("preprocess.sound.lowpass_response", frequencies=floats(FREQUENCIES), rate=RATE, cutoff=number(2000.0),
        order=whole(2)),
    row("preprocess.sound.mix", sound=floats(SOUND), noise=floats(NOISE), snr_db=number(6.0)),
    row("preprocess.sound.normalize_loudness", sound=floats(SOUND), level=number(-20.0), peak=number(1.0)),
    row("preprocess.sound.overlap_sum", window=floats(WINDOW), hop=whole(4)),
    row("preprocess.sound.preemphasis", sound=floats(SOUND), coefficient=number(0.97)),
    row("preprocess.sound.preemphasis_response", frequencies=floats(FREQUENCIES), rate=RATE,
        coefficient=number(0.97)),
    row("preprocess.sound.remove_dc", sound=floats(SOUND)),
    row("preprocess.sound.resample", sound=floats(SOUND), rate=RATE, new_rate=whole(6000)),
    row("preprocess.sound.rms", sound=floats(SOUND)),
    row("preprocess.sound.snr", sound=floats(SOUND), noise=floats(NOISE)),
    row("preprocess.sound.split_frames", sound=floats(SOUND), length=whole(40), hop=whole(20)),
    row("preprocess.sound.stft", sound=floats(SOUND), window=floats(WINDOW), hop=whole(4)),
    row("preprocess.sound.to_float", samples=wholes((SOUND * 2**15).astype(np.int16)), channel_axis=whole(None),
        bits=whole(None)),
    row("preprocess.sound.to_mono", sound=floats(np.stack([SOUND, NOISE], axis=1))),
    row("preprocess.sound.trim_silence", sound=floats(SOUND), rate=RATE, threshold=number(-40.0),
        frame=number(0.02)),
]  # fmt: skip

_VIDEOS = [
    row("preprocess.video.align", frames=floats(FRAMES), times=floats(TIMES), sound=floats(np.tile(NOISE, 10)),
        rate=RATE, max_offset=number(0.2)),
    row("preprocess.video.blend_at", frames=floats(FRAMES), times=floats(TIMES), t=number(0.13)),
    row("preprocess.video.frame_at", frames=floats(FRAMES), times=floats(TIMES), t=floats(np.array([0.13, 0.2]))),
    row("preprocess.video.motion_energy", frames=floats(FRAMES), cells=whole(2)),
    row("preprocess.video.onset_strength", sound=floats(np.tile(NOISE, 10)), rate=RATE, times=floats(TIMES)),
    row("preprocess.video.optical_flow", before=floats(_RNG.random((16, 17))), after=floats(_RNG.random((16, 17)))),
    row("preprocess.video.resample_frames", frames=floats(FRAMES), times=floats(TIMES), fps=number(8.0),
        duration=number(0.5)),
    row("preprocess.video.shift_sound", sound=floats(SOUND), rate=RATE, seconds=number(0.01)),
    row("preprocess.video.synchrony", frames=floats(FRAMES), times=floats(TIMES),
        sound=floats(np.tile(NOISE, 10)), rate=RATE, offsets=floats(np.array([-0.1, 0.0, 0.1]))),
]  # fmt: skip

PREPROCESS = [*_IMAGES, *_SOUNDS, *_VIDEOS]

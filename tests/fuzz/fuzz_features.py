"""Rows of `features`: those of sounds, and those of pictures that need no network."""

from __future__ import annotations

import numpy as np
from fuzz_preprocess import FREQUENCIES, PICTURE, RATE, SOUND
from fuzz_rows import flag, floats, function, number, row, text, whole

from mmseg_edu.preprocess.sound import hann

_SPECTROGRAM = {
    "sound": floats(SOUND),
    "rate": RATE,
    "bands": whole(8),
    "window": number(0.016),
    "hop": number(0.008),
    "floor": number(1e-10),
    "taper": function(hann),
    "power": number(2.0),
    "low": number(0.0),
    "high": number(4000.0),
    "htk": flag(False),
    "equal_area": flag(True),
}
_KERNELS = np.random.default_rng(1).normal(size=(3, 3, 3, 2))

FEATURES = [
    row("features.deltas", features=floats(np.random.default_rng(2).normal(size=(9, 4))), reach=whole(2),
        whole_lines=flag(False)),
    row("features.hz_to_mel", frequency=floats(FREQUENCIES), htk=flag(False)),
    row("features.log_mel", **_SPECTROGRAM),
    row("features.mel_filters", rate=RATE, length=whole(128), bands=whole(8), low=number(0.0), high=number(4000.0),
        htk=flag(False), equal_area=flag(True)),
    row("features.mel_to_hz", mel=floats(np.linspace(0.0, 40.0, 5)), htk=flag(False)),
    row("features.mfcc", **_SPECTROGRAM, count=whole(4), dct_type=whole(2), ortho=flag(True), lifter=number(0.0)),
    row("features.sound_vector", sound=floats(np.tile(SOUND, 4)), rate=RATE),
    row("features.cnn.convolve", image=floats(PICTURE), kernels=floats(_KERNELS), stride=whole((1, 2)),
        padding=text("valid"), dilation=whole((1, 1))),
    row("features.cnn.max_pool", image=floats(PICTURE), size=whole((2, 2)), stride=whole((1, 2)),
        padding=text("valid")),
    row("features.cnn.mean_pool", image=floats(PICTURE), size=whole((2, 2)), stride=whole((1, 2)),
        padding=text("valid")),
]  # fmt: skip

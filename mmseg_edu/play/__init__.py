"""Things to move and to listen to: sliders that redraw within a tenth of a second, sound and video players.

A slider computes when it is moved, draws with Pillow and shows pixels: `draw` returns an array or a Pillow
image, for which `row`, `bars`, `curve` and `stack` are quick enough. Everything carries alternative text, and
a slider also carries a static twin, a strip of precomputed frames, for paper and readers without a kernel.
"""

from mmseg_edu.play.drawing import bars, curve, row, stack
from mmseg_edu.play.labelling import Labeller, label
from mmseg_edu.play.players import ClipPlayer, SoundPlayer, clip, sound
from mmseg_edu.play.sliders import Slider, slider

__all__ = [
    "ClipPlayer",
    "Labeller",
    "Slider",
    "SoundPlayer",
    "bars",
    "clip",
    "curve",
    "label",
    "row",
    "slider",
    "sound",
    "stack",
]

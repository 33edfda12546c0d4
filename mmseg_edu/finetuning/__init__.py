"""An audio-visual U-Net learns from clips with masks, real ones or one's own: ``mmseg-edu train --data``.

Whole recordings stand on one side of a split each; of a long clip a few pictures are kept, never the film.
:func:`finetune_network` does the same in a notebook, with pictures that are already in arrays.
"""

from mmseg_edu.finetuning.learning import finetune_network
from mmseg_edu.finetuning.reading import Pictures
from mmseg_edu.finetuning.scoring import Score, scores
from mmseg_edu.finetuning.splits import Splits, split_benchmark, split_folder
from mmseg_edu.finetuning.tuning import Finetuned, finetune

__all__ = [
    "Finetuned",
    "Pictures",
    "Score",
    "Splits",
    "finetune",
    "finetune_network",
    "scores",
    "split_benchmark",
    "split_folder",
]

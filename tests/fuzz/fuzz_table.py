"""The table: the rows of all rooms, and the public records, which hold what functions return."""

from __future__ import annotations

from fuzz_features import FEATURES
from fuzz_files import BESIDE, CLIP, DATASETS
from fuzz_fusion import FUSION
from fuzz_metrics import METRICS
from fuzz_not_yet import NOT_YET
from fuzz_preprocess import PREPROCESS
from fuzz_scenes import EXPERTS, EXPLAIN, SCENES
from fuzz_segment import SEGMENT
from fuzz_show import PLAY, SHOW

WRITTEN = [
    *PREPROCESS, *FEATURES, *FUSION, *METRICS, *SEGMENT, *SCENES, *EXPERTS, *EXPLAIN, *SHOW, *PLAY, *CLIP, *DATASETS,
    *BESIDE,
]  # fmt: skip
# Rows whose function is on the list of those to come are written, and not yet held to the law.
ROWS = [row for row in WRITTEN if row.name not in NOT_YET]
# Tuples with names, and nothing else: they check nothing and promise nothing.
RECORDS = (
    "clip.Shown",
    "explain.ActivationMap",
    "features.cnn.Box",
    "features.cnn.ReceptiveField",
    "features.cnn.WeightsFile",
    "preprocess.image.Augmented",
    "preprocess.video.Alignment",
    "segment.Cut",
    "segment.STGraph",
    "segmenting.Segmented",
    "scenes.Batch",
)

"""Have the graph cut's machine code ready before somebody waits for it."""

import numpy as np

from mmseg_edu.segment.dynamic_cut import DynamicCut
from mmseg_edu.segment.graph_cut import graph_cut


def warm() -> None:
    """Compile the maximum flow, or load it from the cache, so that nobody waits for it later.

    Compiling takes some ten seconds after an installation, loading half a second in each new process. The
    machine code is kept beside the package, or in the user's cache folder where the package is read-only.

    Examples
    --------
    >>> warm()
    """
    unary = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    cut = DynamicCut(shape=(1, 2))
    for smoothness in (0.5, 0.75):
        cut(unary, smoothness=smoothness)
    graph_cut(np.zeros((1, 2, 3)), smoothness=0.5)

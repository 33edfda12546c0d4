"""Arrays in, figures out: small, one claim a title, and with the alternative text that each figure must have.

Every function returns a `Picture` (a Matplotlib figure that displays itself as a small PNG), except `table`,
which returns a `Table`, and `overlay` and `contours`, which return arrays. Matplotlib's global state is
neither read nor changed.
"""

from mmseg_edu.show.colors import LINES, PALETTE, contours, overlay
from mmseg_edu.show.figure import Picture
from mmseg_edu.show.graphs import graph
from mmseg_edu.show.landscapes import landscape
from mmseg_edu.show.pictures import images, masks, probabilities, regions
from mmseg_edu.show.plots import bars, curve, heatmap
from mmseg_edu.show.sounds import sound
from mmseg_edu.show.tables import Table, table
from mmseg_edu.show.unets import u_shape

__all__ = [
    "LINES",
    "PALETTE",
    "Picture",
    "Table",
    "bars",
    "contours",
    "curve",
    "graph",
    "heatmap",
    "images",
    "landscape",
    "masks",
    "overlay",
    "probabilities",
    "regions",
    "sound",
    "table",
    "u_shape",
]

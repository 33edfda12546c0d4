"""From a few strokes in each label's own parts of a picture to a label for every pixel."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import checked_whole
from mmseg_edu.preprocess.image.inputs import generator
from mmseg_edu.segment.grab_cut import colour_unary
from mmseg_edu.segment.graph_cut import graph_cut
from mmseg_edu.segment.inputs import FREE, check_label_count, checked_image, checked_seeds


def cut_from_scribbles(
    image: ArrayLike,
    scribbles: ArrayLike,
    classes: int = 2,
    *,
    smoothness: float = 20.0,
    turns: int = 1,
    seed: int | np.random.Generator = 0,
) -> NDArray[np.uint8]:
    r"""Label a picture from a few strokes: they teach the colours of each label, and a graph cut does the rest.

    .. math:: l = \operatorname{argmin}_l \sum_p D_p(l_p; s)
              + \lambda \sum_{(p,q)} w_{pq}\, [l_p \ne l_q], \qquad l_p = s_p \text{ on the strokes}

    Parameters
    ----------
    image : (H, W) or (H, W, C) array in [0, 1]
        The picture.
    scribbles : (H, W) integer array
        s: -1 where nothing is drawn, otherwise the label 0 .. classes - 1.
    classes : int, 2 to 256
        K. Labels that are drawn nowhere are given to no pixel.
    smoothness : float >= 0
        As in `graph_cut`, with 8 neighbours.
    turns : int >= 1
        The most cuts; it stops early when a cut changes nothing. From the second on the colours are those of all
        pixels.
    seed : int or Generator
        For the colours, as in `colour_unary`.

    Returns
    -------
    (H, W) uint8 array
        Drawn pixels keep their label. Where only one label is drawn, the whole picture gets it.

    Raises
    ------
    ValueError
        If nothing is drawn, or for a bad image, bad scribbles, or numbers out of their range.

    Notes
    -----
    For two labels and several turns this is `grab_cut` without a box.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004.

    Examples
    --------
    >>> image = np.array([[0.1, 0.1, 0.2, 0.2, 0.8, 0.9, 0.9, 0.8]])
    >>> cut_from_scribbles(image, np.array([[0, -1, -1, -1, -1, 3, -1, -1]]), 5, smoothness=1.0)
    array([[0, 0, 0, 0, 3, 3, 3, 3]], dtype=uint8)
    """
    pixels = checked_image(image)
    check_label_count(checked_whole("classes", classes, "2 are object and background"), "scribbles")
    checked_whole("turns", turns, "1 cut is quick, 3 learn the colours again")
    drawn = checked_seeds(scribbles, pixels.shape[:2], classes)
    if drawn is None or (drawn == FREE).all():
        raise ValueError(
            "scribbles must name at least one pixel, got none: draw on the thing and beside it, -1 elsewhere"
        )
    present = np.unique(drawn[drawn != FREE])
    if len(present) == 1:
        return np.full(drawn.shape, present[0], np.uint8)
    fixed = np.where(drawn == FREE, FREE, np.searchsorted(present, drawn))
    random, guess = generator(seed), fixed
    for _ in range(turns):
        costs = colour_unary(pixels, guess, len(present), seed=random)
        before = guess
        cut = graph_cut(costs, pixels, smoothness=smoothness, neighbours=8, seeds=fixed)
        guess = np.asarray(cut, np.intp)
        if np.array_equal(guess, before):
            break
    return present[guess].astype(np.uint8)

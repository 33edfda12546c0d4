"""Four ways to place the springs of a flood: markers are the whole art of the watershed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import checked_number, checked_room, is_finite, shown
from mmseg_edu.segment.inputs import checked_landscape, checked_mask, checked_unary


def markers_from_minima(landscape: ArrayLike, depth: float = 0.0) -> NDArray[np.int32]:
    """Put a marker into every valley that is deeper than `depth`.

    Parameters
    ----------
    landscape : (H, W) array
        Heights.
    depth : float >= 0, in the unit of the landscape
        A valley counts if one must climb more than this to leave it for a lower one; exactly so much is
        not enough. 0 takes every puddle; more takes fewer.

    Returns
    -------
    (H, W) int32 array
        0 = none, otherwise 1, 2, ... in reading order. A flat landscape is one valley.

    Raises
    ------
    ValueError
        For an empty or non-finite landscape, or a negative depth.

    References
    ----------
    P. Soille, Morphological Image Analysis, 2nd edition 2004, section 6.3 (h-minima).

    Examples
    --------
    >>> markers_from_minima([[0, 5, 4, 5, 1]])
    array([[1, 0, 2, 0, 3]], dtype=int32)
    >>> markers_from_minima([[0, 5, 4, 5, 1]], depth=2)
    array([[1, 0, 0, 0, 2]], dtype=int32)

    Lesson: 11_watershed
    """
    from scipy import ndimage
    from skimage.morphology import local_minima, reconstruction

    heights = checked_landscape(landscape)
    if not (is_finite(depth) and depth >= 0):
        raise ValueError(f"depth must be a finite height >= 0, got {shown(depth)}: 0 fills nothing")
    cross = ndimage.generate_binary_structure(2, 1)
    filled = heights
    if depth > 0:
        with np.errstate(over="ignore"):
            checked_room(heights + depth, heights, "landscape")
        filled = reconstruction(heights + depth, heights, method="erosion", footprint=cross)
    if filled.min() == filled.max():
        return np.ones(heights.shape, dtype=np.int32)
    valleys = local_minima(filled, connectivity=1, allow_borders=True)
    return ndimage.label(valleys, structure=cross)[0].astype(np.int32)


def markers_from_distance(mask: ArrayLike, separation: int = 10) -> NDArray[np.int32]:
    """Put a marker into the middle of every blob, so that touching coins come apart.

    The middle is where the distance to the background has its peak.

    Parameters
    ----------
    mask : (H, W) bool array
        True on the blobs.
    separation : int >= 1, in pixels
        Two peaks of a blob are at least so far apart; about a blob's radius is a good choice.

    Returns
    -------
    (H, W) int32 array
        0 = none, otherwise 1, 2, ... Flood `-distance` (or a gradient) with mask=mask.

    Raises
    ------
    ValueError
        If the mask is empty, all True or all False, not 2-D, or the separation is below 1.

    Examples
    --------
    >>> mask = np.zeros((7, 13), bool)
    >>> mask[1:6, 1:6] = mask[1:6, 7:12] = mask[3, 6] = True      # two squares and a bridge
    >>> [(int(r), int(c)) for r, c in np.argwhere(markers_from_distance(mask, 3))]
    [(3, 3), (3, 9)]

    Lesson: 11_watershed
    """
    from scipy import ndimage
    from skimage.feature import peak_local_max

    blobs = checked_mask(mask)
    if blobs.ndim != 2 or blobs.all() or not blobs.any():
        raise ValueError(
            f"mask must have shape (H, W) and hold both True and False, got shape {blobs.shape} "
            f"with {int(blobs.sum())} of {blobs.size} True: check the threshold that made it"
        )
    if not is_finite(separation) or separation < 1:
        raise ValueError(f"separation must be at least 1 pixel, got {shown(separation)}: try 10")
    separation = min(int(separation), max(blobs.shape))  # beyond the picture there is no other peak
    distance = ndimage.distance_transform_edt(blobs)
    numbered = ndimage.label(blobs)[0]
    peaks = peak_local_max(distance, min_distance=separation, labels=numbered, exclude_border=False)
    peaks = peaks[np.lexsort(peaks.T[::-1])]
    markers = np.zeros(blobs.shape, dtype=np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return markers


def markers_from_threshold(image: ArrayLike, low: float, high: float) -> NDArray[np.int32]:
    """Mark what is surely dark and what is surely bright, and leave the rest to the flood.

    Parameters
    ----------
    image : (H, W) array
        A gray picture.
    low, high : float, low < high, in the unit of the image
        At most `low` is marker 1, at least `high` is marker 2.

    Returns
    -------
    (H, W) int32 array
        0 = undecided, 1 = dark, 2 = bright.

    Raises
    ------
    ValueError
        If low >= high, or the image is not 2-D, empty or not finite.

    Examples
    --------
    >>> markers_from_threshold([[0.1, 0.4, 0.9]], low=0.2, high=0.6)
    array([[1, 0, 2]], dtype=int32)

    Lesson: 11_watershed
    """
    gray = checked_landscape(image, "image")
    low, high = (
        checked_number(name, one, "give it in the unit of the image")
        for name, one in (("low", low), ("high", high))
    )
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}: between them the flood decides")
    return ((gray <= low) + 2 * (gray >= high)).astype(np.int32)


def markers_from_evidence(probabilities: ArrayLike, level: float = 0.9) -> NDArray[np.int32]:
    """Mark the pixels of which the evidence is sure, with their class plus one.

    Parameters
    ----------
    probabilities : (H, W, K) array in [0, 1]
        Posteriors: of the picture alone, or fused with the sound.
    level : float in (0, 1]
        How probable the best class must be.

    Returns
    -------
    (H, W) int32 array
        0 = not sure, otherwise class + 1. After `watershed` subtract 1 to have the classes.

    Raises
    ------
    ValueError
        If no pixel is as sure as that, for values outside [0, 1], or for a level outside (0, 1].

    Notes
    -----
    A class without a sure pixel gets no marker and so no region: check with np.unique.

    Examples
    --------
    >>> markers_from_evidence([[[0.95, 0.05], [0.6, 0.4], [0.02, 0.98]]])
    array([[1, 0, 2]], dtype=int32)

    Lesson: 11_watershed
    """
    posterior = checked_unary(probabilities)
    if posterior.min() < 0 or posterior.max() > 1 + 1e-5:
        raise ValueError(f"probabilities must lie in [0, 1], got {posterior.min():g} .. {posterior.max():g}")
    if not (is_finite(level) and 0 < level <= 1):
        raise ValueError(f"level must lie in (0, 1], got {shown(level)}: 0.9 is usual")
    best = posterior.max(axis=-1)
    sure = best >= level
    if not sure.any():
        raise ValueError(
            f"level must be reached somewhere, got {level}, which no pixel reaches: lower it below "
            f"{best.max():.3g}, the surest one"
        )
    return np.where(sure, posterior.argmax(axis=-1) + 1, 0).astype(np.int32)

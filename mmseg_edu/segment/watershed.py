"""Watersheds: the picture as a landscape, flooded from markers, and four ways to place the markers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.segment.inputs import checked_image, checked_unary


def gradient(image: ArrayLike, sigma: float = 1.0) -> NDArray[np.float64]:
    r"""Turn a picture into a landscape: steep where it changes, so that borders are ridges.

    .. math:: g_p = \sqrt{\sum_c \lVert \nabla (G_\sigma * I_c) \rVert^2}

    Parameters
    ----------
    image : (H, W) or (H, W, C) array
        The picture.
    sigma : float >= 0, in pixels
        How much is smoothed first; 0: not at all. Noise makes puddles, smoothing dries them.

    Returns
    -------
    (H, W) float64 array
        Change for one pixel of way, >= 0, by the Sobel filter; 0 for a flat picture.

    Raises
    ------
    ValueError
        For an empty or non-finite image, or a negative sigma.

    Examples
    --------
    >>> ramp = np.tile(np.arange(5) * 0.1, (3, 1))
    >>> gradient(ramp, sigma=0).round(2)[1]      # half at the ends, where the picture is continued flat
    array([0.05, 0.1 , 0.1 , 0.1 , 0.05])

    Lesson: 11_watershed
    """
    from scipy import ndimage

    pixels = checked_image(image)
    if not (np.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma must be a finite number of pixels >= 0, got {sigma}")
    smooth = ndimage.gaussian_filter(pixels, (sigma, sigma, 0), mode="nearest") if sigma else pixels
    # ndimage.sobel would also smooth across the channels.
    across = [
        ndimage.correlate1d(smooth, [0.25, 0.5, 0.25], axis=1 - axis, mode="nearest") for axis in (0, 1)
    ]
    slopes = [
        ndimage.correlate1d(part, [-0.5, 0, 0.5], axis=axis, mode="nearest")
        for axis, part in enumerate(across)
    ]
    return np.sqrt(np.square(slopes).sum(axis=(0, 3)))


def watershed(
    landscape: ArrayLike,
    markers: ArrayLike | None = None,
    *,
    mask: ArrayLike | None = None,
    compactness: float = 0.0,
    line: bool = False,
) -> NDArray[np.int32]:
    """Flood a landscape from its markers; where two floods meet, a region ends.

    Parameters
    ----------
    landscape : (H, W) array
        Heights: usually `gradient` of the picture.
    markers : (H, W) integer array, optional
        0 = none, otherwise the number of the spring. Default: one in every local minimum, which gives a
        region for every puddle.
    mask : (H, W) bool array, optional
        Where water may go; elsewhere the result is 0.
    compactness : float >= 0
        Above 0, floods also pay for their distance from the marker, which makes regions round.
    line : bool
        Leave a line of zeros, one pixel wide, between the regions.

    Returns
    -------
    (H, W) int32 array
        The marker's number at every pixel that its flood reached; 0 where none did.

    Raises
    ------
    ValueError
        For an empty or non-finite landscape, negative or missing markers, shapes that do not match, or a
        negative compactness.
    TypeError
        If the markers are not integers.

    Notes
    -----
    The flood passes from a pixel to its 4 neighbours. It is scikit-image's `watershed`, with the errors
    that it leaves out.

    References
    ----------
    S. Beucher, F. Meyer, "The morphological approach to segmentation", 1993.

    Examples
    --------
    >>> watershed([[0, 1, 2, 9, 3, 0]], [[1, 0, 0, 0, 0, 2]])
    array([[1, 1, 1, 1, 2, 2]], dtype=int32)

    Lesson: 11_watershed
    """
    from skimage import segmentation

    heights = _checked_landscape(landscape)
    springs = (
        markers_from_minima(heights)
        if markers is None
        else _checked_regions(markers, heights.shape, "markers")
    )
    if not springs.any():
        raise ValueError("markers must name at least one pixel, got only 0: number the springs 1, 2, ...")
    if not (np.isfinite(compactness) and compactness >= 0):
        raise ValueError(f"compactness must be a finite number >= 0, got {compactness}")
    if mask is not None:
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != heights.shape:
            raise ValueError(f"mask must have shape {heights.shape} to match the landscape, got {mask.shape}")
    flooded = segmentation.watershed(
        heights, springs, mask=mask, compactness=compactness, watershed_line=line, connectivity=1
    )
    return flooded.astype(np.int32)


def flood_steps(landscape: ArrayLike, markers: ArrayLike, levels: Sequence[float]) -> list[NDArray[np.int32]]:
    """Stop the flood at given water levels, to watch it rise.

    Parameters
    ----------
    landscape : (H, W) array
        Heights.
    markers : (H, W) integer array
        As in `watershed`.
    levels : sequence of float
        Water levels, in the unit of the landscape.

    Returns
    -------
    list of (H, W) int32 arrays
        For each level the regions as far as they are under water; 0 is dry land. A spring above the water
        has not begun to flow. What is wet keeps its region as the water rises.

    Raises
    ------
    ValueError, TypeError
        As `watershed`.

    Examples
    --------
    >>> for regions in flood_steps([[0, 1, 2, 9, 3, 0]], [[1, 0, 0, 0, 0, 2]], [0, 2, 9]):
    ...     print(regions)
    [[1 0 0 0 0 2]]
    [[1 1 1 0 0 2]]
    [[1 1 1 1 2 2]]

    Lesson: 11_watershed
    """
    heights = _checked_landscape(landscape)
    flooded = watershed(heights, markers)
    springs = np.asarray(markers)
    steps = []
    for level in levels:
        wet = heights <= level
        reached = bool((springs[wet] != 0).any())
        steps.append(watershed(heights, springs * wet, mask=wet) if reached else np.zeros_like(flooded))
    return steps


def markers_from_minima(landscape: ArrayLike, depth: float = 0.0) -> NDArray[np.int32]:
    """Put a marker into every valley that is deeper than `depth`.

    Parameters
    ----------
    landscape : (H, W) array
        Heights.
    depth : float >= 0, in the unit of the landscape
        How far one must climb, at the least, to leave a valley for a lower one. 0 takes every puddle;
        more takes fewer.

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

    heights = _checked_landscape(landscape)
    if not (np.isfinite(depth) and depth >= 0):
        raise ValueError(f"depth must be a finite height >= 0, got {depth}")
    cross = ndimage.generate_binary_structure(2, 1)
    filled = heights
    if depth > 0:
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

    blobs = np.asarray(mask, dtype=bool)
    if blobs.ndim != 2 or blobs.all() or not blobs.any():
        raise ValueError(
            f"mask must have shape (H, W) and hold both True and False, got shape {blobs.shape} "
            f"with {int(blobs.sum())} of {blobs.size} True: check the threshold that made it"
        )
    if separation < 1:
        raise ValueError(f"separation must be at least 1 pixel, got {separation}")
    distance = ndimage.distance_transform_edt(blobs)
    numbered = ndimage.label(blobs)[0]
    peaks = peak_local_max(distance, min_distance=int(separation), labels=numbered, exclude_border=False)
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
    gray = _checked_landscape(image, "image")
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
    if not 0 < level <= 1:
        raise ValueError(f"level must lie in (0, 1], got {level}")
    best = posterior.max(axis=-1)
    sure = best >= level
    if not sure.any():
        raise ValueError(f"no pixel reaches level {level}: lower it below {best.max():.3g}, the surest one")
    return np.where(sure, posterior.argmax(axis=-1) + 1, 0).astype(np.int32)


def vote(regions: ArrayLike, unary: ArrayLike) -> NDArray[np.uint8]:
    r"""Give each region, as a whole, the label that is cheapest for its pixels together.

    .. math:: l(R) = \arg\min_k \sum_{p \in R} D_p(k)

    Parameters
    ----------
    regions : (H, W) integer array
        Region numbers; 0 (the lines between regions) belongs to none, and each such pixel decides alone.
    unary : (H, W, K) array
        Costs, as `unary_from` makes them.

    Returns
    -------
    (H, W) uint8 array
        Labels; ties go to the lowest.

    Raises
    ------
    ValueError, TypeError
        If shapes do not match, or regions are negative or not integers; and as `energy`.

    Examples
    --------
    >>> unary = np.array([[[0.0, 1.0], [0.0, 1.0], [1.5, 0.0]]])
    >>> vote([[1, 1, 1]], unary), vote([[1, 1, 2]], unary)
    (array([[0, 0, 0]], dtype=uint8), array([[0, 0, 1]], dtype=uint8))

    Lesson: 11_watershed
    """
    costs = checked_unary(unary)
    numbers = _checked_regions(regions, costs.shape[:2], "regions")
    names, index = np.unique(numbers, return_inverse=True)
    totals = np.zeros((len(names), costs.shape[2]))
    np.add.at(totals, index.ravel(), costs.reshape(-1, costs.shape[2]))
    winners = totals.argmin(axis=-1)[index].reshape(numbers.shape)
    return np.where(numbers == 0, costs.argmin(axis=-1), winners).astype(np.uint8)


def _checked_landscape(landscape: ArrayLike, name: str = "landscape") -> NDArray[np.float64]:
    heights = np.asarray(landscape, dtype=np.float64)
    if heights.ndim != 2 or heights.size == 0 or not np.isfinite(heights).all():
        raise ValueError(
            f"{name} must be a finite array of shape (H, W) with at least one pixel, "
            f"got shape {heights.shape} with {int((~np.isfinite(heights)).sum())} values NaN or inf: "
            "take the gradient of a picture, or one channel"
        )
    return heights


def _checked_regions(given: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.int32]:
    numbers = np.asarray(given)
    if numbers.shape != tuple(shape):
        raise ValueError(f"{name} must have shape (H, W) = {tuple(shape)}, got {numbers.shape}")
    if not (np.issubdtype(numbers.dtype, np.integer) or numbers.dtype == bool):
        raise TypeError(f"{name} must be integers, got {numbers.dtype}: number the regions 1, 2, ...")
    if numbers.min() < 0 or numbers.max() > np.iinfo(np.int32).max:
        raise ValueError(f"{name} must be 0 (none) or 1, 2, ..., got {numbers.min()} .. {numbers.max()}")
    return numbers.astype(np.int32)

"""Watersheds: the picture as a landscape, flooded from markers, and regions that vote as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import MOST_AMOUNT, as_array, as_reals, is_finite, shown
from mmseg_edu.segment.inputs import checked_image, checked_landscape, checked_mask, checked_unary
from mmseg_edu.segment.markers import markers_from_minima


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
    if not (is_finite(sigma) and 0 <= sigma <= MOST_AMOUNT):
        raise ValueError(
            f"sigma must be a finite number of pixels >= 0, got {shown(sigma)}: try 1; {MOST_AMOUNT:g} is the most"
        )
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
        0 = none, otherwise the number of the spring. Default: one in every local minimum of what the mask
        leaves, which gives a region for every puddle.
    mask : (H, W) bool array, optional
        Where water may go; elsewhere the result is 0.
    compactness : float >= 0
        Above 0, floods also pay for their distance from the marker, which makes regions round.
    line : bool
        Leave a line of zeros where two floods meet, as a rule one pixel wide. Markers that touch keep
        their pixels, so no line runs between those.

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
        If the markers are not integers; truth values are refused, for they would make all springs one.

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

    heights = checked_landscape(landscape)
    if mask is not None:
        mask = checked_mask(mask)
        if mask.shape != heights.shape:
            raise ValueError(f"mask must have shape {heights.shape} to match the landscape, got {mask.shape}")
    springs = (
        _puddles(heights, mask) if markers is None else _checked_regions(markers, heights.shape, "markers")
    )
    if not springs.any():
        raise ValueError("markers must name at least one pixel, got only 0: number the springs 1, 2, ...")
    if mask is not None and markers is not None and np.any(springs[~mask]):
        outside = int(np.count_nonzero(springs[~mask]))
        raise ValueError(
            f"markers must lie inside the mask, got {outside} of their pixels outside it, where no flood may rise: "
            "set them to 0 or widen the mask"
        )
    if not (is_finite(compactness) and compactness >= 0):
        raise ValueError(
            f"compactness must be a finite number >= 0, got {shown(compactness)}: 0 lets the floods run"
        )
    flooded = segmentation.watershed(
        heights, springs, mask=mask, compactness=compactness, watershed_line=bool(line), connectivity=1
    )
    return flooded.astype(np.int32)


def _puddles(heights: NDArray[np.float64], mask: NDArray[np.bool_] | None) -> NDArray[np.int32]:
    if mask is None or not mask.any():
        return markers_from_minima(heights)
    # Ranks leave room for a wall that is higher than all land; a lower place behind it does not count.
    ranks = np.unique(heights, return_inverse=True)[1].reshape(heights.shape)
    return np.where(mask, markers_from_minima(np.where(mask, ranks, ranks.max() + 1)), 0)


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
        has not begun to flow. What is wet keeps its region as the water rises, and has the region that
        `watershed` gives it: where two waters tie, each level shows how the whole flood decides.

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
    from scipy import ndimage

    heights = checked_landscape(landscape)
    flooded = watershed(heights, markers)
    springs = as_array("markers", markers) != 0
    steps = []
    for level in as_reals("levels", levels).ravel():
        lakes = ndimage.label(heights <= level)[0]
        fed = np.setdiff1d(lakes[springs], 0)  # 0 is what stands above the water
        steps.append(np.where(np.isin(lakes, fed), flooded, 0))
    return steps


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
        If shapes do not match, regions are negative or not integers, or a region has no label that all
        of its pixels may take (cost +inf forbids one); and as `energy`.

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
    with np.errstate(over="ignore"):
        np.add.at(totals, index.ravel(), costs.reshape(-1, costs.shape[2]))
    stuck = names[(names > 0) & np.isinf(totals).all(axis=-1)]
    if stuck.size:
        raise ValueError(
            f"each region needs a label that none of its pixels forbids, got none in region {stuck[0]}: "
            "cut the region finer, or replace inf by a high cost"
        )
    winners = totals.argmin(axis=-1)[index].reshape(numbers.shape)
    return np.where(numbers == 0, costs.argmin(axis=-1), winners).astype(np.uint8)


def _checked_regions(given: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.int32]:
    numbers = as_array(name, given)
    if numbers.shape != tuple(shape):
        raise ValueError(f"{name} must have shape (H, W) = {tuple(shape)}, got {numbers.shape}")
    if numbers.dtype == bool and name == "markers":
        raise TypeError(
            f"{name} must be numbered, got True and False, which would make all springs one: "
            "number the separate ones with scipy.ndimage.label(markers)[0]"
        )
    if not (np.issubdtype(numbers.dtype, np.integer) or numbers.dtype == bool):
        raise TypeError(f"{name} must be integers, got {numbers.dtype}: number the regions 1, 2, ...")
    if numbers.min() < 0 or numbers.max() > np.iinfo(np.int32).max:
        raise ValueError(f"{name} must be 0 (none) or 1, 2, ..., got {numbers.min()} .. {numbers.max()}")
    return numbers.astype(np.int32)

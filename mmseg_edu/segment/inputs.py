"""The rules that every segmenter sets for what it is given; each says what it got and what to do."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import as_array, as_reals, checked_pair, is_finite, is_whole, shown

FREE = -1
# The square of what differs by twice as much, summed over a picture, is still a number.
_MOST_VALUE = 1e140
# The costs of 2**26 pixels, which is the most, add up to a number.
_MOST_COST = 1e300


def checked_unary(unary: ArrayLike) -> NDArray[np.float64]:
    """Return costs of shape (H, W, K), K >= 2, as float64; +inf forbids a label at a pixel.

    Raises
    ------
    ValueError
        For another shape, an empty picture, one label only, more than 256 labels, NaN, -inf, or a pixel
        at which every label is forbidden.
    """
    costs = as_reals("unary", unary)
    if costs.ndim != 3:
        raise ValueError(f"unary must have shape (H, W, K), got {costs.shape}: give one cost for each label")
    if costs.shape[0] == 0 or costs.shape[1] == 0:
        raise ValueError(f"unary must hold at least one pixel, got shape {costs.shape}: the image is empty")
    check_label_count(costs.shape[2], "unary")
    # One sum tells whether every cost is finite, as nearly all are; only otherwise look closer.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(costs.sum()):
            return costs
    if np.isnan(costs).any() or np.isneginf(costs).any():
        raise ValueError(
            "unary must not hold NaN or -inf, got some: make costs with unary_from, which has a floor"
        )
    largest = float(np.abs(costs[np.isfinite(costs)]).max(initial=0.0))
    if largest > _MOST_COST:
        raise ValueError(
            f"unary must leave room for sums, {_MOST_COST:g} at most, got {largest:g}: +inf forbids a label"
        )
    if np.isposinf(costs).all(axis=-1).any():
        raise ValueError("unary must leave every pixel a label of finite cost, got a pixel with only inf")
    return costs


def check_label_count(count: int, name: str) -> None:
    """Refuse fewer than 2 labels, which leaves nothing to choose, and more than uint8 can name."""
    if count < 2:
        raise ValueError(
            f"{name} must have K >= 2 labels on the last axis, got K = {count}: "
            "for one foreground map p stack both labels, np.stack([1 - p, p], axis=-1)"
        )
    if count > 256:
        raise ValueError(f"{name} must have K <= 256 labels, got K = {count}: label maps are uint8")


def checked_image(image: ArrayLike, shape: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """Return an image (H, W) or (H, W, C) as float64 of shape (H, W, C), finite and not empty.

    Raises
    ------
    ValueError
        For another shape, an empty picture, a value that is not finite, or a size unlike `shape` (H, W).
    """
    pixels = as_reals("image", image)
    if pixels.ndim not in (2, 3):
        raise ValueError(f"image must have shape (H, W) or (H, W, C), got {pixels.shape}: pass one picture")
    if pixels.size == 0:
        raise ValueError(f"image must hold at least one pixel, got shape {pixels.shape}: the image is empty")
    if shape is not None and pixels.shape[:2] != checked_pair("shape", shape, "give unary.shape[:2]"):
        raise ValueError(
            f"image must have shape (H, W) = {shape} to match the costs, got {pixels.shape[:2]}: "
            "resize it with resize_image"
        )
    if not np.isfinite(pixels).all():
        raise ValueError("image must be finite, got NaN or inf: mend it with np.nan_to_num or leave it out")
    largest = max(pixels.max(), -pixels.min())
    if largest > _MOST_VALUE:
        raise ValueError(
            f"image must lie within {_MOST_VALUE:g} of 0, got {largest:g}: its contrasts are squared, divide it by "
            "its largest value"
        )
    return pixels.reshape(*pixels.shape[:2], -1)


def checked_landscape(landscape: ArrayLike, name: str = "landscape") -> NDArray[np.float64]:
    """Return a landscape or gray picture (H, W) as float64, finite and not empty."""
    heights = as_reals("landscape", landscape)
    if heights.ndim != 2 or heights.size == 0 or not np.isfinite(heights).all():
        raise ValueError(
            f"{name} must be a finite array of shape (H, W) with at least one pixel, "
            f"got shape {heights.shape} with {int((~np.isfinite(heights)).sum())} values NaN or inf: "
            "take the gradient of a picture, or one channel"
        )
    return heights


def checked_mask(mask: ArrayLike) -> NDArray[np.bool_]:
    """Return a mask as booleans; 0 is False and every other whole number True, a probability is neither."""
    given = as_array("mask", mask)
    if given.dtype.kind not in "biuf":
        raise TypeError(
            f"mask must hold True and False, or 0 and 1, got {given.dtype}: compare it, mask > 0.5"
        )
    if given.dtype.kind == "f" and not ((given == 0) | (given == 1)).all():
        raise ValueError("mask must hold True and False, or 0 and 1, got others: compare it, mask > 0.5")
    return given.astype(bool, copy=False)


def checked_labels(labels: ArrayLike, shape: tuple[int, int], count: int) -> NDArray[np.intp]:
    """Return a label map (H, W) with values 0 .. count - 1 as an index array."""
    given = as_array("labels", labels)
    if given.shape != shape:
        raise ValueError(
            f"labels must have shape (H, W) = {shape} to match the costs, got {given.shape}: "
            "resize them with resize_labels"
        )
    return _whole(given, "labels", 0, count)


def checked_seeds(seeds: ArrayLike | None, shape: tuple[int, int], count: int) -> NDArray[np.intp] | None:
    """Return a seed map (H, W) with values -1 (free) .. count - 1, or None."""
    if seeds is None:
        return None
    given = as_array("seeds", seeds)
    if given.shape != shape:
        raise ValueError(
            f"seeds must have shape (H, W) = {shape}, got {given.shape}: "
            "give a label for each seeded pixel and -1 for the free ones"
        )
    return _whole(given, "seeds", FREE, count)


def _whole(given: NDArray[np.generic], name: str, lowest: int, count: int) -> NDArray[np.intp]:
    if not (np.issubdtype(given.dtype, np.integer) or given.dtype == bool):
        raise TypeError(f"{name} must be integers, got {given.dtype}: convert them with .astype(int)")
    whole = given.astype(np.intp)
    if whole.min() < lowest or whole.max() >= count:
        raise ValueError(
            f"{name} must lie in {lowest} .. {count - 1} for K = {count} labels, "
            f"got {whole.min()} .. {whole.max()}: renumber them"
        )
    return whole


def with_seeds(unary: NDArray[np.float64], seeds: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """Forbid, by an infinite cost, every label but the seed's own at the seeded pixels."""
    if seeds is None:
        return unary
    held = seeds != FREE
    own, chosen = seeds[held], unary[held]
    # A seed overrules a cost that forbids its label, and a free pixel keeps its costs.
    kept = np.take_along_axis(chosen, own[:, None], axis=-1)
    chosen[:] = np.inf
    np.put_along_axis(chosen, own[:, None], np.where(np.isposinf(kept), 0.0, kept), axis=-1)
    result = unary.copy()
    result[held] = chosen
    return result


def check_smoothness(smoothness: float, name: str = "smoothness") -> float:
    """Return the smoothness, a finite number of at least 0.

    A negative one rewards neighbours that differ. That is submodular no longer: in general, 8 neighbours or
    more than two labels included, the cheapest labelling is NP-hard to find. Two labels on 4 neighbours are an
    exception: swap both labels on the black squares of a chessboard, cut at -smoothness, and swap back.
    """
    if not (is_finite(smoothness) and smoothness >= 0):
        raise ValueError(
            f"smoothness must be a finite number >= 0, got {shown(smoothness)}: "
            "a negative one rewards neighbours that differ, which a cut cannot minimise in general; "
            "0 means no neighbours"
        )
    return float(smoothness)


def check_neighbours(neighbours: int) -> None:
    """Allow the 4-neighbourhood (sides) and the 8-neighbourhood (sides and diagonals)."""
    if not is_whole(neighbours) or neighbours not in (4, 8):
        raise ValueError(f"neighbours must be 4 or 8, got {shown(neighbours)}: 8 adds the diagonals")

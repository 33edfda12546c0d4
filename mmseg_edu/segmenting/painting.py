"""From what a network says of a small picture to the mask of a large one, and to the picture painted with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmseg_edu.preprocess.image import resize_image
from mmseg_edu.show.colors import overlay


def labels_at(posterior: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.uint8]:
    r"""Name the most probable class of each pixel of another size: posteriors are interpolated, names cannot be.

    .. math:: S(x) = \operatorname{argmax}_k \sum_y w_{xy}\, P(k \mid y)

    Parameters
    ----------
    posterior : (h, w, K) float32, sums to 1 over K
    size : (H, W), pixels

    Returns
    -------
    (H, W) uint8
        At the posterior's own size its argmax; of equally probable classes the first.

    Examples
    --------
    >>> labels_at(np.array([[[0.9, 0.1], [0.2, 0.8]]], np.float32), (1, 6))
    array([[0, 0, 0, 1, 1, 1]], dtype=uint8)
    """
    if posterior.shape[:2] == tuple(size):
        return posterior.argmax(axis=-1).astype(np.uint8)
    best = resize_image(np.ascontiguousarray(posterior[..., 0]), size)
    labels = np.zeros(size, np.uint8)
    for k in range(1, posterior.shape[-1]):
        one = np.ascontiguousarray(posterior[..., k])
        if one.max() < 1 / posterior.shape[-1]:
            continue  # The winner of a pixel has at least the mean, and no weighted mean exceeds the largest.
        one = resize_image(one, size)
        wins = one > best
        labels[wins] = k
        np.maximum(best, one, out=best)
    return labels


def painted(
    picture: NDArray[np.uint8], labels: NDArray[np.uint8], colors: Sequence[str]
) -> NDArray[np.uint8]:
    """Paint a picture with its mask as :func:`mmseg_edu.show.overlay` does, in bytes; where nothing sounds it stays.

    >>> painted(np.full((1, 3, 3), 100, np.uint8), np.array([[0, 0, 1]], np.uint8), ["#000000", "#ff0000"])[0].tolist()
    [[100, 100, 100], [100, 100, 100], [255, 0, 0]]
    """
    marked = labels > 0
    if not marked.any():
        return picture
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    # One pixel more to each side: there the outline sees that the mask ends.
    box = (
        slice(max(rows[0] - 1, 0), rows[-1] + 2),
        slice(max(columns[0] - 1, 0), columns[-1] + 2),
    )
    done = picture.copy()
    done[box] = np.rint(overlay(picture[box], labels[box], colors=colors) * 255).astype(np.uint8)
    return done

"""One seed moves picture, labels and boxes together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mmseg_edu.preprocess.arguments import MOST_AMOUNT, is_finite, shown
from mmseg_edu.preprocess.image.colors import adjust_colors
from mmseg_edu.preprocess.image.inputs import checked_labels, checked_rgb, generator
from mmseg_edu.preprocess.image.warping import affine_matrix, warp_boxes, warp_image, warp_labels


class Augmented(NamedTuple):
    """A picture that was moved, and all that moved with it; what was not given is None."""

    image: np.ndarray
    labels: np.ndarray | None
    boxes: np.ndarray | None
    matrix: np.ndarray


def augment(
    image: np.ndarray,
    labels: np.ndarray | None = None,
    boxes: Any = None,
    *,
    seed: int | np.random.Generator,
    flip: float = 0.5,
    rotation: float = 10.0,
    scale: float = 0.1,
    shift: float = 0.1,
    brightness: float = 0.1,
    contrast: float = 0.2,
    saturation: float = 0.2,
    fill: int = 255,
) -> Augmented:
    r"""Make another training picture of one: the whole scene moves at random, the light changes on the picture alone.

    One affine map is drawn, and moves all that is given:

    .. math::
        I' = \mathrm{jitter}(I) \circ A^{-1}, \qquad L' = L \circ A^{-1}, \qquad B' = A\,B

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]
    labels : (H, W) integers or bool, optional
        Moved by :func:`warp_labels`.
    boxes : (N, 4) numbers, optional, pixels
        (top, left, bottom, right); moved by :func:`warp_boxes`.
    seed : int or numpy.random.Generator
        The same seed gives the same bytes.
    flip : float in [0, 1]
        How probable an exchange of left and right is.
    rotation : float >= 0, degrees
        Up to so far, either way.
    scale : float >= 0
        Up to a factor of 1 + scale larger or smaller.
    shift : float >= 0
        Up to this share of height and width, each way.
    brightness, contrast, saturation : float in [0, 1]
        Largest change; of contrast and saturation as a factor, 1 - x to 1 + x. See :func:`adjust_colors`.
    fill : int
        Label of what comes from outside, where the picture is black: 255, "ignore", or 0, background.

    Returns
    -------
    Augmented (image, labels, boxes, matrix)
        `matrix` is the map that was drawn. With every amount 0 all come back as they were. What is drawn for one
        amount does not depend on the others: without colour jitter the same seed makes the same movement.

    Raises
    ------
    TypeError, ValueError
        For no seed, amounts outside their range, labels of another size than the picture, and what the functions
        named above refuse.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).random((6, 8, 3))
    >>> labels = (image[..., 0] > 0.5).astype(np.uint8)
    >>> moved = augment(image, labels, seed=3, rotation=0, scale=0, shift=0, brightness=0, contrast=0, saturation=0)
    >>> bool(((moved.image[..., 0] > 0.5) == moved.labels).all())
    True

    Lesson: 01_image_preprocessing
    """
    image = checked_rgb(image)
    if labels is not None and checked_labels(labels).shape != image.shape[:2]:
        raise ValueError(
            f"labels must have shape (H, W) = {image.shape[:2]} to match the image, got {np.shape(labels)}: "
            "resize them with resize_labels"
        )
    _check_amounts(rotation=rotation, scale=scale, shift=shift, most=MOST_AMOUNT)
    _check_amounts(flip=flip, brightness=brightness, contrast=contrast, saturation=saturation, most=1)
    rng = generator(seed)
    mirrored = bool(rng.random() < flip)
    turn, zoom, down, right, light, depth, purity = rng.uniform(-1, 1, 7)
    matrix = affine_matrix(
        image.shape,
        flip=mirrored,
        rotation=rotation * turn,
        scale=(1 + scale) ** zoom,
        shift=(shift * down * image.shape[0], shift * right * image.shape[1]),
    )
    # The light before the movement: what comes from outside is black, and no part of the picture's contrast.
    lit = adjust_colors(
        image,
        brightness=brightness * light,
        contrast=1 + contrast * depth,
        saturation=1 + saturation * purity,
    )
    return Augmented(
        warp_image(lit, matrix),
        None if labels is None else warp_labels(labels, matrix, fill),
        None if boxes is None else warp_boxes(boxes, matrix, image.shape),
        matrix,
    )


def _check_amounts(most: float, **amounts: float) -> None:
    for name, amount in amounts.items():
        if not (is_finite(amount) and 0 <= amount <= most):
            upper = "" if most == MOST_AMOUNT else f" and at most {most:g}"
            raise ValueError(f"{name} must be at least 0{upper}, got {shown(amount)}: 0 leaves it out")

"""Colour spaces: brightness alone, hue and saturation apart, and distances as the eye sees them."""

from __future__ import annotations

import warnings

import numpy as np

from mmseg_edu.preprocess.arguments import is_finite
from mmseg_edu.preprocess.image.inputs import checked_picture, checked_rgb


def rgb_to_gray(image: np.ndarray) -> np.ndarray:
    r"""Reduce a colour picture to its brightness: green counts most, blue least, as for the eye.

    .. math::
        Y = 0.2125\, R + 0.7154\, G + 0.0721\, B

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]

    Returns
    -------
    (H, W) in [0, 1], same dtype

    Raises
    ------
    TypeError, ValueError
        For integers, other shapes, and values outside [0, 1].

    References
    ----------
    scikit-image's ``rgb2gray``. The weights are those of the Rec. 709 primaries, applied to the values as they
    are stored.

    Examples
    --------
    >>> import numpy as np
    >>> rgb_to_gray(np.array([[[1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]))
    array([[1.    , 0.7154, 0.0721]])

    Lesson: 01_image_preprocessing
    """
    from skimage.color import rgb2gray

    rgb = checked_rgb(image)
    return np.clip(rgb2gray(rgb.astype(np.float64)), 0, 1).astype(rgb.dtype)


def gray_to_rgb(image: np.ndarray) -> np.ndarray:
    """Give a grey picture three equal channels, for what asks for RGB; no colour comes of it.

    Parameters
    ----------
    image : (H, W) floating point

    Returns
    -------
    (H, W, 3), same dtype

    Raises
    ------
    TypeError, ValueError
        For integers, NaN, and pictures that have channels already.

    Examples
    --------
    >>> import numpy as np
    >>> gray_to_rgb(np.array([[0.25]]))
    array([[[0.25, 0.25, 0.25]]])
    """
    image = checked_picture(image)
    if image.ndim != 2:
        raise ValueError(f"image must have shape (H, W), grey, got {image.shape}: use to_rgb for any picture")
    return np.repeat(image[..., np.newaxis], 3, axis=2)


def rgb_to_hsv(image: np.ndarray) -> np.ndarray:
    r"""Turn colours into hue, saturation and value: which colour, how pure, how bright.

    .. math::
        V = \max(R, G, B), \qquad S = \frac{V - \min(R, G, B)}{V}

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]

    Returns
    -------
    (H, W, 3), same dtype
        Hue in [0, 1): turns round the circle from red over green (1/3) and blue (2/3) back to red, so 0.99 and
        0.01 are neighbours. Saturation and value in [0, 1]. Grey has saturation 0 and hue 0, black is all 0.

    Raises
    ------
    TypeError, ValueError
        For integers, other shapes, and values outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> rgb_to_hsv(np.array([[[0.0, 0.5, 0.0], [0.3, 0.3, 0.3]]])).round(3)
    array([[[0.333, 1.   , 0.5  ],
            [0.   , 0.   , 0.3  ]]])

    Lesson: 01_image_preprocessing
    """
    from skimage.color import rgb2hsv

    rgb = checked_rgb(image)
    hsv = np.clip(rgb2hsv(rgb.astype(np.float64)), 0, 1).astype(rgb.dtype)
    hsv[..., 0][hsv[..., 0] >= 1] = 0  # a hue that rounds to a whole turn is red
    return hsv


def hsv_to_rgb(image: np.ndarray) -> np.ndarray:
    """Turn hue, saturation and value, each in [0, 1], back into colours.

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]
        As :func:`rgb_to_hsv` makes it. A hue of 1 is the hue 0.

    Returns
    -------
    (H, W, 3) in [0, 1], same dtype

    Raises
    ------
    TypeError, ValueError
        For integers, other shapes, and values outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> hsv_to_rgb(np.array([[[2 / 3, 1.0, 0.5]]])).round(3)
    array([[[0. , 0. , 0.5]]])
    """
    from skimage.color import hsv2rgb

    hsv = checked_rgb(image)
    return np.clip(hsv2rgb(hsv.astype(np.float64)), 0, 1).astype(hsv.dtype)


def rgb_to_lab(image: np.ndarray) -> np.ndarray:
    r"""Turn colours into CIE Lab, in which equal distances look about equally different.

    .. math::
        \Delta E = \sqrt{(L_1 - L_2)^2 + (a_1 - a_2)^2 + (b_1 - b_2)^2}

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]
        sRGB, as nearly every file holds it.

    Returns
    -------
    (H, W, 3), same dtype
        Lightness L in [0, 100]; a from green to red, within [-86.2, 98.3]; b from blue to yellow, within
        [-107.9, 94.5]. Grey has a and b of 0 (to 0.01). A distance of about 2 is one that the eye just sees.

    Raises
    ------
    TypeError, ValueError
        For integers, other shapes, and values outside [0, 1].

    References
    ----------
    scikit-image's ``rgb2lab``, illuminant D65.

    Examples
    --------
    >>> import numpy as np
    >>> rgb_to_lab(np.array([[[1.0, 1.0, 1.0], [0.0, 0.0, 1.0]]])).round().astype(int)
    array([[[ 100,    0,    0],
            [  32,   79, -108]]])

    Lesson: 01_image_preprocessing
    """
    from skimage.color import rgb2lab

    rgb = checked_rgb(image)
    return rgb2lab(rgb.astype(np.float64)).astype(rgb.dtype)


def lab_to_rgb(image: np.ndarray) -> np.ndarray:
    """Turn CIE Lab back into colours; what no screen can show is cut off at 0 and 1.

    Parameters
    ----------
    image : (H, W, 3) floating point
        As :func:`rgb_to_lab` makes it, L in [0, 100].

    Returns
    -------
    (H, W, 3) in [0, 1], same dtype

    Raises
    ------
    TypeError, ValueError
        For integers, other shapes, NaN, and L outside [0, 100].

    Examples
    --------
    >>> import numpy as np
    >>> lab_to_rgb(np.array([[[100.0, 0.0, 0.0]]])).round(2)
    array([[[1., 1., 1.]]])
    """
    from skimage.color import lab2rgb

    lab = checked_picture(image)
    if lab.ndim != 3 or lab.shape[2] != 3:
        raise ValueError(f"image must have shape (H, W, 3), Lab, got {lab.shape}: make it with rgb_to_lab")
    if lab[..., 0].min() < -0.01 or lab[..., 0].max() > 100.01:
        raise ValueError(
            f"L must lie in [0, 100], got {lab[..., 0].min():.4g} to {lab[..., 0].max():.4g}: "
            "make Lab pictures with rgb_to_lab"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a colour was cut off is stated above
        return np.clip(lab2rgb(lab.astype(np.float64)), 0, 1).astype(lab.dtype)


def adjust_colors(
    image: np.ndarray, *, brightness: float = 0.0, contrast: float = 1.0, saturation: float = 1.0
) -> np.ndarray:
    r"""Change the light of a picture: saturation, then contrast, then brightness, then cut off at 0 and 1.

    .. math::
        S_p = s\, I_p + (1 - s)\, Y_p, \qquad
        A_p = \min\!\big(1, \max(0,\; c\, S_p + (1 - c)\, \bar Y + b)\big)

    with :math:`Y` the brightness by :func:`rgb_to_gray` and :math:`\bar Y` its mean.

    Parameters
    ----------
    image : (H, W, 3) floating point in [0, 1]
    brightness : float
        Added, b; 0 changes nothing.
    contrast, saturation : float >= 0
        Factors, c and s; 1 changes nothing, to the last bit. Saturation 0 is grey, contrast 0 one flat grey.

    Returns
    -------
    (H, W, 3) in [0, 1], same dtype

    Raises
    ------
    TypeError, ValueError
        For what is no RGB picture, and factors below 0 or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> adjust_colors(np.array([[[0.0, 0.5, 1.0]]]), brightness=0.25)
    array([[[0.25, 0.75, 1.  ]]])

    Lesson: 01_image_preprocessing
    """
    rgb = checked_rgb(image)
    if not (all(map(is_finite, (brightness, contrast, saturation))) and contrast >= 0 and saturation >= 0):
        raise ValueError(
            "brightness must be finite, contrast and saturation finite and at least 0, got "
            f"{brightness}, {contrast} and {saturation}: 0, 1 and 1 change nothing"
        )
    gray = rgb_to_gray(rgb.astype(np.float64))[..., np.newaxis]
    # What is a million times the range is black or white already, and cannot overflow.
    brightness, contrast, saturation = (
        min(max(float(n), -1e6), 1e6) for n in (brightness, contrast, saturation)
    )
    pure = saturation * rgb + (1 - saturation) * gray
    return np.clip(contrast * pure + (1 - contrast) * gray.mean() + brightness, 0, 1).astype(rgb.dtype)

"""The rule of the sounding object: what is seen counts as far as its class is heard."""

import numpy as np

from mmseg_edu.fusion.arrays import (
    Array,
    check_no_counts,
    check_probabilities,
    check_simplex,
    floats,
    library_of,
)


def sounding(objects: Array, heard: Array) -> Array:
    r"""Keep of each visible object the share that its class is heard; the rest goes to the background.

    .. math:: F_k(x) = P(\text{object } k \text{ at } x \mid \text{picture}) \;
                       P(k \text{ sounds} \mid \text{sound}) \quad (k \ge 1), \qquad
              F_0(x) = 1 - \sum_{k \ge 1} F_k(x)

    A pixel is a bell that rings if a bell is there *and* bells ring: the picture knows the one and the sound the
    other, so each sense is asked only what it can know.

    Parameters
    ----------
    objects : (..., K), in [0, 1], sums to 1 over K; class 0 is the background
        What is visible at each pixel, sounding or not, as ``experts.recognise`` says.
    heard : (K,), (..., K) with the two axes of the picture left out, or the shape of objects; in [0, 1]
        For each class the probability that it sounds, or True and False. They need not sum to 1: several may
        sound, or none. Entry 0, the background, is not used. For objects (N, H, W, K) the middle form is (N, K).

    Returns
    -------
    array of the shape and type of objects
        The posterior of the sounding object; in [0, 1], sums to 1 over K up to rounding.

    Raises
    ------
    ValueError
        If a value is not a probability, objects do not sum to 1, or heard has another shape.

    Notes
    -----
    All flags 1 give the objects back, all flags 0 background everywhere, up to rounding. No class but the
    background ever gains. K = 1 gives 1 everywhere.

    The rule holds where what is visible and what sounds are independent given picture and sound, and where all
    objects of a class sound or none: of two bells of which one rings, it marks both.

    Examples
    --------
    A pixel that is probably a drum (class 1) or else a bell (class 2); only the bell is heard:

    >>> sounding([0.1, 0.6, 0.3], heard=[0, 0, 1])
    array([0.7, 0. , 0.3])

    Lesson: 16_learned_fusion
    """
    for value in (objects, heard):
        check_no_counts(value)
    lib = library_of(objects, heard)
    seen, flags = (floats(value, library_of(value)) for value in (objects, heard))
    _check(seen, flags)
    seen = floats(seen, lib)
    flags = floats(_over_picture(flags, tuple(seen.shape)), lib, seen.dtype)
    sounds = lib.multiply(seen[..., 1:], flags[..., 1:])
    rest = 1 - lib.sum(sounds, axis=-1, keepdims=True)
    return lib.concatenate([lib.maximum(rest, lib.zeros_like(rest)), sounds], axis=-1)


def _check(seen: Array, flags: Array) -> None:
    if len(seen.shape) == 0 or seen.shape[-1] == 0:
        raise ValueError(
            f"objects must have shape (..., K), got {tuple(seen.shape)}: pass one probability a class"
        )
    check_probabilities(seen)
    check_probabilities(flags)
    if isinstance(seen, np.ndarray):
        check_simplex(seen, "objects", -1, "give the posterior of all visible objects, background included")


def _over_picture(flags: Array, shape: tuple[int | None, ...]) -> Array:
    """Give flags a picture's two axes, each of length 1, where they have none."""
    given, axes = tuple(flags.shape), len(shape)
    if len(given) == axes - 2 > 0:
        flags = flags[..., None, None, :]
    full = tuple(flags.shape)
    fits = len(full) in (1, axes) and full[-1] == shape[-1]
    if not fits or any(
        a != 1 and None not in (a, b) and a != b for a, b in zip(full[::-1], shape[::-1], strict=False)
    ):
        raise ValueError(
            f"heard must have shape (K,) = ({shape[-1]},), one a picture {(*shape[:-3], shape[-1])} or that of "
            f"objects, {shape}, got {given}: give one flag a class, the background's first"
        )
    return flags

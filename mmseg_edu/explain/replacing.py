"""Put something else in the place of a sense, and see what it costs: permutation and counterfactual sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mmseg_edu.explain.inputs import as_flags, checked_scores, checked_sense, checked_senses, filled
from mmseg_edu.explain.shapley import Predict, Score
from mmseg_edu.preprocess.arguments import checked_function, checked_whole
from mmseg_edu.preprocess.image.inputs import generator
from mmseg_edu.scenes import Batch
from mmseg_edu.scenes.sound import mix


def counterfactual_gain(
    predict: Predict, inputs: Sequence[ArrayLike], sense: int, replacement: ArrayLike, score: Score
) -> np.ndarray:
    r"""What a sense is worth against something else in its place, all other senses kept.

    .. math:: g = \text{score}\big(f(x_1, \dots, x_i, \dots, x_n)\big)
                - \text{score}\big(f(x_1, \dots, b, \dots, x_n)\big)

    Parameters
    ----------
    predict, inputs, score : as for :func:`coalition_values`
    sense : int, 0 to n - 1, i: whose input is replaced
    replacement : number, one scene's array, or (N, ...)
        What comes in its place, for instance one of :func:`counterfactual_sounds`, as the model takes it.

    Returns
    -------
    array (N,), float64
        Exactly 0 where the model's answer does not depend on the sense. Negative where it does better without.

    Raises
    ------
    ValueError
        As :func:`coalition_values`, and for a sense that is none of the inputs.

    Examples
    --------
    >>> listens = lambda picture, sound: picture + 2 * sound
    >>> counterfactual_gain(listens, [np.ones(3), np.ones(3)], 1, 0, lambda answer: answer)
    array([2., 2., 2.])

    Lesson: 18_explaining
    """
    checked_function("predict", predict, "it takes the senses and gives posteriors")
    checked_function("score", score, "it takes posteriors and gives one number a scene")
    senses = checked_senses(inputs)
    place = checked_sense(sense, senses)
    others = [*senses]
    others[place] = filled(replacement, senses[place], place)
    own, other = (checked_scores(score(predict(*each)), len(senses[0])) for each in (senses, others))
    return own - other


def permutation_importance(
    predict: Predict,
    inputs: Sequence[ArrayLike],
    sense: int,
    score: Score,
    *,
    seed: int | np.random.Generator,
    repeats: int = 5,
) -> np.ndarray:
    r"""What the score of each scene loses when a sense is taken from another scene of the same set.

    .. math:: I = \frac{1}{R} \sum_{r=1}^{R} \Big( \text{score}\big(f(x_1, \dots, x_n)\big)
                - \text{score}\big(f(x_1, \dots, x_i^{\pi_r}, \dots, x_n)\big) \Big)

    Each :math:`\pi_r` leads all scenes round one random circle (:func:`derangement`), so that no scene keeps its own.

    Parameters
    ----------
    predict, inputs, score : as for :func:`coalition_values`, with N >= 2 scenes
    sense : int, 0 to n - 1, i: which input is permuted
    seed : int or numpy.random.Generator, of the circles
    repeats : int >= 1, R

    Returns
    -------
    array (N,), float64
        Exactly 0 if all scenes have the same input in this sense, or the model does not look at it.

    Raises
    ------
    ValueError
        As :func:`counterfactual_gain`, for a single scene, and for repeats below 1.

    Notes
    -----
    The other scene may happen to have an equal sound: the loss is that of *another clip's* sound, not of a *wrong* one.
    The pairs are also such as the world may never show (a sound with a picture that excludes it).

    References
    ----------
    Breiman (2001), Machine Learning 45(1), section 10; Gat, Schwartz & Schwing (2021), NeurIPS, which calls the loss of
    accuracy, divided by what a guess of the commonest class gets, the Perceptual Score.

    Examples
    --------
    >>> listens = lambda picture, sound: sound
    >>> inputs = [np.ones(2), np.array([0.0, 1.0])]
    >>> permutation_importance(listens, inputs, 1, lambda answer: answer, seed=0)
    array([-1.,  1.])

    Lesson: 18_explaining
    """
    checked_whole("repeats", repeats, "5 is a good one")
    checked_function("predict", predict, "it takes the senses and gives posteriors")
    checked_function("score", score, "it takes posteriors and gives one number a scene")
    senses = checked_senses(inputs)
    place = checked_sense(sense, senses)
    rng = generator(seed)
    own = checked_scores(score(predict(*senses)), len(senses[0]))
    lost = np.zeros(len(own))
    for _ in range(repeats):
        others = [*senses]
        others[place] = senses[place][derangement(len(own), rng)]
        lost += own - checked_scores(score(predict(*others)), len(own))
    return lost / repeats


def derangement(count: int, seed: int | np.random.Generator) -> np.ndarray:
    """Lead N scenes round one random circle: each gets the number of another, and each is given once.

    Parameters
    ----------
    count : int >= 2, N
    seed : int or numpy.random.Generator

    Returns
    -------
    array (N,), int
        A permutation without a fixed point. Each of the (N - 1)! circles is equally likely, so each other scene too.

    Raises
    ------
    ValueError
        If there is no other scene.

    Examples
    --------
    >>> derangement(2, seed=0)
    array([1, 0])

    Lesson: 18_explaining
    """
    if checked_whole("count", count, "take 2 or more", of="scenes") < 2:
        raise ValueError(
            f"count must be 2 or more, got {count}: a single scene has no other to take a sound from"
        )
    circle = generator(seed).permutation(count)
    other = np.empty(count, np.intp)
    other[circle] = np.roll(circle, 1)
    return other


def off_screen_scenes(heard: ArrayLike, visible: ArrayLike, seed: int | np.random.Generator) -> np.ndarray:
    """Find for each scene another whose sound comes from nothing that the scene shows.

    Parameters
    ----------
    heard : (N, K) bool, which classes are in each sound
    visible : (N, K) bool, which classes each picture shows; the background (column 0) does not count
    seed : int or numpy.random.Generator, which of those that fit is taken

    Returns
    -------
    array (N,), int

    Raises
    ------
    ValueError
        If the shapes differ, or no sound of the set is off-screen for some scene.

    Examples
    --------
    >>> off_screen_scenes([[0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 1]], seed=0)
    array([1, 0])
    """
    sounding, shown = (as_flags(name, flags) for name, flags in (("heard", heard), ("visible", visible)))
    if sounding.ndim != 2 or sounding.shape != shown.shape:
        raise ValueError(
            f"heard and visible must both have shape (N, K), got {sounding.shape} and {shown.shape}: one row a scene"
        )
    fits = ~(shown[:, None, 1:] & sounding[None, :, 1:]).any(axis=-1) & sounding[None, :, 1:].any(axis=-1)
    if not fits.any(axis=1).all():
        raise ValueError(
            f"each scene needs a sound of a class that it does not show, got none for scene "
            f"{int(np.argmin(fits.any(axis=1)))} among {len(fits)}: give more scenes"
        )
    return np.where(fits, generator(seed).random(fits.shape), -1).argmax(axis=1)


def counterfactual_sounds(batch: Batch, seed: int | np.random.Generator) -> dict[str, np.ndarray]:
    """Give every scene four other sounds, each of which somebody calls "no sound".

    Parameters
    ----------
    batch : Batch of N >= 2 scenes
    seed : int or numpy.random.Generator

    Returns
    -------
    dict of str to array (N, S), float32, in [-1, 1], waveforms at ``batch.rate``
        ``silence``, all samples 0; ``noise``, white and as loud as an instrument; ``another``, the sound of another
        scene (:func:`derangement`), which may fit by chance; ``off_screen``, the sound of things that the picture
        does not show (:func:`off_screen_scenes`). For all but ``another`` the right mask is empty.

    Raises
    ------
    ValueError
        If there are too few scenes for one of them.

    Examples
    --------
    >>> from mmseg_edu.scenes import make_batch
    >>> sounds = counterfactual_sounds(make_batch(20, seed=0, size=16, cache=False), seed=0)
    >>> {name: round(float(np.abs(wave).max()), 1) for name, wave in sounds.items() if name != "another"}
    {'silence': 0.0, 'noise': 0.5, 'off_screen': 0.6}

    Lesson: 18_explaining
    """
    if not isinstance(batch, Batch):
        raise TypeError(f"batch must be a Batch, got {type(batch).__name__}: make it with scenes.make_batch")
    rng = generator(seed)
    flags = np.arange(batch.heard.shape[1])
    visible = np.stack([np.isin(flags, objects) for objects in batch.objects])
    white = rng.standard_normal(batch.sounds.shape, np.float32)
    return {
        "silence": np.zeros_like(batch.sounds),
        "noise": np.stack([mix([], wave, 0.0) for wave in white]),
        "another": batch.sounds[derangement(len(batch), rng)],
        "off_screen": batch.sounds[off_screen_scenes(batch.heard, visible, rng)],
    }

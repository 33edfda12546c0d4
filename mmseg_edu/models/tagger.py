"""Taggers of sounds: which classes does a sound speak for, and how loudly; and which are in it at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmseg_edu import backend
from mmseg_edu.preprocess.arguments import checked_whole, is_whole

if TYPE_CHECKING:
    import keras


def sound_tagger(
    length: int = 128, classes: int = 5, width: int = 64, depth: int = 2, *, dropout: float = 0.0
) -> keras.Model:
    r"""Small dense network from a sound vector to the class of a random pixel.

    .. math:: P(k \mid a) = \mathrm{softmax}(W_3\, r(W_2\, r(W_1 a + b_1) + b_2) + b_3)_k,
              \qquad r(x) = \max(0, x)

    Trained with cross-entropy against the share of each class in the scene's pixels (a soft target), its
    output is P(class of a pixel drawn at random | sound), which is what fusion wants from a witness who is
    blind.

    Parameters
    ----------
    length : int, numbers in a sound vector
    classes : int, K
    width : int, units in a hidden layer
    depth : int >= 0, hidden layers; 0 gives softmax regression
    dropout : float in [0, 1), share of hidden units silenced while training

    Returns
    -------
    keras.Model
        Takes (N, length) sound vectors, gives (N, classes) probabilities. The layer named ``logits`` holds
        the scores before the softmax.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Bridle (1990), in Neurocomputing: Algorithms, Architectures and Applications, for softmax outputs as
    posteriors.

    Examples
    --------
    >>> sound_tagger().output_shape  # doctest: +SKIP
    (None, 5)
    """
    for name, value, least in (
        ("length", length, 1),
        ("classes", classes, 1),
        ("width", width, 1),
        ("depth", depth, 0),
    ):
        if not is_whole(value) or value < least:
            raise ValueError(
                f"{name} must be {least} or more, got {value!r}: use a whole number; the docstring has usual ones"
            )
    # Keras takes no integers of NumPy.
    length, classes, width, depth = int(length), int(classes), int(width), int(depth)
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be in [0, 1), got {dropout}: use 0.2, or 0 for none")
    keras_ = backend.load()
    layers = keras_.layers
    vector = layers.Input((length,), name="sound")
    features = vector
    for i in range(depth):
        features = layers.Dense(width, activation="relu", kernel_initializer="he_normal", name=f"hidden{i}")(
            features
        )
        if dropout:
            features = layers.Dropout(dropout, name=f"dropout{i}")(features)
    logits = layers.Dense(classes, name="logits")(features)
    return keras_.Model(
        vector, layers.Softmax(name="posterior", dtype="float32")(logits), name="sound_tagger"
    )


def event_tagger(length: int = 128, classes: int = 5, width: int = 64, depth: int = 2) -> keras.Model:
    r"""Small dense network from a sound vector to flags: for each class the probability that it sounds.

    .. math:: P(k \text{ sounds} \mid a) = \sigma(W_3\, r(W_2\, r(W_1 a + b_1) + b_2) + b_3)_k,
              \qquad r(x) = \max(0, x), \quad \sigma(x) = \frac{1}{1 + e^{-x}}

    Several classes may sound at once, and none may, so each has a sigmoid of its own, where :func:`sound_tagger` has
    one softmax for all.

    Parameters
    ----------
    length : int, numbers in a sound vector
    classes : int, K, the background first, which never sounds: what ``fusion.sounding`` takes
    width : int, units in a hidden layer
    depth : int >= 0, hidden layers

    Returns
    -------
    keras.Model
        Takes (N, length) sound vectors, gives (N, classes) probabilities, which need not sum to 1. The layer named
        ``flag_logits`` holds the scores before the sigmoid.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Mesaros, Heittola & Virtanen (2016), Metrics for polyphonic sound event detection, Applied Sciences 6(6), for
    sounds that happen at once.

    Examples
    --------
    >>> event_tagger().output_shape  # doctest: +SKIP
    (None, 5)

    Lesson: 16_learned_fusion
    """
    numbers = {"length": length, "classes": classes, "width": width}
    length, classes, width = (checked_whole(n, v, "a network needs at least one") for n, v in numbers.items())
    if not is_whole(depth) or depth < 0:
        raise ValueError(
            f"depth must be 0 or more, got {depth!r}: use a whole number; the docstring has usual ones"
        )
    keras_ = backend.load()
    layers = keras_.layers
    vector = layers.Input((length,), name="sound")
    features = vector
    for i in range(depth):
        features = layers.Dense(width, activation="relu", kernel_initializer="he_normal", name=f"hidden{i}")(
            features
        )
    logits = layers.Dense(classes, name="flag_logits")(features)
    flags = layers.Activation("sigmoid", name="flags", dtype="float32")(logits)
    return keras_.Model(vector, flags, name="event_tagger")

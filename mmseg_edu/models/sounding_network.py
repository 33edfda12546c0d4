"""One network that sees, one that hears, and the rule that joins them: the sounding object, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmseg_edu import backend
from mmseg_edu.fusion import sounding

if TYPE_CHECKING:
    import keras


def sounding_network(seeing: keras.Model, hearing: keras.Model) -> keras.Model:
    r"""Join a network that names every visible object and one that names every sound by ``fusion.sounding``.

    .. math:: P(k \text{ sounds at } x) = P(\text{object } k \text{ at } x \mid \text{picture}) \;
              P(k \text{ sounds} \mid \text{sound}), \qquad k \ge 1,

    and the rest is background. The rule has no weight: each network is trained alone, on what it can know.

    Parameters
    ----------
    seeing : keras.Model from pictures (N, H, W, C) to posteriors of all objects (N, H, W, K), such as
        :func:`subpixel_unet`
    hearing : keras.Model from sound vectors (N, S) to flags (N, K), such as :func:`event_tagger`

    Returns
    -------
    keras.Model
        Takes [pictures, sound vectors], gives the posterior of the sounding object (N, H, W, K). It shares layers and
        weights with both networks, under the same names: ``logits`` are the scores of the objects, ``flags`` what is
        heard.

    Raises
    ------
    ValueError
        If a layer of the one has the name of a layer of the other, or the classes differ in number.

    Notes
    -----
    Training both through the rule, or one network whose features the sound modulates, did worse with the same work
    where the rule is right: the mask of a bell that is silent teaches as much of bells as the mask of one that rings,
    and only training apart looks at it.

    Examples
    --------
    >>> model = sounding_network(subpixel_unet(64), event_tagger())  # doctest: +SKIP
    >>> model.predict([images, vectors]).shape  # doctest: +SKIP
    (500, 64, 64, 5)

    Lesson: 16_learned_fusion
    """
    shared = {layer.name for layer in seeing.layers} & {layer.name for layer in hearing.layers}
    if shared:
        raise ValueError(
            f"the layers of the two networks must have different names, got {sorted(shared)} in both: "
            "take an event_tagger to hear and a subpixel_unet or unet to see"
        )
    joined = sounding(seeing.output, hearing.output)
    return backend.load().Model([seeing.input, hearing.input], joined, name="sounding_network")

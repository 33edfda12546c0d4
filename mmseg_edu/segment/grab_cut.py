"""Cutting out by colour: Gaussian mixtures and graph cuts taking turns."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.preprocess.arguments import checked_whole, is_whole, shown
from mmseg_edu.preprocess.image.inputs import generator
from mmseg_edu.segment.graph_cut import graph_cut
from mmseg_edu.segment.inputs import FREE, check_label_count, checked_image, checked_seeds

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

# Wide enough to keep a mixture of equal colours regular, narrow beside 1/255 of the range: 0.002 ** 2.
LEAST_VARIANCE = 4e-6


def colour_unary(
    image: ArrayLike,
    seeds: ArrayLike,
    classes: int = 2,
    *,
    components: int = 5,
    sample: int = 5000,
    seed: int | np.random.Generator = 0,
) -> NDArray[np.float64]:
    r"""Learn each label's colours from its seeded pixels, and say what every pixel would cost.

    .. math:: D_p(k) = -\log \sum_{m=1}^{M} \pi_{km}\, \mathcal N(I_p; \mu_{km}, \Sigma_{km})

    Parameters
    ----------
    image : (H, W) or (H, W, C) array in [0, 1]
        The picture.
    seeds : (H, W) integer array
        -1 where nothing is known, otherwise the label 0 .. classes - 1.
    classes : int, 2 to 256
        K, the number of labels.
    components : int >= 1
        M, Gaussians for each label; fewer where a label has fewer seeded pixels.
    sample : int >= 1
        The most pixels of a label that its mixture is fitted to, drawn at random.
    seed : int or Generator
        For the drawing and the fitting.

    Returns
    -------
    (H, W, K) float64 array
        Costs in nats; densities exceed 1, so costs may be negative. A label without seeds gets the uniform
        density over [0, 1]^C, which costs 0 everywhere.

    Raises
    ------
    ValueError
        If no pixel is seeded, or for a bad image, bad seeds, or numbers below 1.

    Notes
    -----
    Every colour's variance is at least 4e-6 (0.002 squared), so that flat patches have a density.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004.

    Examples
    --------
    >>> image = np.array([[0.1, 0.1, 0.2, 0.9, 0.8, 0.9]])
    >>> costs = colour_unary(image, np.array([[0, 0, -1, 1, -1, 1]]))
    >>> costs.argmin(axis=-1).tolist()
    [[0, 0, 0, 1, 1, 1]]

    Lesson: 12_graph_cut
    """
    pixels = checked_image(image)
    check_label_count(checked_whole("classes", classes, "2 are object and background"), "seeds")
    known = checked_seeds(seeds, pixels.shape[:2], classes)
    if known is None or (known == FREE).all():
        raise ValueError(
            "seeds must name at least one pixel, got none: mark some with their label, -1 elsewhere"
        )
    _check_counts(components=components, sample=sample)
    flat = pixels.reshape(-1, pixels.shape[-1])
    mixtures = _mixtures(flat, known, classes, components, sample, generator(seed), {})
    return _costs(flat, mixtures, classes).reshape(*pixels.shape[:2], classes)


def _mixtures(
    flat: NDArray[np.float64],
    known: NDArray[np.intp],
    classes: int,
    components: int,
    sample: int,
    random: np.random.Generator,
    before: dict[int, "GaussianMixture"],
) -> dict[int, "GaussianMixture"]:
    """Fit a mixture to each label's colours, from where `before` left off."""
    found = {}
    for label in range(classes):
        colours = flat[known.ravel() == label]
        if len(colours) > sample:
            colours = random.choice(colours, sample, replace=False)
        if len(colours):
            found[label] = _fit(colours, components, random, before.get(label))
    return found


def _fit(
    colours: NDArray[np.float64],
    components: int,
    random: np.random.Generator,
    before: "GaussianMixture | None",
) -> "GaussianMixture":
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # There can be no more clusters than distinct colours.
    count = min(components, len(np.unique(colours, axis=0)))
    start = {}
    if before is not None and before.n_components == count:
        start = {f"{name}_init": getattr(before, f"{name}_") for name in ("weights", "means", "precisions")}
    mixture = GaussianMixture(
        count, reg_covar=LEAST_VARIANCE, max_iter=20, random_state=int(random.integers(2**31)), **start
    )
    if len(colours) == 1:
        colours = np.repeat(colours, 2, axis=0)
    # Matrices of 3 columns are too small to share: on a busy machine threads make this ten times slower.
    with warnings.catch_warnings(), threadpool_limits(1):
        # The loop around it refits anyway: a mixture that is nearly converged is good enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(colours)


def _costs(
    flat: NDArray[np.float64], mixtures: dict[int, "GaussianMixture"], classes: int
) -> NDArray[np.float64]:
    from threadpoolctl import threadpool_limits

    costs = np.zeros((len(flat), classes))
    with threadpool_limits(1):
        for label, mixture in mixtures.items():
            costs[:, label] = -mixture.score_samples(flat)
    return costs


def grab_cut(
    image: ArrayLike,
    seeds: ArrayLike | None = None,
    *,
    box: tuple[int, int, int, int] | None = None,
    smoothness: float = 50.0,
    beta: float | None = None,
    neighbours: int = 8,
    components: int = 5,
    iterations: int = 5,
    sample: int = 5000,
    seed: int | np.random.Generator = 0,
    return_energies: bool = False,
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], list[float]]:
    r"""Cut an object out of a photograph, given a box around it or a few scribbles.

    Two steps take turns: learn the colours of what is now object and background (`colour_unary`), then cut
    the picture by these costs (`graph_cut`).

    Parameters
    ----------
    image : (H, W) or (H, W, C) array in [0, 1]
        The picture.
    seeds : (H, W) integer array, optional
        0 = surely background, 1 = surely object, -1 = to be found.
    box : (top, left, bottom, right), optional
        Rows top .. bottom - 1 and columns left .. right - 1 may be object; outside is background, and no
        seed may say otherwise. At least one of seeds and box is needed.
    smoothness, beta, neighbours
        As in `graph_cut`; the published value 50 goes with 8 neighbours and costs in nats.
    components : int >= 1
        Gaussians for each of object and background.
    iterations : int >= 1
        The most turns; it stops early when a turn changes nothing.
    sample, seed
        As in `colour_unary`.
    return_energies : bool
        Also return each turn's energy, after its cut.

    Returns
    -------
    labels : (H, W) uint8 array
        1 = object, 0 = background. If a turn leaves one of them empty, that turn's result is returned.
    energies : list of float
        Only with `return_energies`. It falls mostly, not always: the mixtures see a new
        sample of the colours each turn, and share every pixel among their components.

    Raises
    ------
    ValueError
        If neither seeds nor box are given, if nothing is background or nothing may be object at the start,
        if the box leaves the picture or disagrees with a seed; and as `graph_cut`.

    Notes
    -----
    At the start, free pixels count as object if there is a box or there are no object seeds; with scribbles
    of both kinds and no box, the first colours are learnt from the scribbles only. The published algorithm
    gives each pixel to one component; here the mixtures of the turn before are refined by
    expectation-maximisation.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004.

    Examples
    --------
    >>> image = np.zeros((8, 8)) + 0.2
    >>> image[3:6, 2:5] = 0.8
    >>> grab_cut(image, box=(1, 1, 7, 7), components=1).sum()
    np.uint64(9)

    Lesson: 12_graph_cut
    """
    pixels = checked_image(image)
    _check_counts(iterations=iterations, components=components, sample=sample)
    fixed = _starting_seeds(pixels.shape[:2], seeds, box)
    random = generator(seed)
    guess = fixed.copy()
    if box is not None or not (fixed == 1).any():
        guess[fixed == FREE] = 1
    if not ((guess == 0).any() and (guess == 1).any()):
        raise ValueError(
            "grab_cut needs some background and some room for the object, got only one of them: "
            "leave a margin around the box, or seed both labels"
        )
    flat = pixels.reshape(-1, pixels.shape[-1])
    mixtures: dict[int, GaussianMixture] = {}
    energies: list[float] = []
    for _ in range(iterations):
        mixtures = _mixtures(flat, guess, 2, components, sample, random, mixtures)
        costs = _costs(flat, mixtures, 2).reshape(*guess.shape, 2)
        labels, turn = graph_cut(
            costs,
            pixels,
            smoothness=smoothness,
            beta=beta,
            neighbours=neighbours,
            seeds=fixed,
            return_energies=True,
        )
        energies += turn
        unchanged = np.array_equal(labels, guess)
        guess = labels.astype(np.intp)
        if unchanged or labels.min() == labels.max():
            break
    return (labels, energies) if return_energies else labels


def _check_counts(**counts: int) -> None:
    for name, number in counts.items():
        checked_whole(name, number, "5 components and 5000 colours do for most pictures")


def _starting_seeds(
    shape: tuple[int, ...], seeds: ArrayLike | None, box: tuple[int, int, int, int] | None
) -> NDArray[np.intp]:
    """Join the box and the scribbles into one seed map."""
    if seeds is None and box is None:
        raise ValueError("grab_cut needs seeds or a box, got neither: pass box=(top, left, bottom, right)")
    height, width = shape
    fixed = np.full((height, width), FREE)
    if box is not None:
        edges = box if isinstance(box, tuple | list | np.ndarray) and len(box) == 4 else (None,) * 4
        top, left, bottom, right = edges
        if not (all(map(is_whole, edges)) and 0 <= top < bottom <= height and 0 <= left < right <= width):
            raise ValueError(
                f"box must be (top, left, bottom, right), not empty and within (H, W) = {(height, width)}, "
                f"got {shown(box)}: rows come first"
            )
        fixed[:] = 0
        fixed[top:bottom, left:right] = FREE
    known = checked_seeds(seeds, (height, width), 2)
    if known is not None:
        if ((fixed == 0) & (known == 1)).any():
            raise ValueError("an object seed lies outside the box: enlarge the box or drop the seed")
        fixed[known != FREE] = known[known != FREE]
    return fixed

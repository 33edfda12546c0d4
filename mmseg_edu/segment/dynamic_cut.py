"""The same picture cut again and again: each cut begins with the flow of the one before."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.segment.inputs import check_smoothness, checked_seeds, checked_unary, with_seeds
from mmseg_edu.segment.min_cut import Flow, borders, solved
from mmseg_edu.segment.potts import contrast_weights


class DynamicCut:
    r"""Two-label graph cuts of one picture for costs, smoothness and seeds that change a little each time.

    The flow of the last cut, as far as it fits, is taken off the new capacities and booked at the pixels
    between which it ran. What is left is an equal problem,

    .. math:: c'_{pq} = c_{pq} - f_{pq}, \qquad \theta'_p = \theta_p + \sum_q f_{pq},

    and most of it is solved already. The labels are those of `graph_cut`, pixel by pixel: of several optima
    both return the one with the fewest ones, and there is only one of that kind.

    Parameters
    ----------
    image : (H, W) or (H, W, C) array, optional
        The picture whose contrast makes borders cheap; its weights are worked out once.
    shape : (H, W), optional
        The size; needed if there is no picture.
    beta : float >= 0, optional
        As in `contrast_weights`.
    neighbours : 4 or 8
        As in `graph_cut`.

    Raises
    ------
    ValueError
        As `contrast_weights`; a call raises what `graph_cut` raises.

    Notes
    -----
    The first cut takes as long as any. How much the next ones gain depends on how much changes: a stroke
    changes a few pixels, a new smoothness every border.

    References
    ----------
    P. Kohli, P. Torr, "Dynamic graph cuts for efficient inference in Markov random fields", TPAMI 2007.

    Examples
    --------
    >>> unary = np.array([[[5.0, 1.0], [1.0, 3.0], [4.0, 1.0]]])
    >>> cut = DynamicCut(shape=(1, 3))
    >>> [cut(unary, smoothness=s).tolist() for s in (0.5, 2.0)]
    [[[1, 0, 1]], [[1, 1, 1]]]
    >>> cut(unary, smoothness=2.0, seeds=[[0, -1, -1]]).tolist()
    [[0, 0, 1]]

    Lesson: 12_graph_cut
    """

    def __init__(
        self,
        image: ArrayLike | None = None,
        *,
        shape: tuple[int, int] | None = None,
        beta: float | None = None,
        neighbours: int = 4,
    ) -> None:
        self._weights = contrast_weights(image, shape, beta=beta, neighbours=neighbours)
        across = self._weights[0, 1]
        self._shape = across.shape[0], across.shape[1] + 1
        self._flow: Flow | None = None

    def __call__(
        self, unary: ArrayLike, *, smoothness: float = 1.0, seeds: ArrayLike | None = None
    ) -> NDArray[np.uint8]:
        """Return the labels (H, W) that `graph_cut` would find for these costs, smoothness and seeds."""
        costs = checked_unary(unary)
        if costs.shape != (*self._shape, 2):
            raise ValueError(
                f"unary must have shape (H, W, 2) = {(*self._shape, 2)} to match the picture, "
                f"got {costs.shape}: make a DynamicCut for each picture, and use graph_cut for more labels"
            )
        costs = with_seeds(costs, checked_seeds(seeds, costs.shape[:2], 2))
        lam = check_smoothness(smoothness)
        theta, links = costs[..., 1] - costs[..., 0], borders(self._weights, lam)
        cut, flow = solved(theta, links, earlier=self._flow, keep=True)
        # Without borders nothing flows: the last flow stays for the next move.
        self._flow = flow or self._flow
        return cut.ones.astype(np.uint8)

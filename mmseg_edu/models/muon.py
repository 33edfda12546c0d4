"""Muon: momentum whose steps are orthogonal matrices, so that a short training uses every direction of a weight."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from mmseg_edu import backend

if TYPE_CHECKING:
    import keras

Array = Any  # a NumPy array or a tensor; the output is of the input's kind

# The quintic that raises every singular value in (0, 1] to near 1 fastest; see the reference of `orthogonal`.
QUINTIC = (3.4445, -4.7750, 2.0315)
# The size of a step's entries (root mean square), close to what Adam's have: one learning rate suits both.
STEP_SIZE = 0.2


def orthogonal(matrix: Array, steps: int = 5) -> Array:
    r"""Set the singular values of a matrix to about 1 and leave its singular vectors: U S V' becomes nearly U V'.

    .. math:: X \leftarrow a X + (b\, X X^\top + c\, (X X^\top)^2) X, \qquad (a, b, c) = (3.4445, -4.7750, 2.0315)

    started at :math:`X = G / \lVert G \rVert_F`. Each step maps every singular value s to a s + b s^3 + c s^5: products
    of matrices do what a decomposition would do at many times the price.

    Parameters
    ----------
    matrix : (n, m), G, finite
    steps : int >= 0

    Returns
    -------
    array (n, m)
        After 5 steps each singular value lies in [0.68, 1.21], but those that were below 0.002 of G's norm, which
        are still on their way. Zeros stay zeros.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks; Björck & Bowie (1971), SIAM Journal
    on Numerical Analysis 8(2), for the cubic kind.

    Examples
    --------
    >>> import numpy as np
    >>> stretched = np.array([[3.0, 0.0], [0.0, 0.1]])
    >>> np.linalg.svd(orthogonal(stretched))[1].round(1)
    array([1.1, 0.7])

    Lesson: 16_learned_fusion
    """
    lib = backend.library_of(matrix)
    values = backend.floats(matrix, lib)
    wide = values.shape[0] <= values.shape[1]  # the smaller of X X' and X' X
    x = values if wide else lib.transpose(values)
    x = x / (lib.sqrt(lib.sum(x * x)) + 1e-7)
    a, b, c = QUINTIC
    for _ in range(steps):
        square = lib.matmul(x, lib.transpose(x))
        x = a * x + lib.matmul(b * square + c * lib.matmul(square, square), x)
    return x if wide else lib.transpose(x)


def muon(rate: Any, *, weight_decay: float = 0.0, momentum: float = 0.95) -> keras.optimizers.Optimizer:
    r"""Optimizer that steps along orthogonalised momentum where a weight is a matrix, and as Adam elsewhere.

    .. math:: M \leftarrow \mu M + G, \qquad
              W \leftarrow W - 0.2\, \eta \sqrt{\max(n, m)}\; \mathrm{orthogonal}(G + \mu M)

    The gradient of a matrix is mostly of a few directions, in which plain momentum and Adam therefore spend their
    steps. An orthogonal step is equally long in all of them, so that rare directions learn too. A convolution's kernel
    (h, w, C, D) counts as the matrix (h w C, D) that it is to each place of the picture; biases and normalisations,
    which are vectors, take Adam's step.

    Parameters
    ----------
    rate : float > 0, or a keras schedule; what suits Adam suits here, since the steps are as long
    weight_decay : float >= 0, taken off the weights in each step, times the learning rate
    momentum : float in [0, 1)

    Returns
    -------
    keras.optimizers.Optimizer

    Raises
    ------
    ValueError
        If momentum is not in [0, 1).

    Notes
    -----
    A network that was saved with this optimizer is read with ``load_model(path, compile=False)``, or after a call of
    this function.

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks. Liu et al. (2025), Muon is scalable
    for LLM training, arXiv 2502.16982, equation 4, for the length of a step.

    Examples
    --------
    >>> model.compile(muon(4e-3), "sparse_categorical_crossentropy")  # doctest: +SKIP

    Lesson: 16_learned_fusion
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be in [0, 1), got {momentum}: use 0.95")
    return _optimizer()(rate, beta_1=momentum, weight_decay=weight_decay or None)


@cache
def _optimizer() -> Any:
    """The class, made once Keras is there to derive it from."""
    keras_ = backend.load()
    ops = keras_.ops

    @keras_.saving.register_keras_serializable(package="mmseg_edu")
    class Muon(keras_.optimizers.Adam):  # type: ignore[name-defined]
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            *inputs, outputs = tuple(variable.shape) or (1,)
            if not inputs:
                super().update_step(gradient, variable, learning_rate)
                return
            gradient = ops.cast(gradient, variable.dtype)
            momentum = self._momentums[self._get_variable_index(variable)]
            self.assign(momentum, self.beta_1 * momentum + gradient)
            ahead = ops.reshape(gradient + self.beta_1 * momentum, (prod(inputs), outputs))
            length = STEP_SIZE * max(prod(inputs), outputs) ** 0.5
            step = ops.cast(learning_rate, variable.dtype) * length * orthogonal(ahead)
            self.assign_sub(variable, ops.reshape(step, variable.shape))

    return Muon

"""Losses: by hand, at their limits, against other definitions, and their gradients wherever training may get to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmseg_edu import backend, metrics
from mmseg_edu.models import cross_entropy, cross_entropy_and_dice, dice_loss
from mmseg_edu.models.losses import ALMOST_NONE, LEAST

LOSSES = (cross_entropy, dice_loss, cross_entropy_and_dice)
K = 4


def soft(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def example(seed=0, scenes=3, size=(5, 6), classes=K):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, (scenes, *size))
    return truth, soft(rng.normal(size=(scenes, *size, classes)) * 3)


def as_tensors(truth, posterior, dtype="float32"):
    ops = backend.load().ops
    return ops.convert_to_tensor(truth), ops.convert_to_tensor(posterior, dtype=dtype)


def array(tensor):
    return backend.load().ops.convert_to_numpy(tensor)


def slow(truth, posterior, ignore=None):
    """Both losses of one scene with loops, from their definitions."""
    places = [place for place in np.ndindex(truth.shape) if truth[place] != ignore]
    entropy = sum(-np.log(posterior[place][truth[place]]) for place in places)
    costs = []
    for k in range(posterior.shape[-1]):
        there = sum(float(truth[place] == k) for place in places)
        said = sum(posterior[place][k] for place in places)
        both = sum(posterior[place][k] for place in places if truth[place] == k)
        if there:
            costs.append(1 - 2 * both / (there + said))
        else:
            costs.append(said / (said + 0.01 * len(places)) if places else 0.0)
    return entropy / max(1, len(places)), sum(costs) / len(costs)


# What they are


def test_by_hand():
    truth, posterior = [[0, 1]], [[[0.5, 0.5], [0.75, 0.25]]]
    assert cross_entropy(truth, posterior) == pytest.approx([np.log(8) / 2])
    # class 0: 2 * 0.5 / (1 + 1.25), class 1: 2 * 0.25 / (1 + 0.75)
    assert dice_loss(truth, posterior) == pytest.approx([1 - (4 / 9 + 2 / 7) / 2])
    both = cross_entropy(truth, posterior) + dice_loss(truth, posterior)
    assert cross_entropy_and_dice(truth, posterior) == pytest.approx(both)


@given(seed=st.integers(0, 10**6), ignore=st.sampled_from([None, 0, 2, 255]))
@settings(max_examples=30, deadline=None)
def test_loops_over_pixels_agree(seed, ignore):
    truth, posterior = example(seed, size=(3, 2))
    if ignore is not None:
        truth[np.random.default_rng(seed).random(truth.shape) < 0.4] = ignore
    expected = np.array([slow(t, p, ignore) for t, p in zip(truth, posterior, strict=True)])
    found = [loss(truth, posterior, ignore=ignore) for loss in (cross_entropy, dice_loss)]
    np.testing.assert_allclose(np.stack(found, axis=-1), expected, rtol=1e-12, atol=1e-14)


def test_dice_of_hard_masks_is_what_the_metric_says_of_the_classes_that_are_there():
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth, mask = rng.integers(0, K, (2, 1, 4, 4)) * (rng.random((2, 1, 4, 4)) < 0.6)
        scores = [
            1 - metrics.dice(truth[0] == k, mask[0] == k)
            if (truth == k).any()
            else (mask == k).mean() / ((mask == k).mean() + ALMOST_NONE)
            for k in range(K)
        ]
        assert dice_loss(truth, np.eye(K)[mask]) == pytest.approx([np.mean(scores)], abs=1e-12)


def test_cross_entropy_is_what_keras_and_the_log_score_say():
    truth, posterior = example()
    keras = backend.load()
    other = array(keras.losses.sparse_categorical_crossentropy(*as_tensors(truth, posterior)))
    np.testing.assert_allclose(cross_entropy(truth, posterior), other.mean(axis=(1, 2)), rtol=1e-5)
    score = metrics.log_score(truth.reshape(-1), posterior.reshape(-1, K))
    assert cross_entropy(truth, posterior).mean() == pytest.approx(score)


@pytest.mark.parametrize("loss", LOSSES)
def test_one_number_a_scene_that_its_neighbours_do_not_change(loss):
    truth, posterior = example()
    together = loss(truth, posterior)
    assert together.shape == (3,)
    assert together.dtype == np.float64
    for i in range(3):
        assert loss(truth[i : i + 1], posterior[i : i + 1]) == pytest.approx(together[i : i + 1])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [(), (7,), (2, 3), (2, 3, 4)])
def test_any_number_of_axes_between_scene_and_class_and_their_order_does_not_matter(loss, size):
    truth, posterior = example(size=size)
    assert loss(truth.reshape(3, -1), posterior.reshape(3, -1, K)) == pytest.approx(loss(truth, posterior))
    if len(size) > 1:
        turned = loss(np.swapaxes(truth, 1, 2), np.swapaxes(posterior, 1, 2))
        assert turned == pytest.approx(loss(truth, posterior))


@pytest.mark.parametrize("loss", LOSSES)
def test_renaming_the_classes_changes_nothing(loss):
    truth, posterior = example()
    order = np.array([2, 0, 3, 1])
    assert loss(np.argsort(order)[truth], posterior[..., order]) == pytest.approx(loss(truth, posterior))


# Empty masks


def test_a_perfect_posterior_costs_nothing_whatever_is_missing_from_the_scene():
    for truth in (np.zeros((2, 3, 3), int), np.full((2, 3, 3), 3), example()[0][:2]):
        for loss in LOSSES:
            found = loss(truth, np.eye(K)[truth])
            np.testing.assert_array_equal(found, 0)
            assert not np.signbit(found).any()


def test_what_a_class_costs_that_is_not_there():
    """m / (m + 0.01) / K: nothing, next to nothing, a half, nearly all."""
    truth = np.zeros((1, 100), int)
    for share, price in ((0.0, 0.0), (1e-5, 1e-3), (0.01, 0.5), (0.99, 0.99)):
        posterior = np.zeros((1, 100, 2))
        posterior[..., 0], posterior[..., 1] = 1 - share, share
        of_the_first = share / (2 - share)
        assert dice_loss(truth, posterior) == pytest.approx([(price + of_the_first) / 2], rel=2e-3, abs=1e-12)


def test_keras_dice_says_of_two_empty_masks_that_all_is_wrong_and_of_a_scene_what_others_are_like():
    """Why it is not used: nothing found where nothing is costs 1, and one scene's pixels pay for another's."""
    keras = backend.load()
    nothing = np.zeros((1, 4, 4, 1), np.float32)
    assert float(keras.losses.Dice()(nothing, nothing)) == pytest.approx(1)
    silent, says_so = np.zeros((1, 4, 4), int), np.eye(2)[np.zeros((1, 4, 4), int)]
    assert dice_loss(silent, says_so) == 0
    small, large = np.zeros((2, 1, 4, 4), int)
    small[0, 0, 0], large[0] = 1, 1
    truth = np.concatenate([small, large])
    posterior = np.eye(2)[np.concatenate([np.zeros_like(small), large])]  # the small one is missed
    pooled = keras.losses.Dice(axis=None)(*as_tensors(np.eye(2, dtype=np.float32)[truth], posterior))
    assert float(pooled) < 0.04
    assert dice_loss(truth, posterior)[0] > 0.5
    assert dice_loss(truth, posterior)[1] == 0


@given(seed=st.integers(0, 10**6), sharp=st.floats(0, 200))
@settings(max_examples=40, deadline=None)
def test_bounds(seed, sharp):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, K, (2, 3, 3)) * rng.integers(0, 2, (2, 3, 3))
    posterior = soft(rng.normal(size=(2, 3, 3, K)) * sharp)
    assert ((dice_loss(truth, posterior) >= -1e-15) & (dice_loss(truth, posterior) <= 1)).all()
    assert ((cross_entropy(truth, posterior) >= 0) & (cross_entropy(truth, posterior) <= 69.08)).all()


def test_the_bounds_are_reached():
    truth = np.zeros((1, 9), int)
    wrong = np.eye(2)[np.ones((1, 9), int)]
    assert cross_entropy(truth, wrong) == pytest.approx([-np.log(LEAST)])
    assert -np.log(LEAST) == pytest.approx(69.08, abs=3e-3)
    assert dice_loss(truth, wrong) == pytest.approx([(1 + 1 / 1.01) / 2])
    assert dice_loss(1 - np.tile([0, 1], (1, 9)), np.eye(2)[np.tile([0, 1], (1, 9))]) == 1


# Pixels that do not count


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("ignore", [255, -1, 1])
def test_ignored_pixels_might_as_well_not_be_there(loss, ignore):
    truth, posterior = example(size=(12,))
    truth = np.where(truth == ignore, 0, truth)
    truth[:, 7:] = ignore
    expected = loss(truth[:, :7], posterior[:, :7])
    assert loss(truth, posterior, ignore=ignore) == pytest.approx(expected)
    stored = truth.astype(np.uint8 if ignore > 0 else np.int8)
    np.testing.assert_allclose(
        array(loss(*as_tensors(stored, posterior), ignore=ignore)), expected, rtol=2e-5
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_a_scene_of_ignored_pixels_costs_nothing(loss):
    truth, posterior = example()
    truth[1] = 255
    np.testing.assert_array_equal(loss(truth, posterior, ignore=255)[1], 0)
    tensors = as_tensors(truth, posterior)
    np.testing.assert_array_equal(array(loss(*tensors, ignore=255))[1], 0)


# Arrays, tensors, short floats


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("labels", [np.uint8, np.int64, np.float32])
def test_tensors_say_what_arrays_say(loss, labels):
    truth, posterior = example()
    found = loss(*as_tensors(truth.astype(labels), posterior))
    assert backend.is_tensor(found)
    assert array(found).dtype == np.float32
    np.testing.assert_allclose(array(found), loss(truth, posterior), rtol=2e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_short_floats_are_added_up_in_long_ones(loss):
    """4,096 numbers of 8 bits add up to rubbish in bfloat16: 256 + 1 is 256."""
    truth, posterior = example(size=(64, 64))
    ops = backend.load().ops
    labels, short = as_tensors(truth, posterior, "bfloat16")
    found = loss(labels, short)
    assert array(found).dtype == np.float32
    read_back = array(ops.cast(short, "float32")).astype(float)
    np.testing.assert_allclose(array(found), loss(truth, read_back), rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_label_that_is_no_class_is_seen_in_a_tensor_too(loss):
    truth, posterior = example()
    truth[1, 0, 0] = 255
    found = array(loss(*as_tensors(truth, posterior)))
    assert np.isnan(found).tolist() == [False, True, False]


# Gradients


def gradient(loss, truth, posterior, ignore=None):
    """Of the sum of the losses with respect to each probability, by whichever library computes."""
    return backend.gradient(lambda says: backend.load().ops.sum(loss(truth, says, ignore=ignore)), posterior)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_finite_differences(loss):
    truth, posterior = example(scenes=2, size=(2, 2))
    truth[0, 0, 0] = 255
    found = gradient(loss, truth, posterior.astype(np.float32), 255)
    step = 1e-6
    for place in np.ndindex(posterior.shape):
        # The label given as an int array and the posterior as float64: only here is one probability moved alone.
        up, down = posterior.copy(), posterior.copy()
        up[place] += step
        down[place] -= step
        slope = (loss(truth, up, ignore=255).sum() - loss(truth, down, ignore=255).sum()) / (2 * step)
        assert found[place] == pytest.approx(slope, rel=2e-3, abs=2e-5)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("case", ["right", "wrong", "silent", "phantom", "ignored"])
def test_gradients_are_finite_at_the_ends(loss, case):
    truth = np.array([[0, 0, 1, 2]])
    says = truth
    if case == "wrong":
        says = np.array([[1, 2, 0, 0]])
    if case in ("silent", "phantom"):
        truth = np.zeros((1, 4), int)
        says = truth if case == "silent" else truth + 1
    if case == "ignored":
        truth = np.full((1, 4), 255)
    found = gradient(loss, truth, np.eye(K, dtype=np.float32)[says], 255)
    assert np.isfinite(found).all()
    if case == "ignored":
        np.testing.assert_array_equal(found, 0)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_softmax_that_is_sure_of_the_wrong_thing_still_learns(loss):
    """Through the softmax the gradient of cross-entropy is p - y, down to probabilities of 1e-30."""
    keras = backend.load()
    scores = np.array([[[0.0, 60.0]], [[0.0, 300.0]]], np.float32)
    truth = np.zeros((2, 1), int)

    def cost(values):
        return keras.ops.sum(loss(truth, keras.ops.softmax(values, axis=-1)))

    found = backend.gradient(cost, scores)
    assert np.isfinite(found).all()
    if loss is not dice_loss:
        np.testing.assert_allclose(found[0], [[-1, 1]], rtol=1e-3)


# What is refused


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("truth", "posterior", "error", "says"),
    [
        (np.zeros((2, 3), int), np.full((2, 4, 2), 0.5), ValueError, r"got \(2, 3\) and \(2, 4, 2\)"),
        (
            np.zeros((2, 3, 1), int),
            np.full((2, 3, 2), 0.5),
            ValueError,
            r"shape \(..., 1\) are truth\[..., 0\]",
        ),
        (np.zeros((), int), np.full((2,), 0.5), ValueError, r"one scene alone is truth\[None\]"),
        (np.zeros((2, 0), int), np.zeros((2, 0, 2)), ValueError, "truth must have the posterior's shape"),
        (
            np.full((2, 3), 255),
            np.full((2, 3, 2), 0.5),
            ValueError,
            r"0 .. 1, got 255: give the label of pixels",
        ),
        (np.full((2, 3), -1), np.full((2, 3, 2), 0.5), ValueError, r"0 .. 1, got -1"),
        (
            np.zeros((2, 3)),
            np.full((2, 3, 2), 0.5),
            TypeError,
            "class indices, integers or booleans, got float64",
        ),
        (np.zeros((2, 3), int), np.full((2, 3, 2), 3.0), ValueError, "apply|softmax"),
        (np.zeros((2, 3), int), np.full((2, 3, 2), np.nan), ValueError, "probabilities must lie in"),
    ],
)
def test_what_is_no_truth_or_no_posterior_is_refused(loss, truth, posterior, error, says):
    with pytest.raises(error, match=says):
        loss(truth, posterior)


@pytest.mark.parametrize("loss", LOSSES)
def test_shapes_are_refused_for_tensors_too(loss):
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(2, 4, 2\)"):
        loss(*as_tensors(np.zeros((2, 3), int), np.full((2, 4, 2), 0.5)))

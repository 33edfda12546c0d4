"""Answers to the exercises of lesson 15: wrong ones with the words of the hint that each must get, and right ones."""

import numpy as np
from scipy import optimize

from mmseg_edu import backend, models


def _count(side, classes, *, pad=0, up=False, biases=True):
    total, given = 0, 3
    for made in (32, 64, 128):
        total += 9 * given * made + made * biases
        side = side - 2 + pad
        side = -(-side // 2) if up else side // 2
        given = made
    flat = side * side * 128
    for n, m in ((128, 64), (64, 32), (flat + 32, 128), (128, 64), (64, classes)):
        total += n * m + m * biases
    return total


def in_a_loop(side, classes):
    return _count(side, classes)


def written_out(side, classes):
    left = (((side - 2) // 2 - 2) // 2 - 2) // 2
    convolutions = 28 * 32 + 289 * 64 + 577 * 128
    return np.int64(convolutions + 129 * 64 + 65 * 32 + (128 * left**2 + 33) * 128 + 129 * 64 + 65 * classes)


def from_shapes(side, classes):
    shapes = [(3, 3, 3, 32), (3, 3, 32, 64), (3, 3, 64, 128), (128, 64), (64, 32)]
    for _ in range(3):
        side = int((side - 2) / 2)
    shapes += [(side * side * 128 + 32, 128), (128, 64), (64, classes)]
    return float(sum(np.prod(shape) + shape[-1] for shape in shapes))


def no_biases(side, classes):
    return _count(side, classes, biases=False)


def padded(side, classes):
    return _count(side, classes, pad=2)


def rounded_up(side, classes):
    return _count(side, classes, up=True)


def as_printed(side, classes):
    return 27_237 + 65 * (classes - 5)


def no_pooling(side, classes):
    left = side - 6
    return _count(22, classes) + (left * left - 1) * 128 * 128


def without_channels(side, classes):
    left = (((side - 2) // 2 - 2) // 2 - 2) // 2
    return _count(22, classes) + (left * left - 128) * 128


def one_row(side, classes):
    left = (((side - 2) // 2 - 2) // 2 - 2) // 2
    return _count(22, classes) + (left - 1) * 128 * 128


def mean_for_flatten(side, classes):
    return _count(22, classes)


def picture_alone(side, classes):
    return _count(side, classes) - 32 * 128


def no_sound_layers(side, classes):
    return _count(side, classes) - 129 * 64 - 65 * 32


def no_deciding_layers(side, classes):
    return 28 * 32 + 289 * 64 + 577 * 128 + 129 * 64 + 65 * 32


def three_for_nine(side, classes):
    return _count(side, classes) - 6 * (3 * 32 + 32 * 64 + 64 * 128)


def one_map_a_kernel(side, classes):
    return _count(side, classes) - 9 * (3 * 32 + 32 * 64 + 64 * 128) + 9 * (32 + 64 + 128)


def always_five(side, classes):
    return _count(side, 5)


def always_224(side, classes):
    return 11_191_973


def layer_by_layer(side, classes):
    return [896, 18_496, 73_856, 8_256, 2_080, 20_608, 8_256, 325]


def _with_sides(side, classes, halve, times=3):
    for _ in range(times):
        side = halve(side)
    return _count(22, classes) + (side * side - 1) * 128 * 128


def rounded_to_even(side, classes):
    return _with_sides(side, classes, lambda n: round((n - 2) / 2))


def half_rows(side, classes):
    return _with_sides(side, classes, lambda n: (n - 2) / 2)


def pooled_first(side, classes):
    return _with_sides(side, classes, lambda n: n // 2 - 2)


def three_pixels_lost(side, classes):
    return _with_sides(side, classes, lambda n: (n - 3) // 2)


def pooled_twice(side, classes):
    return _with_sides((((side - 2) // 2 - 2) // 2), classes, lambda n: n - 2, 1)


def no_biases_of_dense(side, classes):
    return _count(side, classes) - (64 + 32 + 128 + 64 + classes)


def no_biases_of_windows(side, classes):
    return _count(side, classes) - (32 + 64 + 128)


def no_bias_at_the_end(side, classes):
    return _count(side, classes) - classes


def joined_too_early(side, classes):
    return _count(side, classes) + 32 * 128


def joined_the_vector_itself(side, classes):
    return _count(side, classes) + 96 * 128


def three_colours_everywhere(side, classes):
    return _count(side, classes) - 9 * (29 * 64 + 61 * 128)


def counted_by_the_package(side, classes):
    return models.article_network(side, classes=classes, repaired=True).count_params()


def the_printed_numbers(side, classes):
    return {32: 181_925, 224: 11_191_973}.get(side, 181_925)


def one_too_many(side, classes):
    return _count(side, classes) + 1


def in_words(side, classes):
    return f"{_count(side, classes)} weights"


def not_a_number(side, classes):
    return float("nan")


def each_in_turn(loss, x):
    slopes = []
    for i in range(x.size):
        move = np.zeros(x.size)
        move[i] = 1e-5
        move = move.reshape(x.shape)
        slopes.append((loss(x + move) - loss(x - move)) / 2e-5)
    return np.array(slopes).reshape(x.shape)


def with_ndindex(loss, x):
    x, found = np.array(x, float), np.zeros(np.shape(x))
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + 1e-4
        up = loss(x)
        x[index] = kept - 1e-4
        found[index] = (up - loss(x)) / 2e-4
        x[index] = kept
    return found.tolist()


def by_scipy(loss, x):
    flat = np.asarray(x, float)
    return optimize.approx_fprime(flat.ravel(), lambda v: loss(v.reshape(flat.shape)), 1e-8).reshape(
        flat.shape
    )


def four_points(loss, x):
    found = np.zeros(x.shape)
    for move in np.eye(x.size).reshape(-1, *x.shape) * 1e-3:
        near, far = loss(x + move) - loss(x - move), loss(x + 2 * move) - loss(x - 2 * move)
        found += (8 * near - far) / 12e-3 * (move != 0)
    return found


def _by_steps(loss, x, step, kind=float):
    point = np.array(x, kind)
    found = np.zeros(point.shape, kind)
    for index in np.ndindex(*point.shape):
        up, down = point.copy(), point.copy()
        up[index] += step
        down[index] -= step
        found[index] = (loss(up) - loss(down)) / (2 * step)
    return found


def in_float32_at_the_end(loss, x):
    return _by_steps(loss, x, 1e-6).astype(np.float32)


def from_above_finely(loss, x):
    return _one_sided(loss, x, 1e-7)


def in_float32(loss, x):
    return _by_steps(loss, x, 1e-4, np.float32)


def a_step_of_a_trillionth(loss, x):
    return _by_steps(loss, x, 1e-12)


def a_step_below_the_last_digit(loss, x):
    return _by_steps(loss, x, 1e-20)


def from_below_coarsely(loss, x):
    return _one_sided(loss, x, -0.1)


def a_twentieth_both_ways(loss, x):
    return _by_steps(loss, x, 0.05)


def a_row_at_a_time(loss, x):
    found = np.zeros(np.shape(x))
    for i in range(len(x)):
        up, down = np.array(x, float), np.array(x, float)
        up[i] += 1e-5
        down[i] -= 1e-5
        found[i] = (loss(up) - loss(down)) / 2e-5
    return found


def never_moved_back(loss, x):
    moved, before, found = np.array(x, float), loss(x), np.zeros(np.shape(x))
    for index in np.ndindex(*moved.shape):
        moved[index] += 1e-6
        found[index] = (loss(moved) - before) / 1e-6
    return found


def differences_of_neighbours(loss, x):
    return np.gradient(np.asarray(x, float).ravel()).reshape(np.shape(x))


def slopes_in_whole_numbers(loss, x):
    found = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        found[index] = _by_steps(loss, x, 1e-5)[index]
    return found


def rounded_to_a_tenth(loss, x):
    return _by_steps(loss, x, 1e-5).round(1)


def turned(loss, x):
    return _by_steps(loss, x, 1e-5).T


def one_distance(loss, x):
    return 2 * each_in_turn(loss, x)


def twice_the_distance(loss, x):
    return each_in_turn(loss, x) / 2


def down_minus_up(loss, x):
    return -each_in_turn(loss, x)


def without_sign(loss, x):
    return np.abs(each_in_turn(loss, x))


def all_at_once(loss, x):
    return (loss(x + 1e-5) - loss(x - 1e-5)) / 2e-5


def all_at_once_spread(loss, x):
    return np.full(x.shape, all_at_once(loss, x))


def step_of_one(loss, x):
    return _one_sided(loss, x, 1.0)


def step_of_a_tenth(loss, x):
    return _one_sided(loss, x, 0.1)


def step_of_a_hundredth(loss, x):
    return _one_sided(loss, x, 0.01)


def _one_sided(loss, x, step):
    found = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        moved = np.array(x, float)
        moved[index] += step
        found[index] = (loss(moved) - loss(x)) / step
    return found


def wide_both_ways(loss, x):
    found = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        move = np.zeros(x.shape)
        move[index] = 0.5
        found[index] = loss(x + move) - loss(x - move)
    return found


def not_divided(loss, x):
    return 2e-5 * each_in_turn(loss, x)


def flattened(loss, x):
    return each_in_turn(loss, x).ravel()


def moved_in_place(loss, x):
    found = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        before = loss(x)
        x[index] += 1e-6
        found[index] = (loss(x) - before) / 1e-6
    return found


def in_its_own_type(loss, x):
    found = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += x.dtype.type(1e-5)
        down[index] -= x.dtype.type(1e-5)
        found[index] = (loss(up) - loss(down)) / 2e-5
    return found


def the_packages(loss, x):
    return backend.gradient(loss, x)


def slope_of_squares(loss, x):
    return 2.0 * x


def nothing_moves(loss, x):
    return np.zeros(x.shape)


def step_grows(loss, x):
    return each_in_turn(loss, x) * x


def by_noise(network, inputs):
    rng, before, found = np.random.default_rng(0), network(inputs), []
    for i in range(3):
        same = True
        for _ in range(20):
            changed = [each.copy() for each in inputs]
            changed[i] = 3 * rng.normal(size=inputs[i].shape)
            same = same and np.array_equal(network(changed), before)
        if same:
            found.append(i)
    return found


def by_other_scenes_and_noise(network, inputs):
    def changes(i):
        for shift in range(1, 6):
            given = list(inputs)
            given[i] = np.roll(inputs[i], shift, axis=0) * 7.3 + 0.9 * shift * np.sin(
                np.arange(inputs[i].size)
            ).reshape(inputs[i].shape)
            if (network(given) != network(inputs)).any():
                return True
        return False

    return {i for i in range(3) if not changes(i)}


def one_long_batch(network, inputs):
    rng, found = np.random.default_rng(3), []
    many = [np.repeat(each, 50, axis=0) for each in inputs]
    for i, each in enumerate(many):
        given = [*many[:i], rng.uniform(-4, 4, each.shape), *many[i + 1 :]]
        if np.all(network(given) == network(many)):
            found.append(float(i))
    return np.array(found)


def by_another_scene(network, inputs):
    return tuple(_unmoved(network, inputs, lambda x: np.roll(x, 1, axis=0)))


def by_what_is_not_a_number(network, inputs):
    return np.flatnonzero([i in _unmoved(network, inputs, lambda x: x * np.nan) for i in range(3)])


def louder(network, inputs):
    return _unmoved(network, inputs, lambda x: 2 * x)


def one_scene_moved(network, inputs):
    return _unmoved(network, inputs, lambda x: np.concatenate([x[:1] + 1, x[1:]]))


def by_the_means(network, inputs):
    return [
        i
        for i in range(3)
        if np.allclose(
            network(inputs).sum(axis=1), network([*inputs[:i], inputs[i][::-1], *inputs[i + 1 :]]).sum(axis=1)
        )
    ]


def emptied_on_the_way(network, inputs):
    before, found = network(inputs), []
    for i in range(3):
        changed = list(inputs)
        changed[i] *= 0
        if np.array_equal(network(changed), before):
            found.append(i)
    return found


def counted_from_one(network, inputs):
    return [i + 1 for i in by_noise(network, inputs)]


def counted_from_the_end(network, inputs):
    return [i - 3 for i in by_noise(network, inputs)]


def between_two_inputs(network, inputs):
    return [i + 0.5 for i in by_noise(network, inputs)]


def not_numbers(network, inputs):
    return [float("nan") for _ in by_noise(network, inputs)]


def each_twice(network, inputs):
    return 2 * by_noise(network, inputs)


def by_name(network, inputs):
    return [("picture", "sound", "third")[i] for i in by_noise(network, inputs)]


def without_scenes(network, inputs):
    return network([each[0] for each in inputs])


def how_many(network, inputs):
    return len(by_noise(network, inputs))


def brighter(network, inputs):
    return _unmoved(network, inputs, lambda x: x + 1)


def in_other_places(network, inputs):
    rng = np.random.default_rng(0)
    return _unmoved(network, inputs, lambda x: rng.permuted(x.reshape(len(x), -1), axis=1).reshape(x.shape))


def turned_round(network, inputs):
    return _unmoved(network, inputs, lambda x: -x)


def upper_left_only(network, inputs):
    def change(x):
        x = x.copy()
        x.reshape(len(x), -1)[:, 0] += 5
        return x

    return _unmoved(network, inputs, change)


def by_a_small_step(network, inputs):
    return _unmoved(network, inputs, lambda x: x + 1e-4 * np.sin(np.arange(x.size)).reshape(x.shape))


def nearly_the_same(network, inputs):
    found = []
    for i in range(3):
        given = list(inputs)
        given[i] = 3 * np.random.default_rng(i).normal(size=inputs[i].shape)
        if np.allclose(network(given), network(inputs), atol=1e-2):
            found.append(i)
    return found


def _unmoved(network, inputs, change):
    found = []
    for i in range(3):
        given = list(inputs)
        given[i] = change(inputs[i])
        if np.array_equal(network(given), network(inputs)):
            found.append(i)
    return found


def those_that_count(network, inputs):
    return sorted({0, 1, 2} - set(by_noise(network, inputs)))


def truth_values(network, inputs):
    return [i in by_noise(network, inputs) for i in range(3)]


def left_out(network, inputs):
    before = network(inputs)
    return [i for i in range(3) if np.array_equal(network(inputs[:i] + inputs[i + 1 :]), before)]


def always_the_picture(network, inputs):
    return [0]


def in_place(network, inputs):
    before, found = network(inputs), []
    for i in range(3):
        kept = inputs[i].copy()
        inputs[i][:] = 3 * np.random.default_rng(i).normal(size=kept.shape)
        if np.array_equal(network(inputs), before):
            found.append(i)
        inputs[i][:] = kept
    inputs[2] += 1
    return found


def only_the_first(network, inputs):
    return by_noise(network, inputs)[:1]


def the_class_alone(network, inputs):
    def says(given):
        return network(given).argmax(axis=-1)

    return by_noise(says, inputs)


WRONG = {
    "1": [
        (no_biases, "biases are missing"),
        (padded, "As if the convolutions were padded"),
        (rounded_up, "rounded up"),
        (as_printed, "network as printed"),
        (no_pooling, "Where is the pooling"),
        (without_channels, "128 numbers"),
        (one_row, "rows AND columns"),
        (mean_for_flatten, "As if the mean"),
        (picture_alone, "reads the sound as well"),
        (no_sound_layers, "two dense layers of the sound are missing"),
        (no_deciding_layers, "dense layers that decide are missing"),
        (three_for_nine, "nine weights a channel"),
        (one_map_a_kernel, "lies on ALL maps"),
        (always_five, "number of classes"),
        (always_224, "How many numbers does Flatten hand on"),
        (layer_by_layer, "Return one number"),
        (rounded_to_even, "round goes to the even number"),
        (half_rows, "half a row"),
        (pooled_first, "Pooling came before"),
        (three_pixels_lost, "fits n - 2 times"),
        (pooled_twice, "third convolution is followed by pooling"),
        (no_biases_of_dense, "biases of the dense layers"),
        (no_biases_of_windows, "biases of the convolutions"),
        (no_bias_at_the_end, "last layer has a bias"),
        (joined_too_early, "LAST layer"),
        (joined_the_vector_itself, "LAST layer"),
        (three_colours_everywhere, "Only the first convolution"),
        (counted_by_the_package, "code of your own"),
        (the_printed_numbers, "expected 132773, got 181925 A kernel"),
        (one_too_many, "expected 132773, got 132774 A kernel"),
        (in_words, "expected an array of numbers"),
        (not_a_number, "got nan"),
    ],
    "2": [
        (one_distance, "Twice the slope"),
        (twice_the_distance, "Half the slope"),
        (down_minus_up, "sign is turned"),
        (without_sign, "sign is gone"),
        (all_at_once, "One slope for each entry"),
        (all_at_once_spread, "moved at once"),
        (step_of_one, "one side only"),
        (step_of_a_tenth, "one side only"),
        (step_of_a_hundredth, "one side only"),
        (wide_both_ways, "so large that the curve bends"),
        (not_divided, "divided by the distance?"),
        (flattened, "got an array of shape (12,)"),
        (moved_in_place, "x itself was changed"),
        (in_its_own_type, "forgets a small step"),
        (the_packages, "code of your own"),
        (slope_of_squares, "loss was never called"),
        (nothing_moves, "loss was never called"),
        (step_grows, "step grew with the entry"),
        (in_float32, "float32 keeps seven digits"),
        (a_step_of_a_trillionth, "rounding drowns"),
        (a_step_below_the_last_digit, "Does the step change x at all"),
        (from_below_coarsely, "one side only"),
        (a_twentieth_both_ways, "so large that the curve bends"),
        (a_row_at_a_time, "Each row was moved"),
        (never_moved_back, "sums of the slopes so far"),
        (differences_of_neighbours, "loss was never called"),
        (slopes_in_whole_numbers, "Take floats for both"),
        (rounded_to_a_tenth, "Move one entry up a little"),
        (turned, "got an array of shape (4, 3)"),
    ],
    "3": [
        (brighter, "not a brighter one"),
        (in_other_places, "in other places are not noticed"),
        (turned_round, "Turned round"),
        (upper_left_only, "not a few pixels of it"),
        (by_a_small_step, "rounded away"),
        (nearly_the_same, "not one bit"),
        (those_that_count, "that it USES"),
        (truth_values, "not a truth value"),
        (left_out, "a list of ALL three arrays"),
        (always_the_picture, "never asked"),
        (in_place, "Give the network changed copies"),
        (only_the_first, "Two inputs can be replaced"),
        (the_class_alone, "hardly weighs input 2"),
        (louder, "not a louder one"),
        (one_scene_moved, "not a brighter one"),
        (by_the_means, "Which input can be replaced"),
        (emptied_on_the_way, "list(inputs) copies the list"),
        (counted_from_one, "Counted from 1"),
        (counted_from_the_end, "no numbers of inputs"),
        (between_two_inputs, "no numbers of inputs"),
        (not_numbers, "no numbers of inputs"),
        (each_twice, "Name each input once"),
        (by_name, "expected an array of numbers"),
        (without_scenes, "a list of ALL three arrays"),
        (how_many, "expected [0], got 1"),
    ],
}
RIGHT = {
    "1": [in_a_loop, written_out, from_shapes],
    "2": [each_in_turn, with_ndindex, by_scipy, four_points, in_float32_at_the_end, from_above_finely],
    "3": [by_noise, by_other_scenes_and_noise, one_long_batch, by_another_scene, by_what_is_not_a_number],
}

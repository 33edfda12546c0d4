"""Answers that learners give in lesson 02: each wrong one with words of the hint that it must get."""

import numpy as np

from mmseg_edu.preprocess import sound as room

# 02.1


def nearest_multiple(frequencies, rate):
    return np.abs(frequencies - rate * np.round(frequencies / rate))


def zigzag(frequencies, rate):
    rest = np.mod(frequencies, rate)
    return np.minimum(rest, rate - rest)


def one_by_one(frequencies, rate):
    heard = []
    for f in frequencies:
        while f > rate / 2:
            f = abs(f - rate)
        heard.append(float(f))
    return heard


def in_single_precision(frequencies, rate):
    f = np.asarray(frequencies, np.float32)
    return np.abs(f - np.float32(rate) * np.rint(f / np.float32(rate)))


def by_listening(frequencies, rate):
    """Sample four seconds of each tone and find the largest bin, to a quarter of a hertz."""
    n = np.arange(4 * int(rate))
    return [
        np.abs(np.fft.rfft(np.cos(2 * np.pi * f * n / rate))).argmax() * rate / len(n) for f in frequencies
    ]


def remainder(frequencies, rate):
    return frequencies % rate


def capped(frequencies, rate):
    return np.minimum(frequencies, rate / 2)


def unchanged(frequencies, rate):
    return 1.0 * frequencies


def beyond_half(frequencies, rate):
    return np.where(frequencies <= rate / 2, frequencies, frequencies - rate / 2)


def remainder_of_half(frequencies, rate):
    return frequencies % (rate / 2)


def gone(frequencies, rate):
    return np.where(frequencies <= rate / 2, frequencies, 0)


def rate_minus(frequencies, rate):
    return np.where(frequencies <= rate / 2, frequencies, rate - frequencies)


def rate_alone(frequencies, rate):
    return np.where(frequencies <= rate / 2, frequencies, abs(frequencies - rate))


def with_its_sign(frequencies, rate):
    return frequencies - rate * np.round(frequencies / rate)


def multiples_of_half(frequencies, rate):
    half = rate / 2
    return np.abs(frequencies - half * np.round(frequencies / half))


def carries_the_whole_rate(frequencies, rate):
    return np.where(frequencies <= rate, frequencies, nearest_multiple(frequencies, rate))


def for_4000_only(frequencies, rate):
    return nearest_multiple(frequencies, 4000.0)


def cut_to_whole_numbers(frequencies, rate):
    return nearest_multiple(frequencies, rate).astype(int)


def in_kilohertz(frequencies, rate):
    return nearest_multiple(frequencies, rate) / 1000


def first_tone_alone(frequencies, rate):
    return nearest_multiple(frequencies[0], rate)


def into_its_input(frequencies, rate):
    frequencies -= rate * np.round(frequencies / rate)
    return np.abs(frequencies)


# 02.2


def level(wave):
    return np.sqrt(np.mean(wave**2))


def as_asked(sound, noise, snr_db):
    return sound + level(sound) / level(noise) * 10 ** (-snr_db / 20) * noise


def by_powers(sound, noise, snr_db):
    wanted = np.dot(sound, sound) / 10 ** (snr_db / 10)
    return sound + np.sqrt(wanted / np.dot(noise, noise)) * noise


def with_loops(sound, noise, snr_db):
    power_x = sum(float(s) ** 2 for s in sound) / len(sound)
    power_v = sum(float(s) ** 2 for s in noise) / len(noise)
    gain = (power_x / power_v / 10 ** (snr_db / 10)) ** 0.5
    return [float(s) + gain * float(v) for s, v in zip(sound, noise, strict=True)]


def with_norms(sound, noise, snr_db):
    x, v = np.asarray(sound, np.float32), np.asarray(noise, np.float32)
    return x + v * np.float32(np.linalg.norm(x) / np.linalg.norm(v) * 10 ** (-snr_db / 20))


def powers_for_amplitudes(sound, noise, snr_db):
    return sound + level(sound) / level(noise) * 10 ** (-snr_db / 10) * noise


def as_loud_as_it_came(sound, noise, snr_db):
    return sound + 10 ** (-snr_db / 20) * noise


def below_full_scale(sound, noise, snr_db):
    return sound + noise / level(noise) * 10 ** (-snr_db / 20)


def noise_level_forgotten(sound, noise, snr_db):
    return sound + level(sound) * 10 ** (-snr_db / 20) * noise


def upside_down(sound, noise, snr_db):
    return sound + level(sound) / level(noise) * 10 ** (snr_db / 20) * noise


def levels_upside_down(sound, noise, snr_db):
    return sound + level(noise) / level(sound) * 10 ** (-snr_db / 20) * noise


def by_peaks(sound, noise, snr_db):
    return sound + abs(sound).max() / abs(noise).max() * 10 ** (-snr_db / 20) * noise


def by_absolute_values(sound, noise, snr_db):
    return sound + abs(sound).mean() / abs(noise).mean() * 10 ** (-snr_db / 20) * noise


def by_deviation(sound, noise, snr_db):
    return sound + np.std(sound) / np.std(noise) * 10 ** (-snr_db / 20) * noise


def root_forgotten(sound, noise, snr_db):
    return sound + np.mean(sound**2) / np.mean(noise**2) * 10 ** (-snr_db / 20) * noise


def powers_throughout(sound, noise, snr_db):
    return sound + np.mean(sound**2) / np.mean(noise**2) / 10 ** (snr_db / 10) * noise


def mean_of_both(sound, noise, snr_db):
    return as_asked(sound, noise, snr_db) / 2


def equally_loud(sound, noise, snr_db):
    return sound + level(sound) / level(noise) * noise


def sound_scaled(sound, noise, snr_db):
    return level(noise) / level(sound) * 10 ** (snr_db / 20) * sound + noise


def powers_of_e(sound, noise, snr_db):
    return sound + level(sound) / level(noise) * np.exp(-snr_db / 20) * noise


def cut_off(sound, noise, snr_db):
    return np.clip(as_asked(sound, noise, snr_db), -1, 1)


def scaled_to_its_peak(sound, noise, snr_db):
    mixed = as_asked(sound, noise, snr_db)
    return mixed / abs(mixed).max()


def turned_down(sound, noise, snr_db):
    mixed = as_asked(sound, noise, snr_db)
    return mixed / max(1, abs(mixed).max())


def noise_alone(sound, noise, snr_db):
    return level(sound) / level(noise) * 10 ** (-snr_db / 20) * noise


def handed_on(sound, noise, snr_db):
    return room.mix(sound, noise, snr_db)


def noise_in_place(sound, noise, snr_db):
    noise *= level(sound) / level(noise) * 10 ** (-snr_db / 20)
    return sound + noise


def gain_alone(sound, noise, snr_db):
    return level(sound) / level(noise) * 10 ** (-snr_db / 20)


def simply_added(sound, noise, snr_db):
    return sound + noise


# 02.3


def laid(frames, hop):
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t, frame in enumerate(frames):
        total[t * hop : t * hop + len(frame)] += frame
    return total


def sample_by_sample(frames, hop):
    count = (len(frames) - 1) * hop + len(frames[0])
    total = [0.0] * count
    for t, frame in enumerate(frames):
        for n, value in enumerate(frame):
            total[t * hop + n] += float(value)
    return total


def by_counting(frames, hop):
    at = np.arange(len(frames))[:, None] * hop + np.arange(frames.shape[1])
    return np.bincount(at.ravel(), weights=frames.ravel())


def by_adding_at(frames, hop):
    at = np.arange(len(frames))[:, None] * hop + np.arange(frames.shape[1])
    total = np.zeros(at.max() + 1, np.float32)
    np.add.at(total, at, frames)
    return total


def written_over(frames, hop):
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t, frame in enumerate(frames):
        total[t * hop : t * hop + len(frame)] = frame
    return total


def first_stays(frames, hop):
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t in reversed(range(len(frames))):
        total[t * hop : t * hop + frames.shape[1]] = frames[t]
    return total


def averaged(frames, hop):
    return laid(frames, hop) / np.maximum(laid(np.ones_like(frames), hop), 1)


def end_to_end(frames, hop):
    return np.concatenate(list(frames))


def half_a_frame(frames, hop):
    return laid(frames, frames.shape[1] // 2)


def only_the_hops(frames, hop):
    return frames[:, :hop].ravel()


def last_forgotten(frames, hop):
    return laid(frames[:-1], hop)


def first_forgotten(frames, hop):
    return laid(frames[1:], hop)


def backwards(frames, hop):
    return laid(frames[::-1], hop)


def columns(frames, hop):
    return laid(frames.T, hop)


def a_hop_too_long(frames, hop):
    total = np.zeros(len(frames) * hop + frames.shape[1])
    total[: -hop or None] = laid(frames, hop)
    return total


def end_cut_off(frames, hop):
    total = np.zeros(len(frames) * hop)
    for t, frame in enumerate(frames):
        total[t * hop : t * hop + len(frame)] += frame[: len(total) - t * hop]
    return total


def index_that_wins_once(frames, hop):
    at = np.arange(len(frames))[:, None] * hop + np.arange(frames.shape[1])
    total = np.zeros(at.max() + 1)
    total[at] += frames
    return total


def in_the_first_frame(frames, hop):
    frames[0] += 0.5
    return laid(frames, hop) - np.pad(np.full(frames.shape[1], 0.5), (0, (len(frames) - 1) * hop))


def whole_numbers(frames, hop):
    return laid(frames, hop).astype(int)


def loop_too_short(frames, hop):
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t in range(len(frames) - 1):
        total[t * hop : t * hop + frames.shape[1]] += frames[t]
    return total


def loop_too_late(frames, hop):
    total = np.zeros((len(frames) - 1) * hop + frames.shape[1])
    for t in range(1, len(frames)):
        total[t * hop : t * hop + frames.shape[1]] += frames[t]
    return total


def windowed_again(frames, hop):
    return laid(frames * room.hann(frames.shape[1]), hop)


def windowed_by_hanning(frames, hop):
    return laid(frames * np.hanning(frames.shape[1]), hop)


def hop_for_overlap(frames, hop):
    return laid(frames, frames.shape[1] - hop)


def scaled_by_the_hop(frames, hop):
    return laid(frames, hop) * hop / frames.shape[1]


def divided_by_their_number(frames, hop):
    padded = [np.pad(f, (t * hop, (len(frames) - 1 - t) * hop)) for t, f in enumerate(frames)]
    return np.mean(padded, axis=0)


def in_a_column(frames, hop):
    return laid(frames, hop)[:, None]


WRONG = {
    "1": [
        (remainder, "folds back once more"),
        (capped, "not pushed down to half the rate"),
        (unchanged, "Nothing has happened"),
        (beyond_half, "It folds back: 3000 at 4000 is 1000 below the rate"),
        (remainder_of_half, "Every second zone runs backwards"),
        (gone, "does not vanish"),
        (rate_minus, "negative beyond"),
        (rate_alone, "Only the rate itself was tried"),
        (with_its_sign, "The sign is left over"),
        (multiples_of_half, "not of half the rate"),
        (carries_the_whole_rate, "A rate of 4000 carries tones up to 2000"),
        (for_4000_only, "The rate is given: use it"),
        (cut_to_whole_numbers, "came out as whole numbers"),
        (in_kilohertz, "These are kilohertz"),
        (first_tone_alone, "One frequency for each that is asked for"),
        (into_its_input, "Which line writes into it"),
    ],
    "2": [
        (powers_for_amplitudes, "a ratio of powers"),
        (as_loud_as_it_came, "as loud as it happened to be"),
        (below_full_scale, "measured against full scale"),
        (noise_level_forgotten, "The noise's own level is missing"),
        (upside_down, "the larger the SNR, the softer the noise"),
        (levels_upside_down, "The ratio of the levels is upside down"),
        (by_peaks, "ratios of the peaks"),
        (by_absolute_values, "mean of the absolute values"),
        (by_deviation, "np.std takes the mean away first"),
        (root_forgotten, "Is a root missing?"),
        (sound_scaled, "the sound was scaled"),
        (powers_of_e, "not of e"),
        (cut_off, "cut off at full scale"),
        (scaled_to_its_peak, "scaled to its peak"),
        (turned_down, "turned down, as the package does"),
        (noise_alone, "Add the sound"),
        (handed_on, "code of your own"),
        (noise_in_place, "Which line writes into it"),
        (gain_alone, "One sample for each sample of the sound"),
        (simply_added, "added as they came"),
        (powers_throughout, "change by the root of that"),
        (mean_of_both, "do not halve"),
        (equally_loud, "whatever was asked"),
    ],
    "3": [
        (written_over, "wrote over the one before"),
        (first_stays, "What was there first stayed"),
        (averaged, "the mean of the frames that overlap"),
        (end_to_end, "starts after hop samples, not after its length"),
        (half_a_frame, "taken to be half a frame"),
        (only_the_hops, "so nothing overlaps"),
        (last_forgotten, "The last frame is missing"),
        (first_forgotten, "The first frame is missing"),
        (backwards, "in reverse order"),
        (columns, "Rows and columns are exchanged"),
        (a_hop_too_long, "a hop too much at the end"),
        (end_cut_off, "The end is cut off"),
        (index_that_wins_once, "wrote over the one before"),
        (in_the_first_frame, "Which line writes into it"),
        (whole_numbers, "The fractions are gone"),
        (loop_too_short, "Does the loop stop one too soon?"),
        (loop_too_late, "Does the loop start one too late?"),
        (windowed_again, "faded them already"),
        (windowed_by_hanning, "faded them already"),
        (hop_for_overlap, "hop was taken for the overlap"),
        (scaled_by_the_hop, "scaled by hop / L"),
        (divided_by_their_number, "divided by the number of frames"),
        (in_a_column, "stands in a column"),
    ],
}

RIGHT = {
    "1": [nearest_multiple, zigzag, one_by_one, in_single_precision, by_listening],
    "2": [as_asked, by_powers, with_loops, with_norms],
    "3": [laid, sample_by_sample, by_counting, by_adding_at],
}

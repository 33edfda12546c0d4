"""A formula has one home: no twins in two rooms, no detour round a home, and one way from a file to a mask."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from test_imports import LEVELS, PACKAGE, modules, room

from mmseg_edu import experts, fusion, metrics, segment
from mmseg_edu.clip import read_video, write_video
from mmseg_edu.features import sound_vector
from mmseg_edu.scenes import CLASSES, make_clip

# What does the work of a formula that has a home here, and the one file that may call it ("": none).
HOMES = {
    "resample_poly": "preprocess/sound/resampling.py",
    "AudioResampler": "",
    "upfirdn": "",
    "sliding_window_view": "preprocess/sound/frames.py",
    "as_strided": "",
    "melspectrogram": "",
    "ShortTimeFFT": "",
    "librosa.stft": "",
    "scipy.signal.stft": "",
    "signal.stft": "",
    "sosfiltfilt": "preprocess/sound/filters.py",
    "savgol_filter": "features/mfcc.py",
    "find_boundaries": "show/colors.py",
    "quantize": "show/png.py",
    "TextToPath": "show/lettering.py",
    "getlength": "",
    "textlength": "",
    "os.replace": "whole_file.py",
    "mkstemp": "",
    "NamedTemporaryFile": "",
    "ProcessPoolExecutor": "",
    "multiprocessing": "",
}
# Two functions are twins when so much of their words is the same, in the same order; less is enough for
# private functions of one name. Short ones are alike by chance.
ALIKE, ALIKE_OF_ONE_NAME, SHORTEST = 0.75, 0.6, 22
# Exercises work a formula out anew, wrongly on purpose or to check an answer against something independent.
MAY_REPEAT = ("exercises",)

# Twins that may stay, each with its reason.
KNOWN = {
    "fusion/fit.py:_log_score and metrics/calibration.py:log_score": (
        "the fit compares hundreds of alphas on opinions that need not sum to 1, which the public score refuses"
    ),
}


class Function(NamedTuple):
    room: str
    place: str
    name: str
    words: list[str]


class _Anonymous(ast.NodeTransformer):
    """Forget how arguments and local variables are called."""

    def __init__(self, local: set[str]) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name("v", node.ctx) if node.id in self.local else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg("v")


def words_of(function: ast.FunctionDef) -> list[str]:
    """What a function does, word by word: without docstring, imports, names of variables and errors raised."""
    local = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    local |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    left_out = ast.Import | ast.ImportFrom | ast.Raise
    docstring = ast.get_docstring(function) is not None
    kept = [n for n in function.body[docstring:] if not isinstance(n, left_out) and not _refuses(n)]
    plain = [ast.unparse(_Anonymous(local).visit(node)) for node in kept]
    return re.findall(r"\w+|[^\w\s]", "\n".join(plain))


def _refuses(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and all(isinstance(inner, ast.Raise) for inner in node.body)


def functions_of(source: str, room: str, place: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
            yield Function(room, f"{place}:{node.name}", node.name, words_of(node))


def twins(functions: list[Function]) -> list[str]:
    """Pairs of functions of different rooms that do the same."""
    functions = [f for f in functions if len(f.words) >= SHORTEST and f.room not in MAY_REPEAT]
    number = {word: i for i, word in enumerate(sorted({word for f in functions for word in f.words}))}
    counts = np.zeros((len(functions), len(number)), np.int16)
    for row, function in zip(counts, functions, strict=True):
        for word, often in Counter(function.words).items():
            row[number[word]] = often
    found = []
    sizes = counts.sum(axis=1)
    for i, one in enumerate(functions):
        # No order of words can make two functions more alike than their counts of words are.
        most = 2 * np.minimum(counts[i], counts[i + 1 :]).sum(axis=1) / (sizes[i] + sizes[i + 1 :])
        for j in i + 1 + np.flatnonzero(most >= ALIKE_OF_ONE_NAME):
            other = functions[j]
            of_one_name = one.name == other.name and one.name.startswith("_")
            needed = ALIKE_OF_ONE_NAME if of_one_name else ALIKE
            if one.room == other.room or most[j - i - 1] < needed:
                continue
            if SequenceMatcher(None, one.words, other.words, autojunk=False).ratio() >= needed:
                found.append(f"{one.place} and {other.place}")
    return found


def called_away_from_home(source: str, place: str) -> list[str]:
    """Names of HOMES that a module uses though they live elsewhere."""
    used = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Attribute):
            used |= {node.attr, ast.unparse(node)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            used |= {alias.name for alias in node.names}
            used |= {
                f"{node.module}.{alias.name}" for alias in node.names if isinstance(node, ast.ImportFrom)
            }
    return sorted(name for name in used & set(HOMES) if HOMES[name] != place)


def test_no_formula_has_a_second_home():
    functions = [
        function
        for path in modules()
        for function in functions_of(
            path.read_text(encoding="utf-8"), room(path), path.relative_to(PACKAGE).as_posix()
        )
    ]
    found = set(twins(functions))
    assert found - set(KNOWN) == set()
    assert set(KNOWN) - found == set(), "no longer twins: take them off the list"


def constants(source: str) -> dict[str, str]:
    """The constants of a module under their names, by value; an underscore in front makes no other constant."""
    found = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id.isupper() and node.value is not None:
            found[target.id.lstrip("_")] = ast.unparse(node.value)
    return found


def repeated(of_rooms: list[tuple[str, dict[str, str]]]) -> list[str]:
    """Names of constants that two rooms give one value."""
    rooms: dict[tuple[str, str], set[str]] = {}
    for here, named in of_rooms:
        for item in named.items():
            rooms.setdefault(item, set()).add(here)
    return sorted(f"{name} in {sorted(where)}" for (name, _), where in rooms.items() if len(where) > 1)


def test_no_constant_has_a_second_home():
    assert repeated([(room(path), constants(path.read_text(encoding="utf-8"))) for path in modules()]) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_classes_are_named_in_the_scenes_alone(path):
    if room(path) not in ("scenes", *MAY_REPEAT):
        lists = [
            [each.value for each in node.elts if isinstance(each, ast.Constant)]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Tuple | ast.List | ast.Set)
        ]
        assert not [each for each in lists if set(CLASSES[1:]) <= {str(value) for value in each}]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_who_needs_a_formula_calls_its_home(path):
    place = path.relative_to(PACKAGE).as_posix()
    assert called_away_from_home(path.read_text(encoding="utf-8"), place) == []


def test_every_home_is_lived_in():
    """A formula that moved out would leave its rule without meaning."""
    for name, home in HOMES.items():
        if home:
            assert name.rpartition(".")[2] in (PACKAGE / home).read_text(encoding="utf-8")


# The way of one clip


class Ways:
    """Records who enters a room of the package from another, as (from, to, function)."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, str]] = []

    def __enter__(self) -> "Ways":
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, frame, event, _):
        if event != "call":
            return
        here = self._room(frame)
        before = frame.f_back
        while before is not None and here and not (there := self._room(before)):
            before = before.f_back  # through a library and back, as when NumPy calls a function it was given
        if here and (before is None or there != here):
            self.steps.append((there if before else "", here, frame.f_code.co_name))

    @staticmethod
    def _room(frame) -> str:
        file = Path(frame.f_code.co_filename)
        if file == Path(__file__):
            return "test"
        return room(file) if file.is_relative_to(PACKAGE) and frame.f_code.co_name != "<module>" else ""


@pytest.fixture(scope="module")
def way(tmp_path_factory) -> list[tuple[str, str, str]]:
    """From a file to a mask and its score."""
    film = make_clip(3, objects=("bell", "drum"), heard=("bell",), rate=22050, duration=1.0, fps=2)
    file = write_video(film, tmp_path_factory.mktemp("way") / "film.webm")
    experts.hear(np.zeros(128, np.float32))  # the weights are read once a session, not once a clip
    experts.see(np.zeros((64, 64, 3), np.float32))
    with Ways() as ways:
        clip = read_video(file, rate=16000)
        heard = experts.hear(sound_vector(clip.sound, clip.rate))
        seen = experts.see(clip.frames[0])
        fused = fusion.product([seen, fusion.over_pixels(heard, (64, 64))])
        mask = segment.pixelwise(fused)
        metrics.mean_iou(film.labels[0], mask, len(CLASSES))
    return ways.steps


def test_from_a_file_to_a_mask_each_room_is_entered_once_and_in_order(way):
    """Nothing goes back to a room that it has left: the rooms that the pipeline is called through, in a row."""
    visited = [to for start, to, _ in way if start == "test"]
    rooms = [here for i, here in enumerate(visited) if i == 0 or visited[i - 1] != here]
    assert rooms == ["clip", "features", "experts", "fusion", "segment", "metrics"]


def test_on_the_way_a_room_uses_only_what_stands_below_it(way):
    uphill = {(start, to) for start, to, _ in way if start != "test" and LEVELS[to] >= LEVELS[start]}
    assert uphill == set()


# What these functions do is look at arguments; no step of the way.
CHECKS = ("checked_", "as_", "is_", "shown")


def test_on_the_way_each_step_of_preprocessing_is_done_once(way):
    steps = Counter((start, name) for start, to, name in way if to == "preprocess")
    done = {step: n for step, n in steps.items() if not step[1].startswith(CHECKS)}
    packets = done.pop(("clip", "to_mono"))
    assert packets > 1, "each piece of sound that is decoded becomes mono by itself"
    assert done == {("clip", "resample"): 1, ("features", "hann"): 1, ("features", "stft"): 1}


# The tests above can fail

TWO_RESAMPLERS = [
    """
def _resampled(sound, rate, new_rate, count):
    from scipy.signal import resample_poly

    common = math.gcd(rate, new_rate)
    resampled = resample_poly(sound, new_rate // common, rate // common).astype(np.float32)
    return np.pad(resampled[:count], (0, max(0, count - len(resampled))))
""",
    """
def _resampled(sound, rate, new_rate):
    if rate == new_rate:
        return sound
    common = math.gcd(rate, new_rate)
    resampled = resample_poly(sound, new_rate // common, rate // common).astype(np.float32)
    return np.clip(resampled, -1.0, 1.0)
""",
]
TWO_SOFTMAXES = [
    """
def _softmax(score):
    exponential = np.exp(score - score.max())
    return exponential / exponential.sum()
""",
    '''
def normalised(odds):
    """Another name, another docstring."""
    if odds.size == 0:
        raise ValueError("empty")
    values = np.exp(odds - odds.max())
    return values / values.sum()
''',
]


@pytest.mark.parametrize("sources", [TWO_RESAMPLERS, TWO_SOFTMAXES])
def test_twins_of_the_past_are_seen(sources):
    pair = [
        function
        for room, source in zip("ab", sources, strict=True)
        for function in functions_of(source, room, room)
    ]
    assert len(twins(pair)) == 1
    assert twins([function._replace(room="a") for function in pair]) == [], "one room may arrange itself"


def test_what_only_shares_a_name_is_no_twin():
    sources = [
        "def _near(contour, radius):\n    return distance_transform_edt(~contour) <= radius + 0 * contour.size\n",
        TWO_RESAMPLERS[0].replace("_resampled", "_near"),
    ]
    pair = [
        f for place, source in zip("ab", sources, strict=True) for f in functions_of(source, place, place)
    ]
    assert len(pair) == 2
    assert twins(pair) == []


def test_a_constant_of_two_rooms_is_seen():
    one, other = "_RATE = 16000\nSIZE: int = 64\nLIMIT = 1", "RATE = 16_000\nLIMIT = 2\nsmall = 3"
    assert repeated([("a", constants(one)), ("b", constants(other))]) == ["RATE in ['a', 'b']"]
    assert repeated([("a", constants(one)), ("a", constants(other))]) == []


@pytest.mark.parametrize(
    "source",
    [
        "from scipy.signal import resample_poly",
        "import scipy.signal\nscipy.signal.resample_poly(x, 1, 2)",
        "def f():\n    import os\n    os.replace(a, b)",
        "from os import replace",
        "import multiprocessing",
    ],
)
def test_a_detour_round_a_home_is_seen(source):
    assert called_away_from_home(source, "clip/writing.py")


def test_the_home_itself_and_other_things_of_the_name_are_none():
    assert (
        called_away_from_home("from scipy.signal import resample_poly", "preprocess/sound/resampling.py")
        == []
    )
    assert called_away_from_home("'a'.replace('a', 'b')\nfrom dataclasses import replace", "x.py") == []

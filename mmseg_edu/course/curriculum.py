"""The twenty-one lessons: their order, their questions, and what each stands on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


@dataclass(frozen=True)
class Lesson:
    """One lesson of the curriculum.

    Parameters
    ----------
    number : int, 0 to 20
        Place in the course.
    name : str
        File name of the notebook without its suffix, for example ``08_weighted_fusion``.
    question : str
        The question that the lesson answers.
    needs : tuple of str
        Names of the lessons it stands on directly.

    Examples
    --------
    >>> LESSONS[8].title
    'Weighted fusion'
    """

    number: int
    name: str
    question: str
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name in words: ``08_weighted_fusion`` is `Weighted fusion`."""
        return _SPELLED.get(self.name) or self.name[3:].replace("_", " ").capitalize()


_SPELLED = {
    "04_mfcc_features": "MFCC features",
    "05_cnn_features": "CNN features",
    "10_map_segmentation": "MAP segmentation",
    "13_fcn": "FCN",
    "14_unet": "U-Net",
    "15_the_articles_network": "The article's network",
}

_START = ("00_start_here",)
_MASK = ("06_measuring_a_mask",)
_PRODUCT = ("09_product_fusion",)
_DEEP = ("05_cnn_features", "06_measuring_a_mask")
_BOTH = ("09_product_fusion", "14_unet")
_LEARNED = ("16_learned_fusion",)

LESSONS: tuple[Lesson, ...] = (
    Lesson(0, "00_start_here", "Which of these things is making the sound?"),
    Lesson(1, "01_image_preprocessing", "What must happen to a picture before a network may see it?", _START),
    Lesson(2, "02_sound_preprocessing", "What must happen to a sound?", _START),
    Lesson(3, "03_video_and_alignment", "Which moment of the sound belongs to this frame?", _START),
    Lesson(4, "04_mfcc_features", "How does one describe a timbre with 20 numbers?", _START),
    Lesson(5, "05_cnn_features", "What does a convolution see, and what does Flatten forget?", _START),
    Lesson(6, "06_measuring_a_mask", "Is this mask any good?", _START),
    Lesson(7, "07_mean_fusion", "What if we just average?", _MASK),
    Lesson(8, "08_weighted_fusion", "Whom should we trust, and how much?", _MASK),
    Lesson(9, "09_product_fusion", "What if every sense may say no?", _MASK),
    Lesson(10, "10_map_segmentation", "What is the most probable segmentation?", _PRODUCT),
    Lesson(11, "11_watershed", "Can we flood a picture into regions?", _PRODUCT),
    Lesson(12, "12_graph_cut", "What is the cheapest border?", _PRODUCT),
    Lesson(13, "13_fcn", "Can a classifier become a segmenter?", _DEEP),
    Lesson(14, "14_unet", "Why does everyone use a U?", _DEEP),
    Lesson(15, "15_the_articles_network", "Where did the picture go?", _BOTH),
    Lesson(16, "16_learned_fusion", "Can a network learn how to fuse?", _BOTH),
    Lesson(17, "17_choosing_a_fusion", "Which rule should I use?", (*_BOTH, *_LEARNED)),
    Lesson(18, "18_explaining", "Why did it say so?", _LEARNED),
    Lesson(19, "19_real_data", "Does any of this survive the real world?", _LEARNED),
    Lesson(20, "20_capstone", "Can you beat the scoreboard?", _LEARNED),
)


def lesson(which: int | str) -> Lesson:
    """Find a lesson by its number or its name.

    Parameters
    ----------
    which : int or str
        ``8``, ``"8"``, ``"08"``, ``"08_weighted_fusion"`` or ``"weighted_fusion"``.

    Raises
    ------
    ValueError
        When there is no such lesson.

    Examples
    --------
    >>> lesson("08").question
    'Whom should we trust, and how much?'
    """
    wanted = str(which).removesuffix(".ipynb")
    for found in LESSONS:
        names = {found.name, found.name[3:], f"{found.number:02d}", str(found.number)}
        if wanted in names:
            return found
    raise ValueError(
        f"a lesson is one of {LESSONS[0].name} to {LESSONS[-1].name}, got {which!r}: "
        "give its number (8) or its name (08_weighted_fusion)"
    )


def present(folder: str | Path) -> dict[str, Path]:
    """Map each lesson that has a notebook in `folder` to that notebook, in the order of the course.

    Examples
    --------
    >>> present("no/such/folder")
    {}
    """
    paths = {each.name: Path(folder) / f"{each.name}.ipynb" for each in LESSONS}
    return {name: path for name, path in paths.items() if path.is_file()}


def stands_on(which: int | str) -> tuple[Lesson, ...]:
    """Return everything that a lesson needs, directly and indirectly, in the order to take it.

    Examples
    --------
    >>> [each.number for each in stands_on(10)]
    [0, 6, 9]
    """
    found: set[str] = set()
    waiting = list(lesson(which).needs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += lesson(name).needs
    return tuple(each for each in LESSONS if each.name in found)


def in_order(lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
    """Sort lessons so that each comes after what it needs, by number where the needs leave a choice.

    Raises
    ------
    ValueError
        When lessons need each other in a circle, which is named.

    Examples
    --------
    >>> [each.number for each in in_order(reversed(LESSONS[6:10]))]
    [6, 7, 8, 9]
    """
    by_name = {each.name: each for each in lessons}
    sorter = TopologicalSorter({name: set(each.needs) & set(by_name) for name, each in by_name.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(
            f"lessons must not need each other in a circle, got {' -> '.join(error.args[1])}: drop one need"
        ) from error
    taken: list[Lesson] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda name: by_name[name].number)
        name = ready.pop(0)
        taken.append(by_name[name])
        sorter.done(name)
    return tuple(taken)

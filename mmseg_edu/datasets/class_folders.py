"""Any tree of sound files in which the first folder says the class."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from mmseg_edu.datasets.recording import Recording
from mmseg_edu.datasets.sound_files import SUFFIXES, entries, is_sound, name_in, refuse_twice


def folder_per_class(
    folder: str | os.PathLike[str], *, source: Callable[[Path], str] | None = None
) -> list[Recording]:
    """List the sound files of a tree with one folder a class: bell/small.wav, bell/large.ogg, drum/1.flac.

    Parameters
    ----------
    folder : path
        Holds the class folders, and no sound file itself. Class folders may have folders in them, to any depth.
    source : function or None
        Takes a file's path below `folder` and returns which original recording it was cut from. None: files in
        a folder below a class folder are takes of one recording, as in bell/tower/1.wav and bell/tower/2.wav;
        a file that lies in the class folder itself is a recording of its own, but shares it with files of the
        same stem (small.wav and small.ogg).

    Returns
    -------
    list of Recording
        By class and then by path, whatever order the disk gives. `label` is the folder's name in Unicode's
        composed form (NFC); `target` counts the labels in the order of their code points; `fold` is None and
        `take` the file's stem.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    TypeError
        `source` returned something else than a string, or an empty one.
    ValueError
        A sound file lies outside of all classes; a class is empty; two class folders have one name but for its
        Unicode form; one file is there twice, by links; a link leads nowhere or in a circle; a sound file is of
        a format that is not read. The message names it.

    Notes
    -----
    Sound files are known by their suffix, in large or small letters: .aac, .flac, .m4a, .mp3, .oga, .ogg, .opus,
    .wav. Other files are passed over, as is everything hidden (a name that begins with a dot, ._small.wav too).
    Links are followed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     for name in ("bell/tower/1.wav", "bell/tower/2.wav", "drum/snare.WAV"):
    ...         (Path(home) / name).parent.mkdir(parents=True, exist_ok=True)
    ...         (Path(home) / name).touch()
    ...     recordings = folder_per_class(home)
    >>> [(each.target, each.label, each.source) for each in recordings]
    [(0, 'bell', 'bell/tower'), (0, 'bell', 'bell/tower'), (1, 'drum', 'drum/snare')]
    """
    home = Path(folder).expanduser()
    if not home.is_dir():
        raise FileNotFoundError(
            f"folder must be a folder that exists, got {os.fspath(folder)!r}: check the spelling and the working "
            "folder, Path.cwd()"
        )
    found = [
        Recording(
            file, label, target, _checked_source(source or _source, file.relative_to(home)), None, file.stem
        )
        for target, (label, class_folder) in enumerate(sorted(_classes(home).items()))
        for file in _sounds_of(class_folder, home)
    ]
    refuse_twice((each.path for each in found), home)
    return found


def _checked_source(source: Callable[[Path], str], path: Path) -> str:
    said = source(path)
    if not isinstance(said, str) or not said:
        raise TypeError(
            f"source must return a string that is not empty, got {said!r} for {path.as_posix()!r}: return the name "
            "of the original recording"
        )
    return said


def _source(path: Path) -> str:
    return (path.parent if len(path.parts) > 2 else path.with_suffix("")).as_posix()


def _classes(home: Path) -> dict[str, Path]:
    """Map each label to its folder."""
    found: dict[str, Path] = {}
    for each in entries(home):
        if each.is_dir():
            twin = found.setdefault(unicodedata.normalize("NFC", each.name), each)
            if twin != each:
                raise ValueError(
                    f"class folders must differ by more than the Unicode form of their names, got {twin.name!r} "
                    f"and {each.name!r}: join them"
                )
        elif is_sound(each, home):
            raise ValueError(
                f"a sound file must lie in a class folder, got {each.name!r} beside the folders: move it into one"
            )
    if not found:
        raise ValueError(
            f"folder must hold one folder a class, got none in {home.name!r}: name the folder above"
        )
    return found


def _sounds_of(class_folder: Path, home: Path) -> list[Path]:
    files = list(_sounds(class_folder, home, ()))
    if not files:
        raise ValueError(
            f"a class folder must hold a sound file ({', '.join(SUFFIXES)}), got none in "
            f"{name_in(home, class_folder)}: fill it, or remove it to leave the class out"
        )
    return files


def _sounds(folder: Path, home: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """Give the sound files of a folder and of those in it, in the order of their names."""
    real = folder.resolve()
    if real in above:
        raise ValueError(f"a link must not lead in a circle, got {name_in(home, folder)}: remove it")
    for each in entries(folder):
        if each.is_dir():
            yield from _sounds(each, home, (*above, real))
        elif is_sound(each, home):
            yield each

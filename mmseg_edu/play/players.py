"""Players that need no network and no kernel: the sound or the video lies in the page itself."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmseg_edu.clip.writing import OPUS_RATES, encoded_sound
from mmseg_edu.preprocess.arguments import checked_rate, checked_sound, checked_whole
from mmseg_edu.preprocess.sound import resample
from mmseg_edu.show.figure import Picture
from mmseg_edu.show.inputs import checked_captions, checked_side
from mmseg_edu.show.sounds import check_sounds

if TYPE_CHECKING:
    from mmseg_edu.clip import Clip

LARGEST = 200_000


def encode_sound(sound: NDArray[np.float32], rate: int) -> bytes:
    """Encode a mono waveform as Opus in WebM: about 4 kB a second, the same bytes for the same sound.

    Parameters
    ----------
    sound : floats (N,) in [-1, 1]
        What lies outside is clipped, as a loudspeaker would.
    rate : int, Hz

    Returns
    -------
    bytes
        A WebM file.

    Raises
    ------
    TypeError, ValueError
        For integer samples, several channels, NaN, or a rate that is no whole number.

    Examples
    --------
    >>> silence = np.zeros(8000, np.float32)
    >>> encode_sound(silence, 16000) == encode_sound(silence, 16000)
    True
    """
    import av

    sound = checked_sound(sound)
    checked_rate("rate", rate)
    file = io.BytesIO()
    # bitexact leaves out the random identifier that WebM would otherwise carry.
    with av.open(file, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        for packet in _small_sound(container, sound, rate):
            container.mux(packet)
    return file.getvalue()


def encode_clip(clip: Clip, *, quality: int = 34) -> bytes:
    """Encode a clip as VP9 and Opus in WebM, small enough for a notebook: for the eye, not for measuring.

    Parameters
    ----------
    clip : Clip
        `write_video` keeps it far better, at several times the size.
    quality : int, 0 (best) to 63
        Constant quality of VP9.

    Returns
    -------
    bytes
        A WebM file, the same for the same clip.
    """
    import av

    file = io.BytesIO()
    # Every browser plays one colour for four pixels (4:2:0); doubled, a small picture loses nothing by it.
    sides = clip.frames.shape[1:3]
    factor = 2 if max(sides) <= 160 or min(sides) < 2 else 1
    clock = Fraction(1, 1000)
    with av.open(file, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        options = {"crf": str(quality), "deadline": "good", "cpu-used": "4"}
        video = container.add_stream("libvpx-vp9", rate=30, options=options)
        video.height, video.width = (side * factor // 2 * 2 for side in clip.frames.shape[1:3])
        video.pix_fmt, video.bit_rate = "yuv420p", 0
        video.codec_context.time_base = clock
        video.codec_context.thread_count = 1  # threads split the picture and would change the bytes
        packets = list(_small_sound(container, clip.sound, clip.rate))
        ticks = np.rint(np.append(clip.times, clip.duration) * 1000).astype(int).tolist()
        ticks[-1] = max(ticks[-1], ticks[-2] + 1)
        lengths = dict(zip(ticks[:-1], np.diff(ticks).tolist(), strict=True))
        seen = []
        for picture, tick in zip(clip.frames, ticks[:-1], strict=True):
            pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8).repeat(factor, 0).repeat(factor, 1)
            frame = av.VideoFrame.from_ndarray(pixels[: video.height, : video.width], format="rgb24")
            frame.pts, frame.time_base = tick, clock
            seen += video.encode(frame)
        seen += video.encode(None)
        for packet in seen:  # The last picture stays until the clip's end, though nothing be heard.
            shown = lengths[round(packet.pts * packet.time_base / clock)]
            packet.duration = round(shown * clock / packet.time_base)
        packets += seen
        for packet in sorted(packets, key=lambda p: float(p.pts * p.time_base)):
            container.mux(packet)
    return file.getvalue()


def _small_sound(container: Any, sound: NDArray[np.float32] | None, rate: int | None) -> Iterator[Any]:
    """Add a sound stream to an open file and encode a waveform into packets."""
    if sound is None or rate is None or len(sound) == 0:
        return
    target = next((r for r in OPUS_RATES if r >= rate), OPUS_RATES[-1])
    stream = container.add_stream("libopus", rate=target)
    stream.bit_rate, stream.layout = 32_000, "mono"
    wave = resample(np.clip(np.asarray(sound, np.float32), -1, 1), rate, target)
    for _, packets in encoded_sound(stream, wave):
        yield from packets


class SoundPlayer:
    """Sounds with their picture; made by `sound`. As the last line of a cell it shows itself."""

    def __init__(self, picture: Picture, players: str) -> None:
        self.picture, self.alt, self._players = picture, picture.alt, players

    def _repr_html_(self) -> str:
        return self._players

    def _ipython_display_(self) -> None:
        # Two outputs, because a page that shows HTML would otherwise leave out the picture.
        from IPython.display import display

        self.picture._ipython_display_()
        bundle = {"text/html": self._players, "text/plain": repr(self)}
        display(bundle, raw=True)

    def __repr__(self) -> str:
        return f"<SoundPlayer: {self.alt}>"


def sound(
    sound: ArrayLike | Sequence[ArrayLike],
    rate: int,
    titles: Sequence[str] | str | None = None,
    *,
    alt: str,
    title: str | None = None,
    width: int | None = None,
) -> SoundPlayer:
    """Show a sound, or several, with a player for each; it works offline and without a kernel.

    Parameters
    ----------
    sound : floats (N,) in [-1, 1], or a sequence of those
        Mono waveforms, shown and played as they are (not made equally loud).
    rate : int, Hz
        Samples per second.
    titles : sequence of str, optional
        A caption for each sound.
    alt : str
        What there is to hear, in words; required.
    title : str, optional
        The claim that the figure makes.
    width : int, CSS pixels, optional
        Of the picture, as :func:`mmseg_edu.show.sound` takes it.

    Returns
    -------
    SoundPlayer

    Raises
    ------
    ValueError
        If a sound is not a finite (N,) array, `alt` is empty, or the sounds are too long for a notebook.
    """
    from mmseg_edu import show

    waves = check_sounds(sound, rate)
    captions = checked_captions(titles, len(waves))
    picture = show.sound(waves, rate, captions, alt=alt, title=title, width=width)
    files = [encode_sound(wave, rate) for wave in waves]
    if sum(map(len, files)) > LARGEST:
        seconds = sum(map(len, waves)) / rate
        raise ValueError(
            f"sounds must fit a notebook (about 45 s in all), got {seconds:.0f} s: play a part of them"
        )
    return SoundPlayer(picture, _audio(files, captions, picture.alt))


def _audio(files: Sequence[bytes], captions: Sequence[str], alt: str) -> str:
    parts = []
    for data, caption in zip(files, captions, strict=True):
        source = f"data:audio/webm;base64,{base64.b64encode(data).decode('ascii')}"
        label = html.escape(f"{caption}: {alt}" if caption else alt)
        note = (
            f'<figcaption style="text-align:left;color:inherit">{html.escape(caption)}</figcaption>'
            if caption
            else ""
        )
        parts.append(
            f'<figure style="margin:0">{note}<audio controls preload="metadata" aria-label="{label}"'
            f' style="width:{230 if len(files) > 1 else 300}px;max-width:100%;height:36px"'
            f' src="{source}"></audio></figure>'
        )
    return f'<div style="display:flex;flex-wrap:wrap;gap:6px 16px;margin:2px 0">{"".join(parts)}</div>'


class ClipPlayer:
    """A video with its sound; made by `clip`. As the last line of a cell it shows itself."""

    def __init__(self, strip: Picture, player: str) -> None:
        self.strip, self.alt, self._player = strip, strip.alt, player

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        bundle, about = self.strip._repr_mimebundle_()
        return {**bundle, "text/html": self._player, "text/plain": repr(self)}, about

    def __repr__(self) -> str:
        return f"<ClipPlayer: {self.alt}>"


def clip(clip: Clip, *, alt: str, title: str | None = None, frames: int = 4, width: int = 256) -> ClipPlayer:
    """Play a clip, picture and sound; where no video can play, a strip of its frames is shown.

    Parameters
    ----------
    clip : Clip
    alt : str
        What there is to see and to hear, in words; required.
    title : str, optional
        The claim that the clip supports, written above it.
    frames : int
        How many frames the strip has.
    width : int, CSS pixels
        Width of the player.

    Returns
    -------
    ClipPlayer

    Raises
    ------
    ValueError
        If `alt` is empty or the clip is too long for a notebook.
    """
    from mmseg_edu import show
    from mmseg_edu.clip import Clip

    if not isinstance(clip, Clip):
        raise TypeError(f"clip must be a Clip, got {type(clip).__name__}: read one with clip.read_video")
    frames = min(checked_whole("frames", frames, "4 fill a line"), len(clip.frames))
    checked_side("width", width)
    data = encode_clip(clip)
    if len(data) > LARGEST:
        raise ValueError(
            f"a clip must fit a notebook ({LARGEST // 1000} kB of video), got {len(data) // 1000} kB: "
            "play fewer seconds or a smaller picture"
        )
    chosen = np.unique(np.linspace(0, len(clip.frames) - 1, frames).round().astype(int))
    moments = [f"{clip.times[i]:.2f} s" for i in chosen]
    strip = show.images([clip.frames[i] for i in chosen], moments, alt=alt, title=title, size=128)
    source = f"data:video/webm;base64,{base64.b64encode(data).decode('ascii')}"
    head = f"<figcaption><b>{html.escape(title)}</b></figcaption>" if title else ""
    player = (
        f'<figure style="margin:0">{head}<video controls loop playsinline preload="auto"'
        f' aria-label="{html.escape(strip.alt)}"'
        f' style="width:{width}px;max-width:100%;image-rendering:pixelated" src="{source}"></video></figure>'
    )
    return ClipPlayer(strip, player)

"""Progress is a bar in a terminal, lines elsewhere, and nothing when not wanted."""

from io import StringIO

from mmseg_edu.course.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def go(stream: StringIO, *, show: bool = True) -> str:
    with Progress(lessons=2, cells=4, show=show, stream=stream) as progress:
        progress.start("a")
        progress.cell()
        progress.finish("a", "failed", seconds=1, cells_left=1)
        progress.start("b")
        progress.finish("b", "ok", seconds=2.04, cells_left=2)
    return stream.getvalue()


def test_lines_in_a_log() -> None:
    assert go(StringIO()) == "1/2  failed  a  1.0 s\n2/2  ok      b  2.0 s\n"


def test_a_bar_in_a_terminal() -> None:
    shown = go(Terminal())
    assert "lesson 1/2 a" in shown
    assert "4/4" in shown
    assert "2/2  ok      b  2.0 s" in shown


def test_silence() -> None:
    assert go(Terminal(), show=False) == go(StringIO(), show=False) == ""
